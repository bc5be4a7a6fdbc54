"""When encoded media leaves: one moment for the sound and the picture of the same media time.

``release(time) = epoch + time / 16000`` for every unit of a session, so lips and sound leave
together by construction. The epoch follows the arrival of units: a unit that comes later than
planned moves it at once, and slack is taken back slowly, so that a receiver's jitter buffer can
follow. Media time runs on the microphone's clock, this on the server's: following the arrivals
follows their drift too. ``Playout`` decides and has no clock; ``PlayoutDriver`` is its alarm.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable

from engine.timeline import SAMPLE_RATE, Samples
from engine.units import EventUnit, Unit, VideoUnit

WINDOW = 2.0
"""Seconds of arrivals that the epoch is planned for."""

MARGIN = 0.003
"""Seconds kept above the latest arrival in the window."""

SLEW = 0.010
"""Seconds per second by which the epoch moves when nothing forces it: 1 %, inaudible."""

MAX_SLEW = 0.100
RECOVERY = 4.0
"""After a stall, delay is given back faster: in ``RECOVERY`` seconds at that pace, with at most
``MAX_SLEW``, which a receiver's jitter buffer still turns into speech at its natural pitch."""

REFERENCE_SLEW = 0.001
"""The same for the reference clock of sender reports; see ``Playout.reference``."""

SETTLE_WINDOW = 0.5
"""Seconds of arrivals that count when a session settles."""

MAX_WAITING = 256
"""Units held back at most (over 2 s of sound and picture)."""


class Playout:
    """Units in as they are made, out when they are due; times in seconds of any one clock."""

    def __init__(self) -> None:
        self.late = 0
        self.dropped = 0
        self._epoch: float | None = None
        self._reference = 0.0
        self._updated = 0.0
        self._arrivals: deque[tuple[float, float]] = deque()
        self._waiting: list[tuple[Samples, int, Unit]] = []
        self._count = 0

    @property
    def epoch(self) -> float | None:
        """When media time 0 leaves (or would have left); None before the first unit."""
        return self._epoch

    def reference(self, time: Samples) -> float | None:
        """Clock time that sender reports give to a media time.

        It follows the epoch, but too slowly to matter between two reports: a receiver compares
        the reports of two streams that were sent up to 1.5 s apart, and a jump of the epoch in
        between would look like sound and picture drifting apart.
        """
        return None if self._epoch is None else self._reference + time / SAMPLE_RATE

    def offer(self, unit: Unit, now: float) -> list[Unit]:
        """Take a unit at ``now``; returns units dropped because too many were waiting."""
        if not isinstance(unit, EventUnit):
            self._arrived(unit, now)
        heapq.heappush(self._waiting, (unit.time, self._count, unit))
        self._count += 1
        overflow: list[Unit] = []
        while len(self._waiting) > MAX_WAITING:
            overflow.append(heapq.heappop(self._waiting)[2])
        self.dropped += len(overflow)
        return overflow

    def due(self, now: float) -> list[Unit]:
        """The units that leave at ``now``, ordered by media time."""
        self._follow(now)
        released: list[Unit] = []
        while self._waiting and self._release(self._waiting[0][0]) <= now:
            released.append(heapq.heappop(self._waiting)[2])
        return released

    def next_release(self) -> float | None:
        """When ``due`` has something next; None while nothing waits."""
        return self._release(self._waiting[0][0]) if self._waiting else None

    def settle(self, now: float) -> None:
        """Plan afresh from the latest arrivals, when nobody has heard anything yet."""
        while self._arrivals and self._arrivals[0][0] < now - SETTLE_WINDOW:
            self._arrivals.popleft()
        if self._arrivals:
            self._epoch = self._reference = self._arrivals[0][1] + MARGIN
        self.late = 0

    def _release(self, time: Samples) -> float:
        return (self._epoch or 0.0) + time / SAMPLE_RATE

    def _arrived(self, unit: Unit, now: float) -> None:
        offset = now - unit.time / SAMPLE_RATE
        while self._arrivals and self._arrivals[-1][1] <= offset:
            self._arrivals.pop()
        self._arrivals.append((now, offset))
        if self._epoch is None:
            self._epoch = self._reference = offset + MARGIN
            self._updated = now
        self._follow(now)
        if offset > self._epoch:
            self._epoch = offset
            self.late += isinstance(unit, VideoUnit)

    def _follow(self, now: float) -> None:
        """Move the epoch towards the latest arrival of the window, plus the margin."""
        while len(self._arrivals) > 1 and self._arrivals[0][0] < now - WINDOW:
            self._arrivals.popleft()
        if self._epoch is None:
            return
        elapsed = max(0.0, now - self._updated)
        self._updated = max(now, self._updated)
        target = self._arrivals[0][1] + MARGIN
        error = target - self._epoch
        pace = min(MAX_SLEW, max(SLEW, abs(error) / RECOVERY))
        self._epoch += _limited(error, pace * elapsed)
        self._reference += _limited(self._epoch - self._reference, REFERENCE_SLEW * elapsed)


def _limited(value: float, limit: float) -> float:
    return min(limit, max(-limit, value))


class PlayoutDriver:
    """Runs a ``Playout`` on an event loop: calls ``sink`` with each unit when it is due."""

    def __init__(self, playout: Playout, sink: Callable[[Unit], None]) -> None:
        self._playout = playout
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    def offer(self, unit: Unit) -> list[Unit]:
        """Take a unit; those already due leave before this returns. Returns dropped units."""
        if self._closed:
            return []
        dropped = self._playout.offer(unit, self._loop.time())
        self._run()
        return dropped

    def close(self) -> None:
        """Release nothing more."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()

    def _run(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for unit in self._playout.due(self._loop.time()):
            self._sink(unit)
        following = self._playout.next_release()
        if following is not None and not self._closed:
            self._alarm = self._loop.call_at(following, self._run)
