"""Eyeballs and the shirt, and motion for whatever follows the face."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.field_points import MotionField, face_points
from engine.avatar.head.layout import (
    COLLAR_Y,
    EYE_RADIUS,
    Array,
)
from engine.avatar.head.meshes import joined, lofted, make_part, vertex_normals, without_slivers
from engine.avatar.head.sculpt import shirt
from engine.avatar.head.sdf import Faces, march_in
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
