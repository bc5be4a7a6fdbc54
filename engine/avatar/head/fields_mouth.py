"""Jaw, lip and cheek motion as displacement fields, by ARKit name.

Weights fall off without square roots at the mouth's corners (a parabola through them), so the
corners stay smooth at every combination.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.avatar.head.field_points import FacePoints, vectors
from engine.avatar.head.layout import (
    JAW_ANGLE,
    JAW_AXIS,
    MOUTH_HALF_WIDTH,
    Array,
    bell,
    lip_line,
    smoothstep,
)

MotionField = Callable[[FacePoints], Array]
SIDES = (("Left", 1), ("Right", -1))
_SEALED = 0.62
"""Share of the jaw's rotation at which lips meet again under ``mouthClose``."""


def jaw_rotation(at: Array, share: Array | float) -> Array:
    """Displacement when the jaw opens fully and points follow it by ``share``."""
    angle: Array = JAW_ANGLE * np.broadcast_to(np.asarray(share, np.float64), len(at))
    y, z = at[:, 1] - JAW_AXIS[1], at[:, 2] - JAW_AXIS[2]
    c, s = np.cos(angle), np.sin(angle)
    return vectors(0.0, y * c - z * s - y, y * s + z * c - z)


def jaw_share(p: FacePoints) -> Array:
    """How far the skin follows the jaw: chin and lower lip wholly, the neck not at all."""
    base = smoothstep(-3.2, -9.0, p.y)
    lower = base + (1 - base) * p.inward * bell(np.maximum(-p.above - 1, 0) ** 2, 6.0)
    middle = p.inward * (2 - p.inward)
    upper = base * (1 - middle * bell(np.maximum(p.above - 2, 0) ** 2, 3.0))
    share = lower * p.lower + upper * p.upper
    throat = smoothstep(-1.5, 3.5, p.z + 0.25 * np.minimum(p.y + 9, 0))
    neck = smoothstep(-14.5, -10.0, p.y)
    return share * throat * neck * smoothstep(7.9, 5.5, np.abs(p.x))


def _jaw_open(p: FacePoints) -> Array:
    moved = jaw_rotation(p.at, jaw_share(p))
    corner = bell((np.abs(p.x) - MOUTH_HALF_WIDTH) ** 2, 1.6) * bell(p.above**2, 2.5)
    moved[:, 0] -= 0.13 * p.x * corner * p.front
    return moved


def _jaw_slide(p: FacePoints, x: float, z: float) -> Array:
    """The chin slides wholly; the lips, which touch, go half of the way together."""
    lips = bell(p.above**2, 1.1) * p.front
    lips = lips * smoothstep(MOUTH_HALF_WIDTH + 2.0, MOUTH_HALF_WIDTH, np.abs(p.x))
    share = jaw_share(p) * (1 - lips) + 0.5 * lips
    return vectors(x * share, 0.0, z * share)


def _mouth_close(p: FacePoints) -> Array:
    """Undoes ``jawOpen`` at the lips: both meet part of the way down."""
    lips = bell(np.maximum(np.abs(p.above) - 0.4, 0) ** 2, 1.6) * p.front
    lips = lips * smoothstep(MOUTH_HALF_WIDTH + 2.2, MOUTH_HALF_WIDTH - 0.2, np.abs(p.x))
    meet = _SEALED * smoothstep(-3.2, -5.6, p.y) * smoothstep(7.9, 5.5, np.abs(p.x))
    line = p.at.copy()
    line[:, 1] -= p.above * np.exp(-np.abs(p.above) * 4)
    open_jaw = jaw_rotation(p.at, jaw_share(p))
    return (jaw_rotation(line, meet) - open_jaw) * lips[:, None]


def _funnel(p: FacePoints) -> Array:
    ax = np.abs(p.x)
    narrow = bell(np.maximum(np.abs(p.above) - 0.6, 0) ** 2, 1.5) * p.front
    narrow = narrow * smoothstep(MOUTH_HALF_WIDTH + 3, MOUTH_HALF_WIDTH - 0.5, ax)
    lips = p.upper_lip + p.lower_lip
    out = lips * (0.35 + 0.65 * p.inward) * smoothstep(MOUTH_HALF_WIDTH + 1.2, 1.0, ax)
    part = (p.upper_lip * 0.55 - p.lower_lip * 0.65) * p.inward
    return vectors(-0.28 * p.x * narrow, part, 0.95 * out)


