"""Syllables as they come: their nuclei, how much each stands out, and how fast they follow.

A nucleus is a peak of loudness with a dip before it that is voiced (de Jong & Wempe 2009, "Praat
script to detect syllable nuclei and measure speech rate automatically"). The phone network adds to
the loudness how surely it hears a vowel, so that neither a fricative nor a nasal counts as one.

Prominence is told by loudness, pitch and duration against the syllables before it (Terken 1991,
"Fundamental frequency and perceived prominence"; Silipo & Greenberg 1999; Tamburini 2003). Loudness
weighs most (Kochanski et al. 2005, "Loudness predicts prominence").
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from engine.face import Floats
from engine.phones import PHONES
from engine.speech.features import mel_edges
from engine.timeline import HOP, MOTION_HOP, SAMPLE_RATE, Samples

_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
VOWELS = np.array([PHONES.index(name) for name in _VOWELS.split()])

HEAD_MS = 20
"""The network's head that is asked for vowels: surer than the one without look-ahead, and as late
as the smoothing of the loudness."""

_MID_HZ = (250.0, 3200.0)
_CENTRES = mel_edges()[1:-1]
_MID = slice(*np.searchsorted(_CENTRES, _MID_HZ).tolist())

_QUIETEST_DB = 30.0
_LOUD_FALL_DB = 0.04
"""Per frame: the recent loud level is forgotten by 4 dB a second."""

_VOWEL_DB = 12.0
"""A sure vowel counts as much as this many dB."""

_DIP_DB = 4.0
"""Between two nuclei; de Jong and Wempe ask for 2 dB of loudness alone."""

_LEAST_VOWEL = 0.35
_HOLD_FRAMES = 2
"""A peak is one when nothing higher has followed for so long, or a dip. It is told 55 to 65 ms
late, in time for a look-ahead of 60 ms, since poses too wait for whole hops."""

_STRETCHED = (1.1, 1.8)
"""A vowel's length in usual ones: from where it is lengthened to where it is so beyond doubt. The
last syllable before a boundary is about half as long again (Wightman et al. 1992)."""

_RATE_HOPS, _RATE_KNOWN_HOPS = 100, 40
"""Rate is counted over the last 2 s of speech, and known after 0.8 s."""

_WEIGHTS = np.array([0.5, 0.3, 0.2], np.float32)
"""Of loudness, pitch and duration."""

_SPREADS = np.array([4.0, 2.5, 0.05], np.float32)
"""Usual deviations of nuclei: dB, semitones, seconds."""

_LEAST_VARIANCE = (np.float32(0.4) * _SPREADS) ** 2

_TRUST = 6
"""Syllables after which a speaker's own means and spreads count more than what is usual."""

_SLOWEST = 0.04
"""Share of the way that a mean goes per syllable once it has settled: some six seconds, so that a
phrase's declination is followed (Terken 1991)."""

_TOGETHER = float(np.linalg.norm(_WEIGHTS))

_MOMENTARY = float(np.linalg.norm(_WEIGHTS[:2]))
_FAINT = 0.01

_ACCENT = (-0.4, 1.6)
"""Deviations from the usual nucleus at which the accent begins and is full."""

_RISE, _FALL = 0.6, 0.16
"""Share of the way per hop: 20 ms up, 110 ms down."""

_RATE_FOLLOWS = 0.1

_STRESSED = 0.2
"""Prominence, in deviations, from which a syllable counts as stressed: about two in five."""

_REFRACTORY: Samples = 2400
"""Two stressed syllables are at least 150 ms apart."""


@dataclass(frozen=True, slots=True)
class Nucleus:
    """A syllable's peak at ``time``; ``prominence`` in deviations from the speaker's syllables."""

    time: Samples
    prominence: float
    stressed: bool


