"""A bad network path, one way, as arithmetic: when does a packet come out, if at all?

No sockets and no clock: packets and times go in, times come out, and the same seed with the same
packets gives the same fate to each. What a packet meets, in this order: an outage, loss, the queue
before a bottleneck (a tail-drop FIFO), the way itself, and perhaps a detour that lets others
overtake it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

_APART = 1e-6
"""Seconds between packets in order at least: an event loop keeps no order of equal times."""


@dataclass(frozen=True, slots=True)
class Impairment:
    """What is wrong with a path; times in seconds.

    loss     share of the packets that is lost, 0..1
    burst    mean number of packets lost in a row, >= 1; 1 is independent loss. Otherwise the
             two-state model of Gilbert (Capacity of a Burst-Noise Channel, 1960)
    delay    that every packet takes, one way
    jitter   added to it, evenly distributed from 0 to this; order is kept
    reorder  share of the packets that take a detour
    detour   how much longer it is
    rate     bits per second of the bottleneck; None for no limit
    queue    how long a packet waits before the bottleneck at most; what would wait longer is lost
    outages  spans (from, to), on the clock of the packets, in which nothing passes
    overhead bytes that a packet takes besides its own: IPv4 and UDP headers
    """

    loss: float = 0.0
    burst: float = 1.0
    delay: float = 0.0
    jitter: float = 0.0
    reorder: float = 0.0
    detour: float = 0.03
    rate: float | None = None
    queue: float = 0.2
    outages: tuple[tuple[float, float], ...] = ()
    overhead: int = 28


class Link:
    """Decides the fate of each packet; ``sent``, ``lost`` and ``overflowed`` count them."""

    def __init__(self, impairment: Impairment, seed: int) -> None:
        self.impairment = impairment
        self.sent = 0
        self.lost = 0
        self.overflowed = 0
        self._random = random.Random(seed)
        self._losing = False
        self._free = float("-inf")
        self._last = float("-inf")

    def pass_on(self, size: int, now: float) -> float | None:
        """When a packet of ``size`` bytes that enters at ``now`` comes out; None if it is lost."""
        self.sent += 1
        # Always as many draws a packet, so that one setting does not change what another draws.
        lost, wait, astray = (self._random.random() for _ in range(3))
        wrong = self.impairment
        if self._lose(lost) or any(start <= now < end for start, end in wrong.outages):
            self.lost += 1
            return None
        entered = self._through_bottleneck(size, now)
        if entered is None:
            self.overflowed += 1
            return None
        arrival = entered + wrong.delay + wait * wrong.jitter
        if astray < wrong.reorder:
            return arrival + wrong.detour
        self._last = max(self._last + _APART, arrival)
        return self._last

    def _lose(self, draw: float) -> bool:
        wrong = self.impairment
        if wrong.burst <= 1 or not 0 < wrong.loss < 1:
            return draw < wrong.loss
        leave = 1 / wrong.burst
        enter = min(1.0, leave * wrong.loss / (1 - wrong.loss))
        self._losing = draw >= leave if self._losing else draw < enter
        return self._losing

    def _through_bottleneck(self, size: int, now: float) -> float | None:
        if self.impairment.rate is None:
            return now
        if self._free - now > self.impairment.queue:
            return None
        self._free = max(now, self._free) + 8 * (size + self.impairment.overhead) / (
            self.impairment.rate
        )
        return self._free
