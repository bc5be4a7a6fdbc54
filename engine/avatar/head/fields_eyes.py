"""Lid motion as displacement fields, by ARKit name: rotations about the eyeball's centre."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from engine.avatar.head.field_points import SIDES, FacePoints, MotionField, vectors
from engine.avatar.head.layout import (
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    LID_RADIUS,
    Array,
    bell,
    lower_lid,
    smoothstep,
    upper_lid,
)

LIDS: Final = {
    "eyeBlink": (1.0, 1.0),
    "eyeSquint": (0.14, 0.70),
    "eyeWide": (-0.30, -0.12),
    "eyeLookDown": (0.50, -0.28),
    "eyeLookUp": (-0.26, 0.22),
}
"""How far each shape turns the upper and the lower lid towards closing."""

_MEET: Final = 0.74
"""Closed lids meet this share of the way from the upper to the lower lid's resting edge."""


def lid_turn(p: FacePoints, sign: int, upper: float, lower: float) -> Array:
    """Angles (N,) by which the lids of one eye turn: 1 closes a lid, negative opens it wider."""
    across = (np.abs(p.x) - EYE[0]) / EYE_RADIUS
    y, z = p.y - EYE[1], p.z - EYE[2]
    inside = np.clip(across, -LID_HALF_WIDTH, LID_HALF_WIDTH)
    slice_radius = np.sqrt((LID_RADIUS / EYE_RADIUS) ** 2 - inside**2)
    top = np.arcsin(np.clip(upper_lid(inside) / slice_radius, -0.95, 0.95))
    bottom = np.arcsin(np.clip(lower_lid(inside) / slice_radius, -0.95, 0.95))
    meet = bottom * _MEET + top * (1 - _MEET)
    angle = np.arctan2(y, z)
    above = angle > (top + bottom) / 2
    follow_top = np.where(above, 1 - smoothstep(0, 0.80, angle - top), 0.0)
    follow_bottom = np.where(above, 0.0, 1 - smoothstep(0, 0.70, bottom - angle))
    turn = upper * (meet - top) * follow_top + lower * (meet - bottom) * follow_bottom
    distance = np.sqrt((across * EYE_RADIUS) ** 2 + y * y + z * z)
    near = smoothstep(EYE_RADIUS + 2.0, EYE_RADIUS + 0.5, distance) * (z > -0.5)
    near = near * smoothstep(1.25, 0.85, np.abs(across)) * (sign * p.x > 0)
    corner = smoothstep(0, 0.04, 1 - (inside / LID_HALF_WIDTH) ** 2)
    return np.asarray(turn * near * corner)


def turned(at: Array, turn: Array) -> Array:
    """Displacement of points (N, 3) turned down by angles about the axis through both eyes."""
    y, z = at[:, 1] - EYE[1], at[:, 2] - EYE[2]
    c, s = np.cos(turn), np.sin(turn)
    return vectors(0.0, y * c + z * s - y, z * c - y * s - z)


def lids(p: FacePoints, sign: int, upper: float, lower: float) -> Array:
    """Lids of one eye moved by `lid_turn`."""
    return turned(p.at, lid_turn(p, sign, upper, lower))


def lash_motion(at: Array, roots: FacePoints) -> dict[str, Array]:
    """Displacements of lash points that turn with their ``roots`` on the upper lid."""
    motion = {}
    for side, sign in SIDES:
        for name, (upper, lower) in LIDS.items():
            motion[name + side] = turned(at, lid_turn(roots, sign, upper, lower))
        half = turned(at, lid_turn(roots, sign, 0.5, 0.5))
        motion[f"eyeBlinkHalf{side}"] = half - 0.5 * motion[f"eyeBlink{side}"]
    return motion


def _half_blink(p: FacePoints, sign: int) -> Array:
    """What a straight path from open to closed lacks half way: it would cut the eyeball."""
    return lids(p, sign, 0.5, 0.5) - 0.5 * lids(p, sign, 1.0, 1.0)


def _cheek_squint(p: FacePoints, sign: int) -> Array:
    """Pushes the cheek up against the lower lid, which rises and narrows the eye."""
    cheek = p.near((sign * 3.9, -2.5, 6.6), 1.7)
    bag = bell((p.y + 1.55) ** 2, 0.42) * bell((sign * p.x - 3.3) ** 2, 1.5) * p.front
    moved = cheek[:, None] * [sign * 0.1, 0.62, 0.36] + lids(p, sign, 0.0, 0.60)
    moved[:, 2] -= 0.09 * bag
    return moved


def _sideways(p: FacePoints, sign: int, inwards: bool) -> Array:
    """The lids' edges drawn a little along with the cornea's bulge."""
    x = np.abs(p.x) - EYE[0]
    bulge = x + (0.9 if inwards else -0.9)
    reach = np.exp(-(bulge**2 + (p.y - EYE[1]) ** 2) / 1.6**2) * (p.z > EYE[2] + 1.0)
    reach = reach * (sign * p.x > 0)
    direction = -sign if inwards else sign
    return vectors(0.06 * direction * reach, 0.0, 0.07 * reach)


def eye_fields() -> dict[str, MotionField]:
    """The fields around the eyes by ARKit name, with ``eyeBlinkHalf`` in-between correctives.

    A corrective is added at weight 4 b (1 - b) for a blink at weight b.
    """
    fields: dict[str, MotionField] = {}
    for side, sign in SIDES:
        for name, (upper, lower) in LIDS.items():
            fields[name + side] = partial(lids, sign=sign, upper=upper, lower=lower)
        fields[f"eyeBlinkHalf{side}"] = partial(_half_blink, sign=sign)
        fields[f"cheekSquint{side}"] = partial(_cheek_squint, sign=sign)
        fields[f"eyeLookIn{side}"] = partial(_sideways, sign=sign, inwards=True)
        fields[f"eyeLookOut{side}"] = partial(_sideways, sign=sign, inwards=False)
    return fields
