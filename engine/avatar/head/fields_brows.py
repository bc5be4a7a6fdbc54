"""Brow and nose motion as displacement fields, by ARKit name.

The brow is moved in three places (inner end, arch, tail), so that it bends instead of sliding.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.avatar.head.field_points import SIDES, FacePoints, MotionField, vectors
from engine.avatar.head.layout import BROW_Y, Array, bell, smoothstep


def _brow(p: FacePoints, sign: int, x: float, width: float) -> Array:
    """A patch of forehead around one place of the brow, still at the lids."""
    across = (sign * p.x - x) / width
    up = np.maximum(np.abs(p.y - BROW_Y) - 0.3, 0.0) / 2.3
    reach = np.exp(-(across**2) - up**2) * smoothstep(1.5, 4.5, p.z)
    return np.asarray(reach * smoothstep(1.30, 2.50, p.y))


def _inner_up(p: FacePoints) -> Array:
    """Raises the inner ends, so that the brows slant, and gathers the skin over the nose."""
    moved = np.zeros_like(p.at)
    for _, sign in SIDES:
        side = p.half(sign, 0.6)
        inner = _brow(p, sign, 1.2, 1.9) * side
        tail = _brow(p, sign, 5.0, 1.6) * side
        moved += vectors(-0.18 * sign * inner, 1.05 * inner - 0.15 * tail, 0.16 * inner)
    return moved


def _outer_up(p: FacePoints, sign: int) -> Array:
    """Raises arch and tail in one sweep."""
    side = sign * p.x
    sweep = smoothstep(0.2, 3.9, side) * smoothstep(7.4, 5.2, side)
    up = np.maximum(np.abs(p.y - BROW_Y) - 0.3, 0.0) / 2.3
    lift = sweep * np.exp(-(up**2)) * smoothstep(1.5, 4.0, p.z) * smoothstep(1.30, 2.50, p.y)
    return vectors(0.06 * sign * lift, 1.0 * lift, 0.12 * lift)


def _down(p: FacePoints, sign: int) -> Array:
    """Lowers and draws in the inner brow, with a wrinkle between the brows."""
    inner = _brow(p, sign, 1.4, 1.9) * p.half(sign, 0.4)
    arch = _brow(p, sign, 3.6, 1.7)
    tail = _brow(p, sign, 5.2, 1.3)
    crease = bell((sign * p.x - 0.62) ** 2, 0.32) * bell((p.y - 2.7) ** 2, 1.1) * p.front
    swell = bell((sign * p.x - 1.35) ** 2, 0.5) * bell((p.y - 2.6) ** 2, 0.8) * p.front
    x = -0.42 * inner - 0.12 * arch
    y = -0.78 * inner - 0.34 * arch + 0.10 * tail
    return vectors(sign * x, y, 0.24 * inner + 0.16 * arch - 0.22 * crease + 0.12 * swell)


def _sneer(p: FacePoints, sign: int) -> Array:
    """Lifts the wing of the nose and the lip under it, and wrinkles the nose's side."""
    side = p.half(sign, 0.5)
    wing = p.near((sign * 1.2, -2.6, 8.4), 1.25)
    bridge = p.near((sign * 0.9, 0.5, 7.6), 1.1) * side
    wrinkle = bell((p.y - 0.2 - 0.5 * sign * p.x) ** 2, 0.28) * bell((sign * p.x - 0.9) ** 2, 0.6)
    reach = bell((sign * p.x - 1.1) ** 2, 1.4) * p.front
    lip = p.upper_lip * p.inward * smoothstep(0.0, 0.9, p.above) * reach
    cheek = p.near((sign * 2.4, -1.6, 7.2), 1.2)
    brow = _brow(p, sign, 1.2, 1.3) * side
    up = 0.80 * wing + 0.25 * bridge + 0.50 * lip + 0.35 * cheek - 0.08 * brow
    z = 0.10 * wing + 0.18 * cheek - 0.13 * wrinkle * p.front * side + 0.10 * bridge
    return vectors(0.16 * sign * wing, up, z)


def brow_fields() -> dict[str, MotionField]:
    """The fields of brows and nose by ARKit name."""
    fields: dict[str, MotionField] = {"browInnerUp": _inner_up}
    for side, sign in SIDES:
        fields[f"browOuterUp{side}"] = partial(_outer_up, sign=sign)
        fields[f"browDown{side}"] = partial(_down, sign=sign)
        fields[f"noseSneer{side}"] = partial(_sneer, sign=sign)
    return fields
