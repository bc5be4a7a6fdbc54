"""Lashes: fine tapered strands fanned along the upper lids, over a dark band at their roots."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.field_points import face_points
from engine.avatar.head.fields_eyes import lash_motion
from engine.avatar.head.layout import (
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    Array,
    upper_lid,
)
from engine.avatar.head.meshes import joined, lofted, make_part, vertex_normals
from engine.avatar.head.sculpt import closed_face
from engine.avatar.head.sdf import Faces, height
from engine.avatar.rig import Part

Mesh = tuple[Array, Faces]
_FLIP = np.array([-1.0, 1.0, 1.0])
_DARK = (0.115, 0.080, 0.072, 0.15)
_ALONG = np.array([0.0, 0.35, 0.70, 1.0])  # of a strand: where its sections are
_TAPER = np.array([1.0, 0.85, 0.50, 0.06])


def lashes(fullness: float = 0.5, style: str = "natural") -> Part:
    """Both eyes' upper lashes (the lower ones are painted, see `skin_map_makeup`).

    ``fullness`` 0 is short and sparse, 1 long and thick; a ``style`` other than the natural one
    makes them a single bold line.
    """
    if style == "natural":
        fringe, fringe_roots = _fringe(round(22 + 12 * fullness), fullness)
        band, band_roots = _band(fullness)
        left, faces = joined([fringe, band])
        roots = np.concatenate([fringe_roots, band_roots])
    else:
        (left, faces), roots = _band(1.2 + fullness, wing=max(0.0, 0.9 * fullness - 0.25))
    mesh = joined([(left, faces), (left * _FLIP, faces[:, ::-1])])
    hinges = face_points(np.concatenate([roots, roots * _FLIP]))
    motion = lash_motion(mesh[0], hinges)
    normal = vertex_normals(*mesh)
    light = np.array([1.0, 1.0, 0.0])
    return make_part(
        "lash", "hard", mesh, normal, np.array(_DARK), light, shadow=0.7, displacements=motion
    )


def _edge(a: Array) -> Array:
    """Points (N, 3) on the upper lid's edge at ``a`` eye radii across the eye."""
    x, y = EYE[0] + a * EYE_RADIUS, EYE[1] + upper_lid(a) * EYE_RADIUS
    return np.stack([x, y, height(closed_face, x, y) - 0.03], -1)


def _fringe(count: int, fullness: float) -> tuple[Mesh, Array]:
    """The strands of one eye, and the root of each vertex."""
    random = np.random.default_rng(5)
    a = np.linspace(-0.80, 0.985, count) * LID_HALF_WIDTH
    a = np.clip(a + random.normal(0, 0.012, count), -0.83, 0.86)
    root = _edge(a)
    place = np.array([-1.0, -0.5, 0.2, 0.75, 1.0]) * LID_HALF_WIDTH
    grown = np.interp(a, place, [0.35, 0.55, 0.75, 1.0, 0.80]) * random.uniform(0.75, 1.1, count)
    length = grown * (0.36 + 0.40 * fullness)
    fan = 0.08 + 0.85 * np.clip(a, -0.3, None) / LID_HALF_WIDTH + random.normal(0, 0.06, count)
    s = np.broadcast_to(_ALONG, (count, len(_ALONG)))
    reach = np.stack(
        [fan[:, None] * s, 0.04 * s + 0.50 * s**2 * (0.6 + 0.4 * fullness), 0.85 * s - 0.30 * s**2],
        -1,
    )
    line = root[:, None] + reach * length[:, None, None]
    wide = np.cross(np.gradient(line, axis=1), [0.0, 0.0, 1.0])
    wide /= np.linalg.norm(wide, axis=2, keepdims=True) + 1e-9
    wide *= (0.030 + 0.014 * fullness) * _TAPER[:, None]
    sheets = [lofted(np.stack([at + w, at - w])) for at, w in zip(line, wide, strict=True)]
    return joined(sheets), np.repeat(root, 2 * len(_ALONG), axis=0)


def _band(fullness: float, wing: float = 0.0) -> tuple[Mesh, Array]:
    """The dark line that the upper lashes' roots make, thickest towards the temple, where it
    ends in a ``wing`` of so many cm."""
    a = np.linspace(-0.90, 0.97, 21) * LID_HALF_WIDTH
    root = _edge(a)
    place = np.array([-1.0, -0.4, 0.5, 0.9, 1.0]) * LID_HALF_WIDTH
    thick = np.interp(a, place, [0.0, 0.05, 0.08, 0.085, 0.02]) * (0.6 + 0.8 * fullness)
    out = wing * np.clip((a / LID_HALF_WIDTH - 0.55) / 0.42, 0.0, 1.0) ** 2
    swept = np.stack([out, 0.55 * out, 0.15 * out], -1)
    rise = swept + np.stack([0 * a, thick, 0.04 + 0 * a], -1)
    front = 0.9 * swept + np.stack([0 * a, -0.4 * thick, 0.10 + 0 * a], -1)
    mesh = lofted(np.stack([root - [0, 0.01, 0.02], root + front, root + rise]))
    return mesh, np.tile(root, (3, 1))
