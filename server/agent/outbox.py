"""What waits to be sent to an agent: bounded, what can be spared first to go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping

Event = Mapping[str, object]

SPARING, FULL = 64, 512
"""Events that wait: from the first on, what only keeps one informed is left out; at the second the
other side does not read at all, and nothing can be told any more.
"""


class Outbox:
    """Events for one socket, in order; ``dropped`` counts those that were left out.

    ``reason`` says why it was closed.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self.reason = ""
        self._events: deque[Event] = deque()
        self._filled = asyncio.Event()
        self._closed = False

    def put(self, event: Event, *, sparable: bool = False) -> None:
        """Send this; what is ``sparable`` need not arrive. Nothing happens once it is closed."""
        if self._closed:
            return
        if sparable and len(self._events) >= SPARING:
            self.dropped += 1
        elif len(self._events) >= FULL:
            self.dropped += 1 + len(self._events)
            self._events.clear()
            self.close("events were not read")
        else:
            self._events.append(event)
            self._filled.set()

    def close(self, reason: str) -> None:
        """Nothing more comes; what waits is still sent. The first reason is kept."""
        if not self._closed:
            self._closed, self.reason = True, reason
            self._filled.set()

    async def events(self) -> AsyncIterator[Event]:
        """Events as they come, until closed."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self._closed:
                return
            self._filled.clear()
            await self._filled.wait()
