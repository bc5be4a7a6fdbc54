"""When encoded media leaves: sound and picture of the same media time by one rule.

``release(time) = epoch + time / 16000`` for every unit of a session, and for sound earlier than
that by its lead: as much as the receiver keeps sound longer than pictures, so lips and sound are
seen and heard together by construction. The epoch follows the arrival of units, and with them the
drift of the microphone's clock, on which media time runs; most pictures are there when they are
due, and one that is late leaves late, alone. Sound has its own, calmer line: a listener's jitter
buffer takes every move of some tens of milliseconds in two seconds for jitter and adds delay of
its own for many seconds. So sound follows the pictures slowly, a sound that is a little late moves
nothing, and only one that leaves a gap anyway moves everything at once. ``Playout`` decides and
has no clock; ``PlayoutDriver`` is its alarm.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from math import isfinite

from engine.timeline import SAMPLE_RATE, Samples
from engine.units import AudioUnit, Unit, VideoUnit
from server.arrivals import Arrivals

SOUND_WINDOW = 2.0
PICTURE_WINDOW = 8.0
"""Seconds of arrivals that count."""

LATE_SOUND = 0.03
LATE_PICTURES = 0.15
"""Shares of what arrived in those windows that may be later than planned. On a busy machine the
slowest seventh of the pictures needs 20 ms more than the rest, which all would have to wait for."""

NOTICED = 0.020
"""Seconds by which a unit must be late to be counted, and sound to move everything: half the time
for which a picture is shown, and what a listener's jitter buffer keeps at least."""

SOUND_LEAD = 0.035
MAX_SOUND_LEAD = 0.080
"""Seconds by which sound leaves before its picture if the receiver does not tell how long it keeps
each, and at most. Chromium shows a picture some 10 ms after it came and keeps sound for 30 to 60
(see `visavis bench latency`)."""

SCREEN = 0.010
"""Seconds that a picture takes from its buffer to the screen, which refreshes at its own time, more
than sound takes to the loudspeaker (measured in Chromium, see `visavis bench latency`)."""

MARGIN = 0.003
"""Seconds kept above what the arrivals need."""

SLEW = 0.010
"""Seconds per second by which the delay gives way to a drift or gives back what is not needed."""

RISE = 0.020
"""The same where pictures need more time, or sound does."""

SOUND_SLEW = 0.004
SOUND_SLACK = 0.030
"""Seconds per second by which sound follows pictures that need more time, and how far it may fall
behind them so: within 2 s, over which NetEq compares delays, that is no jitter; and less than what
people notice (ITU-R BT.1359: sound 45 ms before, 125 ms after its picture)."""

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


_Waiting = tuple[Samples, int, Unit]


