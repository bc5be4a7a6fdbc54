"""When the curves belong to the sound: start offset and drift of the recorder's clock.

What moves is compared with what the sound lets expect. Both are reduced to how the mouth opens from
syllable to syllable; the lag at which they agree best (normalised cross-correlation with gaps:
Padfield 2012, "Masked object registration in the Fourier domain") is found for the clearest minute
and then for windows all along the take. A line through those lags, fitted so that a few wrong ones
do not matter (Theil 1950, Sen 1968), is the offset and the drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import correlate

from engine.face import Floats

RATE = 100
"""Samples per second of both curves."""

MOST_OFFSET_S = 15.0
_SYLLABLE = (2.0, 15.0)
"""Standard deviations in samples of the two bells whose difference keeps 1 to 8 Hz: syllables tell
takes apart, phrases (speech, pause, speech) look alike in all of them."""

_CLEAREST_S = 60
_WINDOW_S, _WINDOW_STEP_S = 10, 5
_WINDOW_SLACK_S = 0.25
_MOST_DRIFT = 2e-3
_LEAST_WINDOWS = 5
_SURE = 3.0
"""Standard errors by which a drift must differ from none to be one."""

_WORTH_MS = 10.0
"""Effect of a drift over the whole take below which it is left alone: one sample."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """At ``t`` seconds into the sound, the curves' clock shows ``t + offset_s + drift * t``.

    ``correlation`` of the curves with what the sound lets expect, after correction;
    ``needed`` is what chance alone would hardly reach in a take of this length.
    """

    offset_s: float
    drift: float
    drift_error: float
    correlation: float
    needed: float

    @property
    def offset_ms(self) -> float:
        """Positive: the curves came late."""
        return self.offset_s * 1000

    @property
    def drift_ppm(self) -> float:
        """Positive: the curves' clock ran fast."""
        return self.drift * 1e6

    @property
    def belongs(self) -> bool:
        """Whether curves and sound are of the same take."""
        return self.correlation >= self.needed

    def curve_times(self, sound_times: NDArray[np.float64]) -> NDArray[np.float64]:
        """The curves' clock, seconds, at times in the sound."""
        return sound_times * (1 + self.drift) + self.offset_s


def align(expected: Floats, measured: Floats) -> Alignment:
    """How ``measured`` (M,) lies against ``expected`` (E,), mouth opening 100 times a second.

    Both start at 0 of their own clocks; NaN in ``measured`` is unknown.
    """
    wanted, _ = _syllables(expected)
    given, known = _syllables(measured)
    start, stop = _clearest(wanted)
    most = int(MOST_OFFSET_S * RATE)
    coarse, _ = _best_lag(wanted[start:stop], given, known, start - most, start + most)
    lags = _window_lags(wanted, given, known, coarse - start, (start + stop) / 2)
    offset, drift, error = _line(lags) if len(lags) else ((coarse - start) / RATE, 0.0, np.inf)
    seconds = len(expected) / RATE
    if abs(drift) < _SURE * error or abs(drift) * seconds * 1000 < _WORTH_MS:
        drift = 0.0
        offset = float(np.median(lags[:, 1])) if len(lags) else offset
    correlation, overlap_s = _agreement(wanted, given, known, offset, drift)
    return Alignment(offset, drift, error, correlation, _needed(overlap_s))


def _needed(seconds: float) -> float:
    """Correlation that curves of another take rarely reach: chance falls with length.

    Found on capture clips paired with one another's sound, all lags tried: 95 % stay below
    1.9 / sqrt(seconds), while true pairs reach 0.55 and more.
    """
    return float(np.clip(2.0 / np.sqrt(max(seconds, 1.0)), 0.35, 0.55))


