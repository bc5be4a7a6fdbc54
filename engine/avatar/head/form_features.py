"""How the options of a character bend the canonical head: named, smooth displacements.

Each is a function of canonical points (N, 3) in cm, at least once continuously differentiable and
mirror-symmetric in x. Their widths are chosen against their heights, so that no sum of options
within their ranges turns space inside out (the determinant of the whole warp's Jacobian stays
positive; see the tests).
"""

from __future__ import annotations

import numpy as np

from engine.avatar.head.character import Character
from engine.avatar.head.layout import (
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    MOUTH_HALF_WIDTH,
    MOUTH_Y,
    Array,
    lip_line,
    smoothstep,
)

Triple = tuple[float, float, float]

BETWEEN_EYES = float(EYE[0]) - LID_HALF_WIDTH * EYE_RADIUS - 0.22
"""Half the width of the strip in which what belongs to one eye passes into the other's."""

WIDER = 0.17
"""Share by which the widest mouth is wider than the canonical one."""


def _bump(p: Array, centre: Triple, radii: Triple) -> Array:
    """A Gaussian (N,) on the middle line."""
    return np.asarray(np.exp(-(((p - centre) / radii) ** 2).sum(1)))


def _pair(p: Array, centre: Triple, radii: Triple, push: Triple) -> Array:
    """The same push (N, 3) on both sides of the face, given for the subject's left."""
    left = _bump(p, centre, radii)
    right = _bump(p, (-centre[0], centre[1], centre[2]), radii)
    both = left + right
    return np.stack([(left - right) * push[0], both * push[1], both * push[2]], -1)


def _push(p: Array, centre: Triple, radii: Triple, push: Triple) -> Array:
    """A push (N, 3) of the middle line."""
    return np.asarray(_bump(p, centre, radii)[:, None] * np.asarray(push))


def _widen(p: Array, share: Array) -> Array:
    """x grows by ``share`` (N,) of itself."""
    return np.stack([p[:, 0] * share, np.zeros(len(p)), np.zeros(len(p))], -1)


def _shift(p: Array, axis: int, distance: Array) -> Array:
    moved = np.zeros_like(p)
    moved[:, axis] = distance
    return moved


def skull(p: Array, c: Character) -> Array:
    """The proportions of the whole head."""
    f = c.face
    y, z = p[:, 1], p[:, 2]
    head = smoothstep(-14.0, -7.5, y)
    moved = _widen(p, 0.10 * f.width * head)
    moved += _shift(p, 1, -1.15 * f.length * smoothstep(1.0, -10.5, y))
    moved += _shift(p, 1, 1.1 * f.forehead * smoothstep(3.0, 10.5, y))
    moved += _shift(p, 2, -1.1 * f.depth * smoothstep(2.0, -8.0, z) * head)
    moved += f.temples * _pair(p, (6.3, 4.2, 3.6), (2.4, 2.6, 3.4), (0.55, 0.0, 0.2))
    return moved


def jaw(p: Array, c: Character) -> Array:
    """Jaw and chin."""
    f = c.face
    moved = f.jaw_width * _pair(p, (5.0, -6.6, 1.6), (3.0, 3.4, 4.6), (0.95, -0.15, 0.0))
    moved += f.chin_width * _pair(p, (2.0, -9.2, 6.2), (1.9, 1.9, 2.8), (0.60, 0.0, 0.12))
    moved += f.chin_length * _push(p, (0.0, -9.6, 6.0), (3.6, 2.6, 4.0), (0.0, -1.0, 0.0))
    return moved + f.chin_forward * _push(p, (0.0, -9.0, 6.6), (3.2, 2.4, 4.0), (0.0, 0.0, 1.0))


def flesh(p: Array, c: Character) -> Array:
    """Cheeks, cheekbones, brow ridge, and what age does to them."""
    f = c.face
    cheeks = f.cheeks - 0.45 * f.age
    moved = cheeks * _pair(p, (4.6, -4.9, 4.6), (2.5, 2.5, 3.0), (0.80, -0.10, 0.42))
    moved += f.cheekbones * _pair(p, (5.1, -2.2, 4.9), (2.2, 1.5, 2.6), (0.48, 0.18, 0.30))
    moved += f.brow_ridge * _pair(p, (2.4, 3.1, 7.4), (2.4, 1.4, 2.2), (0.0, -0.20, 0.60))
    moved += f.age * _pair(p, (3.5, -8.3, 5.0), (1.6, 1.5, 2.4), (0.34, -0.42, 0.0))
    throat = _push(p, (0.0, -10.9, 3.4), (2.6, 1.8, 2.6), (0.0, -0.75, 0.30))
    return moved + (f.age + 0.5 * max(0.0, f.cheeks)) * throat


def body(p: Array, c: Character) -> Array:
    """Neck and shoulders, which clothes follow."""
    f = c.face
    x, y, z = p.T
    near = np.exp(-((x**2 + (z + 2.6) ** 2) / 7.0**2))
    neck = near * smoothstep(-8.0, -11.5, y) * smoothstep(-21.0, -15.5, y)
    moved = np.stack([x, np.zeros_like(x), z + 2.6], -1) * (0.20 * f.neck_width * neck)[:, None]
    moved += _shift(p, 1, -1.3 * f.neck_length * smoothstep(-9.5, -15.5, y))
    moved += _widen(p, 0.15 * f.shoulders * smoothstep(-14.5, -20.0, y))
    smaller = 0.15 * f.head_size * smoothstep(-11.0, -17.0, y)
    return np.asarray(moved - (p - [0.0, -11.5, -2.5]) * smaller[:, None])


