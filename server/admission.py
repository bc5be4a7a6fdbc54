"""Who may come in: at most so many sessions at once, and none while the server ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from engine.errors import AtCapacity, VisavisError

RETRY_AFTER = 5
"""Seconds after which a refused client may try again."""

DRAIN_TIMEOUT = 10.0
log = logging.getLogger(__name__)


class Draining(VisavisError):
    """The server is ending and takes no new sessions."""


class Slot:
    """The right to one session; give it back once with ``free`` (more often does no harm).

    While nobody speaks it can be lent: it is kept as long as no newcomer needs it.
    """

    def __init__(self, admission: Admission) -> None:
        self._admission: Admission | None = admission
        self._wanted: Callable[[], None] = _nobody

    def lend(self, wanted: Callable[[], None]) -> None:
        """Let whoever comes have the place; ``wanted`` is called when it is gone for good."""
        if self._admission is not None and self not in self._admission._lent:
            self._wanted = wanted
            self._admission._lent.append(self)

    def take_back(self) -> None:
        """Use a lent place again; nothing happens to one that is not lent."""
        if self._admission is not None and self in self._admission._lent:
            self._admission._lent.remove(self)

    def free(self) -> None:
        """Give the place back."""
        if self._admission is not None:
            self.take_back()
            self._admission._places -= 1
            self._admission = None

    def _give_up(self) -> None:
        self.free()
        self._wanted()


class Admission:
    """Counts places. A place is taken before anything is allocated for a session.

    ``entered`` counts those who were let in, ``refused`` those for whom no place was left.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.draining = False
        self.entered = self.refused = 0
        self._places = 0
        self._lent: list[Slot] = []

    @property
    def taken(self) -> int:
        """Places that no newcomer can have."""
        return self._places - len(self._lent)

    @property
    def lent(self) -> int:
        """Places that are kept for somebody who is not there."""
        return len(self._lent)

    @property
    def room(self) -> int:
        """Places that a newcomer can have."""
        return 0 if self.draining else max(0, self.limit - self.taken)

    def enter(self) -> Slot:
        """Take a place, that which was lent first if no other is left.

        Raises AtCapacity or Draining.
        """
        if self.draining:
            raise Draining("the server is shutting down; try again in a moment")
        if self.taken >= self.limit:
            self.refused += 1
            raise AtCapacity(self.limit, RETRY_AFTER)
        if self._places >= self.limit:
            self._lent[0]._give_up()
        self._places += 1
        self.entered += 1
        return Slot(self)


def _nobody() -> None:
    """Nobody minds."""


def _nobody_asks(_: object) -> None:
    """Nobody wants to know."""


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
    """The running sessions, or viewers, by id; owns the task of each.

    ``started`` is told of each that begins, ``ended`` of each that has come to its end.
    """

    def __init__(self) -> None:
        self.started: Callable[[R], None] = _nobody_asks
        self.ended: Callable[[R], None] = _nobody_asks
        self._running: dict[str, tuple[R, asyncio.Task[None]]] = {}

    def __len__(self) -> int:
        return len(self._running)

    @property
    def running(self) -> list[R]:
        """All of them."""
        return [session for session, _ in self._running.values()]

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
            self.ended(session)
            if not task.cancelled() and task.exception() is not None:
                log.error("session %s failed", session.label, exc_info=task.exception())

        task.add_done_callback(ended)
        self.started(session)

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
