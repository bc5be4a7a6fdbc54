"""Where hair grows on the head."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.avatar.head.layout import Array
from engine.avatar.head.sculpt import SKULL_CENTRE

CENTRE = np.array(SKULL_CENTRE)

_ROUND_SCALP = 7.2
"""Radius by which angles about the head's upright axis are taken as centimetres."""

_BESIDE = ((70, 1.3), (74, 0.1), (79, 0.2), (83, 2.0), (92, 2.6), (107, 1.9), (115, -1.0))
_BEHIND = ((124, -4.2), (140, -6.2), (180, -6.8))
_FRONT = {
    "round": ((0, 7.6), (20, 7.65), (35, 7.3), (49, 6.1), (59, 4.5), (66, 3.0)),
    "square": ((0, 7.8), (24, 7.9), (37, 8.05), (45, 7.3), (52, 5.7), (62, 4.3), (67, 2.8)),
    "receding": ((0, 8.3), (14, 8.6), (26, 9.4), (38, 9.7), (48, 8.0), (56, 6.0), (66, 3.2)),
}
"""Height of the hairline, cm, by degrees from straight ahead."""


def hairline(points: Array, kind: str = "round") -> Array:
    """Depth inside the hair's region on the scalp (N,), about cm; negative on bare skin.

    ``kind`` is one of `HAIRLINES`.
    """
    knots = np.array([*_FRONT[kind], *_BESIDE, *_BEHIND], np.float64)
    line = np.column_stack([np.radians(knots[:, 0]) * _ROUND_SCALP, knots[:, 1]])
    turn = np.arctan2(np.abs(points[:, 0]), points[:, 2] - CENTRE[2])
    at = np.column_stack([turn * _ROUND_SCALP, points[:, 1]])
    nearest = np.full(len(at), np.inf)
    for a, b in pairwise(line):
        along = b - a
        t = np.clip((at - a) @ along / (along @ along), 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(*(at - a - t[:, None] * along).T))
    above = at[:, 1] > np.interp(at[:, 0], *line.T)
    return np.where(above, nearest, -nearest)


def round_normals(points: Array) -> Array:
    """Normals (V, 3) of the hair's overall shape: a ball on an upright column."""
    centre = np.tile(CENTRE, (len(points), 1))
    centre[:, 1] = np.minimum(centre[:, 1], points[:, 1] + 1.5)
    centre[:, 2] -= 0.8
    n = points - centre
    return np.asarray(n / (np.linalg.norm(n, axis=1, keepdims=True) + 1e-9))
