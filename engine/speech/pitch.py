"""Pitch that keeps its octave: candidates of each hop, and the likeliest path through them.

Each hop proposes the peaks of its normalised autocorrelation (Boersma 1993, "Accurate short-term
analysis of the fundamental frequency"), and that it is unvoiced. A path through the hops costs
something for every jump in pitch and every change of voicing (the dynamic programming of Talkin
1995, "A robust algorithm for pitch tracking", with Boersma's costs); of all paths the best one so
far is told at once, and once more a few hops later when what followed has been heard.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from engine.face import Floats
from engine.timeline import SAMPLE_RATE

LOW_HZ, HIGH_HZ = 60.0, 480.0
REVISED_HOPS = 3
"""A hop's pitch is told again so many hops later: 60 ms."""

_FFT = 2048
_WINDOW = 640
_CANDIDATES = 5

_BAND_HZ = 1600.0
"""Harmonics up to here speak for a pitch; above, voices are noisier than rooms."""

_LAG_RATE = 8000
_LAG_FFT = 1024

_UNVOICED = 0.55
"""Strength of being unvoiced (Boersma: 0.45)."""

_OCTAVE = 0.07
"""Strength lost with each octave down, so that of equal peaks the shortest lag wins."""

_JUMP, _CHANGE = 0.35, 0.10
"""Costs of an octave's jump and of a change of voicing between two hops."""

_FAMILIAR = 0.03
"""Strength lost at one octave from the speaker's mean, growing with the square."""

_SOFT_DB = (-12.0, -26.0)
"""Below the recent loud level: from where a hop is rather unvoiced to where it surely is."""

_LOUD_FALL_DB = 0.08
"""The loud level is forgotten by 4 dB a second."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """Of one hop: ``f0_hz``, 0 when unvoiced, and the autocorrelation ``strength`` in [0, 1]."""

    f0_hz: float
    strength: float


NO_PITCH = Pitch(0.0, 0.0)


class PitchTracker:
    """Push power spectra of 40 ms windows, get the pitch at their centres."""

    def __init__(self) -> None:
        self._scores = [0.0]
        self._octaves: list[float] = []
        self._trail: deque[tuple[tuple[Pitch, ...], tuple[int, ...]]] = deque(
            maxlen=REVISED_HOPS + 1
        )
        self._loud_db = -60.0
        self._mean_octaves = 0.0
        self._heard = 0

    def push(self, power: Floats) -> tuple[Pitch, Pitch]:
        """``power`` (1025,) of a window of 640 samples under a Hann window.

        The newest hop's pitch as it seems now, and that of ``REVISED_HOPS`` before as it is.
        """
        banded = power[:_BAND] * _TAPER
        level_db = 10 * float(np.log10(banded.sum() + 1e-9))
        self._loud_db = max(level_db, self._loud_db - _LOUD_FALL_DB)
        below_db = level_db - self._loud_db
        octaves, strengths = self._candidates(banded) if below_db > _SOFT_DB[1] else ([], [])
        worth = self._worth(octaves, strengths, below_db)
        origin = self._extend(octaves, worth)
        pitches = [NO_PITCH]
        pitches += [Pitch(2.0**o, min(1.0, s)) for o, s in zip(octaves, strengths, strict=True)]
        self._trail.append((tuple(pitches), origin))
        now, before = self._best()
        if before.f0_hz:
            self._learn(float(np.log2(before.f0_hz)))
        return now, before

    @staticmethod
    def _candidates(banded: Floats) -> tuple[list[float], list[float]]:
        """log2 of the pitch, and the strength, of the best peaks."""
        correlation = np.fft.irfft(banded, _LAG_FFT)
        if correlation[0] < 1e-9:
            return [], []
        curve = correlation[_FIRST : _LAST + 1] / correlation[0] * _RISE
        inner = curve[1:-1]
        peaks = ((inner >= curve[:-2]) & (inner > curve[2:]) & (inner > 0.15)).nonzero()[0] + 1
        if len(peaks) > _CANDIDATES:
            lags = _OCTAVE * np.log2(peaks + _FIRST)
            peaks = peaks[np.argsort(lags - curve[peaks])[:_CANDIDATES]]
        before, at, after = curve[peaks - 1], curve[peaks], curve[peaks + 1]
        shift = 0.5 * (before - after) / np.minimum(before - 2 * at + after, -1e-9)
        shift = np.minimum(np.maximum(shift, -0.5), 0.5)
        strength = at - 0.25 * (before - after) * shift
        octaves = np.log2(_LAG_RATE / (peaks + _FIRST + shift))
        return octaves.tolist(), strength.tolist()

    def _worth(self, octaves: list[float], strengths: list[float], below_db: float) -> list[float]:
        """(1 + candidates) what each speaks for itself; being unvoiced first."""
        soft = min(1.0, max(0.0, (below_db - _SOFT_DB[0]) / (_SOFT_DB[1] - _SOFT_DB[0])))
        worth = [_UNVOICED + soft]
        familiar = _FAMILIAR * min(1.0, self._heard / 25)
        for octave, strength in zip(octaves, strengths, strict=True):
            distance = octave - self._mean_octaves
            worth.append(
                strength + _OCTAVE * (octave - _LOW_OCTAVE) - familiar * distance * distance
            )
        return worth

    def _extend(self, octaves: list[float], worth: list[float]) -> tuple[int, ...]:
        """Make every path longer by one hop; where each one came from."""
        unvoiced, *voiced = self._scores
        from_voiced = [score - _CHANGE for score in voiced]
        routes = [[unvoiced, *from_voiced]]
        for octave in octaves:
            pairs = zip(voiced, self._octaves, strict=True)
            jumped = [score - _JUMP * abs(octave - before) for score, before in pairs]
            routes.append([unvoiced - _CHANGE, *jumped])
        best = [max(route) for route in routes]
        scores = [own + way for own, way in zip(worth, best, strict=True)]
        highest = max(scores)
        self._scores = [score - highest for score in scores]
        self._octaves = octaves
        return tuple(route.index(way) for route, way in zip(routes, best, strict=True))

    def _best(self) -> tuple[Pitch, Pitch]:
        """The newest and the oldest pitch on the best path."""
        at = self._scores.index(max(self._scores))
        newest = self._trail[-1][0][at]
        for pitches, origin in reversed(self._trail):
            oldest, at = pitches[at], origin[at]
        return newest, oldest if len(self._trail) > REVISED_HOPS else NO_PITCH

    def _learn(self, octaves: float) -> None:
        self._heard += 1
        self._mean_octaves += max(0.005, 1 / self._heard) * (octaves - self._mean_octaves)


_LOW_OCTAVE = float(np.log2(LOW_HZ))
_FIRST, _LAST = int(_LAG_RATE / HIGH_HZ) - 1, int(_LAG_RATE / LOW_HZ) + 1
_BAND = round(_BAND_HZ * 1.5 * _FFT / SAMPLE_RATE)
_TAPER = np.clip((1.5 - np.arange(_BAND) / (_BAND / 1.5)) / 0.5, 0, 1).astype(np.float32)


def _rise() -> Floats:
    """What the window takes from each lag, given back (Boersma 1993, equation 9)."""
    window = np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(window, _FFT)) ** 2
    full = np.fft.irfft(power, _FFT)[:: SAMPLE_RATE // _LAG_RATE]
    lags = full[_FIRST : _LAST + 1] / full[0]
    return np.asarray(1 / lags)


_RISE = _rise()
