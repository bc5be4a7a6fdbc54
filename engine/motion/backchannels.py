"""When a listener answers: after phrases, where the voice falls and stays low, at what stands out.

Listeners respond in a third of a second to a second after what they respond to: to a low stretch of
110 ms in the other's pitch with some 700 ms (Ward & Tsukahara 2000, "Prosodic features which cue
back-channel responses in English and Japanese"), and to phrases that end, the more surely the more
cues say so (Gravano & Hirschberg 2011, "Turn-taking cues in task-oriented dialogue").
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.layers import STEP_S, Moment
from engine.voice import Prosody

_LEAST_S, _MEAN_FURTHER_S = 3.8, 2.4
"""From one answer to the next: at least, and so much more on average."""

_HEARD_S = 0.7
"""So much must have been said since the last (ibid., rule 3)."""

_AFTER_PHRASE, _COMPLETE = 0.62, 0.33
"""How often the end of a phrase is answered, and how much oftener one that sounds complete."""

_PHRASE_DELAY_S = (0.10, 0.55)
_PHRASE_MEDIAN_S, _SPREAD = 0.24, 0.45
"""From when the end is known, which is a tenth of a second after the sound: lognormal."""

_LOW_SHARE, _LOW_S = 0.26, 0.11
_LOWER, _LOW_DELAY_S = 0.45, (0.50, 0.75)
"""The voice is low in the lowest 26 % of its pitch, for 110 ms (ibid.), and how often that is
answered. The delay counts from there."""

_STRONG, _WEAK = 0.55, 0.2
_STANDS_OUT, _ACCENT_DELAY_S = 0.14, (0.25, 0.50)
"""An accent that is answered, and how often: news is acknowledged at once."""

_PATIENCE_S, _STILL_HERE = 11.0, 0.12
"""Who has listened for this long without any occasion shows now and then that they still do: times
a second."""


class Backchannels:
    """Tells when to answer, moment by moment; draws the same whatever is made of it."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._low = _Low()
        self._armed = True
        self._since_s = _LEAST_S / 2
        self._rests_s = _LEAST_S
        self._heard_s = 0.0
        self._due_s, self._weight = math.inf, 0.0

    def step(self, moment: Moment) -> float:
        """Advance by 10 ms: how much an answer that begins now means, 0..1; 0 where none does."""
        self._since_s += STEP_S
        if moment.speaking:
            self._due_s, self._heard_s = math.inf, 0.0
            return 0.0
        if moment.others:
            self._heard_s += STEP_S
        self._look_for_occasions(moment)
        self._due_s -= STEP_S
        if self._due_s > 0:
            return 0.0
        further = float(self._rng.exponential(_MEAN_FURTHER_S))
        self._due_s, self._rests_s = math.inf, _LEAST_S + further
        self._since_s = self._heard_s = 0.0
        return self._weight

    def _look_for_occasions(self, moment: Moment) -> None:
        theirs = moment.theirs
        if moment.others_ended:
            final = theirs.final if theirs is not None else 0.5
            likely = _AFTER_PHRASE + _COMPLETE * final
            delay = _PHRASE_MEDIAN_S * math.exp(_SPREAD * float(self._rng.standard_normal()))
            self._perhaps(likely, min(max(delay, _PHRASE_DELAY_S[0]), _PHRASE_DELAY_S[1]), 0.7)
        if theirs is None or not moment.others:
            self._still_here(moment)
            return
        if self._low.begins(theirs):
            self._perhaps(_LOWER, float(self._rng.uniform(*_LOW_DELAY_S)), 0.4)
        if self._stands_out(theirs.accent):
            self._perhaps(_STANDS_OUT, float(self._rng.uniform(*_ACCENT_DELAY_S)), 0.55)
        self._still_here(moment)

    def _stands_out(self, accent: float) -> bool:
        if accent < _WEAK:
            self._armed = True
        strong = self._armed and accent >= _STRONG
        if strong:
            self._armed = False
        return strong

    def _still_here(self, moment: Moment) -> None:
        if moment.others and min(self._since_s, self._heard_s) > _PATIENCE_S:
            self._perhaps(_STILL_HERE * STEP_S, 0.0, 0.2)

    def _perhaps(self, likely: float, delay_s: float, weight: float) -> None:
        """Take an occasion, unless one is taken or the last was just now."""
        taken = float(self._rng.random()) < likely
        ready = self._since_s >= self._rests_s and self._heard_s >= _HEARD_S
        if taken and ready and self._due_s == math.inf:
            self._due_s, self._weight = delay_s, weight


class _Low:
    """Finds where a voice has been low for long enough, against what it was so far."""

    _STEP = 0.03
    """Semitones by which the quantile moves with each voiced sample."""

    def __init__(self) -> None:
        self._quantile = -1.5
        self._low_s = 0.0

    def begins(self, theirs: Prosody) -> bool:
        """Whether a low stretch has just become long enough."""
        if theirs.f0_hz <= 0:
            return False
        low = theirs.contour < self._quantile
        self._quantile += self._STEP * (_LOW_SHARE - low)
        before, self._low_s = self._low_s, self._low_s + STEP_S if low else 0.0
        return before < _LOW_S <= self._low_s
