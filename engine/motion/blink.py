"""Blinks: how often by state, more where speech pauses and where gaze makes a large jump."""

from __future__ import annotations

import math

import numpy as np

from engine.motion.layers import STEP_S, Draft, Moment, Pause
from engine.motion.lids import LidBlink

_TALKING, _RESTING, _ATTENDING, _READING = 20 / 60, 17.5 / 60, 9 / 60, 4.5 / 60
"""Blinks a second between the events below. With them: about 26 a minute in conversation and 17 at
rest (Bentivoglio et al. 1997); fewer while somebody else speaks, their phrase ends apart (Nakano &
Kitazawa 2010), and 4.5 to 7 when something is watched (Bentivoglio et al. 1997, reading)."""

_SPREAD, _LONGEST = 0.62, 4.0
"""Spread of the lognormal law of intervals, right-skewed, neither regular nor random; and where it
is cut off, in mean intervals."""

_DOUBLE_SHARE, _DOUBLE = 0.06, (0.02, 0.12)
"""Now and then a second blink follows at once: its share, and its wait in mean intervals."""

_AT_END, _AT_TURN_END, _AT_START, _AT_OTHERS_END = 0.4, 0.35, 0.15, 0.4
"""Share of a mean interval by which the next blink comes nearer at the end of a phrase, of a turn,
at the start of an utterance and where another speaker's phrase ends (Nakano & Kitazawa 2010; Hömke
et al. 2017 on blinks as a listener's signal)."""

_RECOVERS_S = 2.5
"""Ends that follow each other closer than this weigh less: a stammer is not a flutter."""

_APART_S = 0.4
"""No two blinks begin closer than this."""

_SACCADE = math.radians(30) * STEP_S
_SHIFT = (math.radians(15), math.radians(20))
"""Gaze that moves faster than this per step shifts; from how far on a shift may bring a blink, and
by how much more one surely does (Evinger et al. 1994: 97 % of shifts above 33 degrees)."""


class Blink:
    """Adds eyeBlink. The gain scales how often, never how deep. Gaze is to be drafted before."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self._rng, self._shapes, self._shifts = rng.spawn(3)
        self._progress, self._due = float(self._rng.uniform(0, 0.7)), self._interval()
        self._blink: LidBlink | None = None
        self._since_s, self._since_end_s = 0.0, math.inf
        self._in_turn = False
        self._gaze = (0.0, 0.0)
        self._shifted = 0.0
        self._shift_blinks_at = math.inf

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        self._since_s += STEP_S
        self._progress += self.gain * (self._pull(moment) + self._rate(moment) * STEP_S)
        evoked = self._gaze_shifts(draft)
        free = self._blink is None and self._since_s >= _APART_S
        if free and self.gain > 0 and (evoked or self._progress >= self._due):
            self._blink, self._since_s = LidBlink.drawn(self._shapes), 0.0
            self._progress, self._due = 0.0, self._interval()
        if self._blink:
            left, right = self._blink.closure(self._since_s)
            draft.add(left, "eyeBlinkLeft")
            draft.add(right, "eyeBlinkRight")
            if self._since_s > self._blink.lasts_s:
                self._blink = None

    def _pull(self, moment: Moment) -> float:
        """What this moment's events add to the progress towards the next blink."""
        self._since_end_s += STEP_S
        pull = 0.0
        if moment.ended or moment.others_ended:
            pull = _AT_END if moment.ended else _AT_OTHERS_END
            pull *= min(1.0, self._since_end_s / _RECOVERS_S)
            self._since_end_s = 0.0
        if moment.speaking and not self._in_turn:
            self._in_turn = True
            pull += _AT_START
        if self._in_turn and moment.pause is Pause.TURN_END:
            self._in_turn = False
            pull += _AT_TURN_END
        return pull

    def _rate(self, moment: Moment) -> float:
        if self._in_turn:
            return _TALKING
        if moment.others:
            return _ATTENDING
        return _RESTING if moment.attention is None else _READING

    def _gaze_shifts(self, draft: Draft) -> bool:
        """Whether gaze has just come far enough in one shift to bring a blink."""
        yaw, pitch = draft.gaze.tolist()
        step = math.dist((yaw, pitch), self._gaze)
        self._gaze = yaw, pitch
        if step < _SACCADE:
            self._shifted = 0.0
            return False
        if self._shifted == 0:
            self._shift_blinks_at = _SHIFT[0] + _SHIFT[1] * float(self._shifts.random())
        before = self._shifted
        self._shifted += step * min(1.0, self.gain)
        return before < self._shift_blinks_at <= self._shifted

    def _interval(self) -> float:
        """The next interval, in mean intervals."""
        double, wait, normal = self._rng.random(), self._rng.random(), self._rng.standard_normal()
        if double < _DOUBLE_SHARE:
            return _DOUBLE[0] + float(wait) * (_DOUBLE[1] - _DOUBLE[0])
        mean = 1 / (1 - _DOUBLE_SHARE)
        return min(_LONGEST, mean * math.exp(_SPREAD * float(normal) - _SPREAD**2 / 2))
