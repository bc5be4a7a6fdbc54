"""Mood: what the voice says of arousal and valence, held for seconds and hardly shown.

A mood is slower than the voice that betrays it, and a wavering voice does not make it waver. It
shows on the whole face at once, each part a little, along the two axes of affect (Russell 1980, "A
circumplex model of affect"); which muscles move follows Ekman & Friesen (1978), action units named
below.
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.gestures import Follower
from engine.motion.layers import STEP_S, Draft, Moment, Wander
from engine.motion.poses import pose, poses
from engine.timeline import SAMPLE_RATE

_SLACK = 0.1
"""By how much the voice may waver before the mood follows: a play, as in hysteresis."""

_DEEPENS_S, _FADES_S = 1.2, 4.0
"""Time constants: a mood comes sooner than it goes."""

_EASY, _STRAINS_S = 0.5, 0.3
"""Effort that does not strain the face, and the time constant by which more of it does."""

_WARM = {"mouthSmile": 0.06, "cheekSquint": 0.03}
"""At rest: friendly, as one is who is spoken to. It comes and goes with ``_WARMTH_PERIOD_S``."""

_WARMTH_PERIOD_S, _WARMTH_SWAY = 17.0, 0.6

_HAPPY = {  # 12 with 6: a smile that is felt takes the cheeks along (Ekman et al. 1990)
    **{"mouthSmile": 0.40, "cheekSquint": 0.36, "eyeSquint": 0.12},
    **{"browOuterUp": 0.08, "browInnerUp": 0.05},
}
_DOWNCAST = {  # 1 + 4, 15, heavy lids
    **{"browInnerUp": 0.36, "browDown": 0.07, "mouthFrown": 0.26, "eyeBlink": 0.10},
}
_CROSS = {  # 4, 7, 9 and 15
    **{"browDown": 0.36, "eyeSquint": 0.20, "noseSneer": 0.16, "mouthFrown": 0.16},
    **{"cheekSquint": 0.06},
}
_EXCITED = {"eyeWide": 0.16, "browOuterUp": 0.07, "browInnerUp": 0.06}  # 5, 1 + 2
_TIRED = {"eyeBlink": 0.13, "mouthFrown": 0.04}
_STRAINED = {"eyeSquint": 0.16, "cheekSquint": 0.12, "noseSneer": 0.07}  # 7, 6, 9 with effort

_REST = pose(_WARM)
_SHOWN = poses(_HAPPY, _DOWNCAST, _CROSS, _EXCITED, _TIRED, _STRAINED)
_BOWED = 0.035
"""Radians by which the head hangs when downcast."""


class Feeling:
    """One axis of the mood, -1..1."""

    def __init__(self) -> None:
        self.value = 0.0
        self._held = 0.0

    def step(self, heard: float) -> float:
        """Its value 10 ms later, given what the voice says at the moment."""
        self._held = min(heard + _SLACK, max(heard - _SLACK, self._held))
        meant = math.copysign(max(0.0, abs(self._held) - _SLACK) / (1 - _SLACK), self._held)
        deepens = abs(meant) > abs(self.value) or meant * self.value < 0
        self.value += STEP_S / (_DEEPENS_S if deepens else _FADES_S) * (meant - self.value)
        return self.value


class Mood:
    """Adds the resting warmth, and what the mood does to it."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.arousal, self.valence = Feeling(), Feeling()
        self._warmth = Wander(rng, _WARMTH_PERIOD_S)
        self._effort = Follower(_STRAINS_S, _STRAINS_S)

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        heard = 1 - moment.override
        arousal = self.arousal.step(heard * moment.arousal)
        valence = self.valence.step(heard * moment.valence)
        effort = self._effort.step(max(0.0, moment.effort - _EASY) * heard * moment.speaking)
        low = max(0.0, -valence)
        amounts = np.array(
            [
                max(0.0, valence),
                low * min(1.0, max(0.0, 0.5 - 1.2 * arousal)),
                low * min(1.0, max(0.0, 0.5 + 1.2 * arousal)),
                max(0.0, arousal) * (1 - 0.6 * low),
                max(0.0, -arousal),
                effort,
            ],
            np.float32,
        )
        warmth = 1 + _WARMTH_SWAY * self._warmth.at(moment.time / SAMPLE_RATE)
        warmth *= (1 - 0.9 * low) * heard
        draft.blendshapes += amounts @ _SHOWN + np.float32(warmth) * _REST
        draft.head[0] += _BOWED * amounts[1]
