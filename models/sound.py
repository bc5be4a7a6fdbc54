"""Sound in and out of files, at the engine's rate."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.face import Floats
from engine.timeline import SAMPLE_RATE

OPUS_RATE = 48_000
OPUS_FRAME = 960
"""Samples of one 20 ms packet at 48 kHz."""


def to_16k(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """int16 samples at ``rate`` Hz to 16 kHz."""
    if rate == SAMPLE_RATE:
        return samples
    common = math.gcd(rate, SAMPLE_RATE)
    sound = resample_poly(samples.astype(np.float64), SAMPLE_RATE // common, rate // common)
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def read_16k(source: Path | io.BytesIO) -> NDArray[np.int16]:
    """The first audio stream of anything that PyAV reads, as int16 at 16 kHz, mono."""
    opened = str(source) if isinstance(source, Path) else source
    parts: list[NDArray[np.int16]] = [np.zeros(0, np.int16)]
    with av.open(opened) as container:
        resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
        for frame in container.decode(audio=0):
            parts += [part.to_ndarray().reshape(-1) for part in resampler.resample(frame)]
        parts += [part.to_ndarray().reshape(-1) for part in resampler.resample(None)]
    return np.concatenate(parts)


def through_opus(samples: Floats, bit_rate: int) -> Floats:
    """``samples`` at 16 kHz after Opus at ``bit_rate`` bits per second, same length."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=OPUS_RATE)
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bit_rate
        stream.layout = "mono"
        fifo = av.AudioFifo()
        for frame in _at_opus_rate(samples):
            frame.pts = None
            fifo.write(frame)
        while (packet_frame := fifo.read(OPUS_FRAME, partial=True)) is not None:
            packet_frame.pts = None
            container.mux(stream.encode(packet_frame))
        container.mux(stream.encode(None))
    buffer.seek(0)
    decoded = read_16k(buffer)[: len(samples)].astype(np.float32) / 32768
    return np.pad(decoded, (0, len(samples) - len(decoded)))


def _at_opus_rate(samples: Floats) -> list[av.AudioFrame]:
    pcm = np.clip(samples * 32767, -32768, 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    frame.time_base = Fraction(1, SAMPLE_RATE)
    frame.pts = 0
    resampler = av.AudioResampler("s16", "mono", OPUS_RATE)
    return [*resampler.resample(frame), *resampler.resample(None)]