class Rhythm:
    """Push hops, get nuclei some 60 ms after their peaks.

    ``accent`` (0..1) is how much this very moment stands out, ``rate`` syllables per second of
    speech (0 while unknown), ``lengthening`` (0..1) how drawn out the newest vowel is.
    """

    def __init__(self) -> None:
        self.accent = 0.0
        self.rate = 0.0
        self._peaks = _Peaks()
        self._usual = _Usual()
        self._loud_db = -60.0
        self._before_db = -60.0
        self._counts: deque[int] = deque(maxlen=_RATE_HOPS)
        self._stressed_at: Samples = -_REFRACTORY
        self._contours: deque[float] = deque([0.0], maxlen=5)

    @property
    def lengthening(self) -> float:
        """0..1, of the newest vowel, as far as it has been heard."""
        usual = self._usual.vowel_frames
        start, full = _STRETCHED
        return min(1.0, max(0.0, (self._peaks.vowel_frames / usual - start) / (full - start)))

    def push(self, mel: Floats, sounds: Floats, contour: float, speaking: bool) -> list[Nucleus]:
        """``mel`` (2, 40) log-mel frames; ``sounds`` (2, 40) posteriors of the two frames before
        these, as the 20 ms head tells them; ``contour`` in semitones."""
        vowels = sounds[:, VOWELS].sum(axis=1)
        mid_db = (10 * np.log10(np.exp(mel[:, _MID]).sum(axis=1) + 1e-6)).tolist()
        self._contours.append(contour)
        nuclei = []
        # A frame of the network is centred 12.5 ms after the log-mel frame of its number.
        for level_db, vowel in zip((self._before_db, mid_db[0]), vowels.tolist(), strict=True):
            self._loud_db = max(level_db, self._loud_db - _LOUD_FALL_DB)
            below_db = max(-_QUIETEST_DB, level_db - self._loud_db)
            peak = self._peaks.push(below_db + _VOWEL_DB * vowel, level_db, vowel)
            if peak is not None and speaking:
                nuclei.append(self._judged(peak))
        self._before_db = mid_db[1]
        self._usual.hear_vowel(self._peaks.ended_frames)
        self._rise_and_fall(max(mid_db), float(vowels.max()) * speaking, contour)
        if speaking:
            self._count(len(nuclei))
        return nuclei

    def _judged(self, peak: _Peak) -> Nucleus:
        told = np.array([peak.level_db, max(self._contours), peak.vowel_frames * 0.01], np.float32)
        prominence = float(_WEIGHTS @ self._usual.deviation(told)) / _TOGETHER
        self._usual.learn(told)
        time = max(0, peak.frame * MOTION_HOP + MOTION_HOP // 2)
        stressed = prominence > _STRESSED and time - self._stressed_at >= _REFRACTORY
        if stressed:
            self._stressed_at = time
        return Nucleus(time, prominence, stressed)

    def _rise_and_fall(self, level_db: float, vowel: float, contour: float) -> None:
        """The accent goes up at once with a vowel that is louder and higher than most, and down
        as slowly as a syllable ends."""
        drive = 0.0
        if vowel > _FAINT:
            deviation = self._usual.deviation(np.array([level_db, contour, 0.0], np.float32))
            above = float(_WEIGHTS[:2] @ deviation[:2]) / _MOMENTARY
            start, full = _ACCENT
            drive = min(1.0, max(0.0, (above - start) / (full - start))) * min(1.0, 2 * vowel)
        follow = _RISE if drive > self.accent else _FALL
        self.accent += follow * (drive - self.accent)

    def _count(self, nuclei: int) -> None:
        self._counts.append(nuclei)
        if len(self._counts) >= _RATE_KNOWN_HOPS:
            rate = sum(self._counts) * SAMPLE_RATE / (len(self._counts) * HOP)
            self.rate += _RATE_FOLLOWS * (rate - self.rate) if self.rate else rate


@dataclass(frozen=True, slots=True)
class _Peak:
    """A nucleus at ``frame`` (of 10 ms), and how long its vowel has lasted when it is told."""

    frame: int
    level_db: float
    vowel_frames: int


@dataclass(slots=True)
class _Peaks:
    """The peaks of sonority, frame by frame; the smoothed one lies three before the stream's."""

    vowel_frames: int = 0
    ended_frames: int = 0
    _frame: int = -4
    _between: bool = True
    _told: bool = False
    _low: float = 0.0
    _high: float = -1e3
    _high_frame: int = 0
    _high_db: float = -120.0
    _vowel: float = 0.0
    _in_vowel: bool = False
    _last: list[tuple[float, float]] = field(default_factory=lambda: [(-_QUIETEST_DB, 0.0)] * 2)

    def push(self, sonority: float, level_db: float, vowel: float) -> _Peak | None:
        """One frame more; the peak that it makes certain, one frame before it at the latest."""
        self._time_vowel(vowel)
        (first, first_vowel), (second, second_vowel) = self._last
        smooth = (first + second + sonority) / 3
        smooth_vowel = (first_vowel + second_vowel + vowel) / 3
        self._last = [(second, second_vowel), (sonority, vowel)]
        self._frame += 1
        fallen = smooth < self._high - _DIP_DB
        if self._between:
            self._low = min(self._low, smooth)
            if smooth <= self._low + _DIP_DB:
                return None
            self._between, self._told, self._high, self._vowel = False, False, -1e3, 0.0
            fallen = False
        if smooth > self._high:
            self._high, self._high_frame, self._high_db = smooth, self._frame, level_db
        self._vowel = max(self._vowel, smooth_vowel)
        sure = fallen or self._frame - self._high_frame >= _HOLD_FRAMES
        peak = None
        if sure and not self._told and self._vowel > _LEAST_VOWEL:
            self._told = True
            peak = _Peak(self._high_frame, self._high_db, self.vowel_frames)
        if fallen:
            self._between, self._low = True, smooth
        return peak

    def _time_vowel(self, vowel: float) -> None:
        self.ended_frames = 0
        if vowel > 0.5:
            self.vowel_frames = self.vowel_frames + 1 if self._in_vowel else 1
            self._in_vowel = True
        elif self._in_vowel:
            self._in_vowel, self.ended_frames = False, self.vowel_frames


_NOTHING = np.zeros(3, np.float32)


class _Usual:
    """Running means and spreads of this speaker's nuclei: dB, semitones, seconds of vowel."""

    def __init__(self) -> None:
        self.vowel_frames = 9.0
        self._mean: Floats = np.zeros(3, np.float32)
        self._variance: Floats = _SPREADS**2
        self._heard = 0

    def deviation(self, told: Floats) -> Floats:
        """(3,) how far ``told`` lies above the means, in spreads; 0 before the first."""
        if not self._heard:
            return _NOTHING
        above = (told - self._mean) / np.sqrt(self._variance)
        return np.asarray(np.minimum(np.maximum(above, -3), 3), np.float32)

    def learn(self, told: Floats) -> None:
        """One nucleus more."""
        self._heard += 1
        if self._heard == 1:
            self._mean = told
            return
        rate = max(_SLOWEST, 1 / self._heard)
        off = told - self._mean
        self._mean = self._mean + np.float32(rate) * off
        usual = max(_SLOWEST, 1 / (self._heard + _TRUST))
        self._variance = np.maximum(
            self._variance + np.float32(usual) * (off * off - self._variance), _LEAST_VARIANCE
        )

    def hear_vowel(self, frames: int) -> None:
        """A vowel has ended after ``frames``; 0 if none has."""
        if frames:
            self.vowel_frames += _SLOWEST * (frames - self.vowel_frames)
