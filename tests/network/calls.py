"""A microphone behind a bad network, in virtual time: what comes out of our way in, and when."""

from __future__ import annotations

import functools
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from aiortc.rtp import RtpPacket

from engine.encode.opus import OpusEncoder
from server.rtc.hooks import _RecentNack
from server.rtc.microphone import Microphone
from server.rtc.reorder import answer_time
from tests.network.link import Impairment, Link

PACKET_S = 0.02
TICK_S = 0.01
FEEDBACK_BYTES = 60


@functools.cache
def payloads() -> list[bytes]:
    """A second of a tone, an Opus packet each 20 ms."""
    encoder = OpusEncoder(32_000)
    phase = 2 * np.pi * 300 * np.arange(48_000) / 48_000
    pcm = (np.sin(phase) * 8000).astype(np.int16)
    return [encoder.encode(pcm[k : k + 960]) for k in range(0, 48_000, 960)]


@dataclass
class MicrophoneCall:
    """A sender that answers NACKs, two links and a `Microphone`; times in seconds.

    silent   spans in which the sender sends nothing, while its time goes on (DTX)
    restart  when it begins anew, with another SSRC, sequence and time
    ppm      by how much the sender's clock is slow
    """

    up: Impairment
    down: Impairment
    seed: int = 1
    silent: tuple[tuple[float, float], ...] = ()
    restart: float = float("inf")
    ppm: float = 0.0
    now: float = 0.0
    blocks: list[tuple[float, int]] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self._links = Link(self.up, 2 * self.seed), Link(self.down, 2 * self.seed + 1)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._arrived: dict[tuple[int, int], float] = {}
        self._history: dict[int, RtpPacket] = {}
        self.microphone = Microphone(self._deliver, lambda: self.now)
        trip = self.up.delay + self.down.delay + self.up.jitter / 2
        self.microphone.measured_round_trip(trip)
        self._nack = _RecentNack(lambda: answer_time(trip), lambda: self.now)
        self._watch_holding()

    def run(self, seconds: float) -> MicrophoneCall:
        """Speak for so long."""
        period = PACKET_S * (1 + self.ppm * 1e-6)
        for number in range(int(seconds / period)):
            self._at(number * period, functools.partial(self._send, number, number * period))
        for number in range(int(seconds / TICK_S)):
            self._at(number * TICK_S, self.microphone.tick)
        while self._events and self._events[0][0] <= seconds:
            self.now, _, event = heapq.heappop(self._events)
            event()
        return self

    @property
    def media_s(self) -> float:
        """Seconds of sound that have come out."""
        return sum(length for _, length in self.blocks) / 48_000

    def _at(self, time: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._count), event))

    def _send(self, number: int, time: float) -> None:
        if any(start <= time < end for start, end in self.silent):
            return
        again = time >= self.restart
        packet = RtpPacket(
            payload_type=111,
            sequence_number=(65_000 + self.sent + 30_000 * again) % 65_536,
            timestamp=(2**32 - 48_000 + number * 960 + 7_000_000 * again) % 2**32,
            payload=payloads()[number % 50],
        )
        packet.ssrc = 2 if again else 1
        self.sent += 1
        self._history[packet.sequence_number] = packet
        self._go_up(packet)

    def _go_up(self, packet: RtpPacket) -> None:
        at = self._links[0].pass_on(len(packet.payload) + 30, self.now)
        if at is not None:
            self._at(at, functools.partial(self._receive, packet))

    def _receive(self, packet: RtpPacket) -> None:
        self._arrived.setdefault((packet.ssrc, packet.sequence_number), self.now)
        if self._nack.add(packet):
            at = self._links[1].pass_on(FEEDBACK_BYTES, self.now)
            if at is not None:
                self._at(at, functools.partial(self._resend, sorted(self._nack.missing)))
        self.microphone.receive(packet)

    def _resend(self, sequences: list[int]) -> None:
        for sequence in sequences:
            if sequence in self._history:
                self._go_up(self._history[sequence])

    def _deliver(self, block: np.ndarray) -> None:
        self.blocks.append((self.now, len(block)))

    def _watch_holding(self) -> None:
        """Note for how long every packet is kept before it is decoded."""
        decode = self.microphone._decode

        def watched(packets, now):
            source = self.microphone._source
            for packet in packets:
                self.held.append(now - self._arrived.get((source, packet.sequence), now))
            decode(packets, now)

        self.microphone._decode = watched
