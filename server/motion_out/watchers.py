"""Who wants a session's motion: the one who calls, and taps that carry it elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from server.messages import Settings
from server.taps import Tap, Taps


class MotionWatchers:
    """Has the engine tell motion for as long as anybody wants it, and not longer.

    caller  whether the one who calls wants it from the start
    taps    of the session
    ask     passes a setting on to the engine
    """

    def __init__(self, caller: bool, taps: Taps, ask: Callable[[Settings], None]) -> None:
        self._caller = caller
        self._taps = taps
        self._ask = ask
        self._listening: list[Tap] = []

    def __len__(self) -> int:
        return len(self._listening)

    @property
    def caller(self) -> bool:
        """Whether the one who calls is told of motion."""
        return self._caller

    def with_caller(self, wish: Settings) -> Settings:
        """A wish of the one who calls, as the engine must hear it."""
        if "motion_units" not in wish:
            return wish
        self._caller = wish["motion_units"]
        return {**wish, "motion_units": self._caller or bool(self._listening)}

    def add(self, tap: Tap) -> None:
        """Let a tap listen; the first one has the engine tell motion."""
        self._listening.append(tap)
        self._ask({"motion_units": True})
        self._taps.add(tap)

    def remove(self, tap: Tap) -> None:
        """Let it listen no more; nothing happens if it does not."""
        if tap in self._listening:
            self._listening.remove(tap)
            self._taps.remove(tap)
            self._ask({"motion_units": self._caller or bool(self._listening)})
