"""Sessions in worker processes of this machine, each on the worker that has the least to do.

A worker that ends, hangs or grows without bound is replaced, and its sessions go on in the next:
from silence, with media time that has jumped ahead. The other workers' sessions notice nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import AtCapacity, VisavisError, WorkerLost
from engine.options import SessionOptions
from engine.render.badge import Badge, as_text
from engine.runtime.choice import AUTO
from server.placement.base import Counts, Report, room
from server.placement.hosted import LocalSession
from server.placement.process import WorkerProcess
from server.placement.usage import Usage, available_cores

log = logging.getLogger(__name__)

WATCH_INTERVAL = 1.0
_LOOK_EVERY = 5
"""Seconds between two looks at what workers use."""

IDLE_SHARE = 0.75
"""Of the memory that a worker may use: with more, one that has no session is replaced."""

_CALM = 60
"""Seconds before a successor may itself be replaced for its memory: the limit may be too low."""

_BADGE = Badge()
_MEASURE_S = 1.0
_OPEN_S = 10.0


class LocalPlacement:
    """A fixed number of workers, each with at most ``memory`` bytes, unlimited if None.

    ``backend`` computes their networks, see `engine.runtime.choice`; ``badge`` marks their
    pictures, see `engine.cast.Cast`; ``folders`` of the operator's own by the worker's names for
    them: models, avatars, sets.
    """

    def __init__(
        self,
        workers: int,
        memory: int | None = None,
        backend: str = AUTO,
        badge: Badge | None = _BADGE,
        **folders: Path | None,
    ) -> None:
        told = ("--backend", backend, "--badge", as_text(badge))
        self._arguments = (*told, *folder_arguments(**folders))
        self._environment = rasterising(workers, available_cores())
        self._memory = memory
        self._counts = {name: Counts() for name in ("stages", "queues", "batches")}
        self._workers = [self._worker() for _ in range(workers)]
        self._calm_until = [0] * workers
        self._seconds = 0
        self._numbers = itertools.count(1)
        self._replacing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._cpu_before = 0.0
        self._restarts = {"ended": 0, "hung": 0, "memory": 0}
        self._resumed = 0

    async def start(self) -> None:
        """Start every worker; raises WorkerLost if one cannot run."""
        await asyncio.gather(*(worker.start() for worker in self._workers))
        self._spawn(self._watch())

    async def capacity(self, options: SessionOptions) -> int:
        """How many such sessions there is room for: one worker is measured for a second while the
        others rest, then all at once.

        WorkerLost if one of them ends over it.
        """
        asked = asdict(options)
        alone = await self._workers[0].measure(asked, _MEASURE_S)
        together = [alone]
        if len(self._workers) > 1:
            together = await asyncio.gather(
                *(worker.measure(asked, _MEASURE_S) for worker in self._workers)
            )
        log.info("room for %.1f sessions in one worker, %s in all", alone, _listed(together))
        return room(together, alone)

    def report(self) -> Report:
        """What there is to tell of the workers since the start."""
        used = [worker.usage for worker in self._workers if worker.usage]
        return Report(
            workers=sum(worker.alive for worker in self._workers),
            restarts=dict(self._restarts),
            resumed=self._resumed,
            **self._counts,
            waiting_s=sum(worker.waiting_s for worker in self._workers if worker.alive),
            cpu_s=self._cpu_before + sum(usage.cpu_s for usage in used),
            memory=sum(usage.memory for usage in used),
        )

    async def open(self, options: SessionOptions) -> LocalSession:
        """A new session on the worker with the least to do."""
        if self._closed:
            raise AtCapacity(0, 5)
        session = LocalSession(options, self._lost)
        try:
            await self._host(session)
        except BaseException:
            await session.close()
            raise
        return session

    async def close(self) -> None:
        """End every worker and its sessions."""
        self._closed = True
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    # --- sessions and where they are ---

    async def _host(self, session: LocalSession) -> None:
        worker = await self._least_loaded()
        number = next(self._numbers)
        worker.sessions[number] = session
        try:
            await asyncio.wait_for(session.open_on(worker, number), _OPEN_S)
        except TimeoutError:
            worker.forget(number)
            worker.kill()  # or, with the least to do, it would be given every next one
            raise WorkerLost(f"a worker did not open a session within {_OPEN_S:.0f} s") from None
        except BaseException:
            worker.forget(number)
            raise
        if session.closed:
            worker.forget(number)

    def _lost(self, session: LocalSession) -> None:
        if self._closed or not session.may_resume():
            session.fail(WorkerLost("the worker that hosted this session ended"))
        else:
            self._spawn(self._resume(session))

    async def _resume(self, session: LocalSession) -> None:
        while True:
            try:
                await self._host(session)
            except WorkerLost as error:
                if not self._closed and self._any_alive() and session.may_resume():
                    continue
                session.fail(error)
            except (VisavisError, OSError) as error:
                session.fail(error)
            except asyncio.CancelledError:
                session.fail(WorkerLost("the server is shutting down"))
                raise
            else:
                self._resumed += 1
                log.info("a session goes on in another worker")
            return

    async def _least_loaded(self) -> WorkerProcess:
        await self._revive()
        alive = [worker for worker in self._workers if worker.alive]
        if not alive:
            raise WorkerLost("no worker can be started; `visavis doctor` says what is missing")
        return min(alive, key=lambda worker: worker.load)

    def _any_alive(self) -> bool:
        return any(worker.alive for worker in self._workers)

    # --- workers ---

    def _worker(self) -> WorkerProcess:
        return WorkerProcess(self._arguments, self._reported, self._worker_ended, self._environment)

    def _reported(self, told: Mapping[str, Any]) -> None:
        for name, counts in self._counts.items():
            counts.add(told[name])

    def _worker_ended(self) -> None:
        if not self._closed:
            self._spawn(self._revive())

    async def _revive(self) -> None:
        """Replace the workers that have ended."""
        async with self._replacing:
            for place, worker in enumerate(self._workers):
                if not worker.alive and not self._closed:
                    log.warning("a worker has ended; starting another")
                    await self._replace(place, "hung" if worker.hung else "ended")

    async def _replace(self, place: int, reason: str) -> None:
        """Start a successor, then end what was there, so that sessions go straight to it."""
        before, successor = self._workers[place], self._worker()
        if not before.alive:
            await before.stop()  # it may only have stopped making sense
        try:
            await successor.start()
        except (WorkerLost, OSError) as error:  # others may still have room
            log.error("a worker could not be started: %s", error)
            return
        self._restarts[reason] += 1
        self._workers[place] = successor
        self._calm_until[place] = self._seconds + _CALM
        if before.usage:
            self._cpu_before += before.usage.cpu_s
        await before.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_INTERVAL)
            await self.watch()

    async def watch(self) -> None:
        """See to every worker; a second is one call."""
        self._seconds += 1
        for worker in self._workers:
            worker.ask()
        if self._seconds % _LOOK_EVERY == 1:
            await asyncio.gather(*(worker.look() for worker in self._workers))
            await self._limit_memory()

    async def _limit_memory(self) -> None:
        for place, worker in enumerate(self._workers):
            if self._seconds < self._calm_until[place] or not worker.alive:
                continue
            if too_large(worker.usage, self._memory, idle=not worker.sessions):
                log.warning("a worker uses more memory than it may; starting another")
                async with self._replacing:
                    await self._replace(place, "memory")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def too_large(usage: Usage | None, limit: int | None, *, idle: bool) -> bool:
    """Whether a worker is to be replaced for its memory: sooner while nobody would notice."""
    if usage is None or limit is None:
        return False
    return usage.memory > (limit * IDLE_SHARE if idle else limit)


def folder_arguments(**folders: Path | None) -> tuple[str, ...]:
    """The command line that tells a process in another directory of these folders."""
    given = {name: folder for name, folder in folders.items() if folder is not None}
    return tuple(
        part for name, path in given.items() for part in (f"--{name}", str(path.resolve()))
    )


def rasterising(workers: int, cores: int) -> dict[str, str]:
    """Variables that tell Mesa's software renderer (llvmpipe) how many threads a worker may have.

    Where there are no two cores for each worker it draws in its own thread: helpers would only take
    turns with those of the other workers, which costs more than it gains.
    """
    return {"LP_NUM_THREADS": "0"} if cores < 2 * workers else {}


def _listed(speeds: Sequence[float]) -> str:
    return " + ".join(f"{speed:.1f}" for speed in speeds)
