"""The one gate that every pose passes: conflicts settled, limits, speed, and eyes that hold a look.

Articulation passes as it is; everything else is held to what a face, a neck, a hand at a camera
can do. What is within all bounds passes as it is, to the bit.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from engine.face import ARKIT, INDEX, FaceFrame, Floats
from engine.motion.bounds import Bounded, Values
from engine.motion.conflicts import AT_REST, Lips, Precedence, cancel, under_blinks
from engine.motion.layers import Draft
from engine.timeline import Samples

_DEGREE = math.pi / 180
_MOST_YAW, _MOST_PITCH = 30 * _DEGREE, 22 * _DEGREE
"""Eye rotation in daily life stays within about 30 degrees (Stahl 1999)."""

_HEAD_LIMIT = np.array([25 * _DEGREE, 40 * _DEGREE, 20 * _DEGREE, 0.08, 0.06, 0.12])
_BODY_LIMIT = np.array([0.02, 0.04, 0.2])
_CAMERA_LIMIT = np.array([0.25, 0.25, 0.35])
"""Beyond neutral: shifts as shares of the picture's height, and zoom."""

_SOFT_FROM = 0.85
"""Share of a limit from which on it is neared more and more slowly."""

_LOOK_FULL = 30 * _DEGREE
"""Eye rotation that ARKit's eyeLook weights of 1 stand for."""

_LIDS = 40.0, math.inf
"""A lid falls in some 75 ms, and starts within a few (Evinger et al. 1991): bounds of velocity per
second and of jerk per second cubed, as all that follow."""

FACE = 12.0, 4e4
"""Brows and cheeks: the quickest go up in an eighth of a second (micro-expressions last 40 to
200 ms, Ekman 2003; Yan et al. 2013: onsets of at least 65 ms)."""

_LOWER_FACE = 10.0, 2.5e4
"""What mood moves about the mouth; a smile's onset takes 200 ms at least (Schmidt et al. 2003)."""

TURN = 200 * _DEGREE, 6e4 * _DEGREE
"""Heads of people who talk stay below some 200 degrees a second, though they could turn at more
than 500 (Zangemeister et al. 1981, "Dynamics of head movement trajectories")."""

SHIFT = 0.5, 200.0
_SACCADE = 700 * _DEGREE, math.inf
"""The fastest saccades (Bahill et al. 1975, "The main sequence"); slower ones start as suddenly."""

BODY = (0.3, 60.0), (0.3, 60.0), (1.0, 100.0)
CAMERA = (0.2, 6.0), (0.2, 6.0), (0.3, 10.0)
"""A hand on a camera, not a cut."""


def _shape_bounds(name: str) -> tuple[float, float]:
    if name.startswith("eyeBlink"):
        return _LIDS
    return _LOWER_FACE if name.startswith(("jaw", "mouth", "tongue", "cheekPuff")) else FACE


_BOUNDS = np.array(
    [*map(_shape_bounds, ARKIT), *[TURN] * 3, *[SHIFT] * 3, *[_SACCADE] * 2, *CAMERA, *BODY]
)
_ENDS = accumulate([0, len(ARKIT), 6, 2, 3, 3])
_SHAPES, _HEAD, _GAZE, _CAMERA_AT, _BODY_AT = (slice(a, b) for a, b in pairwise(_ENDS))


class Gate:
    """Passes the poses of one face, in order."""

    def __init__(self) -> None:
        self._bounded = Bounded(_BOUNDS[:, 0], _BOUNDS[:, 1])
        self._precedence = Precedence()

    def start(self, face: FaceFrame) -> None:
        """Go on from a pose: the next ones lead away from it smoothly, its mouth's included."""
        shapes = face.blendshapes.copy()
        shapes[_LOOKS] = 0
        gaze = _in_room(face.head, face.gaze)
        parts = (shapes, face.head, gaze, face.camera, face.body)
        self._bounded.start(np.concatenate(parts, dtype=np.float64))

    def let(self, time: Samples, draft: Draft, spoken: Floats, lips: Lips = AT_REST) -> FaceFrame:
        """The finished pose of a mouth that speaks, (52,), and of all else that was drafted."""
        cancel(draft.blendshapes)
        parts = (draft.blendshapes, draft.head, draft.gaze, draft.camera, draft.body)
        wanted = np.concatenate(parts, dtype=np.float64)
        _limit(wanted)
        allowed = self._bounded.follow(wanted)
        shapes = self._precedence.shown(spoken, allowed[_SHAPES].astype(np.float32), lips)
        return _finished(time, shapes, allowed)


