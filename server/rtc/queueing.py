"""Whether packets wait before a bottleneck, out of how long our reports take to be answered.

A queue lengthens the round trip of everything that passes it (as TCP Vegas has it: Brakmo and
Peterson, TCP Vegas: End to End Congestion Avoidance on a Global Internet, 1995). A receiver tells
when it got the last sender report and how long ago that was (RFC 3550, section 6.4.1), so each
report measures the queue that it met.
"""

from __future__ import annotations

from collections import deque

LONG = 0.035
"""Seconds above the shortest round trip that are a queue: two packets of a narrow network and the
sound between them take less."""

UNSTEADY = 3.0
"""Times the mean difference between round trips that are allowed on top: jitter is no queue."""

SMOOTHING = 0.04
"""Share of each difference in their mean: some five seconds."""

MEMORY = 40.0
"""Seconds for which the shortest round trip is remembered."""

SURE = 2
"""Long round trips on end that are a queue where nothing else tells of a narrow network: one alone
may be a stall at either end."""

STUBBORN = 20
"""Queues told of on end that sending less has not shortened: the way itself is longer now."""


EVEN = 0.008
"""Mean difference between round trips, in seconds, up to which packets come evenly: reports alone
differ by a few milliseconds."""


class QueueWatch:
    """Takes round trips and says when there is a queue; seconds of any one clock."""

    def __init__(self) -> None:
        self._shortest: deque[tuple[float, float]] = deque()
        self._last: float | None = None
        self._difference = 0.0
        self._told = 0

    @property
    def even(self) -> bool:
        """Whether there is no queue, and round trips hardly differ."""
        return self._told == 0 and self._difference <= EVEN

    def measured(self, round_trip: float, now: float, *, narrow: bool = True) -> bool:
        """A round trip took so long; True where there is a queue.

        ``narrow`` says that one is to be expected: the first long round trip tells of it then.
        """
        shortest = self._least(round_trip, now)
        allowed = LONG + UNSTEADY * self._note_difference(round_trip)
        if round_trip <= shortest + allowed:
            self._told = 0
            return False
        self._told += 1
        if self._told > STUBBORN:
            self._told = 0
            self._shortest.clear()
        return self._told >= (1 if narrow else SURE)

    def _least(self, round_trip: float, now: float) -> float:
        trips = self._shortest
        while trips and trips[-1][1] >= round_trip:
            trips.pop()  # what is older and longer is never the shortest again
        trips.append((now, round_trip))
        while trips[0][0] < now - MEMORY:
            trips.popleft()
        return trips[0][1]

    def _note_difference(self, round_trip: float) -> float:
        """The mean difference before this one. That of a queue which fills counts for no more than
        ``LONG``, or the next would go unseen.
        """
        before = self._difference
        if self._last is not None:
            change = min(LONG, abs(round_trip - self._last))
            self._difference += SMOOTHING * (change - self._difference)
        self._last = round_trip
        return before
