"""Who may come in: at most so many sessions at once, and none while the server ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Generic, Protocol, TypeVar

from engine.errors import AtCapacity, VisavisError

RETRY_AFTER = 5
"""Seconds after which a refused client may try again."""

DRAIN_TIMEOUT = 10.0
log = logging.getLogger(__name__)


class Draining(VisavisError):
    """The server is ending and takes no new sessions."""


class Slot:
    """The right to one session; give it back once with ``free`` (more often does no harm)."""

    def __init__(self, admission: Admission) -> None:
        self._admission: Admission | None = admission

    def free(self) -> None:
        """Give the place back."""
        if self._admission is not None:
            self._admission._freed()
            self._admission = None


class Admission:
    """Counts places. A place is taken before anything is allocated for a session."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.draining = False

    def enter(self) -> Slot:
        """Take a place; raises AtCapacity or Draining."""
        if self.draining:
            raise Draining("the server is shutting down; try again in a moment")
        if self.taken >= self.limit:
            raise AtCapacity(self.limit, RETRY_AFTER)
        self.taken += 1
        return Slot(self)

    def _freed(self) -> None:
        self.taken -= 1


class Runnable(Protocol):
    """What the registry runs: a session."""

    id: str
    label: str

    async def run(self) -> None:
        """Live until the end; frees everything."""

    def stop(self, reason: str) -> None:
        """Ask for the end."""


R = TypeVar("R", bound=Runnable)


class Registry(Generic[R]):
    """The running sessions, or viewers, by id; owns the task of each."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[R, asyncio.Task[None]]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def find(self, session_id: str) -> R | None:
        """The one with this id, if it runs."""
        entry = self._running.get(session_id)
        return None if entry is None else entry[0]

    def start(self, session: R, slot: Slot) -> None:
        """Run a session in its own task; its place is free again when it has ended."""
        task = asyncio.create_task(session.run(), name=f"session {session.label}")
        self._running[session.id] = (session, task)

        def ended(task: asyncio.Task[None]) -> None:
            del self._running[session.id]
            slot.free()
            if not task.cancelled() and task.exception() is not None:
                log.error("session %s failed", session.label, exc_info=task.exception())

        task.add_done_callback(ended)

    async def stop(self, session_id: str) -> bool:
        """End a session and wait until it has freed everything; False if there is none."""
        entry = self._running.get(session_id)
        if entry is None:
            return False
        session, task = entry
        session.stop("asked to")
        await asyncio.wait([task])
        return True

    async def close(self) -> None:
        """End all sessions; those that do not end in time are cancelled."""
        for session, _ in list(self._running.values()):
            session.stop("the server is shutting down")
        tasks = [task for _, task in self._running.values()]
        if not tasks:
            return
        _, stuck = await asyncio.wait(tasks, timeout=DRAIN_TIMEOUT)
        for task in stuck:
            task.cancel()
        if stuck:
            await asyncio.wait(stuck)
