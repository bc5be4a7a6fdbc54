"""Expression: mood, brows, micro-expressions, laughter and cues, as one layer with one gain."""

from __future__ import annotations

import numpy as np

from engine.motion.brows import Brows
from engine.motion.effort import Amount
from engine.motion.emotion import Cues
from engine.motion.laughter import Laughter
from engine.motion.layers import Draft, Moment, Wander
from engine.motion.micro import MicroExpressions
from engine.motion.mood import Mood
from engine.motion.poses import SIDE
from engine.timeline import SAMPLE_RATE

_UNEVEN, _UNEVEN_PERIOD_S = 0.16, 11.0
"""Share by which one side may do more than the other, and how slowly that changes: no face is
symmetric (Borod et al. 1997 on facial asymmetry of expression)."""


class Expression:
    """Adds to brows, lids, cheeks, nose and mouth corners; cues also to lips, head and gaze."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._gain = Amount(1.0)
        mood, brows, micro, cues, side = rng.spawn(5)
        self._parts = Mood(mood), Brows(brows), MicroExpressions(micro), Laughter()
        self._cues = Cues(cues)
        self._side = Wander(side, _UNEVEN_PERIOD_S)
        self._shown = Draft.neutral()
        self._begun = False

    @property
    def gain(self) -> float:
        """0..2; what it is at first holds at once, a new one after 200 ms."""
        return self._gain.wanted

    @gain.setter
    def gain(self, gain: float) -> None:
        if self._begun:
            self._gain.wanted = gain
        else:
            self._gain = Amount(gain)

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        self._begun = True
        gain = self._gain.step()
        shown = self._shown
        shown.blendshapes.fill(0)
        shown.head.fill(0)
        shown.gaze.fill(0)
        for part in self._parts:
            part.move(moment, shown)
        shown.blendshapes *= gain
        shown.head *= gain
        self._cues.move(moment, shown, gain)
        uneven = _UNEVEN * self._side.at(moment.time / SAMPLE_RATE)
        shown.blendshapes *= 1 + np.float32(uneven) * SIDE
        draft.blendshapes += shown.blendshapes
        draft.head += shown.head
        draft.gaze += shown.gaze
