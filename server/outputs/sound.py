"""The sound of a file that is written: 48 kHz mono, encoded as the container wants it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from numpy.typing import NDArray

RATE = 48_000
BITRATE = 96_000


class SoundTrack:
    """A track of ``container`` for samples as they come; encoder ``codec`` takes ``layout``.

    Whoever has packets of the codec already writes them to ``stream`` instead.
    """

    def __init__(self, container: OutputContainer, codec: str, layout: str) -> None:
        self._layout = layout
        stream = container.add_stream(codec, rate=RATE)
        assert isinstance(stream, AudioStream)
        self.stream = stream
        self.stream.layout = "mono"
        self.stream.format = layout
        self.stream.bit_rate = BITRATE
        self.stream.time_base = Fraction(1, RATE)
        self._samples = 0

    def encode(self, pcm: NDArray[np.int16]) -> list[Packet[Any]]:
        """The packets that mono int16 samples (n,) at 48 kHz complete."""
        samples = pcm[None]
        if self._layout == "fltp":
            samples = (samples.astype(np.float32) / 32768).astype(np.float32)
        frame = AudioFrame.from_ndarray(samples, format=self._layout, layout="mono")
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        frame.pts = self._samples
        self._samples += len(pcm)
        return self.stream.encode(frame)

    def finish(self) -> list[Packet[Any]]:
        """The packets that are left."""
        return self.stream.encode(None) if self._samples else []
