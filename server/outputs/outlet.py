"""From a session to something that may be slow: a bounded queue, and a thread that empties it.

The session's side never waits. When the queue is full, pictures are dropped up to the next keyframe
and sound as it comes; both are counted, and media time keeps what is left in its place.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Protocol

from engine.errors import VisavisError
from engine.timeline import SAMPLE_RATE, Samples
from engine.units import AudioUnit, Unit, VideoUnit
from server.taps import Tap, Tapped

MOST_PICTURES = 150
"""Units (pictures and 20 ms of sound alike) that may wait before pictures are dropped: 2 s."""

MOST_UNITS = 250
"""Units that may wait before sound is dropped as well."""

_ASK_AGAIN: Samples = SAMPLE_RATE
"""A keyframe that has been asked for and has not come after so long is asked for again."""

Media = AudioUnit | VideoUnit
log = logging.getLogger(__name__)


class Sink(Protocol):
    """What an outlet writes to, on the outlet's thread. Any of these may take its time."""

    def write(self, unit: Media) -> bool:
        """Take a unit, or say that it was dropped; OSError or VisavisError end it all."""

    def finish(self) -> None:
        """Nothing more comes: complete what was written. Raises the same. Called once."""

    def abandon(self) -> None:
        """Something failed: keep what there is, and free the rest. Called once, instead."""


class Outlet(Tap):
    """Writes a session to a sink from ``start`` until ``close``, the session's end or a failure.

    ``keyframes`` is the longest media time from one keyframe to the next: one is asked for when it
    has passed. ``name`` is for the log. ``error`` says what failed, None while nothing has.
    """

    def __init__(self, session: Tapped, sink: Sink, name: str, keyframes: Samples) -> None:
        self.dropped_pictures = 0
        self.dropped_sound = 0
        self.error: Exception | None = None
        self._session = session
        self._sink = sink
        self._name = f"session {session.label}: {name}"
        self._keyframes = keyframes
        self._asked_at: Samples | None = None
        self._missing = True  # a keyframe
        self._begun = False  # what comes before the first keyframe is not missed
        self._units: deque[Media] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def running(self) -> bool:
        """Whether units are written; False once the sink is complete or has failed."""
        return self._thread.is_alive()

    @property
    def closing(self) -> bool:
        """Whether it takes nothing more."""
        return self._closing

    def start(self) -> None:
        """Listen to the session from now on; what comes before the next keyframe is sound."""
        self._thread.start()
        self._session.tap(self)
        self._session.ask_keyframe()

    def close(self) -> None:
        """Take nothing more; what waits is still written. May be called twice."""
        self._session.untap(self)
        self.end()

    def join(self, timeout: float) -> bool:
        """Wait so many seconds for the sink to be complete; whether it is. Not on the loop."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # --- the tap ---

    def put(self, unit: Unit) -> None:
        """See `Tap`."""
        if self._closing:
            self._session.untap(self)
        elif isinstance(unit, VideoUnit):
            self._picture(unit)
        elif isinstance(unit, AudioUnit) and not self._queued(unit, MOST_UNITS):
            self._dropped(unit)

    def lost(self) -> None:
        """See `Tap`."""
        self._missing = True

    def end(self) -> None:
        """See `Tap`."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def _picture(self, unit: VideoUnit) -> None:
        if self._asked_at is None or unit.keyframe:
            self._asked_at = unit.time
        elif unit.time - self._asked_at >= (_ASK_AGAIN if self._missing else self._keyframes):
            self._asked_at = unit.time
            self._session.ask_keyframe()
        if self._missing and not unit.keyframe:
            if self._begun:
                self._dropped(unit)
        elif self._queued(unit, MOST_PICTURES):
            self._missing, self._begun = False, True
        else:
            self._dropped(unit)
            self._missing = True

    def _queued(self, unit: Media, most: int) -> bool:
        with self._changed:
            if len(self._units) >= most:
                return False
            self._units.append(unit)
            self._changed.notify()
        return True

    # --- the thread ---

    def _run(self) -> None:
        try:
            while (unit := self._next()) is not None:
                if not self._sink.write(unit):
                    self._dropped(unit)
            self._sink.finish()
        except Exception as error:
            self._failed(error)
        finally:
            self._units.clear()

    def _dropped(self, unit: Media) -> None:
        with self._changed:
            if isinstance(unit, VideoUnit):
                self.dropped_pictures += 1
            else:
                self.dropped_sound += 1

    def _next(self) -> Media | None:
        with self._changed:
            self._changed.wait_for(lambda: self._units or self._closing)
            return self._units.popleft() if self._units else None

    def _failed(self, error: Exception) -> None:
        self.error, self._closing = error, True
        if isinstance(error, OSError | VisavisError):
            log.warning("%s ended: %s", self._name, _said(error))
        else:
            log.exception("%s failed", self._name)
        try:
            self._sink.abandon()
        except Exception:
            log.exception("%s could not be freed", self._name)


def _said(error: Exception) -> str:
    """An error for the log, without the address or path that the system adds to it."""
    return str(error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
