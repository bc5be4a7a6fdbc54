"""Motion as lines of JSON, for one who reads at their own pace."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator

from engine.face import ARKIT, BODY, CAMERA, GAZE, HEAD
from engine.timeline import MOTION_HOP, SAMPLE_RATE
from engine.units import MotionUnit, Unit
from server import messages
from server.taps import Tap

WAITING = 100
"""Lines that wait for a reader at most (2 s); of more, the oldest are left out."""

INTERVAL = 2 * MOTION_HOP
"""Samples from one line to the next: 50 a second."""


def schema() -> dict[str, object]:
    """The first line: what the numbers of the others are."""
    return {
        "type": "schema",
        "sample_rate": SAMPLE_RATE,
        "interval": INTERVAL,
        "blendshapes": ARKIT,
        "head": HEAD,
        "gaze": GAZE,
        "camera": CAMERA,
        "body": BODY,
    }


class MotionFeed(Tap):
    """A tap that is read as lines: a schema, then each pose as it leaves.

    ``dropped`` counts the poses for which the reader was too slow.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: deque[MotionUnit] = deque()
        self._news = asyncio.Event()
        self._ended = False

    def put(self, unit: Unit) -> None:
        """See `Tap`."""
        if not isinstance(unit, MotionUnit):
            return
        self._waiting.append(unit)
        if len(self._waiting) > WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._news.set()

    def lost(self) -> None:
        """See `Tap`; pictures are no concern here."""

    def end(self) -> None:
        """See `Tap`: what waits is still read."""
        self._ended = True
        self._news.set()

    async def lines(self) -> AsyncIterator[str]:
        """The lines, until the session ends."""
        yield json.dumps(schema())
        while True:
            while self._waiting:
                yield json.dumps(messages.told(self._waiting.popleft()))
            if self._ended:
                return
            self._news.clear()
            await self._news.wait()
