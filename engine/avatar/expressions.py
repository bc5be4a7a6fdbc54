"""Named poses of a face: visemes, emotions, and a few that are not alike on both sides.

Which muscles an emotion moves follows P. Ekman & W. V. Friesen, "Unmasking the Face" (1975) and
their Facial Action Coding System (1978); action units are named beside each pose. How much of each
is ours, set by eye.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.face import ARKIT, INDEX, FaceFrame
from engine.timeline import Samples

_SIDES = ("Left", "Right")


@dataclass(frozen=True, slots=True)
class Expression:
    """A pose that is held: ARKit weights in [0, 1], head and gaze as in `engine.face`.

    A name without its side, such as ``mouthSmile``, stands for both sides.

    head  pitch, yaw, roll in radians
    gaze  yaw, pitch in radians

    KeyError for a weight that ARKit does not have, ValueError for one outside [0, 1].
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    head: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        for name, value in self.weights.items():
            _columns(name)
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}: use a weight from 0 to 1")

    def frame(self, time: Samples = 0, amount: float = 1.0) -> FaceFrame:
        """The pose as a FaceFrame, ``amount`` (0..1) of the way from neutral to it."""
        blendshapes = np.zeros(len(ARKIT), np.float32)
        for name, value in self.weights.items():
            blendshapes[_columns(name)] = amount * value
        head = np.zeros(6, np.float32)
        head[:3] = np.multiply(amount, self.head)
        gaze = np.multiply(amount, self.gaze).astype(np.float32)
        return FaceFrame(time, blendshapes, head, gaze, np.array([0, 0, 1], np.float32))


def _columns(name: str) -> list[int]:
    """Where a name, or both of its sides, stand among ARKit's; KeyError if nowhere."""
    if name in INDEX:
        return [INDEX[name]]
    return [INDEX[name + side] for side in _SIDES]


VISEMES: Final[dict[str, Expression]] = {
    "SIL": Expression(),
    "PP": Expression({"mouthPress": 0.45, "mouthRollLower": 0.14, "mouthRollUpper": 0.14}),
    "FF": Expression({"jawOpen": 0.08, "mouthRollLower": 0.75, "mouthUpperUp": 0.32}),
    "TH": Expression(
        {"jawOpen": 0.18, "mouthUpperUp": 0.20, "mouthLowerDown": 0.30, "tongueOut": 0.55}
    ),
    "DD": Expression(
        {"jawOpen": 0.17, "mouthUpperUp": 0.12, "mouthLowerDown": 0.30, "tongueOut": 0.2}
    ),
    "KK": Expression({"jawOpen": 0.24, "mouthLowerDown": 0.20, "mouthUpperUp": 0.10}),
    "CH": Expression(
        {"jawOpen": 0.05, "mouthFunnel": 0.62, "mouthPucker": 0.40, "mouthShrugUpper": 0.12}
    ),
    "SS": Expression(
        {"jawOpen": 0.03, "mouthStretch": 0.30, "mouthUpperUp": 0.24, "mouthLowerDown": 0.36}
    ),
    "RR": Expression({"jawOpen": 0.12, "mouthFunnel": 0.30, "mouthPucker": 0.50}),
    "aa": Expression({"jawOpen": 0.65, "mouthLowerDown": 0.18, "mouthUpperUp": 0.10}),
    "E": Expression(
        {"jawOpen": 0.38, "mouthStretch": 0.22, "mouthSmile": 0.16, "mouthLowerDown": 0.20}
    ),
    "ih": Expression(
        {
            **{"jawOpen": 0.16, "mouthStretch": 0.34, "mouthSmile": 0.28},
            **{"mouthUpperUp": 0.16, "mouthLowerDown": 0.24},
        }
    ),
    "oh": Expression({"jawOpen": 0.42, "mouthFunnel": 0.40, "mouthPucker": 0.40}),
    "ou": Expression({"jawOpen": 0.12, "mouthFunnel": 0.22, "mouthPucker": 0.85}),
    "W": Expression({"jawOpen": 0.05, "mouthPucker": 0.95, "mouthShrugUpper": 0.08}),
}
"""What each of `engine.phones.VISEMES` looks like when it is said on its own, clearly."""

