"""Those who listen in on a session: its units as they leave, whoever it speaks to.

A recording, a stream to elsewhere, a WebSocket of motion: each is a `Tap`. It gets what leaves the
playout, in the order in which it leaves, on the event loop's thread and at the moment at which the
one who speaks is sent it. What a tap does with it is its own affair: it must neither wait nor
block, holds a bounded number of units and counts those that it drops.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from engine.options import SessionOptions
from engine.units import Unit, VideoUnit
from server.rtc.viewer_rules import KeyframeRequests

log = logging.getLogger(__name__)


class Tap(Protocol):
    """One who listens. Inherit from it to write ``put`` alone: the others do nothing then."""

    def put(self, unit: Unit) -> None:
        """A unit leaves now; must return at once."""

    def lost(self) -> None:
        """A picture was dropped before it came here: what follows it, up to the next keyframe,
        shows rubbish.
        """

    def end(self) -> None:
        """The session is over and nothing more comes. Called once."""


class Tapped(Protocol):
    """What a tap may know of the session that it listens to."""

    @property
    def label(self) -> str:
        """Its name in logs, which leads to nothing."""

    @property
    def options(self) -> SessionOptions:
        """What the session is now; rate and codec of the pictures stay."""

    def tap(self, tap: Tap) -> None:
        """Let it listen from now on. One that comes after the end is told so at once."""

    def untap(self, tap: Tap) -> None:
        """Let it listen no more, without a word to it; nothing happens if it does not."""

    def ask_keyframe(self) -> None:
        """A tap needs a keyframe; those that are asked for within half a second are one."""


class Taps:
    """The taps of one session. One that fails is taken off: it harms no other.

    ``force_keyframe`` makes the next picture one, ``now`` is in seconds.
    """

    def __init__(
        self, label: str, force_keyframe: Callable[[], None], now: Callable[[], float]
    ) -> None:
        self._label = label
        self._now = now
        self._keyframes = KeyframeRequests(force_keyframe)
        self._taps: list[Tap] = []
        self._ended = False

    def __len__(self) -> int:
        return len(self._taps)

    def add(self, tap: Tap) -> None:
        """See `Tapped.tap`."""
        if self._ended:
            tap.end()
        else:
            self._taps.append(tap)

    def remove(self, tap: Tap) -> None:
        """See `Tapped.untap`."""
        self._taps = [one for one in self._taps if one is not tap]

    def ask_keyframe(self) -> None:
        """See `Tapped.ask_keyframe`."""
        self._keyframes.ask(self._now())

    def put(self, unit: Unit) -> None:
        """A unit leaves."""
        if isinstance(unit, VideoUnit):
            if unit.keyframe:
                self._keyframes.came()
            self._keyframes.tick(self._now())
        for tap in self._taps:
            try:
                tap.put(unit)
            except Exception:
                log.exception("session %s: a tap failed and was taken off", self._label)
                self.remove(tap)
                self._tell_end(tap)

    def lost(self) -> None:
        """A picture was dropped on its way here."""
        for tap in self._taps:
            tap.lost()

    def end(self) -> None:
        """The session is over."""
        self._ended = True
        taps, self._taps = self._taps, []
        for tap in taps:
            self._tell_end(tap)

    def _tell_end(self, tap: Tap) -> None:
        try:
            tap.end()
        except Exception:
            log.exception("session %s: a tap failed at the end", self._label)