def nose(p: Array, c: Character) -> Array:
    """The nose."""
    n = c.nose
    size = 0.22 * n.size + 0.06 * c.face.age
    tip = _bump(p, (0.0, -2.0, 9.0), (2.0, 2.0, 2.2))
    moved: Array = (p - [0.0, -1.2, 7.4]) * (size * tip)[:, None]
    length = n.length + 0.35 * c.face.age
    moved += length * _push(p, (0.0, -2.6, 9.2), (1.7, 1.7, 2.2), (0.0, -0.50, 0.0))
    moved += _widen(p, 0.30 * n.width * _bump(p, (0.0, -1.4, 8.8), (1.7, 2.6, 2.0)))
    moved += n.bridge * _push(p, (0.0, 0.7, 8.6), (1.2, 2.1, 1.9), (0.0, 0.0, 0.50))
    moved += n.hump * _push(p, (0.0, -0.3, 9.0), (1.2, 1.0, 1.6), (0.0, 0.0, 0.42))
    moved += n.tip_up * _push(p, (0.0, -2.5, 9.9), (1.4, 1.3, 1.5), (0.0, 0.48, 0.05))
    return moved + n.wings * _pair(p, (1.15, -2.7, 8.8), (0.9, 1.0, 1.1), (0.30, 0.0, 0.0))


def mouth(p: Array, c: Character) -> Array:
    """Where the mouth is and how wide; the lips' fullness is `fullness`."""
    m = c.mouth
    moved = _widen(p, WIDER * m.width * mouth_reach(p))
    around = (3.6, 2.2, 3.6)
    moved += m.height * _push(p, (0.0, MOUTH_Y, 7.8), around, (0.0, 0.40, 0.0))
    return moved + m.forward * _push(p, (0.0, MOUTH_Y, 7.8), around, (0.0, 0.0, 0.55))


def mouth_reach(p: Array) -> Array:
    """How far points (N, 3) go with a wider mouth, 0..1; low enough for an open jaw."""
    return _bump(p, (0.0, MOUTH_Y - 0.4, 7.2), (5.0, 3.0, 4.4))


def ears(p: Array, c: Character) -> Array:
    """Size about the ear's root, and its angle off the head."""
    e = c.ears
    side = np.sign(p[:, 0])
    q = np.stack([np.abs(p[:, 0]), p[:, 1], p[:, 2]], -1) - [6.9, -0.6, -0.4]
    away = np.sqrt((((q - [0.7, 0.0, -1.2]) / [1.0, 1.2, 1.0]) ** 2).sum(1))
    reach = smoothstep(5.6, 2.2, away) * smoothstep(-1.5, 1.0, q[:, 0])
    grown = q * (0.18 * e.size + 0.10 * c.face.age)
    turned = np.stack([-0.28 * e.flare * q[:, 2], 0 * side, 0.10 * e.flare * q[:, 0]], -1)
    moved: Array = (grown + turned) * reach[:, None]
    moved[:, 0] *= side
    return moved


def eye_place(p: Array, c: Character, grown: float) -> Array:
    """Where the eyes are; eyes ``grown`` times as large also move apart and back."""
    e = c.eyes
    larger = grown - 1.0
    apart = 0.38 * (max(0.0, e.spacing) + min(0.0, e.spacing) * max(0.0, 1.0 - 3.2 * larger))
    push = (
        apart + 1.8 * larger,
        0.50 * e.height + 0.8 * larger,
        0.45 * e.depth - 1.2 * larger,
    )
    centre = (EYE[0], EYE[1], EYE[2] + 1.0)
    moved = _pair(p, centre, (4.2, 4.2, 5.0), push)
    for sign in (1, -1):
        from_eye = p - EYE * [sign, 1, 1]
        near = np.exp(-((from_eye / [5.0, 5.0, 6.0]) ** 2).sum(1))
        near = near * smoothstep(-BETWEEN_EYES, BETWEEN_EYES, sign * p[:, 0])
        moved += from_eye * (larger * near)[:, None]
    return moved


def fullness(p: Array, c: Character) -> Array:
    """Thickness of the lips, off the line where they touch; 0 on that line and inside the mouth."""
    x, y, z = p.T
    above = y - lip_line(x)
    upper = 0.42 * c.mouth.upper - 0.25 * c.face.age
    lower = 0.40 * c.mouth.lower - 0.20 * c.face.age
    amount = lower + (upper - lower) * smoothstep(-0.2, 0.2, above)
    across = smoothstep(1.35 * MOUTH_HALF_WIDTH, 0.55 * MOUTH_HALF_WIDTH, np.abs(x))
    near = smoothstep(2.4, 0.5, np.abs(above)) * across * smoothstep(5.8, 7.2, z)
    thick = near * amount
    forward = smoothstep(0.0, 0.5, np.abs(above)) * smoothstep(1.8, 0.6, np.abs(above))
    out = np.where(thick > 0, 0.5, 0.12) * thick * forward  # thin lips still cover the teeth
    return np.stack([np.zeros_like(x), above * thick, out], -1)


PARTS = (skull, jaw, flesh, body, nose, mouth, ears)


def displacement(p: Array, c: Character, eyes_grown: float) -> Array:
    """The sum of all features but the lips' fullness, (N, 3)."""
    total = eye_place(p, c, eyes_grown)
    for part in PARTS:
        total += part(p, c)
    return total
