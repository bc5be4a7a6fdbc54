"""Sessions in worker processes of this machine, each on the worker with the fewest."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.channel import Kind, Message, Unpacker, pack
from engine.errors import AtCapacity, WorkerLost
from engine.options import SessionOptions
from engine.timeline import Delay
from engine.units import Unit, VideoUnit
from server.refusals import refusal

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_UNITS = 400
"""Units kept per session while nobody takes them: over two seconds; newer ones are dropped."""

_UNSENT_BYTES = 400_000
"""PCM that may wait in the pipe of a worker that does not keep up: four seconds of one voice."""

_START_S = 60.0
_OPEN_S = 10.0
_END_S = 2.0


class LocalSession:
    """The server's end of a hosted session (an EngineSession)."""

    def __init__(self, worker: WorkerProcess, number: int) -> None:
        self._worker = worker
        self._number = number
        self._units: asyncio.Queue[Unit | Exception | None] = asyncio.Queue(_UNITS)
        self.opened: asyncio.Future[tuple[Delay, ...]] = asyncio.get_running_loop().create_future()
        self.delays: tuple[Delay, ...] = ()
        self.dropped_pcm = 0
        self.dropped_units = 0
        self._closed = False

    def push(self, pcm: NDArray[np.int16]) -> None:
        """Hand over mono PCM at 48 kHz; dropped and counted if the worker does not keep up."""
        payload = pcm.astype("<i2", copy=False).tobytes()
        if self._closed or not self._worker.offer(Message(Kind.PCM, self._number, payload=payload)):
            self.dropped_pcm += 1

    def control(self, **settings: object) -> None:
        """As EngineSession has it."""
        if not self._closed:
            self._worker.post(Message(Kind.CONTROL, self._number, settings))

    async def units(self) -> AsyncIterator[Unit]:
        """Units as they come, until closed; raises WorkerLost."""
        while True:
            item = await self._units.get()
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    async def close(self) -> None:
        """End the session; may be called twice."""
        if not self._closed:
            self._closed = True
            self._worker.forget(self._number)
            self._end(None)

    def receive(self, message: Message) -> None:
        """Take a message from the worker."""
        if message.unit is not None:
            self._keep(message.unit)
        elif message.kind is Kind.OPENED and not self.opened.done():
            self.delays = tuple(
                Delay(stage, samples) for stage, samples in message.values["delays"]
            )
            self.opened.set_result(self.delays)
        elif message.kind in (Kind.REFUSED, Kind.FAILED):
            self.fail(_error(message.values))

    def fail(self, error: Exception) -> None:
        """Nothing more will come, for this reason."""
        if not self.opened.done():
            self.opened.set_exception(error)
            self.opened.exception()  # it may be that nobody waits any more
        self._end(error)

    def _keep(self, unit: Unit) -> None:
        if not self._units.full():
            self._units.put_nowait(unit)
            return
        self.dropped_units += 1
        if isinstance(unit, VideoUnit):  # pictures after a gap would not decode
            self.control(keyframe=True)

    def _end(self, last: Exception | None) -> None:
        while self._units.full():
            self._units.get_nowait()
        self._units.put_nowait(last)


