"""The process that hosts sessions: ``python -m engine.worker``, messages on stdin and stdout.

Its one argument, if any, is the folder of the user's own motion models.
It ends when its stdin does. A session that fails is reported and dropped; the others go on.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.channel import Kind, Message, Unpacker, pack, unit_message
from engine.errors import InvalidInput, VisavisError
from engine.options import SessionOptions
from engine.pipeline import Engine, Session
from engine.speech.audio import INPUT_HOP, PCM
from engine.units import EventUnit

_READ = 1 << 16
_PENDING_HOPS = 100
"""Two seconds of PCM per session, however it is cut; when more waits the oldest is dropped."""

_BEHIND_HOPS = 3
"""With this much PCM (60 ms) waiting, pictures are left out until the face has caught up."""


@dataclass(slots=True)
class Hosted:
    """A session and the PCM that waits for it."""

    session: Session
    waiting: deque[PCM] = field(default_factory=deque)
    dropped: int = 0
    behind: bool = False

    @property
    def backlog(self) -> int:
        """Whole hops that wait."""
        return sum(map(len, self.waiting)) // INPUT_HOP

    def take(self) -> tuple[PCM, bool]:
        """The next PCM, and whether pictures must be left out to catch up."""
        pcm = self.waiting.popleft()
        self.behind = self.backlog >= (1 if self.behind else _BEHIND_HOPS)
        return pcm, self.behind

    def add(self, pcm: PCM) -> None:
        """Queue PCM, dropping the oldest beyond two seconds; ``dropped`` counts its samples."""
        self.waiting.append(pcm)
        while self.backlog > _PENDING_HOPS and len(self.waiting) > 1:
            self.dropped += len(self.waiting.popleft())

    def take_dropped_hops(self) -> int:
        """Whole hops dropped since the last call."""
        hops, self.dropped = divmod(self.dropped, INPUT_HOP)
        return hops


class Worker:
    """Hosts sessions: messages in by ``handle``, work by ``work``, messages out by ``send``."""

    def __init__(self, engine: Engine, out: int) -> None:
        self._engine = engine
        self._out = out
        self._hosted: dict[int, Hosted] = {}

    @property
    def busy(self) -> bool:
        """Whether any PCM waits."""
        return any(hosted.waiting for hosted in self._hosted.values())

    def handle(self, message: Message) -> None:
        """Do what a message asks; unknown sessions are ignored, they have just been closed."""
        try:
            self._handle(message.session, message)
        except Exception as error:  # one session's fault must not end the others
            self._fail(message.session, error)

    def _handle(self, number: int, message: Message) -> None:
        if message.kind is Kind.OPEN:
            self._open(number, message)
        elif message.kind is Kind.CLOSE:
            self._close(number)
        elif number in self._hosted:
            hosted = self._hosted[number]
            if message.kind is Kind.PCM:
                hosted.add(np.frombuffer(message.payload, "<i2").astype(np.int16))
            elif message.kind is Kind.CONTROL:
                _control(hosted.session, message)

    def work(self) -> None:
        """One piece of PCM for every session that has one, the most behind first."""
        for number, hosted in sorted(self._hosted.items(), key=lambda item: -len(item[1].waiting)):
            if hosted.waiting:
                self._advance(number, hosted)

    def send(self, message: Message) -> None:
        """Write a whole message."""
        data = memoryview(pack(message))
        while data:
            data = data[os.write(self._out, data) :]

    def _open(self, number: int, message: Message) -> None:
        try:
            session = self._engine.session(SessionOptions.from_dict(message.values))
        except VisavisError as error:
            self.send(Message(Kind.REFUSED, number, _described(error)))
            return
        self._hosted[number] = Hosted(session)
        delays = [[delay.stage, delay.samples] for delay in session.delays]
        self.send(Message(Kind.OPENED, number, {"delays": delays}))

    def _close(self, number: int) -> None:
        hosted = self._hosted.pop(number, None)
        if hosted:
            hosted.session.close()

    def _fail(self, number: int, error: Exception) -> None:
        with suppress(Exception):  # what has failed once may well fail to close
            self._close(number)
        self.send(Message(Kind.FAILED, number, _described(error)))

    def _advance(self, number: int, hosted: Hosted) -> None:
        skipped, dropped = hosted.session.skipped_frames, hosted.take_dropped_hops()
        pcm, behind = hosted.take()
        try:
            units = hosted.session.push(pcm, behind)
        except Exception as error:  # one session's fault must not end the others
            self._fail(number, error)
            return
        for unit in units:
            self.send(unit_message(number, unit))
        if (hosted.session.skipped_frames, dropped) != (skipped, 0):
            data = {"skipped_frames": hosted.session.skipped_frames, "dropped_hops": dropped}
            self.send(unit_message(number, EventUnit(0, "stats", dict(data))))


def _control(session: Session, message: Message) -> None:
    if message.values.get("keyframe"):
        session.request_keyframe()
    if "bitrate" in message.values:
        session.set_bitrate(int(message.values["bitrate"]))
    if "articulation" in message.values:
        session.set_articulation(message.values["articulation"])
    for units in ("motion_units", "phone_units"):
        if units in message.values:
            setattr(session, units, bool(message.values[units]))


def _described(error: Exception) -> dict[str, str]:
    """An error as plain values; only deliberate errors are quoted, others name their type."""
    if isinstance(error, InvalidInput):
        return {"field": error.field, "value": error.value, "remedy": error.remedy}
    return {"message": str(error) if isinstance(error, VisavisError) else type(error).__name__}


def _warm_up(engine: Engine) -> None:
    """Draw and encode once, so that the first session does not wait for shaders to compile."""
    session = engine.session(SessionOptions(width=64, height=64))
    session.push(np.zeros(8 * INPUT_HOP, np.int16))
    session.close()


def main() -> None:
    """Serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides when a worker ends
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # stray prints must not break the framing
    engine = Engine.load(Path(sys.argv[1]) if sys.argv[1:] else None)
    _warm_up(engine)
    gc.collect()
    gc.freeze()
    worker = Worker(engine, out)
    worker.send(Message(Kind.READY))
    unpacker = Unpacker()
    source = sys.stdin.fileno()
    while True:
        readable, _, _ = select.select([source], [], [], 0 if worker.busy else None)
        if readable:
            data = os.read(source, _READ)
            if not data:
                return
            for message in unpacker.feed(data):
                worker.handle(message)
        worker.work()


if __name__ == "__main__":
    main()
