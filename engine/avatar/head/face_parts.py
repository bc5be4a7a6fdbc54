"""Eyeballs, brows, lashes and the shirt."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.field_points import MotionField, face_points
from engine.avatar.head.fields_brows import brow_fields
from engine.avatar.head.fields_eyes import lash_motion
from engine.avatar.head.layout import (
    COLLAR_Y,
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    Array,
    upper_lid,
)
from engine.avatar.head.meshes import joined, lofted, make_part, vertex_normals, without_slivers
from engine.avatar.head.sculpt import closed_face, shirt
from engine.avatar.head.sdf import Faces, height, march_in
from engine.avatar.rig import Part

_FLIP = np.array([-1.0, 1.0, 1.0])
SHIRT_COLOUR = (0.20, 0.33, 0.44)


def moved_by(fields: dict[str, MotionField], at: Array) -> dict[str, Array]:
    """Every field at the points ``at`` (N, 3)."""
    points = face_points(at)
    return {name: field(points) for name, field in fields.items()}


def eyeball() -> Part:
    """The front of one eyeball about the origin, iris towards +z; drawn once per eye."""
    polar = np.linspace(0.0, 2.0, 13)
    turn = np.linspace(0, 2 * np.pi, 29)
    p, t = np.meshgrid(polar, turn)
    unit = np.stack([np.sin(p) * np.cos(t), np.sin(p) * np.sin(t), np.cos(p)], -1)
    vertices, faces = without_slivers(lofted(unit))
    lit = np.array([1.0, 1.0, 0.0])
    mesh = vertices * EYE_RADIUS, faces
    return make_part("eye", "eye", mesh, vertices, np.ones(4), lit, bind=vertices)


def _mirrored(mesh: tuple[Array, Faces]) -> tuple[Array, Faces]:
    """A mesh for the subject's left and its mirror image for the right."""
    vertices, faces = mesh
    return joined([mesh, (vertices * _FLIP, faces[:, ::-1])])


def brows() -> Part:
    """Two tapered brows with strands along them, laid on the face."""
    t: Array = np.linspace(0, 1, 21)
    x = 1.15 + 4.35 * t
    middle = 3.52 + 1.02 * np.sin(np.pi * (0.80 * t + 0.07)) ** 1.2 - 0.30 * t
    half = np.interp(t, [0, 0.05, 0.14, 0.40, 0.75, 1], [0.05, 0.24, 0.36, 0.38, 0.26, 0.04])
    rows = []
    for v in np.linspace(-1, 1, 6):
        ragged = 0.04 * np.sin(23 * t + 2.1 * v) * (np.abs(v) > 0.9) * (half > 0.1)
        y = middle + v * (half + ragged)
        arch = np.sqrt(max(1 - v * v, 0.0))
        z = height(closed_face, x, y) - 0.04 + (0.09 + 0.15 * np.minimum(1, half / 0.35)) * arch
        rows.append(np.stack([x, y, z], -1))
    left = lofted(np.stack(rows))
    mesh = _mirrored(left)
    slope = np.gradient(middle, x)
    lean = np.stack([np.ones_like(t), slope + 0.9 * (1 - t) ** 2, -0.35 * t], -1)
    lean /= np.linalg.norm(lean, axis=1, keepdims=True)
    strand = np.tile(lean, (6, 1))
    tangent = np.concatenate([strand, strand * _FLIP])
    colour = np.column_stack([tangent * 0.5 + 0.5, np.zeros(len(tangent))])
    bind = np.column_stack([mesh[0][:, 1] * 1.6, mesh[0][:, 1], mesh[0][:, 2]])
    light = np.array([0.85, 1.0, 0.0])
    motion = moved_by(brow_fields(), mesh[0])
    normal = vertex_normals(*mesh)
    return make_part(
        "brow", "hair", mesh, normal, colour, light, shadow=0.68, bind=bind, displacements=motion
    )


def lashes() -> Part:
    """A dark line along each upper lid that sweeps out at the temple; moves with the lid."""
    a = np.linspace(-0.93, 0.96, 25) * LID_HALF_WIDTH
    lid = upper_lid(a)
    x, y = EYE[0] + a * EYE_RADIUS, EYE[1] + lid * EYE_RADIUS - 0.03
    base = np.stack([x, y, height(closed_face, x, y) - 0.03], -1)
    place = np.array([-1.0, -0.4, 0.4, 0.85, 1.0]) * LID_HALF_WIDTH
    long = np.interp(a, place, [0.0, 0.16, 0.34, 0.50, 0.38])
    thick = np.interp(a, place, [0.01, 0.09, 0.13, 0.11, 0.02])
    out = np.stack([0.55 * np.clip(a, 0, None), np.full_like(a, 0.35), np.ones_like(a)], -1)
    tip = base + out * long[:, None]
    up = np.array([0.0, 1.0, 0.0])
    crest = base + up * thick[:, None] + out * (0.55 * long + 0.14)[:, None]
    root = base + up * thick[:, None] * 1.3 + [0, 0, 0.10]
    left = lofted(np.stack([base, tip, crest, root]))
    mesh = _mirrored(left)
    hinge = np.tile(base, (4, 1))
    roots = face_points(np.concatenate([hinge, hinge * _FLIP]))
    motion = lash_motion(mesh[0], roots)
    colour, light = np.array([0.13, 0.085, 0.075, 0.25]), np.array([1.0, 1.0, 0.0])
    normal = vertex_normals(*mesh)
    return make_part("lash", "hard", mesh, normal, colour, light, displacements=motion)


def shirt_mesh() -> tuple[Array, Faces, Array]:
    """Vertices, faces and normals of the shirt."""
    centre = np.array([0.0, -27.0, -3.0])
    turn = np.linspace(-np.pi, np.pi, 37)
    rise = np.linspace(0.0, 1.32, 13)
    t, r = (grid.ravel() for grid in np.meshgrid(turn, rise))
    outwards = np.stack([np.cos(r) * np.sin(t), np.sin(r), np.cos(r) * np.cos(t)], -1)
    body = march_in(shirt, centre, outwards, 18.0).reshape(13, 37, 3)
    around = np.linspace(-np.pi * 0.75, np.pi * 1.1, 9)[:, None]
    tilt = COLLAR_Y - 0.13 * (3.9 * np.cos(turn)) + 0.02
    reach = 3.65 + 0.48 * np.cos(around)
    collar = np.stack(
        [
            reach * np.sin(turn),
            tilt - 0.5 + 0.85 * np.sin(around),
            reach * np.cos(turn) - 2.75,
        ],
        -1,
    )
    vertices, faces = joined([lofted(body), lofted(collar)])
    return vertices, faces, vertex_normals(vertices, faces)
