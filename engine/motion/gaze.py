"""Gaze: fixations on the viewer, small saccades, and looking away while planning to speak."""

from __future__ import annotations

import numpy as np

from engine.motion.layers import STEP_S, Draft, Moment

_DEGREE = float(np.pi / 180)
_SACCADE_S, _SACCADE_S_PER_DEGREE = 0.021, 0.0022
"""Duration of a saccade: 21 ms + 2.2 ms per degree (main sequence, Carpenter 1988)."""

_FIXATION_QUIET_S, _FIXATION_SPEAKING_S = (0.9, 2.6), (0.7, 2.0)
_GLANCE_S = (0.35, 0.9)
_AWAY_QUIET, _AWAY_SPEAKING = 0.10, 0.17
"""Share of fixations that leave the viewer: speakers look away more than listeners
(Kendon 1967)."""

_NEAR_DEGREES = 1.1
"""Spread of fixations on the viewer: from eye to eye to mouth at talking distance."""


class Gaze:
    """Writes gaze; head and lids follow it elsewhere."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self._rng = rng
        self._start = np.zeros(2)
        self._target = np.zeros(2)
        self._moving_s = 0.0
        self._duration_s = _SACCADE_S
        self._left_s = 0.8
        self._was_speaking = False

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        planning = moment.speaking and not self._was_speaking
        self._was_speaking = moment.speaking
        self._left_s -= STEP_S
        if self._left_s <= 0 or (planning and self._rng.random() < 0.35):
            self._look(moment.speaking)
        self._moving_s = min(self._duration_s, self._moving_s + STEP_S)
        progress = self._moving_s / self._duration_s
        eased = progress**3 * (10 - 15 * progress + 6 * progress**2)  # minimum jerk
        draft.gaze += (self._start + (self._target - self._start) * eased).astype(np.float32)

    def _look(self, speaking: bool) -> None:
        """Choose the next fixation and start the saccade to it."""
        away = self._rng.random() < (_AWAY_SPEAKING if speaking else _AWAY_QUIET)
        at_viewer = float(np.hypot(*self._target)) < 4 * _DEGREE
        if away and at_viewer:
            side = self._rng.choice([-1.0, 1.0])
            aim = [side * self._rng.uniform(5, 11), self._rng.uniform(-5, 3)]
            self._left_s = self._rng.uniform(*_GLANCE_S)
        else:
            aim = list(self._rng.normal(0, _NEAR_DEGREES, 2) * [1.0, 0.6])
            self._left_s = self._rng.uniform(
                *(_FIXATION_SPEAKING_S if speaking else _FIXATION_QUIET_S)
            )
        self._start, self._target = self._target, np.array(aim) * _DEGREE
        size = float(np.hypot(*(self._target - self._start))) / _DEGREE
        self._moving_s, self._duration_s = 0.0, _SACCADE_S + _SACCADE_S_PER_DEGREE * size
