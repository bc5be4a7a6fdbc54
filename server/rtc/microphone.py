"""The microphone's way in: RTP packets, put in order, decoded, made continuous."""

from __future__ import annotations

from collections.abc import Callable

from aiortc.rtp import RtpPacket

from server.ingest import Ingest, Pcm
from server.rtc.opus import open_decoder
from server.rtc.reorder import Packet, ReorderBuffer

STRAGGLING = 1.0
"""Seconds of quiet from its successor after which a source that was left is listened to again:
until then, what it sends is what was still on its way."""


class Microphone:
    """Received packets in; calls ``deliver`` with blocks of 20 ms, continuously.

    ``now`` is a clock in seconds. Call ``tick`` every 10 to 20 ms.
    """

    def __init__(self, deliver: Callable[[Pcm], object], now: Callable[[], float]) -> None:
        self.ingest = Ingest(now())
        self.damaged = 0
        self._deliver = deliver
        self._now = now
        self._reorder = ReorderBuffer()
        self._decoder = open_decoder()
        self._source: int | None = None
        self._known: set[int] = set()
        self._heard_at = 0.0

    @property
    def lost(self) -> int:
        """Packets given up as lost."""
        return self._reorder.lost

    def receive(self, packet: RtpPacket) -> None:
        """Take a packet as it comes off the wire."""
        now = self._now()
        if packet.ssrc != self._source:
            if packet.ssrc in self._known and now - self._heard_at < STRAGGLING:
                return
            self._source = packet.ssrc
            self._known.add(packet.ssrc)
            self._reorder.restart()
        self._heard_at = now
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
        self._reorder.round_trip = seconds

    def _decode(self, packets: list[Packet], now: float) -> None:
        for packet in packets:
            hole = self.ingest.hole(packet.timestamp)
            fill = self._decoder.conceal(hole, packet.payload) if hole else None
            pcm = self._decoder.decode(packet.payload)
            if not len(pcm):
                self.damaged += 1
                continue
            for block in self.ingest.audio(packet.timestamp, pcm, now, fill):
                self._deliver(block)
