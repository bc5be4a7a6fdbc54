"""Opus (RFC 6716), one packet for each 20 ms of 48 kHz mono."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from engine.encode.base import missing
from engine.timeline import HOP, SAMPLE_RATE, Samples

RATE = 48_000
PACKET = HOP * RATE // SAMPLE_RATE
"""Samples at 48 kHz in a packet: 960, 20 ms."""

PRE_SKIP = 312
"""libopus's look-ahead in samples at 48 kHz (RFC 7845, section 4.2): what comes out of a decoder
is this much later than what went in. Files skip it; live receivers do not."""

DELAY: Samples = PRE_SKIP * SAMPLE_RATE // RATE
"""The same on the media timeline, 6.5 ms: this stage's declared delay."""

SILENT_PACKET = b"\xf8\xff\xfe"
"""20 ms of digital silence, for any stream: mono, full band (RFC 6716, section 3.1) and CELT's flag
for silence (section 4.3), after which nothing else is read."""


class OpusEncoder:
    """libopus with in-band forward error correction (RFC 6716, section 2.1.7).

    Application "audio", not "voip": the latter filters the voice for intelligibility, and this
    one is to sound like its speaker. The packet loss that it is told to expect keeps speech in
    the hybrid mode, which is what can carry error correction.
    """

    def __init__(self, bitrate: int) -> None:
        try:
            context = av.CodecContext.create("libopus", "w")
        except ValueError as error:
            raise missing("libopus") from error
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = RATE
        context.layout = "mono"
        context.format = "s16"
        context.bit_rate = bitrate
        context.options = {
            "application": "audio",
            "frame_duration": "20",
            "fec": "1",
            "packet_loss": "5",
        }
        context.open()
        self._context = context
        self._time = 0

    def encode(self, pcm48: NDArray[np.int16]) -> bytes:
        """The packet of 960 samples, mono int16 at 48 kHz; ValueError for any other number."""
        if pcm48.shape != (PACKET,) or pcm48.dtype != np.int16:
            raise ValueError(f"sound {pcm48.shape} {pcm48.dtype}: want int16 ({PACKET},)")
        frame = AudioFrame.from_ndarray(pcm48[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        frame.pts = self._time
        self._time += PACKET
        (packet,) = self._context.encode(frame)
        return bytes(packet)
