"""When encoded media leaves: sound and picture of the same media time by one rule.

``release(time) = epoch + time / 16000`` for every unit of a session, and for sound up to
``SOUND_LEAD`` before that if it has been made by then, so lips and sound are seen and heard
together by construction. The epoch follows the arrival of units, and with them the drift of the
microphone's clock, on which media time runs. It jumps only for sound that comes later than planned,
since a gap is then unavoidable. For pictures it gives way smoothly: a listener's jitter buffer
takes every jump for jitter and adds delay of its own, so one picture that is late leaves late,
alone. ``Playout`` decides and has no clock; ``PlayoutDriver`` is its alarm.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable

from engine.timeline import SAMPLE_RATE, Samples
from engine.units import AudioUnit, Unit, VideoUnit

SOUND_WINDOW = 2.0
"""Seconds of arrivals of sound of which the latest counts."""

PICTURE_WINDOW = 8.0
LATE_SHARE = 0.02
"""Of the pictures of the last ``PICTURE_WINDOW`` seconds, so many may be later than planned."""

SOUND_LEAD = 0.020
"""Seconds by which sound leaves before its picture, at most. A receiver shows a picture some 10 ms
after it came and keeps sound for 30 to 50, in its jitter buffer and its device (both measured in
Chromium, see `visavis bench latency`); differences below 30 ms it does not even out itself."""

MARGIN = 0.003
"""Seconds kept above what the arrivals need."""

SLEW = 0.010
"""Seconds per second by which delay is given back: 1 %, too slow to be heard."""

RISE = 0.020
"""The same where pictures need more time."""

MAX_SLEW = 0.100
"""Limit where much is to be made good: a tenth, at which a receiver's jitter buffer still turns
packets into speech at its natural pitch."""

FALL_TIME = 1.0
"""Seconds over which more than ``SLEW`` would give back is spread."""

REFERENCE_SLEW = 0.001
"""The same for the reference clock of sender reports; see ``Playout.reference``."""

FIRST_PICTURES = 3
FIRST_PATIENCE = 1.0
"""Nothing leaves before so many pictures have come, or so many seconds have passed: the first
takes several times as long to make as the next."""

HEADROOM = 0.05
"""Seconds more than needed at the start: a browser that begins to play disturbs the engine on
the same machine, and a listener's jitter buffer remembers an early gap for ten seconds."""

SETTLE_TIME = 1.5
SETTLE_WINDOW = 0.5
"""Seconds of arrivals that count at the start and, once more, ``SETTLE_TIME`` later: what comes
before is the cost of getting going."""

MAX_WAITING = 384
"""Units held back at most (over 2 s of sound, picture, motion and phones)."""


