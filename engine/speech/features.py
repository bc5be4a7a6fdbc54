"""Streaming log-mel features, the one implementation used in training and at run time.

40 mel bands from 60 to 7600 Hz (mel = 2595 log10(1 + f/700), O'Shaughnessy 1987), 25 ms Hann
windows every 10 ms. Frame t sees the 400 samples that end at (t + 1) * 160: it never looks ahead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.face import Floats
from engine.timeline import SAMPLE_RATE

MELS = 40
WINDOW = 400
STRIDE = 160
FFT = 512
LOW_HZ, HIGH_HZ = 60.0, 7600.0
FLOOR = 1e-5
"""Added to each band's power before the logarithm: about the level of a quiet room."""


def mel_filters(centres_hz: NDArray[np.float64] | None = None) -> Floats:
    """(257, 40) triangular filters, each with unit sum.

    ``centres_hz`` (42,) replaces the band edges and centres; training warps them to vary the
    length of the vocal tract.
    """
    edges = mel_edges() if centres_hz is None else centres_hz
    frequency = np.arange(FFT // 2 + 1) * SAMPLE_RATE / FFT
    low, mid, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequency[:, None] - low) / (mid - low)
    falling = (high - frequency[:, None]) / (high - mid)
    filters = np.clip(np.minimum(rising, falling), 0, None)
    filters /= filters.sum(axis=0, keepdims=True)
    return filters.astype(np.float32)


def mel_edges() -> NDArray[np.float64]:
    """(42,) edges and centres of the bands in Hz, evenly spaced in mel."""

    def mel(hz: float) -> float:
        return float(2595 * np.log10(1 + hz / 700))

    points = np.linspace(mel(LOW_HZ), mel(HIGH_HZ), MELS + 2)
    return np.asarray(700 * (10 ** (points / 2595) - 1))


_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
_FILTERS = mel_filters()


def log_mel(samples: Floats, filters: Floats = _FILTERS) -> Floats:
    """(T, 40) frames of ``samples`` float32 in [-1, 1]: len = (T - 1) * 160 + 400, oldest first."""
    sound = np.ascontiguousarray(samples, np.float32)
    # Overlapping windows of it, without a copy; numpy checks that they lie within.
    shape, step = ((len(sound) - WINDOW) // STRIDE + 1, WINDOW), sound.itemsize
    frames = np.ndarray(shape, np.float32, sound, strides=(STRIDE * step, step))
    spectrum = np.fft.rfft(frames * _HANN, FFT)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return np.asarray(np.log(power @ filters + FLOOR), dtype=np.float32)


class LogMel:
    """Log-mel frames of a stream: push whole strides of samples, get one frame for each."""

    def __init__(self) -> None:
        self._tail = np.zeros(WINDOW - STRIDE, np.float32)

    def push(self, samples: Floats) -> Floats:
        """(n / 160, 40) frames for n samples, n a multiple of 160, float32 in [-1, 1]."""
        joined = np.concatenate([self._tail, samples])
        self._tail = joined[len(joined) - (WINDOW - STRIDE) :].copy()
        return log_mel(joined)