def _syllables(curve: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The curve's movement at the pace of syllables, 0 where unknown, and where it is known."""
    known = np.isfinite(curve)
    if not known.any():
        return np.zeros(len(curve)), known.astype(float)
    places = np.arange(len(curve))
    whole = np.interp(places, places[known], curve[known])
    slow, slower = (gaussian_filter1d(whole, width) for width in _SYLLABLE)
    return (slow - slower) * known, known.astype(float)


def _clearest(wanted: NDArray[np.float64]) -> tuple[int, int]:
    """The minute in which most is expected to move."""
    length = min(len(wanted), _CLEAREST_S * RATE)
    energy = np.concatenate([[0.0], np.cumsum(wanted**2)])
    start = int((energy[length:] - energy[:-length]).argmax())
    return start, start + length


def _best_lag(
    wanted: NDArray[np.float64],
    given: NDArray[np.float64],
    known: NDArray[np.float64],
    lowest: int,
    highest: int,
) -> tuple[float, float]:
    """Where in ``given`` the first sample of ``wanted`` lies, in samples, and how well it fits.

    Only places in [lowest, highest] count where most of ``wanted`` meets known samples. The
    correlation is 0 if it is best at the edge of these: the true place is then beyond it.
    """
    products = correlate(given, wanted, method="fft")
    energy = correlate(given**2, np.ones(len(wanted)), method="fft")
    met = correlate(known, wanted**2, method="fft")
    overlap = correlate(known, np.ones(len(wanted)), method="fft")
    places = np.arange(1 - len(wanted), len(given))
    score = products / np.sqrt(np.maximum(energy * met, 1e-9))
    possible = (places >= lowest) & (places <= highest)
    most = overlap[possible].max(initial=0.0)
    score = np.where(possible & (overlap > 0.6 * max(most, 1.0)), score, -1.0)
    best = int(score.argmax())
    around = score[max(0, best - 1) : best + 2]
    if score[best] <= 0 or len(around) < 3 or around.min() <= -1:
        return 0.0, 0.0
    before, at, after = around
    shift = float((before - after) / (2 * (before - 2 * at + after) - 1e-12))
    return float(places[best]) + shift, float(score[best])


def _window_lags(
    wanted: NDArray[np.float64],
    given: NDArray[np.float64],
    known: NDArray[np.float64],
    coarse: float,
    middle: float,
) -> NDArray[np.float64]:
    """(W, 2) of window centre and lag, both in seconds, for windows where the lag is clear."""
    found = []
    length = min(_WINDOW_S * RATE, len(wanted))
    typical = float(np.mean(wanted**2))
    for start in range(0, len(wanted) - length + 1, _WINDOW_STEP_S * RATE):
        part = wanted[start : start + length]
        if np.mean(part**2) < 0.2 * typical:
            continue
        centre = start + length / 2
        slack = _WINDOW_SLACK_S * RATE + _MOST_DRIFT * abs(centre - middle)
        about = round(start + coarse)
        first = max(0, about - round(slack))
        stop = min(len(given), about + length + round(slack))
        if stop - first < length:
            continue
        place, score = _best_lag(
            part, given[first:stop], known[first:stop], 0, stop - first - length
        )
        if score >= _needed(length / RATE):
            found.append((centre / RATE, (place + first - start) / RATE))
    return np.array(found).reshape(-1, 2)


def _line(lags: NDArray[np.float64]) -> tuple[float, float, float]:
    """Offset (s), slope and its standard error through (W, 2) times and lags."""
    times, values = lags.T
    if len(lags) < _LEAST_WINDOWS:
        return float(np.median(values)), 0.0, float(np.inf)
    later, earlier = np.triu_indices(len(lags), 1)[::-1]
    slope = float(np.median((values[later] - values[earlier]) / (times[later] - times[earlier])))
    rest = values - slope * times
    spread = 1.48 * float(np.median(np.abs(rest - np.median(rest)))) + 1e-4
    inside = np.abs(rest - np.median(rest)) < 3 * spread
    times, values = times[inside], values[inside]
    centred = times - times.mean()
    slope = float(centred @ values / (centred @ centred))
    residual = values - values.mean() - slope * centred
    # Windows overlap by half, so that there is news in every second one only.
    freedom = max(1.0, len(times) / 2 - 2)
    error = float(np.sqrt(residual @ residual / 2 / freedom / (centred @ centred / 2)))
    return float(values.mean() - slope * times.mean()), slope, error


def _agreement(
    wanted: NDArray[np.float64],
    given: NDArray[np.float64],
    known: NDArray[np.float64],
    offset: float,
    drift: float,
) -> tuple[float, float]:
    """Correlation of the two after correction, and seconds of both that it rests on."""
    places = np.arange(len(wanted)) * (1 + drift) + offset * RATE
    there = np.arange(len(given))
    moved = np.interp(places, there, given, left=0, right=0)
    usable = np.interp(places, there, known, left=0, right=0) > 0.99
    if usable.sum() < RATE or not moved[usable].any() or not wanted[usable].any():
        return 0.0, usable.sum() / RATE
    return float(np.corrcoef(wanted[usable], moved[usable])[0, 1]), usable.sum() / RATE
