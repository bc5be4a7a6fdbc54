"""What the lips do of themselves as displacement fields, by ARKit name: round, press, roll, part.

Weights fall off without square roots at the mouth's corners (a parabola through them), so the
corners stay smooth at every combination.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.avatar.head.field_points import SIDES, FacePoints, MotionField, vectors
from engine.avatar.head.layout import MOUTH_HALF_WIDTH, Array, bell, smoothstep

_RING = 0.60
"""Half the width of a pursed opening, as a share of the closed mouth's."""


def across(p: FacePoints) -> Array:
    """0 in the middle of the mouth to 1 at its corners and beyond."""
    return np.clip(np.abs(p.x) / (MOUTH_HALF_WIDTH + 0.1), 0.0, 1.0)


def _around(p: FacePoints, flat: float, width: float, reach: float) -> Array:
    """1 on the lips, fading ``width`` cm above and below and ``reach`` cm beyond the corners."""
    tall = bell(np.maximum(np.abs(p.above) - flat, 0) ** 2, width) * p.front
    end = smoothstep(MOUTH_HALF_WIDTH + reach, MOUTH_HALF_WIDTH - 0.4, np.abs(p.x))
    return np.asarray(tall * end)


def _funnel(p: FacePoints) -> Array:
    """Trumpet lips: parted, pushed out, their edges turned outwards."""
    ring = _around(p, 0.6, 1.5, 3.0)
    lips = p.upper_lip + p.lower_lip
    out = lips * smoothstep(MOUTH_HALF_WIDTH + 1.4, MOUTH_HALF_WIDTH - 1.2, np.abs(p.x))
    flare = 0.62 + 0.30 * bell(p.above**2, 0.6)
    part = (p.upper_lip * 0.50 - p.lower_lip * 0.62) * p.inward
    return vectors(-0.26 * p.x * ring, part, flare * out)


def _pucker(p: FacePoints) -> Array:
    """Draws the corners in and forward, and the red up into a thick ring around the middle."""
    ring = _around(p, 0.6, 2.0, 3.4)
    side = across(p)
    tall = smoothstep(0.0, 0.7, np.abs(p.above))
    swell = p.above * (0.22 + 0.55 * side**2) * tall
    x = np.clip(p.x, -MOUTH_HALF_WIDTH - 0.3, MOUTH_HALF_WIDTH + 0.3)
    bow = -0.12 * smoothstep(0.0, 0.5, p.above) * bell(p.above**2, 1.0) * (1 - side**2)
    return vectors(
        -0.45 * x * ring, (swell + bow - 0.10 * side**2) * ring, (0.8 + 0.45 * side**2) * ring
    )


def _purse(p: FacePoints) -> Array:
    """What makes the opening of puckered lips a ring: shut beside it and high within it.

    Lips that the jaw parts are a lens from corner to corner. This raises the lower lip again
    where it should touch, for a jaw opened wholly (see `engine.avatar.morph.ShapeWeights`).
    """
    side = across(p)
    ring = np.clip(1.0 - (side / _RING) ** 2, 0.0, 1.0) ** 0.6
    edge = bell(np.maximum(np.abs(p.above) - 0.15, 0.0) ** 2, 0.75) * p.front
    shut = (p.inward - ring) * smoothstep(
        MOUTH_HALF_WIDTH + 0.6, MOUTH_HALF_WIDTH - 0.5, np.abs(p.x)
    )
    upper = (2.0 * ring - 0.5 * p.inward) * p.upper * edge
    lower = (2.6 * shut - 0.2 * ring) * p.lower * edge
    narrow = -0.25 * p.x * _around(p, 0.6, 1.2, 1.5)
    return vectors(narrow, upper + lower, 0.45 * shut * p.lower * edge)


def _press(p: FacePoints, sign: int) -> Array:
    """Thins the red of both lips against the line where they touch."""
    squeeze = (p.upper_lip + p.lower_lip) * p.inward * p.half(sign, 0.8)
    toward = -0.46 * np.clip(p.above, -0.8, 0.8)
    bulge = 0.10 * bell((np.abs(p.above) - 1.1) ** 2, 0.5) * p.inward * p.front * p.half(sign, 0.8)
    return vectors(0.0, toward * squeeze, bulge - 0.22 * squeeze * bell(p.above**2, 0.8))


