"""The microphone's way in: RTP packets, put in order, decoded, made continuous."""

from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
from aiortc.rtp import RtpPacket

from server.ingest import INPUT_RATE, Ingest, Pcm
from server.rtc.reorder import Packet, ReorderBuffer, hold_for

MAX_PACKET_SAMPLES = INPUT_RATE * 120 // 1000
"""Samples of the longest Opus packet (RFC 6716, section 2: 120 ms)."""


class OpusDecoder:
    """Opus packets to 48 kHz mono; stereo is mixed down by the decoder itself."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        if not isinstance(codec, av.AudioCodecContext):
            raise TypeError("libopus is not an audio decoder")
        codec.sample_rate = INPUT_RATE
        codec.layout = "mono"
        codec.format = av.AudioFormat("s16")
        codec.thread_count = 1  # or FFmpeg keeps a pool of idle threads for each session
        self._codec = codec

    def decode(self, payload: bytes) -> Pcm:
        """Samples of one packet, shape (n,); empty when the packet is damaged."""
        if not payload:
            return np.zeros(0, np.int16)
        try:
            frames = self._codec.decode(av.Packet(payload))
        except av.FFmpegError:
            return np.zeros(0, np.int16)
        parts = [frame.to_ndarray().reshape(-1).astype(np.int16, copy=False) for frame in frames]
        return np.concatenate(parts)[:MAX_PACKET_SAMPLES] if parts else np.zeros(0, np.int16)


class Microphone:
    """Received packets in; calls ``deliver`` with blocks of 20 ms, continuously.

    ``now`` is a clock in seconds. Call ``tick`` every 10 to 20 ms.
    """

    def __init__(self, deliver: Callable[[Pcm], None], now: Callable[[], float]) -> None:
        self.ingest = Ingest(now())
        self.damaged = 0
        self._deliver = deliver
        self._now = now
        self._reorder = ReorderBuffer()
        self._decoder = OpusDecoder()
        self._source: int | None = None

    @property
    def lost(self) -> int:
        """Packets given up as lost."""
        return self._reorder.lost

    def receive(self, packet: RtpPacket) -> None:
        """Take a packet as it comes off the wire."""
        if packet.ssrc != self._source:
            self._source = packet.ssrc
            self._reorder.restart()
        now = self._now()
        entry = Packet(packet.sequence_number, packet.timestamp, packet.payload)
        self._decode(self._reorder.push(entry, now), now)

    def tick(self) -> None:
        """Give up overdue gaps and keep time going when nothing arrives."""
        now = self._now()
        self._decode(self._reorder.expire(now), now)
        for block in self.ingest.tick(now):
            self._deliver(block)

    def measured_round_trip(self, seconds: float | None) -> None:
        """Adapt the patience on a gap to the round-trip time."""
        self._reorder.hold = hold_for(seconds)

    def _decode(self, packets: list[Packet], now: float) -> None:
        for packet in packets:
            pcm = self._decoder.decode(packet.payload)
            if not len(pcm):
                self.damaged += 1
                continue
            for block in self.ingest.audio(packet.timestamp, pcm, now):
                self._deliver(block)
