"""The one gate that every pose passes: lids follow gaze, and limits hold whatever was added up."""

from __future__ import annotations

import numpy as np

from engine.face import INDEX, FaceFrame
from engine.motion.layers import Draft
from engine.timeline import Samples

_DEGREE = float(np.pi / 180)
_GAZE_LIMIT = np.array([30, 22], np.float32) * _DEGREE
"""Eye rotation in daily life stays within about 30 degrees (Stahl 1999)."""

_HEAD_LIMIT = np.array(
    [25 * _DEGREE, 40 * _DEGREE, 20 * _DEGREE, 0.08, 0.06, 0.12], dtype=np.float32
)
_LOOK_FULL = 30 * _DEGREE
"""Eye rotation that ARKit's eyeLook weights of 1 stand for."""


def pass_gate(time: Samples, draft: Draft) -> FaceFrame:
    """The finished pose of a draft."""
    gaze = np.clip(draft.gaze, -_GAZE_LIMIT, _GAZE_LIMIT).astype(np.float32)
    head = np.clip(draft.head, -_HEAD_LIMIT, _HEAD_LIMIT).astype(np.float32)
    shapes = draft.blendshapes
    yaw, pitch = (float(angle) / _LOOK_FULL for angle in gaze)
    for name, value in (
        ("eyeLookOutLeft", yaw),
        ("eyeLookInRight", yaw),
        ("eyeLookInLeft", -yaw),
        ("eyeLookOutRight", -yaw),
        ("eyeLookDownLeft", pitch),
        ("eyeLookDownRight", pitch),
        ("eyeLookUpLeft", -pitch),
        ("eyeLookUpRight", -pitch),
    ):
        shapes[INDEX[name]] = max(0.0, value)
    return FaceFrame(time, np.clip(shapes, 0, 1), head, gaze, draft.camera, draft.body)
