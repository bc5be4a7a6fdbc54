"""Where the features of the face are: what the sculpt, the mesh and the motion agree on.

Centimetres in the head's frame (x to the subject's left, y up, z out of the face). The face is
symmetric, so positions are given for the subject's left half, x >= 0.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EYE: Final = np.array([3.15, 0.05, 5.50])
EYE_RADIUS: Final = 2.15
LID_RADIUS: Final = EYE_RADIUS + 0.22
"""Of the lids' outer surface, about the eyeball's centre."""

LID_HALF_WIDTH: Final = 0.87
"""Half the width of the eye's opening, in eye radii."""

LID_TILT: Final = 0.06
LID_RISE: Final = 0.52
LID_DROP: Final = 0.41

BROW_Y: Final = 3.1
"""Of the brows' middle, about."""

MOUTH_Y: Final = -5.85
MOUTH_HALF_WIDTH: Final = 2.38

JAW_AXIS: Final = np.array([0.0, -1.2, -0.8])
"""A point of the axis (along x) through both jaw joints."""

JAW_ANGLE: Final = 0.30
"""Rotation of the jaw at ``jawOpen`` = 1, radians: a three-finger opening."""

NECK_PIVOT: Final = np.array([0.0, -9.0, -2.0])
COLLAR_Y: Final = -14.9
"""Below this height the shirt hides the neck."""


def signed_power(base: Array, exponent: float) -> Array:
    """``base`` to a power, mirrored through zero so that negative bases stay real."""
    return np.sign(base) * np.abs(base) ** exponent


def smoothstep(low: float, high: float, value: Array) -> Array:
    """Hermite ramp from 0 at ``low`` to 1 at ``high`` (``low`` > ``high`` falls)."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def bell(squared_distance: Array, width: float) -> Array:
    """A Gaussian of a squared distance: 1 at zero, 1/e at ``width``."""
    return np.exp(-squared_distance / (width * width))


def _almond(across: Array) -> Array:
    return np.clip(1.0 - (across / LID_HALF_WIDTH) ** 2, 0.0, 1.0)


def upper_lid(across: Array) -> Array:
    """Height of the upper lid's edge; both in eye radii, ``across`` > 0 towards the temple."""
    shape = LID_RISE * _almond(across) ** 0.70 * (1.0 - 0.10 * across)
    return LID_TILT * across + shape


def lower_lid(across: Array) -> Array:
    """Height of the lower lid's edge, in eye radii; meets the upper lid in both corners."""
    shape = LID_DROP * _almond(across) ** 0.82 * (1.0 + 0.18 * across)
    return LID_TILT * across - shape


def lip_line(x: Array) -> Array:
    """Height of the line where the closed lips meet: low in the middle, corners raised a little."""
    return MOUTH_Y + 0.022 * np.minimum(np.abs(x), 3.2) ** 2 - 0.05 * bell(x**2, 0.6)
