"""How far the head goes along with the eyes: eyes lead, and the head follows when it must."""

from __future__ import annotations

import math

import numpy as np

from engine.motion.easing import Reach
from engine.motion.layers import STEP_S

_DEGREE = math.pi / 180

_ALONE = 9 * _DEGREE
"""Shifts of gaze up to 8 or 10 degrees are left to the eyes (Stahl 1999, "Amplitude of human head
movements associated with horizontal saccades")."""

_SHARE, _SMALL_SHARE, _PITCH_SHARE = 0.62, 0.10, 0.7
"""Of what lies beyond that, and of what does not; the head pitches less readily than it turns
(Freedman and Sparks 1997, "Eye-head coordination during head-unrestrained gaze shifts")."""

_DELAY_S = (0.05, 0.10)
_SECONDS, _SECONDS_PER_DEGREE = 0.30, 0.014
_WORTH = 0.7 * _DEGREE
"""A change by less than this is not worth a movement of the head."""


class HeadGaze:
    """Yaw and pitch of the head that serve the look."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._yaw, self._pitch = Reach(), Reach()
        self._wait_s: float | None = None

    def step(self, yaw: float, pitch: float) -> tuple[float, float]:
        """The turn 10 ms later, for eyes that look there in the room; all in radians."""
        goal = _wanted(yaw), _PITCH_SHARE * _wanted(pitch)
        change = math.hypot(goal[0] - self._yaw.goal, goal[1] - self._pitch.goal)
        if change < _WORTH:
            self._wait_s = None
        elif self._wait_s is None:
            self._wait_s = float(self._rng.uniform(*_DELAY_S))
        else:
            self._wait_s -= STEP_S
            if self._wait_s <= 0:
                self._turn(goal)
        return self._yaw.step(), self._pitch.step()

    def _turn(self, goal: tuple[float, float]) -> None:
        far = math.hypot(goal[0] - self._yaw.value, goal[1] - self._pitch.value)
        seconds = _SECONDS + _SECONDS_PER_DEGREE * far / _DEGREE
        self._yaw.to(goal[0], seconds)
        self._pitch.to(goal[1], seconds)
        self._wait_s = None


def _wanted(angle: float) -> float:
    beyond = max(0.0, abs(angle) - _ALONE)
    return math.copysign(_SMALL_SHARE * min(abs(angle), _ALONE) + _SHARE * beyond, angle)
