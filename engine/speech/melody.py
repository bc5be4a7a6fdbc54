"""The melody: a smooth contour against the speaker's mean, and how a phrase ends.

A question asks by a rise over its last syllable, a statement ends low after a fall and on a
lengthened vowel; a pause in the middle of a thought leaves the pitch level (Duncan 1972, "Some
signals and rules for taking speaking turns"; Gravano & Hirschberg 2011, "Turn-taking cues in
task-oriented dialogue").
"""

from __future__ import annotations

from collections import deque

import numpy as np

from engine.speech.pitch import Pitch

END_HOPS = 15
"""The end of a phrase: its last 300 ms of voice."""

_PLACES = [np.linspace(-0.5, 0.5, hops) for hops in range(END_HOPS + 1)]
"""Of so many hops in the end of a phrase, from its first to its last."""

_LEAST_HOPS = 6
"""What has less voice says nothing of its end."""

_NEW_PHRASE_HOPS = 20
"""After 400 ms without voice the next one is another phrase's."""

_TYPICAL_OCTAVES = float(np.log2(150.0))
_TRUST_IN_TYPICAL = 3
_SLOWEST = 0.002
"""Share of the way that the mean goes per voiced hop once it has settled: ten seconds of voice."""

_FOLLOW = 0.5
"""Share of the way per hop: half a hop's delay against steps between hops."""

_BRIDGED_HOPS = 8
_RELAX = 0.04
"""Unvoiced, the contour stays for 160 ms, then goes back to 0 within half a second."""

_QUESTION = (1.5, 5.0)
"""Semitones of rise: no question yet, and one beyond doubt. Rises that ask cover four semitones and
more, those that go on fewer (Ladd 2008, "Intonational phonology"; Haan 2002)."""

_FALL = (-0.5, -4.0)
_LOW = (0.0, -3.5)
"""Semitones over the last 300 ms, and of their end below the mean: nothing yet, and complete."""


class Melody:
    """Push the pitch of hops; ``contour``, ``question`` and ``fall`` are of now."""

    def __init__(self) -> None:
        self.contour = 0.0
        self.question = 0.0
        self.fall = 0.0
        self._mean = _TYPICAL_OCTAVES
        self._heard = 0
        self._unvoiced = 0
        self._silent = 0
        self._end: deque[float] = deque(maxlen=END_HOPS)

    def push(self, now: Pitch, revised: Pitch, speaking: bool) -> None:
        """``now`` of this hop, and ``revised`` of an earlier one, as the tracker tells both."""
        if revised.f0_hz and speaking:
            self._learn(float(np.log2(revised.f0_hz)))
        self._bend(now, speaking)
        self._note_end(revised, speaking)

    def semitones(self, pitch: Pitch) -> float:
        """Of a voiced hop, from the speaker's mean."""
        return 12 * (float(np.log2(pitch.f0_hz)) - self._mean)

    def _learn(self, octaves: float) -> None:
        self._heard += 1
        rate = max(_SLOWEST, 1 / (self._heard + _TRUST_IN_TYPICAL))
        self._mean += rate * (octaves - self._mean)

    def _bend(self, now: Pitch, speaking: bool) -> None:
        if now.f0_hz and speaking:
            self._unvoiced = 0
            self.contour += _FOLLOW * (self.semitones(now) - self.contour)
        else:
            self._unvoiced += 1
            if self._unvoiced > _BRIDGED_HOPS:
                self.contour -= _RELAX * self.contour

    def _note_end(self, revised: Pitch, speaking: bool) -> None:
        """What the last 300 ms of voice say; it holds through the silence that follows."""
        if not (revised.f0_hz and speaking):
            self._silent += 1
            return
        if self._silent > _NEW_PHRASE_HOPS:
            self._end.clear()
        self._silent = 0
        self._end.append(float(np.log2(revised.f0_hz)))
        if len(self._end) < _LEAST_HOPS:
            self.question = self.fall = 0.0
            return
        octaves = np.array(self._end)
        at = _PLACES[len(octaves)]
        rise = 12 * float(octaves @ at / (at @ at))
        ends = 12 * (float(octaves.sum()) / len(octaves) - self._mean) + rise / 2
        self.question = _ramp(rise, *_QUESTION) * _ramp(ends, -1.0, 2.0)
        self.fall = 0.5 * (_ramp(rise, *_FALL) + _ramp(ends, *_LOW)) * (rise < 1)


def _ramp(value: float, start: float, full: float) -> float:
    """0 at ``start``, 1 at ``full``, whichever is more, and straight between."""
    return min(1.0, max(0.0, (value - start) / (full - start)))
