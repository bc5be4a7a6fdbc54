"""Where the camera stands and how head and eyes are turned: one block of uniforms per frame.

Lengths are centimetres in the head's neutral frame (x to the subject's left, y up, z to the
camera); matrices act on column vectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from engine.avatar.rig import Head
from engine.face import INDEX, FaceFrame, Floats
from engine.render.framing import Framing
from engine.render.torso import Torso

Matrix = NDArray[np.float64]
Triple = tuple[float, float, float]

UNIFORMS = np.dtype(
    [
        ("view_projection", "f4", (4, 4)),
        ("head", "f4", (4, 4)),
        ("eye", "f4", (2, 4, 4)),
        ("viewpoint", "f4", 4),
        ("mouth", "f4", 4),
        ("torso", "f4", 4),
        ("lids", "f4", (2, 4)),
        ("iris_inner", "f4", 4),
        ("iris_outer", "f4", 4),
        ("hair_dark", "f4", 4),
        ("hair_light", "f4", 4),
        ("beard", "f4", 4),
    ]
)
"""The std140 layout of ``Scene`` in shaders/scene.glsl."""


def _numbers(first: str, last: str) -> slice:
    """Where the fields from one to the other lie among the block's numbers."""
    fields = UNIFORMS.fields
    assert fields is not None
    kind, start, *_ = fields[last]
    return slice(fields[first][1] // 4, (start + kind.itemsize) // 4)


_MATRICES, _STATES = _numbers("view_projection", "eye"), _numbers("mouth", "lids")
"""What changes from frame to frame."""

_VERGENCE = 0.03  # radians each eye turns inwards to look at the camera
_GAZE_LIMIT = 0.6

PITCH_LIMIT, YAW_LIMIT = 0.5, 0.8
"""Radians that a head is turned at most."""

FURTHEST_TURN = 1.05
"""Radians between a surface and the line of sight that both limits together add, at most."""

_LIDS = {
    "eyeBlink": (1.0, 1.0),
    "eyeSquint": (0.14, 0.70),
    "eyeWide": (-0.30, -0.12),
    "eyeLookDown": (0.50, -0.28),
    "eyeLookUp": (-0.26, 0.22),
}
"""How far each shape closes the upper and the lower lid: their shadows follow their edges."""

_SIDES = ("Left", "Right")
_LIDS_AT = {
    side: [(INDEX[name + side], closes) for name, closes in _LIDS.items()] for side in _SIDES
}
_LIPS = [INDEX[lip + side] for lip in ("mouthUpperUp", "mouthLowerDown") for side in _SIDES]

_LIDS_MEET = 0.74
"""Closed lids meet this share of the way from the upper to the lower lid's resting edge."""

_SETTINGS: dict[str, list[float]] = {
    "iris_inner": [0.16, 0.24, 0.16],
    "iris_outer": [0.035, 0.085, 0.085],
    "hair_dark": [0.020, 0.011, 0.007],
    "hair_light": [0.085, 0.044, 0.025],
    "beard": [0.050, 0.026, 0.015],
}


def rotation(pitch: float, yaw: float, roll: float = 0.0) -> Matrix:
    """(3, 3): roll, then pitch, then yaw, with the signs of `engine.face`."""
    return np.array(_turn(pitch, yaw, roll))


def _turn(pitch: float, yaw: float, roll: float = 0.0) -> tuple[Triple, Triple, Triple]:
    """The rows of `rotation`: plain numbers, for arrays this small cost more than what is done."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    return (
        (cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp),
        (cp * sr, cp * cr, -sp),
        (cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp),
    )


class Scene:
    """Packs the uniforms of a frame for one head, seen in one way."""

    def __init__(self, head: Head, framing: Framing) -> None:
        self._framing = framing
        self._centres = head.eye_centres.astype(np.float64).tolist()
        self._pivot = head.neck_pivot.astype(np.float64).tolist()
        self._torso = Torso(head)
        self._lids = (_number(head, "lid_upper", 0.47), _number(head, "lid_lower", -0.40))
        self._block = np.zeros((), UNIFORMS)
        self._block["viewpoint"][:3] = self._framing.viewpoint
        for name, default in _SETTINGS.items():
            self._block[name][:3] = head.settings.get(name, default)
        self._numbers = self._block.reshape(1).view(np.float32)

    def pack(self, face: FaceFrame, weights: Floats) -> NDArray[np.void]:
        """The block for a pose and its expanded weights; the same array each time."""
        of = weights.tolist()
        left, right = (self._eye(side, face.gaze.tolist()) for side in (0, 1))
        view = self._framing.view_projection(face.camera)
        self._numbers[_MATRICES] = [*view.T.flat, *self._head(face), *left, *right]
        top, foot = self._lid_edges(of, "Left"), self._lid_edges(of, "Right")
        mouth = _mouth_light(of), of[INDEX["jawOpen"]], 0.0, 0.0
        lids = *top, 0.0, 0.0, *foot, 0.0, 0.0
        self._numbers[_STATES] = [*mouth, *self._torso.moved(face.body), *lids]
        return self._block

    def _head(self, face: FaceFrame) -> list[float]:
        pitch, yaw, roll, *place = face.head.tolist()
        pitch = min(PITCH_LIMIT, max(-PITCH_LIMIT, pitch))
        yaw = min(YAW_LIMIT, max(-YAW_LIMIT, yaw))
        turn, pivot = _turn(pitch, yaw, roll), self._pivot
        carried = self._torso.carry(face.body)
        shift = [
            about + 100 * moved + by - (row[0] * pivot[0] + row[1] * pivot[1] + row[2] * pivot[2])
            for about, moved, by, row in zip(pivot, place, carried, turn, strict=True)
        ]
        return _columns(turn, shift)

    def _eye(self, side: int, gaze: list[float]) -> list[float]:
        yaw, pitch = (min(_GAZE_LIMIT, max(-_GAZE_LIMIT, angle)) for angle in gaze)
        inwards = -_VERGENCE if side == 0 else _VERGENCE
        return _columns(_turn(pitch, yaw + inwards), self._centres[side])

    def _lid_edges(self, weights: Sequence[float], side: str) -> tuple[float, float]:
        top, bottom = self._lids
        meet = _LIDS_MEET * bottom + (1 - _LIDS_MEET) * top
        upper = lower = 0.0
        for at, (by_upper, by_lower) in _LIDS_AT[side]:
            upper += weights[at] * by_upper
            lower += weights[at] * by_lower
        return top + (meet - top) * min(1.0, upper), bottom + (meet - bottom) * min(1.0, lower)


def _mouth_light(weights: Sequence[float]) -> float:
    lips = sum(weights[at] for at in _LIPS)
    jaw, funnel = weights[INDEX["jawOpen"]], weights[INDEX["mouthFunnel"]]
    return min(1.0, 0.25 + 1.1 * jaw + 0.4 * funnel + 0.25 * lips)


def _columns(turn: tuple[Triple, Triple, Triple], shift: Sequence[float]) -> list[float]:
    """The 4 x 4 matrix that turns and shifts, column by column as shaders take it."""
    first, second, third = turn
    x, y, z = shift
    columns = zip(first, second, third, (0.0, 0.0, 0.0), strict=True)
    return [*chain.from_iterable(columns), x, y, z, 1.0]


def _number(head: Head, name: str, default: float) -> float:
    value = head.settings.get(name, default)
    return float(value) if isinstance(value, int | float) else default
