"""Eyeballs, and motion for whatever follows the face."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.field_points import MotionField, face_points
from engine.avatar.head.layout import EYE_RADIUS, Array
from engine.avatar.head.meshes import lofted, make_part, without_slivers
from engine.avatar.rig import Part


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