EMOTIONS: Final[dict[str, Expression]] = {
    "neutral": Expression(),
    # 6 cheek raiser, 12 lip corner puller, 25 lips part
    "joy": Expression(
        {
            **{"mouthSmile": 0.88, "cheekSquint": 0.75, "eyeSquint": 0.12, "browOuterUp": 0.22},
            **{"jawOpen": 0.16, "mouthUpperUp": 0.32, "mouthLowerDown": 0.12, "browInnerUp": 0.12},
        },
        head=(-0.06, 0.0, 0.05),
    ),
    # 1 inner brow raiser, 4 brow lowerer, 15 lip corner depressor, 17 chin raiser, 43 eyes droop
    "sad": Expression(
        {
            **{"browInnerUp": 1.0, "browDown": 0.25, "mouthFrown": 0.80, "mouthShrugLower": 0.45},
            **{"eyeBlink": 0.22, "eyeLookDown": 0.35, "mouthPucker": 0.10},
        },
        head=(0.12, 0.0, 0.07),
        gaze=(0.06, 0.16),
    ),
    # 4 brow lowerer, 5 and 7 lids raised and tightened, 9, 23 and 24 lips tightened and pressed
    "angry": Expression(
        {
            **{"browDown": 1.0, "eyeWide": 0.25, "eyeSquint": 0.55, "noseSneer": 0.45},
            **{"mouthPress": 0.75, "mouthFrown": 0.42, "jawForward": 0.15, "mouthRollUpper": 0.10},
        },
        head=(0.10, 0.0, 0.0),
        gaze=(0.0, -0.08),
    ),
    # 1 and 2 brows raised, 5 upper lid raiser, 26 jaw drop
    "surprised": Expression(
        {
            **{"browInnerUp": 0.9, "browOuterUp": 0.95, "eyeWide": 0.9},
            **{"jawOpen": 0.55, "mouthFunnel": 0.25, "mouthPucker": 0.25},
        },
        head=(-0.07, 0.0, 0.0),
    ),
    # 9 nose wrinkler, 10 upper lip raiser, 15, 16, 17; 4 and 7 with them
    "disgusted": Expression(
        {
            **{"noseSneer": 1.0, "mouthUpperUp": 0.50, "mouthFrown": 0.55, "browDown": 0.70},
            **{"eyeSquint": 0.75, "cheekSquint": 0.45, "mouthShrugLower": 0.35, "jawOpen": 0.06},
        },
        head=(-0.08, 0.16, -0.06),
        gaze=(-0.14, 0.06),
    ),
    # 1, 2 and 4 brows raised and drawn together, 5 lids raised, 20 lip stretcher, 25, 26
    "afraid": Expression(
        {
            **{"browInnerUp": 1.0, "browOuterUp": 0.25, "browDown": 0.35, "eyeWide": 1.0},
            **{"mouthStretch": 0.85, "jawOpen": 0.18, "mouthLowerDown": 0.45, "mouthFrown": 0.30},
        },
        head=(-0.04, -0.08, 0.0),
    ),
}
"""Seven emotions, each to be named by a stranger from a still."""

ASYMMETRIC: Final[dict[str, Expression]] = {
    "wink": Expression(
        {
            **{"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.7, "mouthSmileLeft": 0.75},
            **{"mouthSmileRight": 0.30, "browOuterUpRight": 0.25, "browDownLeft": 0.20},
        },
        head=(0.0, 0.0, -0.08),
    ),
    "smirk": Expression(
        {
            **{"mouthSmileLeft": 0.75, "mouthDimpleLeft": 0.5, "cheekSquintLeft": 0.35},
            **{"mouthPressRight": 0.35, "eyeSquint": 0.25, "browOuterUpRight": 0.30},
        },
        head=(0.0, 0.10, 0.05),
        gaze=(-0.08, 0.0),
    ),
    "raised brow": Expression(
        {
            **{"browOuterUpLeft": 1.0, "browDownRight": 0.75, "eyeWideLeft": 0.25},
            **{"eyeSquintRight": 0.45, "mouthPress": 0.25, "mouthFrownRight": 0.25},
        },
        head=(0.03, 0.06, -0.06),
    ),
    "mouth aside": Expression(
        {
            **{"mouthLeft": 0.9, "mouthPucker": 0.45, "mouthPressLeft": 0.3, "browInnerUp": 0.3},
            **{"browDownLeft": 0.3, "eyeSquint": 0.2, "eyeLookUp": 0.5},
        },
        head=(-0.04, -0.06, 0.06),
        gaze=(0.25, -0.22),
    ),
    "jaw aside": Expression({"jawLeft": 0.9, "jawOpen": 0.28, "browDown": 0.25}),
    "sneer": Expression(
        {
            **{"noseSneerRight": 1.0, "mouthUpperUpRight": 0.7, "cheekSquintRight": 0.5},
            **{"browDown": 0.6, "eyeSquintRight": 0.4},
        },
        head=(-0.06, -0.12, 0.0),
        gaze=(0.12, 0.05),
    ),
    "look aside": Expression(
        {"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8, "browOuterUpLeft": 0.2, "mouthPress": 0.2},
        head=(0.0, 0.12, 0.0),
        gaze=(0.42, 0.0),
    ),
}
"""Poses whose two sides differ."""

EXPRESSIONS: Final[dict[str, Expression]] = {**VISEMES, **EMOTIONS, **ASYMMETRIC}
"""All of them by name."""
