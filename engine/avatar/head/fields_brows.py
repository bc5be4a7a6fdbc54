"""Brow and nose motion as displacement fields, by ARKit name.

The brow is moved in three places (inner end, arch, tail), so that it bends instead of sliding.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.avatar.head.field_points import FacePoints, vectors
from engine.avatar.head.fields_mouth import SIDES, MotionField
from engine.avatar.head.layout import BROW_Y, Array, bell, smoothstep


def _brow(p: FacePoints, sign: int, x: float, width: float, floor: float) -> Array:
    """A patch of forehead around one place of the brow, still at the lids."""
    across = (sign * p.x - x) / width
    up = (p.y - BROW_Y) / 2.6
    reach = np.exp(-(across**2) - up**2) * smoothstep(1.5, 4.5, p.z)
    return reach * smoothstep(floor, floor + 1.4, p.y)


def _inner_up(p: FacePoints) -> Array:
    moved = np.zeros_like(p.at)
    for _, sign in SIDES:
        side = p.half(sign, 0.6)
        inner = _brow(p, sign, 1.3, 1.7, 1.7) * side
        tail = _brow(p, sign, 5.0, 1.6, 1.7) * side
        moved += vectors(-0.12 * sign * inner, 1.15 * inner - 0.12 * tail, 0.12 * inner)
    return moved


def _outer_up(p: FacePoints, sign: int) -> Array:
    arch = _brow(p, sign, 4.0, 1.9, 1.8)
    inner = _brow(p, sign, 1.2, 1.2, 1.8) * p.half(sign, 0.5)
    return vectors(0.08 * sign * arch, 1.1 * arch + 0.10 * inner, 0.10 * arch)


def _down(p: FacePoints, sign: int) -> Array:
    """Lowers and draws in the inner brow, with a wrinkle between the brows."""
    inner = _brow(p, sign, 1.5, 1.9, 1.3) * p.half(sign, 0.4)
    arch = _brow(p, sign, 3.6, 1.6, 1.4)
    crease = bell((sign * p.x - 0.55) ** 2, 0.4) * bell((p.y - 3.6) ** 2, 1.3) * p.front
    x = -0.36 * inner - 0.10 * arch
    return vectors(sign * x, -0.85 * inner - 0.42 * arch, 0.22 * inner - 0.20 * crease)


def _sneer(p: FacePoints, sign: int) -> Array:
    wing = p.near((sign * 1.2, -2.7, 8.5), 1.25)
    bridge = p.near((sign * 0.9, 0.6, 7.6), 1.0)
    lip = (
        p.upper_lip * p.inward * bell((sign * p.x - 1.2) ** 2, 1.0) * smoothstep(0.1, 0.9, p.above)
    )
    return vectors(0.0, 0.5 * wing + 0.12 * bridge + 0.2 * lip, 0.1 * wing)


def brow_fields() -> dict[str, MotionField]:
    """The fields of brows and nose by ARKit name."""
    fields: dict[str, MotionField] = {"browInnerUp": _inner_up}
    for side, sign in SIDES:
        fields[f"browOuterUp{side}"] = partial(_outer_up, sign=sign)
        fields[f"browDown{side}"] = partial(_down, sign=sign)
        fields[f"noseSneer{side}"] = partial(_sneer, sign=sign)
    return fields
