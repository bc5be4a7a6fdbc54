"""Stills of looks, drawn once by a process of their own that comes and goes with the requests."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections import OrderedDict
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import BackendUnavailable
from server.looks.painter import ANSWER
from server.refusals import refusal

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_KEPT_BYTES = 16_000_000
"""Of pictures that are kept; beyond, those that nobody has asked for longest are forgotten."""

_WAITING = 100
"""Requests that may wait; more are answered with 503."""

_REMEDY = "`visavis doctor` says what is missing"
_DRAW_S = 30.0
_IDLE_S = 20.0
"""Seconds without a request after which the process ends: it holds characters in memory."""


@dataclass(frozen=True, slots=True)
class Still:
    """What is to be seen; with no ``avatar`` the place alone."""

    avatar: str | None
    set: str
    light: str
    framing: str
    width: int
    height: int


class Stills:
    """Answers with WebP files. ``arguments`` are the painter's, see `server.looks.painter`."""

    def __init__(self, arguments: tuple[str, ...] = ()) -> None:
        self._arguments = arguments
        self._kept: OrderedDict[Still, bytes] = OrderedDict()
        self._size = 0
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def get(self, still: Still) -> bytes:
        """The picture; InvalidInput for a name that there is not, BackendUnavailable."""
        if still in self._kept:
            self._kept.move_to_end(still)
            return self._kept[still]
        if self._waiting >= _WAITING:
            raise BackendUnavailable("still", "too many are being drawn", "ask again in a moment")
        self._waiting += 1
        try:
            async with self._turn:
                if still not in self._kept:  # or it was drawn while this waited
                    self._keep(still, await self._drawn(still))
                return self._kept[still]
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process."""
        if self._idle is not None:
            self._idle.cancel()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _keep(self, still: Still, picture: bytes) -> None:
        self._kept[still] = picture
        self._size += len(picture)
        while self._size > _KEPT_BYTES and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])

    async def _drawn(self, still: Still) -> bytes:
        if self._idle is not None:
            self._idle.cancel()
        try:
            async with asyncio.timeout(_DRAW_S):
                drawn, body = await self._asked(json.dumps(asdict(still)).encode() + b"\n")
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            log.warning("no still could be drawn: %s", error or type(error).__name__)
            raise BackendUnavailable("still", "the process that draws it ended", _REMEDY) from error
        except BaseException:
            await self.close()  # or it would answer the next request with this picture
            raise
        self._idle = asyncio.get_running_loop().call_later(_IDLE_S, self._end)
        if drawn:
            return body
        values = json.loads(body)
        if "field" in values:
            raise refusal(values)
        raise BackendUnavailable("still", values["message"], _REMEDY)

    async def _asked(self, line: bytes) -> tuple[bool, bytes]:
        process = self._process or await self._start()
        assert process.stdin and process.stdout
        process.stdin.write(line)
        await process.stdin.drain()
        drawn, length = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
        return drawn, await process.stdout.readexactly(length)

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "server.looks.painter", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=_ROOT,
        )
        return self._process

    def _end(self) -> None:
        """Nobody has asked for a while."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
