"""One worker process: started, talked to, watched, ended."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.channel import Kind, Message, Unpacker, pack
from engine.errors import WorkerLost
from server.placement.hosted import LocalSession
from server.placement.usage import Usage, usage

log = logging.getLogger(__name__)

HUNG_AFTER = 4
"""Questions in a row, one a second, without a word from a worker, after which it is taken to hang:
loading a character or a motion model may take two seconds where the machine is busy."""

_ROOT = Path(__file__).resolve().parents[2]
_UNSENT_BYTES = 400_000
"""PCM that may wait in the pipe of a worker that does not keep up: four seconds of one voice."""

_START_S = 60.0
_END_S = 2.0


class WorkerProcess:
    """One ``python -m engine.worker`` with these arguments, and the sessions that it hosts.

    ``reported`` is given what the worker tells of itself, ``ended`` is called when one that was
    ready ends without having been asked to; ``environment`` has variables for it where the
    operator has not set them. ``usage`` is what it used when last looked at.
    """

    def __init__(
        self,
        arguments: tuple[str, ...] = (),
        reported: Callable[[dict[str, Any]], None] = lambda _: None,
        ended: Callable[[], None] = lambda: None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._arguments = arguments
        self._environment = environment or {}
        self._reported = reported
        self._ended = ended
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stopping = False
        self._unanswered = 0
        self._measured: asyncio.Future[float] | None = None
        self.sessions: dict[int, LocalSession] = {}
        self.usage: Usage | None = None
        self.waiting_s = 0.0
        self.hung = False

    @property
    def alive(self) -> bool:
        """Whether the process runs and talks."""
        return self._process is not None and self._reader is not None and not self._reader.done()

    @property
    def load(self) -> tuple[float, int]:
        """Pixels per second that its sessions ask for, and how many they are."""
        return sum(session.load for session in self.sessions.values()), len(self.sessions)

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
            env={**self._environment, **os.environ},
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

    def ask(self) -> None:
        """Ask for a sign of life, or end the process if it has not given one for long.

        Call it once a second; it counts calls, so that a server that was held up itself blames
        nobody. ``hung`` says that it was ended so.
        """
        if not (self.alive and self._ready.is_set()) or self._stopping:
            return
        if self._unanswered >= HUNG_AFTER:
            log.error("a worker has not answered for %d s; it is ended", HUNG_AFTER)
            self.hung = True
            self.kill()
            return
        self._unanswered += 1
        self.post(Message(Kind.PING))

    async def look(self) -> None:
        """Note what the process uses."""
        if self._process is not None and self.alive:
            self.usage = await asyncio.to_thread(usage, self._process.pid) or self.usage

    async def measure(self, options: dict[str, Any], seconds: float) -> float:
        """How many times real time one session runs here; 0 if it cannot. WorkerLost if it ends."""
        self._measured = asyncio.get_running_loop().create_future()
        self.post(Message(Kind.MEASURE, 0, {"options": options, "seconds": seconds}))
        try:
            return await asyncio.wait_for(self._measured, _START_S)
        except TimeoutError:
            raise WorkerLost("a worker did not say how fast it is") from None

    def kill(self) -> None:
        """End a process that does not answer; its sessions go on elsewhere."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """End the process; it frees its sessions when its input ends."""
        self._stopping = True
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
                self._unanswered = 0
                for message in unpacker.feed(data):
                    self._deliver(message)
        except Exception:  # whatever it is, this worker cannot be understood any more
            log.exception("a worker's messages make no sense")
            self.kill()
        finally:
            self._over()

    def _over(self) -> None:
        sessions, self.sessions = list(self.sessions.values()), {}
        if self._measured is not None and not self._measured.done():
            self._measured.set_exception(WorkerLost("a worker ended while it was measured"))
        if self._ready.is_set() and not self._stopping:
            self._ended()
        for session in sessions:
            session.worker_ended()

    def _deliver(self, message: Message) -> None:
        if message.kind is Kind.READY:
            for network, backend in message.values.get("backends", {}).items():
                log.info("a worker computes %s on %s", network, backend)
            self._ready.set()
        elif message.kind is Kind.PONG:
            self.waiting_s = message.values["waiting_s"]
            self._reported(message.values)
        elif message.kind is Kind.MEASURED:
            if self._measured is not None and not self._measured.done():
                self._measured.set_result(message.values["speed"])
        elif message.session in self.sessions:
            self.sessions[message.session].receive(message)