def _pucker(p: FacePoints) -> Array:
    """Draws the corners in and pushes the lips out into a thick ring with a small opening."""
    ax = np.abs(p.x)
    ring = bell(np.maximum(np.abs(p.above) - 0.7, 0) ** 2, 1.8) * p.front
    ring = ring * smoothstep(MOUTH_HALF_WIDTH + 4.0, MOUTH_HALF_WIDTH - 0.8, ax)
    swell = 0.40 * p.above * smoothstep(0, 0.8, np.abs(p.above))
    corner = -0.16 * (ax / MOUTH_HALF_WIDTH) ** 2
    out = 1.25 * smoothstep(MOUTH_HALF_WIDTH + 1.4, 0.1, ax)
    part = (0.10 * p.upper_lip - 0.06 * p.lower_lip) * p.inward
    return vectors(-0.55 * p.x * ring, (swell + corner) * ring + part, out * ring)


def _purse(p: FacePoints) -> Array:
    """Rounds the opening of puckered lips, an ellipse instead of a lens, and the lips round it."""
    tall = np.abs(p.above)
    across = np.clip(np.abs(p.x) / (MOUTH_HALF_WIDTH + 0.1), 0.0, 1.0)
    rounder = np.sqrt(1.0 - across**2) - p.inward
    above, below = 0.88 * rounder + 0.12 * p.inward, -0.81 * rounder
    edge = bell(np.maximum(tall - 0.1, 0.0) ** 2, 0.7) * p.front
    part = np.where(p.upper > p.lower, above, below) * edge
    ring = bell(np.maximum(tall - 0.1, 0.0) ** 2, 1.0) * p.front
    ring = ring * smoothstep(MOUTH_HALF_WIDTH + 2.5, MOUTH_HALF_WIDTH - 0.3, np.abs(p.x))
    foot = bell((tall - 1.3) ** 2, 0.8) * p.lower * p.front
    foot = foot * smoothstep(MOUTH_HALF_WIDTH + 0.5, 0.0, np.abs(p.x))
    lift = part + 0.14 * foot - 0.34 * across**2 * ring
    return vectors(-0.325 * p.x * ring, lift, 0.11 * ring * across**2)


def _corner(p: FacePoints, sign: int, width: float) -> Array:
    corner = (sign * (MOUTH_HALF_WIDTH - 0.05), float(lip_line(np.array(MOUTH_HALF_WIDTH))), 7.3)
    return p.near(corner, width)


def _to_segment(p: FacePoints, sign: int, a: tuple[float, float], b: tuple[float, float]) -> Array:
    """Squared distance in (x, y) to a segment on one cheek, and 0..1 along it; (2, N)."""
    along = np.subtract(b, a)
    offset = np.stack([p.x * sign - a[0], p.y - a[1]], -1)
    t = np.clip(offset @ along / (along @ along), 0, 1)
    return np.stack([((offset - t[:, None] * along) ** 2).sum(1), t])


def _smile(p: FacePoints, sign: int) -> Array:
    """Pulls the corner up and back, lifts the cheek and deepens the fold beside the nose."""
    corner = _corner(p, sign, 2.0)
    cheek = p.near((sign * 4.2, -2.9, 6.2), 2.2, 0.8)
    moved = corner[:, None] * [sign * 1.05, 1.02, -0.75]
    moved += cheek[:, None] * [sign * 0.10, 0.50, 0.38]
    fold, t = _to_segment(p, sign, (1.75, -2.7), (3.7, -6.2))
    bulge, s = _to_segment(p, sign, (2.6, -2.6), (4.3, -5.6))
    crease = 0.21 * (
        bell(bulge, 1.0) * np.sin(np.pi * (0.9 * s + 0.08))
        - bell(fold, 0.45) * np.sin(np.pi * (0.9 * t + 0.08))
    )
    moved[:, 2] += crease * p.front * 0.9
    moved[:, 0] += sign * crease * p.front * 0.25
    side = p.half(sign, 1.6)
    moved[:, 1] += 0.10 * side * p.inward * bell(p.above**2, 1.5) * p.front
    moved[:, 2] -= 0.22 * side * p.inward * bell(p.above**2, 1.5) * p.front
    return moved


def _pull_corner(p: FacePoints, sign: int, width: float, pull: tuple[float, float, float]) -> Array:
    return _corner(p, sign, width)[:, None] * np.multiply(pull, [sign, 1.0, 1.0])


def _press(p: FacePoints, sign: int) -> Array:
    """Thins the red of both lips against the line where they touch."""
    squeeze = (p.upper_lip + p.lower_lip) * p.inward * p.half(sign, 0.8)
    toward = -0.42 * np.clip(p.above, -0.8, 0.8)
    return vectors(0.0, toward * squeeze, -0.16 * squeeze)


