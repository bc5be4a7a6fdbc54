"""How a lid blinks: a quick fall, a short rest, a rise that is slow at its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.motion.saccades import smooth_run

_FALL_S, _REST_S = (0.075, 0.098), (0.008, 0.035)
_RISE_OVER_FALL = (2.1, 2.8)
"""Down phase, closed, and how much slower the upper lid rises (Evinger et al. 1991). The fall
takes the same time whatever its size, so that speed grows with size: the blink's main sequence."""

_FALL_SKEW, _RISE_SKEW = 0.15, 0.55
"""The fall is fastest before its middle, and the rise ends in a creep (ibid.)."""

_HALF_SHARE = 0.15
_HALF = (0.35, 0.75)
"""Share of blinks that do not reach the lower lid, and how far they go: 10 to 20 % of all
(Harrison et al. 2008; Jie et al. 2019)."""

_LATE_S, _UNEVEN = 0.003, 0.02
"""Spread of the time between the two lids, and of a half blink's difference."""


@dataclass(frozen=True, slots=True)
class LidBlink:
    """One blink. ``depth`` (left, right) 0..1; ``late_s`` by which the right lid follows the left,
    negative if it leads."""

    depth: tuple[float, float]
    fall_s: float
    rest_s: float
    rise_s: float
    late_s: float

    @staticmethod
    def drawn(rng: np.random.Generator) -> LidBlink:
        """A natural one; always the same number of draws."""
        half, depth, fall, rest, rise = rng.random(5).tolist()
        late, uneven = rng.standard_normal(2).tolist()
        fall_s = _between(_FALL_S, fall)
        depths = (1.0, 1.0)
        if half < _HALF_SHARE:
            left = _between(_HALF, depth)
            depths = left, left + _UNEVEN * max(-2.0, min(2.0, uneven))
        return LidBlink(
            depths,
            fall_s,
            _between(_REST_S, rest),
            fall_s * _between(_RISE_OVER_FALL, rise),
            _LATE_S * max(-2.0, min(2.0, late)),
        )

    @property
    def lasts_s(self) -> float:
        """From the first lid's start to the last one's end."""
        return self.fall_s + self.rest_s + self.rise_s + abs(self.late_s)

    def closure(self, seconds: float) -> tuple[float, float]:
        """Left and right lid, 0 open to 1 shut, at a time since the blink began."""
        left, right = self.depth
        return (
            left * self._lid(seconds + min(0.0, self.late_s)),
            right * self._lid(seconds - max(0.0, self.late_s)),
        )

    def _lid(self, seconds: float) -> float:
        if seconds <= self.fall_s:
            return smooth_run(seconds / self.fall_s, _FALL_SKEW)
        risen = (seconds - self.fall_s - self.rest_s) / self.rise_s
        return 1 - smooth_run(risen, _RISE_SKEW)


def _between(bounds: tuple[float, float], share: float) -> float:
    return bounds[0] + share * (bounds[1] - bounds[0])
