"""PCM in: whole hops from chunks of any size, and 48 kHz brought down to the 16 kHz media clock."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.face import Floats
from engine.timeline import HOP, SAMPLE_RATE, Samples

PCM = NDArray[np.int16]
INPUT_RATE = 48_000
"""Rate of the PCM that a session takes: WebRTC's, so that the voice goes back in full band."""

DECIMATION = INPUT_RATE // SAMPLE_RATE
INPUT_HOP = HOP * DECIMATION

_TAPS = 61
_CUTOFF_HZ = 7200.0
RESAMPLE_DELAY: Samples = (_TAPS - 1) // 2 // DECIMATION
"""Group delay of the decimation filter on the media clock: 10 samples, 0.6 ms."""


def _low_pass() -> Floats:
    """Kaiser-windowed sinc (beta 8: about 80 dB stop band), unit gain at zero frequency."""
    n = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(2 * _CUTOFF_HZ / INPUT_RATE * n) * np.kaiser(_TAPS, 8.0)
    return np.asarray(taps / taps.sum(), dtype=np.float32)


class Hops:
    """Cuts a stream into hops of 960 samples at 48 kHz, so that chunking never shows."""

    def __init__(self) -> None:
        self._held = np.zeros(0, np.int16)

    def push(self, pcm: PCM) -> Iterator[PCM]:
        """Whole hops; what is left over waits. InvalidInput unless mono int16."""
        if pcm.dtype != np.int16 or pcm.ndim != 1:
            raise InvalidInput("pcm", f"{pcm.dtype} {pcm.shape}", "push one channel of int16")
        joined = np.concatenate([self._held, pcm])
        whole = len(joined) // INPUT_HOP * INPUT_HOP
        self._held = joined[whole:].copy()
        for start in range(0, whole, INPUT_HOP):
            yield joined[start : start + INPUT_HOP]

    @property
    def held(self) -> int:
        """Samples at 48 kHz that wait for their hop to fill."""
        return len(self._held)


class Decimator:
    """48 kHz int16 hops to 16 kHz float32 in [-1, 1], linear phase, late by RESAMPLE_DELAY."""

    def __init__(self) -> None:
        self._taps = _low_pass()[::-1].copy()
        self._tail = np.zeros(_TAPS - 1, np.float32)

    def push(self, hop: PCM) -> Floats:
        """(n / 3,) samples for (n,) samples, n a multiple of 3."""
        joined = np.concatenate([self._tail, hop.astype(np.float32) / 32768])
        self._tail = joined[len(hop) :].copy()
        # Overlapping windows of it, without a copy; numpy checks that they lie within.
        shape, step = (len(hop) // DECIMATION, _TAPS), joined.itemsize
        windows = np.ndarray(shape, np.float32, joined, strides=(DECIMATION * step, step))
        return np.asarray(windows @ self._taps, dtype=np.float32)
