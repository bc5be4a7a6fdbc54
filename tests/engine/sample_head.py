"""A small head made of spheres: every material once, cheap, and independent of the real head."""

from __future__ import annotations

import numpy as np

from engine.avatar.rig import Head, Ints, Part, Shape
from engine.face import Floats


def sphere(across: int = 32, down: int = 20) -> tuple[Floats, Ints]:
    """Unit sphere: (V, 3) points, which are also its normals, and outward triangles."""
    turn = np.linspace(0, 2 * np.pi, across + 1)
    fall = np.linspace(0, np.pi, down + 1)
    grid_turn, grid_fall = np.meshgrid(turn, fall, indexing="ij")
    points = np.stack(
        [
            np.sin(grid_fall) * np.sin(grid_turn),
            np.cos(grid_fall),
            np.sin(grid_fall) * np.cos(grid_turn),
        ],
        axis=-1,
    ).reshape(-1, 3)
    first = (np.arange(across)[:, None] * (down + 1) + np.arange(down)).ravel()
    right = first + down + 1
    faces = np.concatenate(
        [
            np.stack([first, first + 1, right + 1], axis=1),
            np.stack([first, right + 1, right], axis=1),
        ]
    )
    return points.astype(np.float32), faces.astype(np.int32)


_WHOLE = np.array([0, 0, 2], np.float32)
"""Added to where hair is bound: none of its strands is missing."""


def ball(
    name: str,
    material: str,
    centre: tuple[float, float, float],
    radii: tuple[float, float, float],
    colour: tuple[float, float, float, float],
    light: tuple[float, float, float] = (1, 1, 0),
    shapes: dict[str, Shape] | None = None,
) -> Part:
    """An ellipsoid of one material."""
    points, faces = sphere()
    count = len(points)
    return Part(
        name=name,
        material=material,
        position=points * np.array(radii, np.float32) + np.array(centre, np.float32),
        normal=points,
        bind=0 * points if material == "skin" else points + _WHOLE * (material == "hair"),
        colour=np.tile(np.array(colour, np.float32), (count, 1)),
        light=np.tile(np.array(light, np.float32), (count, 1)),
        shadow=np.ones((count, 3), np.float32),
        faces=faces,
        shapes=shapes or {},
    )


def sample_head() -> Head:
    """Skin that drops at `jawOpen`, two eyes, a tooth, hair and a shirt."""
    points, _ = sphere()
    low = np.flatnonzero(points[:, 1] < -0.3).astype(np.int32)
    drop = Shape(low, np.tile(np.array([0, -2, 0], np.float32), (len(low), 1)), 0 * points[low])
    parts = (
        ball(
            "skin",
            "skin",
            (0, 0, 0),
            (7.5, 10, 8),
            (0.84, 0.62, 0.52, 0.3),
            shapes={"jawOpen": drop},
        ),
        ball("eye", "eye", (0, 0, 0), (2.6, 2.6, 2.6), (1, 1, 1, 1)),
        ball("tooth", "hard", (0, -5, 7.2), (1.5, 0.8, 0.8), (0.95, 0.93, 0.9, 0.8)),
        ball("hair", "hair", (0, 4, -2), (8.5, 9, 8.5), (0.5, 0.1, 0.6, 0)),
        ball("shirt", "cloth", (0, -26, -3), (15, 12, 8), (0.2, 0.35, 0.5, 0), (1, 0, 0)),
    )
    return Head(
        name="sample",
        parts=parts,
        eye_centres=np.array([[3.3, 0.2, 5.6], [-3.3, 0.2, 5.6]], np.float32),
        eye_radius=2.6,
        neck_pivot=np.array([0, -9, -2], np.float32),
        settings={"iris_inner": [0.16, 0.24, 0.16], "lid_upper": 0.9, "lid_lower": -0.9},
    )
