"""What the displacement fields know about a point of the face.

A blendshape here is a field: a displacement (N, 3) in cm as a function of where points rest.
Any mesh that follows the face (skin, brows, lashes) gets the same motion from the same fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.avatar.head.layout import (
    MOUTH_HALF_WIDTH,
    Array,
    bell,
    lip_line,
    smoothstep,
)

SLIT = 0.035
"""How far from the lip line the edges of the touching lips are listed, to tell them apart."""


@dataclass(frozen=True, slots=True)
class FacePoints:
    """Points (N, 3) at rest and their relation to the mouth.

    ``at`` has the lips' edges back on the lip line, so that only ``upper`` and ``lower`` tell
    them apart and whatever moves both moves them alike.
    ``above`` is the height over the lip line; ``upper`` and ``lower`` (sum 1) say which lip a
    point belongs to, softening beyond the corners; ``inward`` is 1 in the middle of the mouth,
    0 at the corners; ``front`` leaves out the back of the mouth and head. ``upper_lip`` and
    ``lower_lip`` are the lips' own weights.
    """

    at: Array
    above: Array
    upper: Array
    lower: Array
    inward: Array
    front: Array
    upper_lip: Array
    lower_lip: Array

    @property
    def x(self) -> Array:
        """To the subject's left, cm."""
        return np.asarray(self.at[:, 0])

    @property
    def y(self) -> Array:
        """Up, cm."""
        return np.asarray(self.at[:, 1])

    @property
    def z(self) -> Array:
        """Out of the face, cm."""
        return np.asarray(self.at[:, 2])

    def near(self, centre: tuple[float, float, float], width: float, squash: float = 0.7) -> Array:
        """A soft ball of weight around ``centre``, longer in z by 1 / ``squash``."""
        offset = (self.at - np.asarray(centre)) * [1.0, 1.0, squash]
        return bell((offset**2).sum(1), width)

    def half(self, sign: int, blend: float) -> Array:
        """1 on the side of ``sign`` (+1 the subject's left), 0 on the other."""
        return smoothstep(-blend, blend, sign * self.x)


MotionField = Callable[[FacePoints], Array]
SIDES = (("Left", 1), ("Right", -1))
"""The subject's sides, as ARKit's names end, and the sign of x there."""


def face_points(at: Array) -> FacePoints:
    """Relate points at rest (N, 3) to the mouth."""
    x, _, z = at.T
    raw = at[:, 1] - lip_line(x)
    above = np.sign(raw) * np.maximum(np.abs(raw) - SLIT, 0.0)
    softness = 0.02 + 1.3 * smoothstep(MOUTH_HALF_WIDTH - 0.3, MOUTH_HALF_WIDTH + 1.6, np.abs(x))
    side = np.clip(raw / softness, -1.0, 1.0)
    upper = 0.5 + 0.5 * side * (1.5 - 0.5 * side * side)
    parabola = np.clip(1.0 - (x / (MOUTH_HALF_WIDTH + 0.05)) ** 2, 0.0, 1.0)
    front = smoothstep(2.5, 5.5, z)
    return FacePoints(
        at=np.column_stack([x, lip_line(x) + above, z]),
        above=above,
        upper=upper,
        lower=1.0 - upper,
        inward=parabola * (2.0 - parabola),
        front=front,
        upper_lip=bell(np.maximum(above - 0.3, 0.0) ** 2, 0.9) * upper * front,
        lower_lip=bell(np.maximum(-above - 0.5, 0.0) ** 2, 1.1) * (1.0 - upper) * front,
    )


def vectors(x: Array | float, y: Array | float, z: Array | float) -> Array:
    """(N, 3) displacements from components, at least one of which is an array."""
    return np.stack(np.broadcast_arrays(x, y, z), -1).astype(np.float64)
