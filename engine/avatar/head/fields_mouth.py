"""Motion of the jaw, the mouth's corners and the cheeks as displacement fields, by ARKit name."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np

from engine.avatar.head.field_points import SIDES, FacePoints, MotionField, vectors
from engine.avatar.head.fields_lips import lip_fields
from engine.avatar.head.layout import (
    JAW_ANGLE,
    JAW_AXIS,
    MOUTH_HALF_WIDTH,
    Array,
    bell,
    lip_line,
    smoothstep,
)

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


def _corner(p: FacePoints, sign: int, width: float) -> Array:
    corner = (sign * (MOUTH_HALF_WIDTH - 0.05), float(lip_line(np.array(MOUTH_HALF_WIDTH))), 7.3)
    return p.near(corner, width)


def _to_path(p: FacePoints, sign: int, path: tuple[tuple[float, float], ...]) -> Array:
    """Squared distance in (x, y) to a path on one cheek, and 0..1 along it; (2, N)."""
    at = np.stack([p.x * sign, p.y], -1)
    best = np.stack([np.full(len(at), np.inf), np.zeros(len(at))])
    for k, (a, b) in enumerate(pairwise(path)):
        along = np.subtract(b, a)
        t = np.clip((at - a) @ along / (along @ along), 0, 1)
        away = ((at - a - t[:, None] * along) ** 2).sum(1)
        best = np.where(away < best[0], [away, (k + t) / (len(path) - 1)], best)
    return best


_FOLD = ((1.62, -2.75), (2.55, -4.0), (3.20, -5.3), (3.35, -6.4))
"""The nasolabial fold, from the wing of the nose to beside the mouth's corner; x, y."""

_FOLD_BULGE = ((2.45, -2.55), (3.35, -3.7), (4.05, -5.2), (4.15, -6.2))


def _fold(p: FacePoints, sign: int) -> Array:
    """How far the skin rises (or sinks) where the cheek is pushed over the nasolabial fold."""
    groove, t = _to_path(p, sign, _FOLD)
    bulge, s = _to_path(p, sign, _FOLD_BULGE)
    return np.asarray(
        (
            bell(bulge, 0.95) * np.sin(np.pi * (0.85 * s + 0.10))
            - 0.95 * bell(groove, 0.42) * np.sin(np.pi * (0.80 * t + 0.16))
        )
        * p.front
    )


def _smile(p: FacePoints, sign: int) -> Array:
    """Pulls the corner up and back, thins the lips, lifts the cheek over the nasolabial fold."""
    corner = _corner(p, sign, 1.9)
    cheek = p.near((sign * 4.1, -2.8, 6.2), 2.1, 0.8)
    moved = corner[:, None] * [sign * 0.80, 0.90, -0.66]
    moved += cheek[:, None] * [sign * 0.10, 0.55, 0.36]
    fold = 0.36 * _fold(p, sign)
    moved[:, 2] += fold * 0.9
    moved[:, 0] += sign * fold * 0.3
    lips = (p.upper_lip + p.lower_lip) * p.half(sign, 1.6)
    flat = lips * p.inward
    moved[:, 1] += -0.22 * np.clip(p.above, -0.9, 0.9) * lips + 0.08 * flat
    moved[:, 2] -= 0.18 * flat * bell(p.above**2, 1.5)
    return moved


def _pull_corner(p: FacePoints, sign: int, width: float, pull: tuple[float, float, float]) -> Array:
    return _corner(p, sign, width)[:, None] * np.multiply(pull, [sign, 1.0, 1.0])


def _shift(p: FacePoints, amount: float) -> Array:
    reach = bell(p.above**2, 2.2) * p.front
    return vectors(amount * reach * smoothstep(MOUTH_HALF_WIDTH + 3, 0, np.abs(p.x)), 0.0, 0.0)


def _puff(p: FacePoints) -> Array:
    cheek = p.near((4.1, -5.1, 5.9), 2.4) - p.near((-4.1, -5.1, 5.9), 2.4)
    lips = 0.25 * (p.upper_lip + p.lower_lip) * p.inward
    return vectors(1.2 * cheek, 0.0, np.abs(cheek) + lips)


def mouth_fields() -> dict[str, MotionField]:
    """The fields of jaw, mouth and cheek puff by ARKit name."""
    fields = lip_fields() | {
        "jawOpen": _jaw_open,
        "jawForward": partial(_jaw_slide, x=0.0, z=0.8),
        "jawLeft": partial(_jaw_slide, x=0.9, z=0.0),
        "jawRight": partial(_jaw_slide, x=-0.9, z=0.0),
        "mouthClose": _mouth_close,
        "mouthLeft": partial(_shift, amount=0.9),
        "mouthRight": partial(_shift, amount=-0.9),
        "cheekPuff": _puff,
    }
    for side, sign in SIDES:
        fields[f"mouthSmile{side}"] = partial(_smile, sign=sign)
        for name, width, pull in (
            ("mouthFrown", 1.7, (0.20, -0.90, -0.20)),
            ("mouthDimple", 1.4, (0.45, 0.10, -0.60)),
            ("mouthStretch", 1.9, (1.10, -0.25, -0.75)),
        ):
            fields[f"{name}{side}"] = partial(_pull_corner, sign=sign, width=width, pull=pull)
    return fields
