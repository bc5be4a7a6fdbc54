"""Blinks: rate by state, at phrase ends, with the lid's own quick fall and slow rise."""

from __future__ import annotations

import numpy as np

from engine.motion.layers import STEP_S, Draft, Moment, smooth_step

_PER_SECOND_SPEAKING, _PER_SECOND_QUIET = 26 / 60, 17 / 60
"""Blinks a second in conversation and at rest (Bentivoglio et al. 1997)."""

_REGULARITY = 3.0
"""Shape of the gamma law of intervals: 1 would be random, large a metronome."""

_AT_PHRASE_END = 0.45
"""Share of a mean interval by which the end of a phrase brings the next blink nearer."""

_FALL_S, _REST_S, _RISE_S = 0.075, 0.02, 0.16
"""Down phase, closed, up phase of the upper lid (Evinger et al. 1991: up is twice as slow)."""


class Blink:
    """Adds eyeBlink to both eyes."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self._rng = rng
        self._progress = 0.0
        self._due = self._draw()
        self._phase_s: float | None = None

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        rate = _PER_SECOND_SPEAKING if moment.speaking else _PER_SECOND_QUIET
        self._progress += rate * STEP_S + (_AT_PHRASE_END if moment.ended else 0.0)
        if self._phase_s is None and self._progress >= self._due:
            self._phase_s, self._progress, self._due = 0.0, 0.0, self._draw()
        if self._phase_s is not None:
            draft.add_both(_lid(self._phase_s), "eyeBlink")
            self._phase_s += STEP_S
            if self._phase_s > _FALL_S + _REST_S + _RISE_S:
                self._phase_s = None

    def _draw(self) -> float:
        return max(0.15, float(self._rng.gamma(_REGULARITY, 1 / _REGULARITY)))


def _lid(seconds: float) -> float:
    """Closure 0..1 at a time since the blink began."""
    if seconds < _FALL_S:
        return smooth_step(seconds / _FALL_S)
    if seconds < _FALL_S + _REST_S:
        return 1.0
    rise = min(1.0, (seconds - _FALL_S - _REST_S) / _RISE_S)
    return (1 - rise) ** 2 * (1 + 2 * rise)