class WorkerProcess:
    """One ``python -m engine.worker`` with these arguments, and the sessions that it hosts."""

    def __init__(self, arguments: tuple[str, ...] = ()) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.sessions: dict[int, LocalSession] = {}

    @property
    def alive(self) -> bool:
        """Whether the process runs and talks."""
        return self._process is not None and self._reader is not None and not self._reader.done()

    async def start(self) -> None:
        """Start the process and wait until it has loaded and drawn once; raises WorkerLost."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "engine.worker",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=_ROOT,
        )
        self._reader = asyncio.create_task(self._read(), name="worker-reader")
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, self._reader}, timeout=_START_S, return_when="FIRST_COMPLETED")
        ready.cancel()
        if not self._ready.is_set():
            await self.stop()
            raise WorkerLost("a worker did not start; `visavis doctor` says what is missing")

    def post(self, message: Message) -> None:
        """Send a message that must not be lost; a dead worker swallows it."""
        stdin = self._process.stdin if self._process else None
        if self.alive and stdin and not stdin.is_closing():
            stdin.write(pack(message))

    def offer(self, message: Message) -> bool:
        """Send a message unless too much waits already; says whether it was sent."""
        stdin = self._process.stdin if self._process else None
        if stdin is None or stdin.transport.get_write_buffer_size() > _UNSENT_BYTES:
            return False
        self.post(message)
        return self.alive

    def forget(self, number: int) -> None:
        """End a session."""
        if self.sessions.pop(number, None):
            self.post(Message(Kind.CLOSE, number))

    def kill(self) -> None:
        """End a process that does not answer; its sessions fail, and another takes its place."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """End the process; it frees its sessions when its input ends."""
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _END_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reader:
            await asyncio.wait({self._reader}, timeout=_END_S)

    async def _read(self) -> None:
        assert self._process and self._process.stdout
        unpacker = Unpacker()
        try:
            while data := await self._process.stdout.read(1 << 16):
                for message in unpacker.feed(data):
                    self._deliver(message)
        except Exception:  # whatever it is, this worker cannot be understood any more
            log.exception("a worker's messages make no sense")
        finally:
            for session in list(self.sessions.values()):
                session.fail(WorkerLost("the worker that hosted this session ended"))
            self.sessions.clear()

    def _deliver(self, message: Message) -> None:
        if message.kind is Kind.READY:
            self._ready.set()
        elif message.session in self.sessions:
            self.sessions[message.session].receive(message)


class LocalPlacement:
    """A fixed number of workers; a worker that died is replaced when it is next needed.

    ``folders`` of the operator's own by the worker's names for them: models, avatars, sets.
    """

    def __init__(self, workers: int, **folders: Path | None) -> None:
        self._arguments = folder_arguments(**folders)
        self._workers = [WorkerProcess(self._arguments) for _ in range(workers)]
        self._numbers = itertools.count(1)
        self._replacing = asyncio.Lock()
        self._closed = False

    async def start(self) -> None:
        """Start every worker; raises WorkerLost if one cannot run."""
        await asyncio.gather(*(worker.start() for worker in self._workers))

    async def open(self, options: SessionOptions) -> LocalSession:
        """A new session on the worker with the fewest."""
        if self._closed:
            raise AtCapacity(0, 5)
        worker = await self._least_loaded()
        session = LocalSession(worker, next(self._numbers))
        worker.sessions[session._number] = session
        worker.post(Message(Kind.OPEN, session._number, asdict(options)))
        try:
            await asyncio.wait_for(asyncio.shield(session.opened), _OPEN_S)
        except TimeoutError:
            await session.close()
            worker.kill()  # or, with the fewest sessions, it would be given every next one
            raise WorkerLost(f"a worker did not open a session within {_OPEN_S:.0f} s") from None
        except BaseException:
            await session.close()
            raise
        return session

    async def close(self) -> None:
        """End every worker and its sessions."""
        self._closed = True
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def _least_loaded(self) -> WorkerProcess:
        async with self._replacing:
            for place, worker in enumerate(self._workers):
                if not worker.alive:
                    log.warning("a worker has ended; starting another")
                    await worker.stop()  # it may only have stopped making sense
                    self._workers[place] = successor = WorkerProcess(self._arguments)
                    try:
                        await successor.start()
                    except (WorkerLost, OSError) as error:  # others may still have room
                        log.error("a worker could not be started: %s", error)
        alive = [worker for worker in self._workers if worker.alive]
        if not alive:
            raise WorkerLost("no worker can be started; `visavis doctor` says what is missing")
        return min(alive, key=lambda worker: len(worker.sessions))


def folder_arguments(**folders: Path | None) -> tuple[str, ...]:
    """The command line that tells a process in another directory of these folders."""
    given = {name: folder for name, folder in folders.items() if folder is not None}
    return tuple(
        part for name, path in given.items() for part in (f"--{name}", str(path.resolve()))
    )


def _error(values: dict[str, Any]) -> Exception:
    if "field" in values:
        return refusal(values)
    return WorkerLost(f"a session failed in its worker: {values.get('message', 'unknown')}")
