"""How eyes move: saccades on the main sequence, and the small movements of an eye that fixates.

All angles are degrees, all times seconds; one step is a motion sample of 10 ms.
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.layers import STEP_S

Point = tuple[float, float]
"""Yaw and pitch in degrees."""

_SACCADE_S, _S_PER_DEGREE = 0.021, 0.0022
"""Duration of a saccade: 21 ms + 2.2 ms per degree (Carpenter 1988, after Baloh et al. 1975)."""

_FASTEST = 550.0
"""Degrees per second at which the main sequence saturates (Bahill et al. 1975)."""

_PEAK_OVER_MEAN = 1.6
"""Peak over mean velocity of a symmetrical saccade, hardly dependent on size (Becker 1989)."""

_SKEW, _SKEW_PER_DEGREE, _MOST_SKEW = 0.08, 0.018, 0.5
"""The larger a saccade, the earlier its peak (Van Opstal & Van Gisbergen 1987)."""

_CORRECTED = 7.0
_FALLS_SHORT = (0.04, 0.10)
_CORRECTS_AFTER_S = (0.12, 0.2)
"""From some size on, a saccade falls short by this share and a second follows (Becker 1989)."""

_MICRO_EVERY = (0.25, 2.0, 0.22)
"""Pause between microsaccades: least, then shape and scale of a gamma law; 1.4 a second
(Martinez-Conde et al. 2004: 1 to 2)."""

_MICRO_MEDIAN, _MICRO_SPREAD, _MICRO_RANGE = 0.22, 0.45, (0.1, 0.5)
"""Their size in degrees (ibid.), lognormal."""

_DRIFT_SPEED, _DRIFT_TURNS_S, _DRIFT_BACK_S = 0.35, 0.08, 0.5
"""Ocular drift: degrees per second, time in which it changes its way, time to be brought back
(Martinez-Conde et al. 2004: about 0.5 degrees per second)."""

_DRAWN = 512


def smooth_run(u: float, skew: float) -> float:
    """0 to 1 over u in [0, 1] with level ends; ``skew`` 0..0.6 puts the peak of speed earlier."""
    u = min(1.0, max(0.0, u))
    u += skew * u * (1 - u)
    square = u * u
    even = square * (3 - 2 * u)
    jerkless = square * u * (10 - 15 * u + 6 * square)
    return 0.75 * even + 0.25 * jerkless


def skew_of(size: float) -> float:
    """Skew of the velocity profile of a saccade of ``size`` degrees, as `smooth_run` takes it."""
    return min(_MOST_SKEW, _SKEW + _SKEW_PER_DEGREE * size)


def duration_s(size: float) -> float:
    """How long a saccade of ``size`` degrees takes."""
    peak_over_mean = _PEAK_OVER_MEAN * (1 + 0.3 * skew_of(size))
    return max(_SACCADE_S + _S_PER_DEGREE * size, peak_over_mean * size / _FASTEST)


class Eyes:
    """A pair of eyes that goes where it is told, in saccades. Positions are exact at each step."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._from: Point = (0.0, 0.0)
        self._to: Point = (0.0, 0.0)
        self._at: Point = (0.0, 0.0)
        self._elapsed_s = self._duration_s = _SACCADE_S
        self._skew = 0.0
        self._goal: Point | None = None
        self._goal_in_s = 0.0
        self.still_s = 0.0
        """Seconds since the last saccade landed."""

    @property
    def moving(self) -> bool:
        """A saccade is under way."""
        return self._elapsed_s < self._duration_s

    def look(self, goal: Point) -> None:
        """Start a saccade; one that is large falls a little short and is corrected."""
        short, wait_s, phase = self._rng.random(3).tolist()
        size = math.dist(self._at, goal)
        self._goal = None
        aim = goal
        if size > _CORRECTED:
            share = 1 - _between(_FALLS_SHORT, short)
            aim = tuple(a + share * (b - a) for a, b in zip(self._at, goal, strict=True))  # type: ignore[assignment]
            self._goal, self._goal_in_s = goal, _between(_CORRECTS_AFTER_S, wait_s)
        self._jump(aim, phase * STEP_S)

    def advance(self) -> Point:
        """Where the eyes point, one step on."""
        if self.moving:
            self._elapsed_s += STEP_S
            run = smooth_run(self._elapsed_s / self._duration_s, self._skew)
            (x0, y0), (x1, y1) = self._from, self._to
            self._at = x0 + run * (x1 - x0), y0 + run * (y1 - y0)
            self.still_s = 0.0
            return self._at
        self.still_s += STEP_S
        if self._goal and self.still_s >= self._goal_in_s:
            goal, self._goal = self._goal, None
            self._jump(goal, 0.0)
        return self._at

    def _jump(self, aim: Point, early_s: float) -> None:
        size = math.dist(self._at, aim)
        self._from, self._to = self._at, aim
        self._elapsed_s, self._duration_s = early_s - STEP_S, duration_s(size)
        self._skew = skew_of(size)


class Fixation:
    """The unrest of a fixating eye: slow drift, and microsaccades that partly take it back."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._micro = Eyes(rng)
        self._micro_at: Point = (0.0, 0.0)
        self._due_s = self._pause()
        self._drift = [0.0, 0.0]
        self._speed = [0.0, 0.0]
        self._drawn: list[float] = []

    def advance(self, fixating: bool) -> Point:
        """Degrees off the point that is fixated, one step on; no microsaccade in a saccade."""
        if len(self._drawn) < 2:
            self._drawn = self._rng.standard_normal(_DRAWN).tolist()
        keep = 1 - STEP_S / _DRIFT_TURNS_S
        kick = _DRIFT_SPEED * math.sqrt(1 - keep * keep)
        for axis in (0, 1):
            self._speed[axis] = keep * self._speed[axis] + kick * self._drawn.pop()
            back = self._drift[axis] / _DRIFT_BACK_S
            self._drift[axis] += STEP_S * (self._speed[axis] - back)
        self._due_s = self._due_s - STEP_S if fixating else max(self._due_s, _MICRO_EVERY[0])
        if self._due_s <= 0:
            self._micro.look(self._flick())
            self._due_s = self._pause()
        x, y = self._micro.advance()
        return x + self._drift[0], y + self._drift[1]

    def _flick(self) -> Point:
        """Where the next microsaccade goes: mostly sideways, and half back to the middle."""
        size = _MICRO_MEDIAN * math.exp(_MICRO_SPREAD * float(self._rng.standard_normal()))
        size = min(_MICRO_RANGE[1], max(_MICRO_RANGE[0], size))
        way = float(self._rng.uniform(0, 2 * math.pi))
        if math.cos(way) * self._micro_at[0] > 0:
            way = math.pi - way
        x, y = self._micro_at
        self._micro_at = x + size * math.cos(way), 0.6 * y + 0.5 * size * math.sin(way)
        return self._micro_at

    def _pause(self) -> float:
        least, shape, scale = _MICRO_EVERY
        return least + float(self._rng.gamma(shape, scale))


def _between(bounds: Point, share: float) -> float:
    return bounds[0] + share * (bounds[1] - bounds[0])
