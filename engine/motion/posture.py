"""Where the head rests: another place after a pause, the middle again when all is said."""

from __future__ import annotations

import math

import numpy as np

from engine.motion.easing import Reach
from engine.motion.layers import STEP_S, Moment, Pause

Place = tuple[float, float, float, float, float, float]
"""Pitch, yaw and roll in radians, x, y and z in metres."""

_DEGREE = math.pi / 180

_SPREAD: Place = (1.7 * _DEGREE, 3.6 * _DEGREE, 2.3 * _DEGREE, 0.005, 0.0, 0.007)
_KEEPS = 0.45
"""Share of the old place that is in the new one: a walk that does not lead away."""

_LONG_PAUSE_S = 0.6
_SHIFTS = {"after long pauses": 0.75, "after short ones": 0.3, "as a phrase ends": 0.3}
"""How often the pose changes: wide, linear movements come as speech begins after a pause (Hadar et
al. 1984)."""

_SECONDS = (0.6, 1.05)
_SETTLES_S = (1.6, 2.6)
_LISTENS, _LISTENING_EVERY_S = 0.5, (6.0, 15.0)
"""Who does not speak changes place now and then, and less."""


class Posture:
    """The resting pose, eased from one place to the next."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._axes = tuple(Reach() for _ in _SPREAD)
        self._silent_s = 10.0
        self._settled = True
        self._next_s = float(rng.uniform(*_LISTENING_EVERY_S))

    def step(self, moment: Moment) -> Place:
        """Advance by 10 ms."""
        if moment.started:
            long = self._silent_s >= _LONG_PAUSE_S
            self._perhaps(_SHIFTS["after long pauses" if long else "after short ones"])
        elif moment.ended:
            self._perhaps(_SHIFTS["as a phrase ends"])
        if moment.speaking:
            self._silent_s, self._settled = 0.0, False
        else:
            self._silent_s += STEP_S
            self._wait(moment)
        pitch, yaw, roll, x, y, z = (axis.step() for axis in self._axes)
        return pitch, yaw, roll, x, y, z

    def _perhaps(self, likely: float) -> None:
        chance, swift = self._rng.random(2).tolist()
        if chance < likely:
            self._shift(_KEEPS, 1.0, _SECONDS[0] + (_SECONDS[1] - _SECONDS[0]) * swift)

    def _wait(self, moment: Moment) -> None:
        """In silence: once back towards the middle, then a change now and then."""
        if not self._settled and moment.pause is Pause.TURN_END:
            self._settled = True
            self._next_s = float(self._rng.uniform(*_LISTENING_EVERY_S))
            self._shift(0.15, 0.25, float(self._rng.uniform(*_SETTLES_S)))
        self._next_s -= STEP_S
        if self._next_s <= 0 and self._settled:
            self._next_s = float(self._rng.uniform(*_LISTENING_EVERY_S))
            self._shift(0.3, _LISTENS, float(self._rng.uniform(*_SETTLES_S)))

    def _shift(self, keeps: float, size: float, seconds: float) -> None:
        """Go to a new place, which keeps something of the old one."""
        drawn = self._rng.standard_normal(len(_SPREAD)).tolist()
        for axis, spread, normal in zip(self._axes, _SPREAD, drawn, strict=True):
            near = max(-1.8, min(1.8, normal))
            axis.to(keeps * axis.goal + size * spread * near, seconds)
