"""Putting RTP packets back in order without waiting when nothing is missing.

A jitter buffer usually holds packets to smooth their arrival. Here nothing needs smoothing: the
playout re-times what leaves, so a packet in order goes on at once, and only a gap makes later
packets wait, for as long as a retransmission may take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE_SPACE = 1 << 16
RESTART_DISTANCE = 3000
"""Packets; a jump beyond it is a new stream (MAX_DROPOUT of RFC 3550, appendix A.1)."""

REORDER_HOLD = 0.02
"""Seconds a gap is held for a packet that was merely overtaken."""

MAX_HOLD = 0.1
"""Seconds beyond which waiting for a retransmission costs more than the loss."""

RESEND_MARGIN = 0.015
"""Seconds that a sender takes to answer a NACK, on top of the round trip."""

ANSWER_WEIGHT = 0.1
WORTH_WAITING = 0.3
"""Share of the gaps (a running mean with this weight) that must close for waiting to go on: some
senders answer no NACK, and each wait would only make the sound late."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One media packet: RTP sequence number (16 bit), timestamp (32 bit) and payload."""

    sequence: int
    timestamp: int
    payload: bytes


def answer_time(round_trip: float | None) -> float:
    """Seconds after which a request for a packet should have brought it, and may be repeated."""
    return REORDER_HOLD if round_trip is None else max(REORDER_HOLD, round_trip + RESEND_MARGIN)


def hold_for(round_trip: float | None, answered: float = 1.0) -> float:
    """Seconds to hold a gap, given the round-trip time in seconds (None while unknown).

    Time for two requests if that is within ``MAX_HOLD``, else for one; a retransmission that
    cannot arrive in time is not waited for, nor one from a sender who has ``answered`` too few.
    """
    if answered < WORTH_WAITING:
        return REORDER_HOLD
    once = answer_time(round_trip)
    waits = (hold for hold in (2 * once, once) if hold <= MAX_HOLD)
    return next(waits, REORDER_HOLD)


class ReorderBuffer:
    """Packets in, packets in order out; ``hold`` seconds of patience on a gap.

    ``round_trip`` (seconds, None while unknown) may be set at any time.
    """

    def __init__(self) -> None:
        self.round_trip: float | None = None
        self.lost = 0
        self._answered = 1.0
        self._next: int | None = None
        self._waiting: dict[int, tuple[float, Packet]] = {}

    @property
    def hold(self) -> float:
        """Seconds for which a gap is held now."""
        return hold_for(self.round_trip, self._answered)

    def push(self, packet: Packet, now: float) -> list[Packet]:
        """Take a packet at time ``now`` (seconds); return those that may go on, in order."""
        ahead = self._distance(packet.sequence)
        if ahead < -RESTART_DISTANCE or ahead > RESTART_DISTANCE:
            self.restart()
            ahead = 0
        if ahead < 0 or self._waiting_behind(ahead):
            self._note(answered=True)
        if ahead < 0:
            return []
        if self._next is None:
            self._next = packet.sequence
        self._waiting.setdefault(packet.sequence, (now, packet))
        return [*self._in_order(), *self.expire(now)]

    def expire(self, now: float) -> list[Packet]:
        """Give up on gaps older than ``hold``; return what was waiting behind them."""
        released: list[Packet] = []
        while self._waiting and now - self._waiting_since() >= self.hold:
            first = min(self._waiting, key=self._distance)
            self.lost += self._distance(first)
            self._note(answered=False)
            self._next = first
            released += self._in_order()
        return released

    def restart(self) -> None:
        """Forget the stream: the next packet begins a new one."""
        self._next = None
        self._waiting.clear()

    def _waiting_behind(self, ahead: int) -> bool:
        """Whether a packet so far ahead comes after a later one: it was overtaken or sent again."""
        return any(self._distance(sequence) > ahead for sequence in self._waiting)

    def _note(self, *, answered: bool) -> None:
        self._answered += ANSWER_WEIGHT * (answered - self._answered)

    def _waiting_since(self) -> float:
        """When the first of those that wait arrived: that showed the gap."""
        return min(arrival for arrival, _ in self._waiting.values())

    def _in_order(self) -> Iterator[Packet]:
        while self._next is not None and self._next in self._waiting:
            yield self._waiting.pop(self._next)[1]
            self._next = (self._next + 1) % SEQUENCE_SPACE

    def _distance(self, sequence: int) -> int:
        """Signed steps from the next expected sequence number, modulo 2^16."""
        if self._next is None:
            return 0
        half = SEQUENCE_SPACE // 2
        return (sequence - self._next + half) % SEQUENCE_SPACE - half