def pass_gate(time: Samples, draft: Draft) -> FaceFrame:
    """The finished pose of a draft that stands alone, without others before it."""
    return Gate().let(time, draft, np.zeros(len(ARKIT), np.float32))


def _limit(values: Values) -> None:
    """Near, in place, the limits of head, camera and body, and do not pass them."""
    share = (values[_LIMITED] - _MIDDLE) / _LIMITS
    beyond = np.abs(share) > _SOFT_FROM
    if beyond.any():
        rest = 1 - _SOFT_FROM
        soft = _SOFT_FROM + rest * np.tanh((np.abs(share[beyond]) - _SOFT_FROM) / rest)
        limited = _MIDDLE[beyond] + np.copysign(soft, share[beyond]) * _LIMITS[beyond]
        values[_LIMITED[beyond]] = limited


_LIMITED = np.r_[_HEAD, _CAMERA_AT, _BODY_AT]
_MIDDLE = np.concatenate([np.zeros(6), [0.0, 0.0, 1.0], np.zeros(3)])
_LIMITS = np.concatenate([_HEAD_LIMIT, _CAMERA_LIMIT, _BODY_LIMIT])


def _finished(time: Samples, shapes: Floats, allowed: Values) -> FaceFrame:
    """The pose, with eyes in the head where its gaze in the room wants them."""
    head = allowed[_HEAD]
    yaw, pitch = _seen_from(head, allowed[_GAZE])
    yaw = min(_MOST_YAW, max(-_MOST_YAW, yaw))
    pitch = min(_MOST_PITCH, max(-_MOST_PITCH, pitch))
    shapes[_LOOKS] = 0
    shapes[_LOOKS_LEFT if yaw > 0 else _LOOKS_RIGHT] = abs(yaw) / _LOOK_FULL
    shapes[_LOOKS_DOWN if pitch > 0 else _LOOKS_UP] = abs(pitch) / _LOOK_FULL
    under_blinks(shapes)
    np.maximum(shapes, 0, out=shapes)
    np.minimum(shapes, 1, out=shapes)
    return FaceFrame(
        time,
        shapes,
        head.astype(np.float32),
        np.array([yaw, pitch], np.float32),
        allowed[_CAMERA_AT].astype(np.float32),
        allowed[_BODY_AT].astype(np.float32),
    )


def _those(*names: str) -> NDArray[np.intp]:
    return np.array([INDEX[name] for name in names])


_LOOKS_LEFT = _those("eyeLookOutLeft", "eyeLookInRight")
_LOOKS_RIGHT = _those("eyeLookInLeft", "eyeLookOutRight")
_LOOKS_DOWN = _those("eyeLookDownLeft", "eyeLookDownRight")
_LOOKS_UP = _those("eyeLookUpLeft", "eyeLookUpRight")
_LOOKS = np.concatenate([_LOOKS_LEFT, _LOOKS_RIGHT, _LOOKS_DOWN, _LOOKS_UP])


def _seen_from(head: Values, gaze: Values) -> tuple[float, float]:
    """Yaw and pitch in the turned head of a gaze in the room: the vestibulo-ocular reflex, whose
    gain is near 1 in who looks at something (Collewijn & Smeets 2000)."""
    x, y, z = _direction(*gaze.tolist())
    (rx, ux, ax), (ry, uy, ay), (rz, uz, az) = _turn(*head[:3].tolist())
    return _angles(x * rx + y * ry + z * rz, x * ux + y * uy + z * uz, x * ax + y * ay + z * az)


def _in_room(head: Floats, gaze: Floats) -> tuple[float, float]:
    """The gaze in the room of eyes that look so in a turned head."""
    x, y, z = np.array(_turn(*head[:3].tolist())) @ _direction(*gaze.tolist())
    return _angles(float(x), float(y), float(z))


def _direction(yaw: float, pitch: float) -> tuple[float, float, float]:
    level = math.cos(pitch)
    return math.sin(yaw) * level, -math.sin(pitch), math.cos(yaw) * level


def _angles(x: float, y: float, z: float) -> tuple[float, float]:
    return math.atan2(x, z), math.asin(min(1.0, max(-1.0, -y)))


def _turn(pitch: float, yaw: float, roll: float) -> tuple[tuple[float, float, float], ...]:
    """The rows of a rotation: roll, then pitch, then yaw, with the signs of `engine.face`."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    return (
        (cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp),
        (cp * sr, cp * cr, -sp),
        (cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp),
    )