class Playout:
    """Units in as they are made, out when they are due; times in seconds of any one clock."""

    def __init__(self) -> None:
        self.late = 0
        self.dropped = 0
        self.sound_lead = SOUND_LEAD
        self._epoch: float | None = None
        self._sound_epoch = 0.0
        self._reference = 0.0
        self._updated = 0.0
        self._first_at: float | None = None
        self._settling_until: float | None = None
        self._sound = Arrivals(SOUND_WINDOW, LATE_SOUND)
        self._pictures = Arrivals(PICTURE_WINDOW, LATE_PICTURES)
        self._sound_needed = self._needed = float("-inf")
        self._sounds: list[_Waiting] = []
        self._others: list[_Waiting] = []
        self._count = 0

    @property
    def epoch(self) -> float | None:
        """When media time 0 leaves (or would have left); None before there is a picture."""
        return self._epoch

    @property
    def waiting(self) -> int:
        """Units that are not due yet."""
        return len(self._sounds) + len(self._others)

    @property
    def lead(self) -> float:
        """Seconds by which sound leaves before its picture now."""
        return 0.0 if self._epoch is None else self._epoch - self._sound_epoch

    def kept_by_receiver(self, sound: float, picture: float) -> None:
        """The receiver keeps sound and pictures so many seconds before they are heard and seen."""
        self.sound_lead = min(MAX_SOUND_LEAD, max(0.0, sound - picture - SCREEN))

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
        queue = self._sounds if isinstance(unit, AudioUnit) else self._others
        heapq.heappush(queue, (unit.time, self._count, unit))
        self._count += 1
        overflow: list[Unit] = []
        while self.waiting > MAX_WAITING:
            overflow.append(self._pop(self._sound_is_next(0.0)))
        self.dropped += len(overflow)
        return overflow

    def due(self, now: float) -> list[Unit]:
        """The units that leave at ``now``, in the order in which they are due."""
        self._follow(now)
        released: list[Unit] = []
        while (due := self.next_release()) is not None and due <= now:
            released.append(self._pop(self._sound_is_next(self.lead)))
        return released

    def next_release(self) -> float | None:
        """When ``due`` has something next; None while nothing waits or nothing has begun."""
        if self._epoch is None or not self.waiting:
            return None
        if self._sound_is_next(self.lead):
            return self._sound_epoch + self._sounds[0][0] / SAMPLE_RATE
        return self._epoch + self._others[0][0] / SAMPLE_RATE

    def _sound_is_next(self, lead: float) -> bool:
        """Whether a sound is the next of what waits, sound being ``lead`` seconds early."""
        if not self._sounds or not self._others:
            return bool(self._sounds)
        return self._sounds[0][0] - lead * SAMPLE_RATE <= self._others[0][0]

    def _pop(self, sound: bool) -> Unit:
        return heapq.heappop(self._sounds if sound else self._others)[2]

    def settle(self, now: float) -> None:
        """Plan afresh from the latest arrivals, when nobody has heard anything yet."""
        if self._epoch is not None and self._pictures.newest >= now - SETTLE_WINDOW:
            self._plan(now, SETTLE_WINDOW)
            self._set_out(now)
        self.late = 0

    def _begin(self, now: float) -> None:
        """Plan from the latest arrivals; sound whose time has passed by then is not kept."""
        self._sound.keep_newest()
        self._pictures.keep_newest()
        self._plan(now, PICTURE_WINDOW)
        self._set_out(now)
        while self._sounds and self._sound_epoch + self._sounds[0][0] / SAMPLE_RATE < now:
            self._pop(sound=True)

    def _set_out(self, now: float) -> None:
        self._epoch = self._reference = self._needed + HEADROOM
        self._sound_epoch = self._sound_aim(self._epoch)
        self._updated = now
        self._settling_until = now + SETTLE_TIME

    def _sound_aim(self, epoch: float) -> float:
        """Where the line of sound belongs: early by its lead, if sounds are there by then."""
        return min(epoch, max(epoch - self.sound_lead, self._sound_needed))

    def _arrived(self, unit: AudioUnit | VideoUnit, now: float) -> None:
        """Note by how much a unit comes after its media time, and give way to it."""
        offset = now - unit.time / SAMPLE_RATE
        is_sound = isinstance(unit, AudioUnit)
        (self._sound if is_sound else self._pictures).add(now, offset)
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
        if not is_sound:
            self.late += offset > self._epoch + NOTICED
        elif offset > self._sound_epoch + NOTICED:
            self._sound_epoch = offset
            self._epoch = max(self._epoch, offset)

    def _plan(self, now: float, memory: float) -> None:
        """What the arrivals of the last ``memory`` seconds need."""
        self._sound_needed = self._sound.needed(now, memory) + MARGIN
        self._needed = max(self._sound_needed, self._pictures.needed(now, memory) + MARGIN)

    def _follow(self, now: float) -> None:
        """Move both lines towards what is needed, at most as fast as goes unnoticed."""
        if self._epoch is None or not isfinite(self._needed):
            return
        elapsed = max(0.0, now - self._updated)
        self._updated = max(now, self._updated)
        error = self._needed - self._epoch
        pace = max(RISE, error) if error > 0 else max(SLEW, -error / FALL_TIME)
        step = _limited(error, min(MAX_SLEW, pace) * elapsed)
        self._epoch += step
        self._follow_with_sound(min(0.0, step), elapsed)
        self._reference += _limited(self._epoch - self._reference, REFERENCE_SLEW * elapsed)

    def _follow_with_sound(self, step: float, elapsed: float) -> None:
        """Earlier with the pictures by their ``step``; later only slowly, or all that comes would
        look late to the listener.
        """
        assert self._epoch is not None
        aim = self._sound_aim(self._epoch)
        self._sound_epoch = max(self._sound_epoch + step, min(self._sound_epoch, aim))
        error = aim - self._sound_epoch
        if self._sound_needed > self._sound_epoch:
            pace = max(RISE, error)
        else:
            pace = max(SOUND_SLEW, (abs(error) - SOUND_SLACK) / FALL_TIME)
        self._sound_epoch += _limited(error, min(MAX_SLEW, pace) * elapsed)


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
