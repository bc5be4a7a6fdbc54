"""The server's end of a session in a worker, which outlives the worker.

Media time goes on where a worker is lost: the next one begins at its own zero, which lies here at
the count of what has been pushed, so time jumps over what nobody heard and never goes back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.channel import Kind, Message
from engine.errors import VisavisError, WorkerLost
from engine.options import SessionOptions
from engine.speech.audio import DECIMATION
from engine.timeline import HOP, Delay, Samples
from engine.units import EventUnit, Unit, VideoUnit
from server.placement.kept import Kept
from server.refusals import refusal

_UNITS = 400
"""Units kept per session while nobody takes them: over two seconds; newer ones are dropped."""

GRID: Samples = 3200
"""Where a session may begin anew: 0.2 s, the least that is whole hops and whole frames at 25 and
at 30 a second."""

RESUMES, RESUMES_WITHIN = 3, 60.0
"""So often in so many seconds a session goes on elsewhere: one that ends every worker must not."""


class Host(Protocol):
    """A worker."""

    def post(self, message: Message) -> None:
        """Send what must not be lost."""

    def offer(self, message: Message) -> bool:
        """Send unless too much waits."""

    def forget(self, number: int) -> None:
        """End a session."""


class LocalSession:
    """A session in one worker after the other (an EngineSession).

    ``lost`` is called when its worker has ended: open it on another, or ``fail`` it.
    """

    def __init__(self, options: SessionOptions, lost: Callable[[LocalSession], None]) -> None:
        self._kept = Kept(options)
        self._lost = lost
        self._worker: Host | None = None
        self._number = 0
        self._units: asyncio.Queue[Unit | Exception | None] = asyncio.Queue(_UNITS)
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] | None = None
        self._live = False
        self._pushed = self._leave_out = 0  # samples at 48 kHz
        self._behind: Samples = 0
        self._begins: Samples = 0
        self._skipped = self._skipped_before = 0
        self._resumed: deque[float] = deque(maxlen=RESUMES)
        self.delays: tuple[Delay, ...] = ()
        self.dropped_pcm = 0
        self.dropped_units = 0
        self.closed = False

    @property
    def load(self) -> float:
        """Pixels per second that it asks for."""
        options = self._kept.options
        return options.width * options.height * options.fps

    @property
    def dropped(self) -> int:
        """Units and pieces of voice that were lost."""
        return self.dropped_pcm + self.dropped_units

    async def open_on(self, worker: Host, number: int) -> None:
        """Begin in this worker, anew if it was in another; raises what the worker answers."""
        self._worker, self._number = worker, number
        opened = self._opened = self._loop.create_future()
        worker.post(Message(Kind.OPEN, number, asdict(self._kept.options)))
        await opened

    def may_resume(self) -> bool:
        """Whether it may go on elsewhere; counts how often it does."""
        now = self._loop.time()
        if self.closed:
            return False
        if len(self._resumed) == RESUMES and now - self._resumed[0] < RESUMES_WITHIN:
            return False
        self._resumed.append(now)
        return True

    def push(self, pcm: NDArray[np.int16]) -> None:
        """Hand over mono PCM at 48 kHz; dropped and counted if no worker keeps up."""
        self._pushed += len(pcm)
        if self.closed or not self._live:
            self.dropped_pcm += 1
            return
        if self._leave_out:
            left_out = min(self._leave_out, len(pcm))
            self._leave_out -= left_out
            pcm = pcm[left_out:]
            if not len(pcm):
                return
        payload = pcm.astype("<i2", copy=False).tobytes()
        message = Message(Kind.PCM, self._number, payload=payload)
        if self._worker is None or not self._worker.offer(message):
            self.dropped_pcm += 1

    def control(self, **settings: object) -> None:
        """As EngineSession has it."""
        if self.closed:
            return
        if self._live and self._worker is not None:
            self._worker.post(Message(Kind.CONTROL, self._number, settings))
        with suppress(VisavisError):  # the worker refuses it
            self._kept.control(settings)

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
        if not self.closed:
            self.closed = True
            self._leave()
            self._end(None)

    def receive(self, message: Message) -> None:
        """Take a message from the worker."""
        if message.unit is not None:
            self._keep(self._in_our_time(message.unit))
        elif message.kind is Kind.OPENED:
            self._begin(message.values["delays"])
        elif message.kind in (Kind.REFUSED, Kind.FAILED):
            self.fail(_error(message.values))

    def worker_ended(self) -> None:
        """Its worker is no more."""
        self._worker, self._live = None, False
        self._skipped_before += self._skipped
        self._skipped = 0
        if self._opened is not None and not self._opened.done():
            self._refuse(WorkerLost("the worker that hosted this session ended"))
        elif not self.closed:
            self._lost(self)

    def fail(self, error: Exception) -> None:
        """Nothing more will come, for this reason."""
        self._leave()
        self._refuse(error)
        self._end(error)

    def _begin(self, delays: list[tuple[str, Samples]]) -> None:
        """The worker has it: its zero lies ahead of all that has been given out, on the grid."""
        if self._opened is None or self._opened.done():
            return
        self.delays = tuple(Delay(stage, samples) for stage, samples in delays)
        reached = -(-self._pushed // DECIMATION) - self._behind
        self._begins = -(-reached // GRID) * GRID
        self._leave_out = (self._begins + self._behind) * DECIMATION - self._pushed
        self._live = True
        self._opened.set_result(None)
        if self._worker is not None and self._kept.settings:
            self._worker.post(Message(Kind.CONTROL, self._number, self._kept.settings))

    def _in_our_time(self, unit: Unit) -> Unit:
        """A unit as if there had only been one worker."""
        if isinstance(unit, EventUnit):
            return self._event(unit)
        return replace(unit, time=unit.time + self._begins) if self._begins else unit

    def _event(self, event: EventUnit) -> EventUnit:
        if event.kind == "stats":
            self._behind += int(event.data.get("dropped_hops", 0)) * HOP
            self._skipped = int(event.data.get("skipped_frames", self._skipped))
            skipped = self._skipped_before + self._skipped
            event = replace(event, data={**event.data, "skipped_frames": skipped})
        elif event.kind == "look":
            self._kept.shown(event.data)
        elif event.kind == "refused":
            self._kept.refused(event.data.get("field"))
        return replace(event, time=event.time + self._begins)

    def _keep(self, unit: Unit) -> None:
        if not self._units.full():
            self._units.put_nowait(unit)
            return
        self.dropped_units += 1
        if isinstance(unit, VideoUnit):  # pictures after a gap would not decode
            self.control(keyframe=True)

    def _leave(self) -> None:
        if self._worker is not None:
            self._worker.forget(self._number)
        self._worker, self._live = None, False

    def _refuse(self, error: Exception) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(error)
            self._opened.exception()  # it may be that nobody waits any more

    def _end(self, last: Exception | None) -> None:
        while self._units.full():
            self._units.get_nowait()
        self._units.put_nowait(last)


def _error(values: dict[str, Any]) -> Exception:
    if "field" in values:
        return refusal(values)
    return WorkerLost(f"a session failed in its worker: {values.get('message', 'unknown')}")
