"""Micro-expressions: small flashes of the face where an utterance begins, and now and then.

They last from 40 to some 500 ms, with a fast onset (Ekman & Friesen 1969, "Nonverbal leakage and
clues to deception", for the fastest; Yan et al. 2013, "How fast are the leaked facial expressions",
for onsets within 260 ms and ends within half a second), show in a part of the face only, and come
seldom in ordinary talk (Porter & ten Brinke 2008, "Reading between the lies").
"""

from __future__ import annotations

import numpy as np

from engine.motion.gestures import Gesture, Gestures
from engine.motion.layers import STEP_S, Draft, Moment
from engine.motion.poses import poses

_AT_START, _AT_END = 0.55, 0.3
"""How often an utterance has one at its beginning, and a phrase at its end."""

_PER_SECOND = 5 / 60
_APART_S = 0.8

_RISE_S, _HOLD_S, _FALL_S = (0.05, 0.10), (0.0, 0.10), (0.10, 0.28)
_DEPTH = (0.55, 1.15)

_NEUTRAL = poses(
    {"browInnerUp": 0.20, "browOuterUp": 0.16, "eyeWide": 0.10},  # the brow flash
    {"browOuterUpLeft": 0.18, "eyeWideLeft": 0.07},
    {"browOuterUpRight": 0.18, "eyeWideRight": 0.07},
    {"browDown": 0.15, "eyeSquint": 0.10},
    {"eyeSquint": 0.17, "cheekSquint": 0.10},
)
_GLAD = poses(
    {"mouthSmile": 0.16, "cheekSquint": 0.14},
    {"mouthSmileLeft": 0.18, "cheekSquintLeft": 0.10, "eyeSquint": 0.06},
    {"mouthSmileRight": 0.18, "cheekSquintRight": 0.10, "eyeSquint": 0.06},
    {"browInnerUp": 0.16, "browOuterUp": 0.18, "mouthSmile": 0.08, "eyeWide": 0.08},
)
_LOW = poses(
    {"noseSneer": 0.20, "cheekSquint": 0.08, "browDown": 0.08},
    {"mouthFrown": 0.16, "browInnerUp": 0.14},
    {"browDown": 0.22, "eyeSquint": 0.12},
    {"noseSneerLeft": 0.16, "mouthFrownLeft": 0.08},
)


class MicroExpressions:
    """Adds flashes to brows, lids, nose, cheeks and mouth corners."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._chances, self._shapes = rng.spawn(2)
        self._gestures = Gestures()
        self._since_s = _APART_S

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        self._since_s += STEP_S
        chance = _PER_SECOND * STEP_S
        if moment.started:
            chance = _AT_START
        elif moment.ended:
            chance = _AT_END
        if self._chances.random() < chance and self._since_s >= _APART_S:
            self._since_s = 0.0
            self._gestures.begin(self._drawn(moment.valence * (1 - moment.override)))
        self._gestures.move(draft)

    def _drawn(self, valence: float) -> Gesture:
        """One that suits how the speaker feels; most suit any feeling."""
        kind, which, depth, *times = self._shapes.random(6)
        family = _NEUTRAL
        if kind < 0.2 + 0.6 * abs(valence):
            family = _LOW if valence < -0.05 else _GLAD
        low, high = _DEPTH
        shown = family[int(which * len(family))] * np.float32(low + (high - low) * depth)
        return Gesture(
            shown,
            *(
                least + (most - least) * time
                for (least, most), time in zip((_RISE_S, _HOLD_S, _FALL_S), times, strict=True)
            ),
        )
