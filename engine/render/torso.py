"""How the upper body moves: what of the figure rises with breath and shrug, and leans.

Worked out from where things are in the neutral pose, so a head's file says nothing of it. Lengths
are centimetres in the head's neutral frame (x to the subject's left, y up, z to the camera).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.avatar.rig import Head
from engine.face import Floats
from engine.render.framing import Landmarks

Matrix = NDArray[np.float64]

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

_HIPS = (-52.0, -1.0)
"""The hinge of a lean from the neck's pivot: y, z."""

SHRUG_LIMIT, BREATH_LIMIT, LEAN_LIMIT = 0.04, 0.02, 0.2
"""What is drawn at most either way: metres, metres, radians."""


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
        self._pivot = head.neck_pivot.astype(np.float64)
        self._hinge = self._pivot + _unit(head) * np.array([0.0, *_HIPS])

    def lean(self, body: Floats) -> Matrix:
        """(4, 4) that tips the upper body about the hips."""
        angle = min(LEAN_LIMIT, max(-LEAN_LIMIT, float(body[2])))
        cosine, sine = math.cos(angle), math.sin(angle)
        matrix = np.eye(4)
        matrix[1:3, 1:3] = [[cosine, -sine], [sine, cosine]]
        matrix[:3, 3] = self._hinge - matrix[:3, :3] @ self._hinge
        return matrix

    def risen(self, body: Floats) -> tuple[float, float]:
        """Centimetres by which breath and shrug lift what follows them in full."""
        breath = min(BREATH_LIMIT, max(-BREATH_LIMIT, float(body[0])))
        shrug = min(SHRUG_LIMIT, max(-SHRUG_LIMIT, float(body[1])))
        return 100 * breath, 100 * shrug

    def carry(self, body: Floats) -> Matrix:
        """(3,) by which the head is moved; how it is turned is its own affair, as it is in life,
        where neck and eyes keep the face to whom it looks at."""
        leant: Matrix = (self.lean(body) @ np.append(self._pivot, 1.0))[:3] - self._pivot
        leant[1] += _NECK_RISE * self.risen(body)[0]
        return leant


def _unit(head: Head) -> float:
    marks = Landmarks.of(head)
    return max(marks.eyes - marks.chin, 1.0) / _MEASURE


def _smooth(values: Floats, start: float, end: float) -> Floats:
    share = np.clip((values - start) / (end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
