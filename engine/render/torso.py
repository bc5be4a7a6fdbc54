"""How the upper body moves: what of the figure rises with breath and shrug, and leans.

Worked out from where things are in the neutral pose, so a head's file says nothing of it. Lengths
are centimetres in the head's neutral frame (x to the subject's left, y up, z to the camera).
"""

from __future__ import annotations

import math

import numpy as np

from engine.avatar.rig import Head
from engine.face import Floats
from engine.render.framing import Landmarks

_MEASURE = 10.0
"""From eyes to chin of the figure for which the places below are given, cm."""

_COLLAR, _CHEST = 5.0, 12.0
"""Below the neck's pivot: where the chest's rise begins to grow, and where it is whole."""

_NECK_RISE, _SHOULDER_RISE = 0.4, 0.75
"""Shares of the chest's rise by which breath lifts neck and head, and the shoulders' ends."""

_NECK_SIDE, _SHOULDER = 3.5, 11.5
"""From the middle: where the slope of the shoulders begins to rise in a shrug, and where it does so
in full."""

_ARMPIT, _WAIST = 17.0, 34.0
"""Below the pivot: down to where the trunk rises with the shoulders, and where it does not."""

_TRUNK = 52.0
"""The neck's pivot above the hips, about which the trunk leans."""

FORWARD = 0.5
"""A chest that rises comes forward by this share of it; as in shaders/head.glsl."""

SHRUG_LIMIT, BREATH_LIMIT, LEAN_LIMIT = 0.04, 0.02, 0.2
"""What is drawn at most either way: metres, metres, radians."""

_LIMITS = BREATH_LIMIT, SHRUG_LIMIT, LEAN_LIMIT


def rises(head: Head, points: Floats) -> Floats:
    """(V, 2): how far points (V, 3) rise with the breath and with a shrug, as shares of them."""
    unit = _unit(head)
    below = (float(head.neck_pivot[1]) - points[:, 1]) / unit
    aside = np.abs(points[:, 0] - float(head.neck_pivot[0])) / unit
    outwards = _smooth(aside, _NECK_SIDE, _SHOULDER)
    breath = _NECK_RISE + (1 - _NECK_RISE) * _smooth(below, _COLLAR, _CHEST)
    breath *= 1 - (1 - _SHOULDER_RISE) * outwards
    shrug = outwards * (1 - _smooth(below, _ARMPIT, _WAIST))
    return np.stack([breath, shrug], axis=1).astype(np.float32)


class Torso:
    """Where the upper body of one figure is, for a body (3,) as `engine.face.BODY` has it."""

    def __init__(self, head: Head) -> None:
        self._neck = float(head.neck_pivot[1])
        self._hips = self._neck - _unit(head) * _TRUNK

    def moved(self, body: Floats) -> tuple[float, float, float, float]:
        """What shaders move the body by: centimetres that breath and shrug lift what follows them
        in full, then how far forward a lean brings each centimetre above the last, the hips' y.

        A shear stands for the turn about the hips: at these angles it differs by less than 2 %.
        """
        breath, shrug, lean = (
            min(most, max(-most, value)) for value, most in zip(body.tolist(), _LIMITS, strict=True)
        )
        return 100 * breath, 100 * shrug, math.tan(lean), self._hips

    def carry(self, body: Floats) -> tuple[float, float, float]:
        """x, y and z by which the head is moved; how it is turned is its own affair, as it is in
        life, where neck and eyes keep the face to whom it looks at."""
        breath, _, slope, hips = self.moved(body)
        rise = _NECK_RISE * breath
        return 0.0, rise, FORWARD * rise + slope * (self._neck - hips)


def _unit(head: Head) -> float:
    marks = Landmarks.of(head)
    return max(marks.eyes - marks.chin, 1.0) / _MEASURE


def _smooth(values: Floats, start: float, end: float) -> Floats:
    share = np.clip((values - start) / (end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
