"""The same words said with another feeling, by plain signal processing.

Pitch and rate by pitch-synchronous overlap-add (Moulines & Charpentier 1990), then level and
spectral tilt. What each feeling does to them follows the directions of Banse & Scherer (1996) and
of Juslin & Laukka (2003); the sizes are moderate ones. It is a voice that has the cues, no actor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.behaviour.material import Signal, Talk
from engine.timeline import HOP, SAMPLE_RATE
from engine.voice import Heard


@dataclass(frozen=True, slots=True)
class Manner:
    """Changes: pitch in semitones, factor of its range, factor of the rate, level in dB, dB per
    octave that the spectrum above 500 Hz gains, and factor of the formants: lips that are drawn
    back shorten the tract (Tartter 1980)."""

    semitones: float = 0.0
    range: float = 1.0
    rate: float = 1.0
    level_db: float = 0.0
    tilt_db: float = 0.0
    formants: float = 1.0


NEUTRAL = Manner()
MANNERS: dict[str, Manner] = {
    "angry": Manner(3.0, 1.4, 1.15, 8.0, 3.0),
    "joyful": Manner(4.0, 1.8, 1.10, 4.0, 0.0, 1.08),
    "neutral": NEUTRAL,
    "sad": Manner(-2.0, 0.55, 0.80, -6.0, -2.5),
}

_UNVOICED_S = 0.008
_LOWEST, _HIGHEST = 65.0, 500.0
_TILT_FROM_HZ, _TILT_OCTAVES = 500.0, 3.0


def acted(talk: Talk, heard: Sequence[Heard], manner: Manner, from_s: float) -> Talk:
    """The talk as it is up to ``from_s``, and in that manner from there on.

    What comes first lets the engine learn the speaker's own mean. ``heard`` is the engine's
    hearing of the talk; spans after ``from_s`` are moved with the rate.
    """
    first = round(from_s * SAMPLE_RATE)
    part = talk.samples[first:].astype(float)
    hops = [one.prosody.f0_hz for one in heard[first // HOP :]]
    voiced = np.array([hz for hz in hops if hz] or [120.0])
    middle = float(np.median(voiced))
    spoken = _resynthesised(part, np.array(hops), middle, manner)
    spoken = _tilted(spoken, manner.tilt_db)
    gain = 10 ** (manner.level_db / 20) * _rms(part) / max(1e-9, _rms(spoken))

    def moved(spans: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        times = [tuple(t if t < from_s else from_s + (t - from_s) / manner.rate for t in span)
                 for span in spans]  # fmt: skip
        return tuple((start, end) for start, end in times)

    samples = np.concatenate([talk.samples[:first], np.clip(gain * spoken, -1, 1)])
    return replace(
        talk,
        samples=samples.astype(np.float32),
        phrases=moved(talk.phrases),
        turns=moved(talk.turns),
    )


def _resynthesised(part: Signal, f0: Signal, middle: float, manner: Manner) -> Signal:
    """Grains of two periods about the old marks, set at new ones."""
    marks, periods, voiced = _marks(part, f0)
    out = np.zeros(int(len(part) / manner.rate) + 4000)
    at = float(marks[0]) / manner.rate
    while at < len(out) - 4000:
        source = int(np.argmin(np.abs(marks - at * manner.rate)))
        period = int(periods[source])
        lo = int(marks[source]) - period
        if lo >= 0 and lo + 2 * period <= len(part):
            start = max(0, round(at) - period)
            grain = _narrowed(part[lo : lo + 2 * period], manner.formants)
            out[start : start + 2 * period] += grain * np.hanning(2 * period + 1)[:-1]
        at += _new_period(period, bool(voiced[source]), middle, manner)
    return out[: int(len(part) / manner.rate)]


def _narrowed(grain: Signal, formants: float) -> Signal:
    """The grain drawn together about its middle, so that its resonances rise by that factor."""
    if formants == 1:
        return grain
    offsets = (np.arange(len(grain)) - len(grain) / 2) * formants + len(grain) / 2
    return np.asarray(np.interp(offsets, np.arange(len(grain)), grain, left=0.0, right=0.0))


def _new_period(period: int, voiced: bool, middle: float, manner: Manner) -> float:
    if not voiced:
        return float(period)
    off = np.log2(SAMPLE_RATE / period / middle)
    hz = middle * 2 ** (manner.range * off + manner.semitones / 12)
    return SAMPLE_RATE / float(np.clip(hz, _LOWEST, _HIGHEST))


def _marks(part: Signal, f0: Signal) -> tuple[Signal, Signal, Signal]:
    """Pitch marks on the strongest sample of each period, and their periods in samples."""
    marks, periods, voiced = [], [], []
    at = float(round(SAMPLE_RATE / _LOWEST))
    while at < len(part) - 400:
        hop = min(len(f0) - 1, int(at) // HOP + 1)
        said = f0[hop] > 0
        period = SAMPLE_RATE / f0[hop] if said else _UNVOICED_S * SAMPLE_RATE
        if said:
            lo, hi = int(at - 0.2 * period), int(at + 0.2 * period) + 1
            at = float(lo + np.argmax(part[lo:hi]))
        marks.append(at)
        periods.append(round(period))
        voiced.append(said)
        at += period
    return np.array(marks), np.array(periods), np.array(voiced)


def _tilted(signal: Signal, db_per_octave: float) -> Signal:
    spectrum = np.fft.rfft(signal)
    hertz = np.fft.rfftfreq(len(signal), 1 / SAMPLE_RATE)
    octaves = np.clip(np.log2(np.maximum(hertz, 1) / _TILT_FROM_HZ), 0, _TILT_OCTAVES)
    return np.asarray(np.fft.irfft(spectrum * 10 ** (db_per_octave * octaves / 20), len(signal)))


def _rms(signal: Signal) -> float:
    return float(np.sqrt(np.mean(signal**2)))
