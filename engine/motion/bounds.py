"""Bounds on how fast and how suddenly a pose may change: what lies within them passes untouched.

Where what is wanted leaps (a gain is switched, a cue comes out of nothing, a session starts anew),
the difference to what is shown is kept and then fades (inertial blending: Bollo 2018,
"Inertialization: high-performance animation transitions in Gears of War"), as a minimum-jerk reach
does (Flash & Hogan 1985, "The coordination of arm movements").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.motion.layers import STEP_S

Values = NDArray[np.float64]

_PEAK = 1.875
"""Peak over mean velocity of a minimum-jerk reach from rest to rest."""

_SHARE = 0.5
"""Of each bound, what the fading aims at; the rest is for the motion that goes on beneath it."""

_SOONEST_S = 4 * STEP_S
"""Nothing fades in less: the samples would be too coarse to show it."""


class Bounded:
    """Follows values (N,) sample by sample; the first is where it begins.

    ``velocity`` (N,) per second; ``jerk`` (N,) per second cubed, infinite where any start will do.
    Velocity is never exceeded. Jerk is, by as much as needed, where that would otherwise happen.
    """

    def __init__(self, velocity: Values, jerk: Values) -> None:
        self._most, self._jerk, self._sudden = velocity, jerk, jerk * STEP_S
        self._gentle = np.isfinite(jerk)
        self._fade = _Fade(len(velocity))
        self._at: Values | None = None
        self._wanted = self._speed = self._push = np.zeros_like(velocity)

    def start(self, at: Values) -> None:
        """Begin here, at rest."""
        self._at = self._wanted = at.copy()
        self._speed = self._push = np.zeros_like(at)
        self._fade = _Fade(len(at))

    def follow(self, wanted: Values) -> Values:
        """The values (N,) that may be shown 10 ms after those before."""
        if self._at is None:
            self.start(wanted)
            return wanted
        shown = wanted + self._fade.step() if self._fade.any else wanted
        speed = (shown - self._at) / STEP_S
        push = (speed - self._speed) / STEP_S
        hard = (np.abs(push - self._push) > self._sudden) | (np.abs(speed) > self._most)
        if hard.any():
            shown = self._soften(np.flatnonzero(hard & self._gentle), wanted, shown)
            furthest = STEP_S * self._most
            fast = np.abs(shown - self._at) > furthest
            shown[fast] = (self._at + np.clip(shown - self._at, -furthest, furthest))[fast]
            speed = (shown - self._at) / STEP_S
            push = (speed - self._speed) / STEP_S
        self._at, self._wanted, self._speed, self._push = shown, wanted, speed, push
        return shown

    def _soften(self, where: NDArray[np.intp], wanted: Values, shown: Values) -> Values:
        """What is shown in the place of a leap at some of the values."""
        assert self._at is not None
        at, most, speed, push = (
            values[where] for values in (self._at, self._most, self._speed, self._push)
        )
        goal_speed = (wanted[where] - self._wanted[where]) / STEP_S
        goal_speed[np.abs(goal_speed) > most] = 0  # a leap has no speed
        # Differences of samples are means over the step before: moved on to the sample itself.
        gap = at - (wanted[where] - STEP_S * goal_speed)
        drift = speed + STEP_S / 2 * push - goal_speed
        needed_s = _time_needed(gap, drift, push, _SHARE * most, _SHARE * self._jerk[where])
        shown = shown.copy()
        shown[where] = wanted[where] + self._fade.begin(where, gap, drift, push, needed_s)
        return shown


class _Fade:
    """Differences that fade: the quintics that begin as given and end at rest at 0."""

    def __init__(self, count: int) -> None:
        self.any = False
        self._shape = np.zeros((3, count))
        self._rate = np.zeros(count)
        self._share = np.ones(count)

    def begin(
        self, where: NDArray[np.intp], gap: Values, drift: Values, push: Values, needed_s: Values
    ) -> Values:
        """Let these fade from this place, speed and acceleration; their values a step later."""
        way = drift * needed_s
        self._shape[0, where] = gap
        self._shape[1, where] = way + 3 * gap
        self._shape[2, where] = push * needed_s**2 / 2 + 3 * way + 6 * gap
        self._rate[where] = STEP_S / needed_s
        self._share[where] = self._rate[where]
        self.any = True
        return self._values()[where]

    def step(self) -> Values:
        """The differences a step later."""
        self._share = np.minimum(1.0, self._share + self._rate)
        self.any = bool((self._share < 1).any())
        return self._values()

    def _values(self) -> Values:
        share = self._share
        first, second, third = self._shape
        return np.asarray((1 - share) ** 3 * (first + share * (second + share * third)))


def _time_needed(gap: Values, drift: Values, push: Values, most: Values, jerk: Values) -> Values:
    """Seconds in which the fading keeps to the bounds.

    The jerk with which it begins is 60 gap / T^3 + 36 drift / T^2 + 9 push / T.
    """
    by_gap = np.maximum(np.cbrt(60 * np.abs(gap) / jerk), _PEAK * np.abs(gap) / most)
    by_motion = np.maximum(np.sqrt(36 * np.abs(drift) / jerk), 9 * np.abs(push) / jerk)
    return np.asarray(np.maximum(np.maximum(by_gap, by_motion), _SOONEST_S))