def _roll_lower(p: FacePoints) -> Array:
    """Curls the lower lip in and up, to under the upper teeth."""
    roll = p.lower_lip * p.inward
    edge = bell((p.above + 0.10) ** 2, 0.70)
    lift = 0.25 + 0.35 * smoothstep(0.0, 0.7, -p.above) * bell(
        np.maximum(-p.above - 0.8, 0) ** 2, 0.7
    )
    return vectors(0.0, roll * lift, -0.72 * roll * edge)


def _roll_upper(p: FacePoints) -> Array:
    """Curls the upper lip in and down over the teeth."""
    roll = p.upper_lip * p.inward
    edge = bell((p.above - 0.10) ** 2, 0.70)
    tuck = 0.04 + 0.36 * smoothstep(0.0, 0.6, p.above) * bell(
        np.maximum(p.above - 0.7, 0) ** 2, 0.6
    )
    return vectors(0.0, -roll * tuck, -0.60 * roll * edge)


def _shrug_lower(p: FacePoints) -> Array:
    """The chin's muscle pushes the lower lip up and out; both lips ride on it."""
    chin = bell((p.above + 1) ** 2, 2.2) * p.front * p.lower
    chin = chin * smoothstep(MOUTH_HALF_WIDTH + 2, 0, np.abs(p.x))
    at_line = smoothstep(MOUTH_HALF_WIDTH + 2, 0, np.abs(p.x)) * bell(np.array(1.0), 2.2)
    above = bell(np.maximum(p.above, 0) ** 2, 0.9) * p.front * p.upper * at_line
    out = (p.lower_lip + p.upper_lip * bell(np.maximum(p.above, 0) ** 2, 0.5)) * p.inward
    ball = bell((p.above + 2.7) ** 2 + 0.5 * p.x**2, 1.1) * p.front * p.lower
    fold = bell((p.above + 1.6) ** 2 + 0.25 * p.x**2, 0.6) * p.front * p.lower
    return vectors(0.0, 0.62 * chin + 0.62 * above, 0.26 * out + 0.20 * ball - 0.18 * fold)


def _shrug_upper(p: FacePoints) -> Array:
    """Lifts and pushes out the upper lip; the lower one's edge goes along and keeps it shut."""
    edge = bell(np.maximum(-p.above, 0.0) ** 2, 0.7) * p.lower * p.front
    lift = (p.upper_lip + edge) * p.inward
    return vectors(0.0, 0.42 * lift, 0.28 * lift)


def _upper_up(p: FacePoints, sign: int) -> Array:
    """Bares the upper teeth of one side."""
    lift = p.upper_lip * p.inward * p.half(sign, 0.8)
    return vectors(0.0, 0.75 * lift, 0.08 * lift)


def _lower_down(p: FacePoints, sign: int) -> Array:
    """Bares the lower teeth of one side."""
    drop = p.lower_lip * p.inward * p.half(sign, 0.8)
    return vectors(0.0, -0.78 * drop, 0.08 * drop)


def lip_fields() -> dict[str, MotionField]:
    """The fields of the lips by ARKit name, with the corrective ``mouthPurse``."""
    fields: dict[str, MotionField] = {
        "mouthFunnel": _funnel,
        "mouthPucker": _pucker,
        "mouthPurse": _purse,
        "mouthRollLower": _roll_lower,
        "mouthRollUpper": _roll_upper,
        "mouthShrugLower": _shrug_lower,
        "mouthShrugUpper": _shrug_upper,
    }
    for side, sign in SIDES:
        fields[f"mouthPress{side}"] = partial(_press, sign=sign)
        fields[f"mouthUpperUp{side}"] = partial(_upper_up, sign=sign)
        fields[f"mouthLowerDown{side}"] = partial(_lower_down, sign=sign)
    return fields
