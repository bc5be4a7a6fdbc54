"""Pauses: breath drawn through parted lips, lips that part for what comes, thought, a swallow.

Breath groups in talk last some 4 s (Winkworth et al. 1995, "Breathing patterns during spontaneous
speech"), and breath for speech is drawn quickly, through the mouth (McFarland 2001, "Respiratory
markers of conversational interaction"). Awake, one swallows about once a minute, and not while
speaking (Bulmer et al. 2021, "Evaluation of spontaneous swallow frequency in healthy people": 0.67
to 1.42 a minute when young, 0.09 to 0.52 when old; Lear et al. 1965, "The frequency of deglutition
in man"). But for such movements, lips at rest are closed and still.
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion import rest
from engine.motion.easing import Reach, Spring
from engine.motion.layers import STEP_S, Draft, Moment, Pause, smooth_step
from engine.motion.poses import pose
from engine.motion.rest import Movement, Sequence, between

_BREATHLESS_S, _BREATHES = (2.4, 4.4), (0.55, 1.0)
"""Speech in seconds since the last breath, and how often a pause then brings one."""

_THINKS, _THINKS_AFTER_S = 0.4, (0.0, 0.25)
"""How often one thinks in a pause without breath, once a turn has got under way for as long, and
how long after it turned out to be a pause."""

_SETTLES, _SETTLES_AFTER_S = 0.6, (0.6, 2.4)
"""How often lips settle after a turn, and how long after it turned out to be over."""

_LEAST_REST_S, _MEAN_FURTHER_S = 21.0, 12.0
"""From one movement of resting lips to the next: at least this, and so much more on average. Set by
eye: a mouth that fidgets is nervous."""

_SWALLOWS_S = 32.0, 84.0
_SWALLOWS_IN_REST_S = 2.2
"""From one swallow to when the next is due; it waits until this long after the last word."""

_NOT_AT_ONCE_S = 5.0
"""No other movement begins so soon after a swallow."""

_CUT_S = 0.08
"""An onset ends all of it within this."""

_PARTED = pose({"jawOpen": 0.026, "mouthLowerDown": 0.022})
_PARTS_S, _STAYS_S, _TAKEN_OVER_S = 0.11, 0.06, 0.14
"""Lips part within the first as soon as a phrase is known to come, and leave it to articulation so
long after its beginning, within the last."""

_GAIN_S = 0.12
_PITCH = 0


class Pauses:
    """Adds to lips and jaw, in a breath to the nose, and in a swallow to the head."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self._when, self._how = rng.spawn(2)
        self._size = Spring(_GAIN_S, 1.0)
        self._part = Reach()
        self._under_way: Sequence | None = None
        self._left_s = math.inf
        self._was = Pause.TURN_END
        self._spoken_s = self._turn_s = 0.0
        self._thinks_in_s = math.inf
        self._settles_in_s = self._rest_s()
        self._swallows_in_s = between(_SWALLOWS_S, float(self._when.random()))

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        size = self._size.step(self.gain)
        self._swallows_in_s -= STEP_S
        if moment.speaking:
            self._speak()
        else:
            self._rest(moment)
        self._was = moment.pause
        self._part_lips(moment)
        if self._part.value:
            draft.blendshapes += np.float32(size * self._part.value) * _PARTED
        if self._under_way is not None:
            self._show(self._under_way, size, draft)

    def _speak(self) -> None:
        self._spoken_s += STEP_S
        self._turn_s += STEP_S
        self._thinks_in_s = math.inf
        if self._under_way is not None and self._left_s == math.inf:
            self._left_s = _CUT_S

    def _rest(self, moment: Moment) -> None:
        """Begin what this silence brings, one thing at a time."""
        if moment.pause is not self._was:
            self._turned_out(moment.pause)
        self._thinks_in_s -= STEP_S
        if moment.pause is Pause.TURN_END:
            self._settles_in_s -= STEP_S
        if self._under_way is not None:
            return
        if self._thinks_in_s <= 0:
            self._thinks_in_s = math.inf
            self._begin(rest.think)
        elif moment.pause is Pause.TURN_END:
            self._idle(moment.since_s)

    def _turned_out(self, pause: Pause) -> None:
        """A silence has become a pause of this kind."""
        chance, wait = self._when.random(2).tolist()
        least, most = _BREATHLESS_S
        if pause is Pause.BREATH:
            owed = (self._spoken_s - least) / (most - least)
            if owed >= 0 and chance < between(_BREATHES, min(1.0, owed)):
                self._spoken_s = 0.0
                self._begin(rest.breath)
            elif self._turn_s >= least and wait < _THINKS:
                self._thinks_in_s = between(_THINKS_AFTER_S, wait / _THINKS)
        elif pause is Pause.TURN_END:
            self._spoken_s, self._turn_s, self._thinks_in_s = 0.0, 0.0, math.inf
            soon = between(_SETTLES_AFTER_S, wait)
            self._settles_in_s = soon if chance < _SETTLES else self._rest_s()

    def _idle(self, silent_s: float) -> None:
        """What lips do that rest for long."""
        if self._swallows_in_s <= 0 and silent_s >= _SWALLOWS_IN_REST_S:
            self._swallows_in_s = between(_SWALLOWS_S, float(self._when.random()))
            self._settles_in_s = max(self._settles_in_s, _NOT_AT_ONCE_S)
            self._begin(rest.swallow)
        elif self._settles_in_s <= 0:
            self._settles_in_s = self._rest_s()
            self._begin(rest.settle)

    def _rest_s(self) -> float:
        return _LEAST_REST_S + float(self._when.exponential(_MEAN_FURTHER_S))

    def _begin(self, movement: Movement) -> None:
        if self._under_way is None:
            self._under_way, self._left_s = movement(self._how), math.inf

    def _part_lips(self, moment: Moment) -> None:
        """Before a phrase, as early as it is known; what its first sound needs comes after."""
        comes = moment.soon or (moment.speaking and moment.since_s < _STAYS_S)
        if comes != bool(self._part.goal):
            self._part.to(float(comes), _PARTS_S if comes else _TAKEN_OVER_S)
        self._part.step()

    def _show(self, movement: Sequence, size: float, draft: Draft) -> None:
        movement.step()
        if self._left_s < math.inf:
            self._left_s -= STEP_S
            size *= smooth_step(self._left_s / _CUT_S)
        draft.blendshapes += np.float32(size) * movement.pose
        draft.head[_PITCH] += size * movement.chin
        if movement.over or self._left_s <= 0:
            self._under_way = None
