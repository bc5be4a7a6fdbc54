"""Laughter: a train of like bursts, four to six a second, in which nothing is articulated.

A laugh is a row of short notes of breathy voice or of breath alone, about 5 a second, of which each
has the same vowel, as the mouth does not move (Provine & Yong 1991, "Laughter: a stereotyped human
vocalization"; Bachorowski et al. 2001, "The acoustic features of human laughter"). Speech at that
rate changes its sounds from syllable to syllable. Three bursts are asked for, evenly spaced, alike
in spectrum, with dips between them, while the phone network hears little but breath, open vowels
and silence.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.face import Floats
from engine.phones import PHONES
from engine.speech.features import MELS

_FRAMES = 70
"""10 ms frames looked at: room for four bursts."""

_BURSTS, _MOST_BURSTS = 3, 4
_APART = (12, 32)
"""Frames between the peaks of bursts: 8 to 3 a second at the extremes."""

_UNEVEN = (0.3, 0.12)
"""Spread of the intervals over their mean: no laughter, and even enough for it."""

_DIP_DB = (5.0, 10.0)
_UNLIKE_DB = (14.0, 8.0)
"""Depth of the dips between bursts, and how far their levels may lie apart."""

_ALIKE = (0.75, 0.9)
"""Correlation of the bursts' spectra: of other syllables, and of one note repeated."""

_LAUGHED = (0.5, 0.75)
"""Share of the posteriors on the sounds that a laugh is taken for."""

_SHORT, _LONG = (4.0, 6.0), (17.0, 13.0)
"""Frames for which a burst stays within ``_LASTING_DB`` of its peak: knocks and claps are shorter
than the 70 to 110 ms of a note of laughter, what is hummed is longer."""

_LASTING_DB = 6.0

_HEARD_HOPS = 25
_LAUGHED_AS = ("SIL", "HH", "AH", "AA", "AE", "EH", "ER", "IH", "UH", "AO", "OW")
_SOUNDS = np.array([PHONES.index(name) for name in _LAUGHED_AS])

_ABOVE_FLOOR_DB = 12.0
_FLOOR_RISES_DB = 0.02
"""Per frame: 2 dB a second."""

_NEAR = 5
_SMOOTHING = np.array([0.25, 0.5, 0.25])

_AROUND = np.arange(_FRAMES - 2 * _NEAR)[:, None] + np.arange(2 * _NEAR + 1)

_RISE, _FALL = 0.35, 0.06
"""Share of the way per hop: 50 ms up, 300 ms down, so that it lasts from note to note."""


class LaughterDetector:
    """Push hops, get 0..1."""

    def __init__(self) -> None:
        self.laughing = 0.0
        self._mel = np.full((_FRAMES, MELS), -11.5, np.float32)
        self._levels = np.full(_FRAMES, -100.0)
        self._sounds = np.zeros(_HEARD_HOPS)
        self._floor_db = -60.0
        self._wanted = 0.0
        self._odd = False

    def push(self, mel: Floats, posteriors: Floats) -> float:
        """``mel`` (2, 40) log-mel frames; ``posteriors`` (2, 40) of one head."""
        self._mel[:-2], self._mel[-2:] = self._mel[2:], mel
        levels = 10 * np.log10(np.exp(mel).sum(axis=1) + 1e-6)
        self._levels[:-2], self._levels[-2:] = self._levels[2:], levels
        self._sounds[:-1] = self._sounds[1:]
        self._sounds[-1] = posteriors[:, _SOUNDS].sum() / 2
        self._floor_db = min(float(levels.min()), self._floor_db + 2 * _FLOOR_RISES_DB)
        self._odd = not self._odd
        if self._odd:  # every 40 ms is often enough for what takes half a second to tell
            self._wanted = self._evidence()
        follow = _RISE if self._wanted > self.laughing else _FALL
        self.laughing += follow * (self._wanted - self.laughing)
        return self.laughing

    def _evidence(self) -> float:
        """The weakest of what speaks for laughter; the cheapest is asked for first."""
        level = self._levels
        heard = _ramp(float(self._sounds.sum()) / _HEARD_HOPS, *_LAUGHED)
        if not heard or level.max() < self._floor_db + _ABOVE_FLOOR_DB:
            return 0.0
        peaks = _bursts(level)[-_MOST_BURSTS:]
        if len(peaks) < _BURSTS or len(level) - peaks[-1] > _APART[1]:
            return 0.0
        apart = peaks[1:] - peaks[:-1]
        if apart.max() > _APART[1] or apart.min() < _APART[0]:
            return 0.0
        even = _ramp(float(apart.std() / apart.mean()), *_UNEVEN)
        lows = np.array([level[a:b].min() for a, b in pairwise(peaks)])
        dips = np.minimum(level[peaks[:-1]], level[peaks[1:]]) - lows
        deep = _ramp(float(dips.min()), *_DIP_DB)
        alike = _ramp(self._likeness(peaks), *_ALIKE)
        like_levels = _ramp(float(np.ptp(level[peaks])), *_UNLIKE_DB)
        lasting = float(np.median([_lasts(level, peak) for peak in peaks]))
        notes = min(_ramp(lasting, *_SHORT), _ramp(lasting, *_LONG))
        return min(heard, even, deep, alike, like_levels, notes)

    def _likeness(self, peaks: NDArray[np.intp]) -> float:
        """The least correlation between the spectra of neighbouring bursts."""
        mel = self._mel[peaks]
        mel = mel - mel.mean(axis=1, keepdims=True)
        mel /= np.sqrt((mel * mel).sum(axis=1, keepdims=True)) + 1e-6
        return float((mel[1:] * mel[:-1]).sum(axis=1).min())


def _bursts(level_db: Floats) -> NDArray[np.intp]:
    """Frames at which the smoothed level is higher than 50 ms before and after."""
    smooth = np.convolve(level_db, _SMOOTHING, "same")
    smooth[0], smooth[-1] = level_db[0], level_db[-1]
    around = smooth[_AROUND]
    at = (around[:, _NEAR] >= around.max(axis=1)).nonzero()[0]
    lone = np.ones(len(at), bool)
    lone[1:] = at[1:] - at[:-1] >= _NEAR
    return np.asarray(at[lone] + _NEAR)


def _lasts(level_db: Floats, peak: int) -> int:
    """For how many frames round its peak a burst is about as loud."""
    quiet = level_db < level_db[peak] - _LASTING_DB
    before, after = quiet[:peak].nonzero()[0], quiet[peak:].nonzero()[0]
    begins = before[-1] + 1 if len(before) else 0
    return int(peak + after[0] if len(after) else len(level_db)) - int(begins)


def _ramp(value: float, start: float, full: float) -> float:
    """0 at ``start``, 1 at ``full``, whichever is more, and straight between."""
    return min(1.0, max(0.0, (value - start) / (full - start)))
