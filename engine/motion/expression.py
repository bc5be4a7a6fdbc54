"""Expression: brows rise with pitch and accent, the eyes narrow with effort, a resting warmth."""

from __future__ import annotations

import numpy as np

from engine.motion.layers import Draft, Moment, Wander
from engine.timeline import SAMPLE_RATE

_BROW_PER_SEMITONE = 0.055
"""Brow raise per semitone above the speaker's mean: pitch and brows rise together
(Cavé et al. 1996)."""

_BROW_ON_ACCENT = 0.28
_RISE, _FALL = 0.16, 0.045
"""Share of the way per 10 ms: brows go up in about 100 ms and come down in about 300 ms."""


class Expression:
    """Adds to brows, cheeks, lids and mouth corners."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self._mood = Wander(rng, 17.0)
        self._side = Wander(rng, 9.0)
        self._brow = 0.0
        self._effort = 0.0

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        wanted = _BROW_ON_ACCENT * moment.accent
        if moment.speaking:
            wanted += _BROW_PER_SEMITONE * float(np.clip(moment.pitch - 1.5, 0, 7))
        self._brow += (_RISE if wanted > self._brow else _FALL) * (wanted - self._brow)
        self._effort += 0.02 * ((moment.effort if moment.speaking else 0.0) - self._effort)
        seconds = moment.time / SAMPLE_RATE
        side = 0.25 * self._side.at(seconds)
        draft.add(self._brow, "browInnerUp")
        draft.add(0.7 * self._brow * (1 + side), "browOuterUpLeft")
        draft.add(0.7 * self._brow * (1 - side), "browOuterUpRight")
        draft.add_both(0.12 * self._effort, "eyeSquint", "cheekSquint")
        draft.add_both(0.04 + 0.04 * self._mood.at(seconds), "mouthSmile")