class Playout:
    """Units in as they are made, out when they are due; times in seconds of any one clock."""

    def __init__(self) -> None:
        self.late = 0
        self.dropped = 0
        self._epoch: float | None = None
        self._reference = 0.0
        self._updated = 0.0
        self._first_at: float | None = None
        self._settling_until: float | None = None
        self._sound: deque[tuple[float, float]] = deque()
        self._pictures: deque[tuple[float, float]] = deque()
        self._needed = float("-inf")
        self._spare = 0.0
        self._lead = 0.0
        self._last_sound: tuple[Samples, float] = (0, float("-inf"))
        self._waiting: list[tuple[float, int, Unit]] = []
        self._count = 0

    @property
    def epoch(self) -> float | None:
        """When media time 0 leaves (or would have left); None before there is a picture."""
        return self._epoch

    @property
    def waiting(self) -> int:
        """Units that are not due yet."""
        return len(self._waiting)

    @property
    def lead(self) -> float:
        """Seconds by which sound leaves before its picture now, at most ``SOUND_LEAD``."""
        return self._lead

    def reference(self, time: Samples) -> float | None:
        """Clock time that sender reports give to a media time.

        It follows the epoch, but too slowly to matter between two reports: a receiver compares
        the reports of two streams that were sent up to 1.5 s apart, and a jump of the epoch in
        between would look like sound and picture drifting apart.
        """
        return None if self._epoch is None else self._reference + time / SAMPLE_RATE

    def offer(self, unit: Unit, now: float) -> list[Unit]:
        """Take a unit at ``now``; returns units dropped because too many were waiting."""
        if isinstance(unit, AudioUnit | VideoUnit):
            self._arrived(unit, now)
        leaves = unit.time / SAMPLE_RATE
        if isinstance(unit, AudioUnit):
            leaves -= self._lead
            if unit.time > self._last_sound[0]:  # in order even where the lead grows all at once
                leaves = max(leaves, self._last_sound[1])
            self._last_sound = unit.time, leaves
        heapq.heappush(self._waiting, (leaves, self._count, unit))
        self._count += 1
        overflow: list[Unit] = []
        while len(self._waiting) > MAX_WAITING:
            overflow.append(heapq.heappop(self._waiting)[2])
        self.dropped += len(overflow)
        return overflow

    def due(self, now: float) -> list[Unit]:
        """The units that leave at ``now``, in the order in which they are due."""
        self._follow(now)
        released: list[Unit] = []
        while (due := self.next_release()) is not None and due <= now:
            released.append(heapq.heappop(self._waiting)[2])
        return released

    def next_release(self) -> float | None:
        """When ``due`` has something next; None while nothing waits or nothing has begun."""
        if self._epoch is None or not self._waiting:
            return None
        return self._epoch + self._waiting[0][0]

    def settle(self, now: float) -> None:
        """Plan afresh from the latest arrivals, when nobody has heard anything yet."""
        recent = self._pictures and self._pictures[-1][0] >= now - SETTLE_WINDOW
        if self._epoch is not None and recent:
            self._plan(now, SETTLE_WINDOW)
            self._set_out(now)
        self.late = 0

    def _begin(self, now: float) -> None:
        """Plan from the latest arrivals; sound whose time has passed by then is not kept."""
        for arrivals in (self._sound, self._pictures):
            while len(arrivals) > 1:
                arrivals.popleft()
        self._plan(now, PICTURE_WINDOW)
        epoch = self._set_out(now)
        self._waiting = [
            entry
            for entry in self._waiting
            if not isinstance(entry[2], AudioUnit) or epoch + entry[0] >= now
        ]
        heapq.heapify(self._waiting)

    def _set_out(self, now: float) -> float:
        self._epoch = self._reference = self._needed + HEADROOM
        self._lead = self._spare
        self._updated = now
        self._settling_until = now + SETTLE_TIME
        return self._epoch

    def _arrived(self, unit: AudioUnit | VideoUnit, now: float) -> None:
        """Note by how much a unit comes after its media time, and give way to it."""
        offset = now - unit.time / SAMPLE_RATE
        if isinstance(unit, AudioUnit):
            while self._sound and self._sound[-1][1] <= offset:
                self._sound.pop()  # what is both older and earlier is never the latest again
            self._sound.append((now, offset))
        else:
            self._pictures.append((now, offset))
        settled = self._settling_until is not None and now >= self._settling_until
        self._plan(now, SETTLE_WINDOW if settled else PICTURE_WINDOW)
        if settled:
            self._settling_until = None
        if self._first_at is None:
            self._first_at = now
        if self._epoch is None:
            enough = len(self._pictures) >= FIRST_PICTURES
            if enough or now - self._first_at >= FIRST_PATIENCE:
                self._begin(now)
            return
        self._follow(now)
        if offset > self._epoch:
            self.late += isinstance(unit, VideoUnit)
            if isinstance(unit, AudioUnit):
                self._epoch = offset

    def _plan(self, now: float, memory: float) -> None:
        """The epoch that the arrivals of the last ``memory`` seconds need."""
        _forget(self._sound, now - min(memory, SOUND_WINDOW))
        _forget(self._pictures, now - memory)
        needs = [self._sound[0][1]] if self._sound else []
        if self._pictures:
            offsets = sorted(offset for _, offset in self._pictures)
            needs.append(offsets[-1 - int(len(offsets) * LATE_SHARE)])
        if needs:
            self._needed = max(needs) + MARGIN
            self._spare = min(SOUND_LEAD, max(needs) - needs[0]) if self._sound else 0.0

    def _follow(self, now: float) -> None:
        """Move the epoch towards what is needed, at most as fast as goes unnoticed."""
        if self._epoch is None:
            return
        elapsed = max(0.0, now - self._updated)
        self._updated = max(now, self._updated)
        error = self._needed - self._epoch
        pace = max(RISE, error) if error > 0 else max(SLEW, -error / FALL_TIME)
        self._epoch += _limited(error, min(MAX_SLEW, pace) * elapsed)
        self._lead += _limited(self._spare - self._lead, SLEW * elapsed)
        self._reference += _limited(self._epoch - self._reference, REFERENCE_SLEW * elapsed)


def _forget(arrivals: deque[tuple[float, float]], before: float) -> None:
    while arrivals and arrivals[0][0] < before:
        arrivals.popleft()


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
