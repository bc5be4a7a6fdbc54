"""The one motion vocabulary: ARKit's 52 blendshapes by name, head pose, gaze, camera and body.

Left and right are the subject's own. Signs: yaw > 0 turns towards the subject's left, pitch > 0
looks down (a nod), roll > 0 tips the head towards the subject's right shoulder. The head's pose is
relative to the body, which carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.timeline import Samples

Floats = NDArray[np.float32]

ARKIT: tuple[str, ...] = (
    "eyeBlinkLeft",
    "eyeLookDownLeft",
    "eyeLookInLeft",
    "eyeLookOutLeft",
    "eyeLookUpLeft",
    "eyeSquintLeft",
    "eyeWideLeft",
    "eyeBlinkRight",
    "eyeLookDownRight",
    "eyeLookInRight",
    "eyeLookOutRight",
    "eyeLookUpRight",
    "eyeSquintRight",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawRight",
    "jawOpen",
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    "mouthLeft",
    "mouthRight",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
"""Blendshape names in the order of ARKit's headers; arrays of 52 weights use this order."""

INDEX: dict[str, int] = {name: i for i, name in enumerate(ARKIT)}
HEAD: tuple[str, ...] = ("pitch", "yaw", "roll", "x", "y", "z")
"""Head pose: radians, then metres (x to the subject's left, y up, z towards the camera)."""

GAZE: tuple[str, ...] = ("yaw", "pitch")
"""Eye direction relative to the head, radians."""

CAMERA: tuple[str, ...] = ("x", "y", "zoom")
"""Framing relative to the set's default: shift as a fraction of the picture height, zoom factor."""

BODY: tuple[str, ...] = ("breath", "shrug", "lean")
"""Breath: metres that the chest rises; shrug: metres that the shoulders rise beyond that; lean:
radians that the upper body tips towards the viewer from the hips."""


def _at_rest() -> Floats:
    return np.zeros(len(BODY), np.float32)


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """A whole pose at one media time.

    ``blendshapes`` (52,) in [0, 1], ``head`` (6,), ``gaze`` (2,), ``camera`` (3,), ``body`` (3,),
    all float32.
    """

    time: Samples
    blendshapes: Floats
    head: Floats
    gaze: Floats
    camera: Floats
    body: Floats = field(default_factory=_at_rest)

    @staticmethod
    def neutral(time: Samples = 0) -> FaceFrame:
        """A closed, relaxed face looking straight into the camera."""
        return FaceFrame(
            time,
            np.zeros(len(ARKIT), np.float32),
            np.zeros(len(HEAD), np.float32),
            np.zeros(len(GAZE), np.float32),
            np.array([0, 0, 1], np.float32),
        )


def weights(**named: float) -> Floats:
    """A (52,) weight vector from ARKit names; raises KeyError on an unknown name."""
    vector = np.zeros(len(ARKIT), np.float32)
    for name, value in named.items():
        vector[INDEX[name]] = value
    return vector


def between(earlier: FaceFrame, later: FaceFrame, time: Samples) -> FaceFrame:
    """The pose at a media time between those of two."""
    if time == later.time or earlier.time == later.time:
        return later
    share = np.float32((time - earlier.time) / (later.time - earlier.time))

    def mix(name: str) -> Floats:
        start, end = getattr(earlier, name), getattr(later, name)
        return np.asarray(start + share * (end - start), dtype=np.float32)

    arrays = ("blendshapes", "head", "gaze", "camera", "body")
    return FaceFrame(time, *(mix(name) for name in arrays))
