"""The parts that sounds are put together from: sources, resonances, envelopes, strikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from scipy.signal import butter, sosfilt

from engine.timeline import SAMPLE_RATE
from models.acoustics import Sound

_FRAME, _STEP, _FFT = 256, 128, 512
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FRAME) / _FRAME)
_FREQUENCY = np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT


def samples(seconds: float) -> int:
    """The length of a sound."""
    return max(1, round(seconds * SAMPLE_RATE))


def track(length: int, points: Sequence[float] | Sound) -> Sound:
    """(length,) straight lines through evenly spaced points."""
    return np.interp(np.linspace(0, len(points) - 1, length), np.arange(len(points)), points)


def swell(length: int, rise: float, fall: float) -> Sound:
    """(length,) 0 to 1 within the share ``rise`` of the length, back within ``fall``: smooth."""
    place = np.linspace(0, 1, length)
    edge = np.minimum(np.minimum(place / rise, (1 - place) / fall), 1)
    return np.asarray(np.sin(np.pi / 2 * np.clip(edge, 0, 1)) ** 2)


def fading(length: int, seconds: float) -> Sound:
    """(length,) exponential decay with this time constant."""
    return np.exp(-np.arange(length) / (seconds * SAMPLE_RATE))


def noise_band(length: int, low: float, high: float, choice: Generator) -> Sound:
    """Noise of unit RMS between two frequencies in Hz, with soft edges."""
    edges = [max(20.0, low), min(7900.0, high)]
    shaped = sosfilt(
        butter(1, edges, "band", fs=SAMPLE_RATE, output="sos"),
        choice.standard_normal(length + 400),
    )[400:]
    return np.asarray(shaped / (shaped.std() + 1e-9))


def glottal(f0: Sound, tension: float, choice: Generator) -> Sound:
    """A voice's source for a pitch track in Hz: one Rosenberg (1971) pulse a period, derived.

    ``tension`` 0 (breathy, round) to 1 (pressed, sharp). Periods are jittered a little.
    """
    jitter = 1 + 0.02 * np.repeat(choice.standard_normal(len(f0) // 64 + 1), 64)[: len(f0)]
    phase = np.cumsum(f0 * jitter) / SAMPLE_RATE % 1
    open_share = 0.85 - 0.4 * tension
    closing = open_share * (0.45 - 0.3 * tension)
    opening = open_share - closing
    rising = 0.5 * (1 - np.cos(np.pi * phase / opening))
    falling = np.cos(0.5 * np.pi * (phase - opening) / closing)
    flow = np.where(phase < opening, rising, np.where(phase < open_share, falling, 0))
    pulse = np.diff(flow, prepend=0.0)
    return np.asarray(pulse / (pulse.std() + 1e-9))


def resonate(source: Sound, formants: Sound, bandwidths: Sequence[float]) -> Sound:
    """``source`` through resonances that move.

    ``formants`` (points, K) Hz at evenly spaced points, ``bandwidths`` K of them in Hz. Filtered
    in the frequency domain frame by frame (overlap-add), so that the tracks may be anything.
    """
    padded = np.pad(source, (_FRAME, _FRAME))
    starts = np.arange(0, len(padded) - _FRAME, _STEP)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[starts] * _HANN
    squared = _FREQUENCY**2
    response = np.ones((len(starts), len(_FREQUENCY)))
    for column, width in zip(formants.T, bandwidths, strict=True):
        centre = track(len(starts), column)[:, None] ** 2
        response *= centre / np.sqrt((squared - centre) ** 2 + squared * width**2)
    filtered = np.fft.irfft(np.fft.rfft(frames, _FFT) * response, _FFT)
    out = np.zeros(len(padded) + _FFT)
    for first in range(0, _FFT, _STEP):
        # Frames that lie _FFT apart do not overlap: each turn adds one quarter of them at once.
        rows = filtered[first // _STEP :: _FFT // _STEP]
        out[first : first + rows.size] += rows.reshape(-1)[: len(out) - first]
    return np.asarray(out[_FRAME : _FRAME + len(source)])


def struck(frequencies: Sound, decays: Sound, amplitudes: Sound, seconds: float) -> Sound:
    """What rings after a blow: damped sinusoids with these Hz, time constants in s, amplitudes."""
    time = np.arange(samples(seconds)) / SAMPLE_RATE
    waves = np.sin(2 * np.pi * np.outer(frequencies, time)) * np.exp(-np.outer(1 / decays, time))
    return np.asarray(amplitudes @ waves)


def put(canvas: Sound, sound: Sound, at: int) -> None:
    """Add ``sound`` to ``canvas`` from sample ``at`` on, as far as it reaches."""
    first, stop = max(0, at), min(len(canvas), at + len(sound))
    if stop > first:
        canvas[first:stop] += sound[first - at : stop - at]


def peaked(sound: Sound) -> Sound:
    """The sound with its largest sample at 1."""
    return np.asarray(sound / (np.abs(sound).max() + 1e-9))