def _roll_lower(p: FacePoints) -> Array:
    """Curls the lower lip in, to under the upper teeth."""
    roll = p.lower_lip * p.inward
    edge = bell((p.above + 0.15) ** 2, 0.75)
    return vectors(0.0, roll * (0.22 + 0.30 * bell((p.above + 0.8) ** 2, 0.7)), -0.55 * roll * edge)


def _roll_upper(p: FacePoints) -> Array:
    roll = p.upper_lip * p.inward
    edge = bell((p.above - 0.15) ** 2, 0.75)
    tuck = 0.12 + 0.25 * bell((p.above - 0.7) ** 2, 0.6)
    return vectors(0.0, -roll * tuck, -0.55 * roll * edge)


def _shrug_lower(p: FacePoints) -> Array:
    chin = bell((p.above + 1) ** 2, 2.2) * p.front * p.lower
    chin = chin * smoothstep(MOUTH_HALF_WIDTH + 2, 0, np.abs(p.x))
    at_line = smoothstep(MOUTH_HALF_WIDTH + 2, 0, np.abs(p.x)) * bell(np.array(1.0), 2.2)
    above = bell(np.maximum(p.above, 0) ** 2, 0.9) * p.front * p.upper * at_line
    out = (p.lower_lip + p.upper_lip * bell(np.maximum(p.above, 0) ** 2, 0.5)) * p.inward
    return vectors(0.0, 0.55 * chin + 0.55 * above, 0.22 * out)


def _shrug_upper(p: FacePoints) -> Array:
    """Lifts and pushes out the upper lip; the lower one's edge goes along and keeps it shut."""
    edge = bell(np.maximum(-p.above, 0.0) ** 2, 0.7) * p.lower * p.front
    lift = (p.upper_lip + edge) * p.inward
    return vectors(0.0, 0.40 * lift, 0.25 * lift)


def _upper_up(p: FacePoints, sign: int) -> Array:
    lift = p.upper_lip * p.inward * p.half(sign, 0.8)
    return vectors(0.0, 0.70 * lift, 0.10 * lift)


def _lower_down(p: FacePoints, sign: int) -> Array:
    drop = p.lower_lip * p.inward * p.half(sign, 0.8)
    return vectors(0.0, -0.75 * drop, 0.10 * drop)


def _shift(p: FacePoints, amount: float) -> Array:
    reach = bell(p.above**2, 2.2) * p.front
    return vectors(amount * reach * smoothstep(MOUTH_HALF_WIDTH + 3, 0, np.abs(p.x)), 0.0, 0.0)


def _puff(p: FacePoints) -> Array:
    cheek = p.near((4.1, -5.1, 5.9), 2.4) - p.near((-4.1, -5.1, 5.9), 2.4)
    lips = 0.25 * (p.upper_lip + p.lower_lip) * p.inward
    return vectors(1.2 * cheek, 0.0, np.abs(cheek) + lips)


def mouth_fields() -> dict[str, MotionField]:
    """The fields of jaw, mouth and cheek puff by ARKit name."""
    fields: dict[str, MotionField] = {
        "jawOpen": _jaw_open,
        "jawForward": partial(_jaw_slide, x=0.0, z=0.8),
        "jawLeft": partial(_jaw_slide, x=0.9, z=0.0),
        "jawRight": partial(_jaw_slide, x=-0.9, z=0.0),
        "mouthClose": _mouth_close,
        "mouthFunnel": _funnel,
        "mouthPucker": _pucker,
        "mouthPurse": _purse,
        "mouthLeft": partial(_shift, amount=0.9),
        "mouthRight": partial(_shift, amount=-0.9),
        "mouthRollLower": _roll_lower,
        "mouthRollUpper": _roll_upper,
        "mouthShrugLower": _shrug_lower,
        "mouthShrugUpper": _shrug_upper,
        "cheekPuff": _puff,
    }
    for side, sign in SIDES:
        fields[f"mouthSmile{side}"] = partial(_smile, sign=sign)
        fields[f"mouthPress{side}"] = partial(_press, sign=sign)
        fields[f"mouthUpperUp{side}"] = partial(_upper_up, sign=sign)
        fields[f"mouthLowerDown{side}"] = partial(_lower_down, sign=sign)
        for name, width, pull in (
            ("mouthFrown", 1.7, (0.20, -0.90, -0.20)),
            ("mouthDimple", 1.4, (0.45, 0.10, -0.60)),
            ("mouthStretch", 1.9, (1.10, -0.25, -0.75)),
        ):
            fields[f"{name}{side}"] = partial(_pull_corner, sign=sign, width=width, pull=pull)
    return fields
