"""Where the camera stands and how head and eyes are turned: one block of uniforms per frame.

Lengths are centimetres in the head's neutral frame (x to the subject's left, y up, z to the
camera); matrices act on column vectors.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.avatar.rig import Head
from engine.face import INDEX, FaceFrame, Floats
from engine.render.framing import Framing
from engine.render.torso import Torso

Matrix = NDArray[np.float64]

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
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tip = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    turned: Matrix = turn @ nod @ tip
    return turned


class Scene:
    """Packs the uniforms of a frame for one head, seen in one way."""

    def __init__(self, head: Head, framing: Framing) -> None:
        self._framing = framing
        self._centres = head.eye_centres.astype(np.float64)
        self._pivot = head.neck_pivot.astype(np.float64)
        self._torso = Torso(head)
        self._lids = (_number(head, "lid_upper", 0.47), _number(head, "lid_lower", -0.40))
        self._block = np.zeros((), UNIFORMS)
        self._block["viewpoint"][:3] = self._framing.viewpoint
        for name, default in _SETTINGS.items():
            self._block[name][:3] = head.settings.get(name, default)

    def pack(self, face: FaceFrame, weights: Floats) -> NDArray[np.void]:
        """The block for a pose and its expanded weights; the same array each time."""
        block = self._block
        block["view_projection"] = self._framing.view_projection(face.camera).T
        block["head"] = self._head(face).T
        block["torso"] = self._torso.moved(face.body)
        for side in (0, 1):
            block["eye"][side] = self._eye(side, face.gaze).T
            block["lids"][side, :2] = self._lid_edges(weights, "Left" if side == 0 else "Right")
        block["mouth"][:2] = _mouth_light(weights), weights[INDEX["jawOpen"]]
        return block

    def _head(self, face: FaceFrame) -> Matrix:
        pitch, yaw, roll, x, y, z = (float(value) for value in face.head)
        pitch = min(PITCH_LIMIT, max(-PITCH_LIMIT, pitch))
        yaw = min(YAW_LIMIT, max(-YAW_LIMIT, yaw))
        turn = rotation(pitch, yaw, roll)
        moved = 100 * np.array([x, y, z]) + self._torso.carry(face.body)
        return _rigid(turn, self._pivot - turn @ self._pivot + moved)

    def _eye(self, side: int, gaze: Floats) -> Matrix:
        yaw, pitch = np.clip(gaze, -_GAZE_LIMIT, _GAZE_LIMIT)
        inwards = -_VERGENCE if side == 0 else _VERGENCE
        return _rigid(rotation(float(pitch), float(yaw) + inwards), self._centres[side])

    def _lid_edges(self, weights: Floats, side: str) -> tuple[float, float]:
        top, bottom = self._lids
        meet = _LIDS_MEET * bottom + (1 - _LIDS_MEET) * top
        upper = sum(float(weights[INDEX[name + side]]) * by for name, (by, _) in _LIDS.items())
        lower = sum(float(weights[INDEX[name + side]]) * by for name, (_, by) in _LIDS.items())
        return top + (meet - top) * min(1.0, upper), bottom + (meet - bottom) * min(1.0, lower)


def _mouth_light(weights: Floats) -> float:
    lips = sum(
        weights[INDEX[lip + side]]
        for lip in ("mouthUpperUp", "mouthLowerDown")
        for side in ("Left", "Right")
    )
    jaw, funnel = weights[INDEX["jawOpen"]], weights[INDEX["mouthFunnel"]]
    return float(min(1.0, 0.25 + 1.1 * jaw + 0.4 * funnel + 0.25 * lips))


def _rigid(turn: Matrix, shift: Matrix) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = shift
    return matrix


def _number(head: Head, name: str, default: float) -> float:
    value = head.settings.get(name, default)
    return float(value) if isinstance(value, int | float) else default
