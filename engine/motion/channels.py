"""What the motion model says of the mouth, by name, and how that becomes ARKit weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.face import ARKIT, INDEX, Floats

WEIGHTS: tuple[str, ...] = (
    *("jawOpen", "jawForward", "mouthClose", "mouthFunnel", "mouthPucker"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPress"),
    *("mouthLowerDown", "mouthUpperUp", "mouthStretch", "mouthSmile", "mouthDimple"),
    *("cheekPuff", "cheekSquint", "tongueOut"),
)
"""ARKit shapes in [0, 1]; a name without its side moves both sides alike."""

CONTACTS: tuple[str, ...] = ("closure", "labiodental", "speech")
"""Probabilities: lips sealed, lower lip at the upper teeth, anything being said at all."""

CHANNELS = WEIGHTS + CONTACTS


def arkit_matrix(names: Sequence[str] = WEIGHTS) -> Floats:
    """(len(names), 52): ``values @ arkit_matrix()`` spreads named values over both sides.

    KeyError on a name that is no ARKit shape, with or without its side.
    """
    matrix = np.zeros((len(names), len(ARKIT)), np.float32)
    for row, name in enumerate(names):
        for shape in [name] if name in INDEX else [f"{name}Left", f"{name}Right"]:
            matrix[row, INDEX[shape]] = 1
    return matrix
