"""The process that hosts sessions: ``python -m engine.worker``, messages on stdin and stdout.

``--models``, ``--avatars`` and ``--sets`` name folders of the operator's own, as for `Engine.load`.
It ends when its stdin does. A session that fails is reported and dropped; the others go on.
"""

from __future__ import annotations

import argparse
import gc
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.behaviour import Attention, Behaviour, Emotion
from engine.calibration import speed
from engine.channel import Kind, Message, Unpacker, pack, unit_message
from engine.dresser import Dresser, Outcome
from engine.errors import InvalidInput, VisavisError
from engine.look import Look
from engine.options import SessionOptions, check_look
from engine.pipeline import Engine
from engine.runtime.choice import AUTO, BACKENDS
from engine.session import Session
from engine.speech.audio import INPUT_HOP, PCM
from engine.stopwatch import Stopwatch, counted
from engine.studio import PictureState
from engine.timeline import HOP, SAMPLE_RATE
from engine.units import EventUnit

_READ = 1 << 16
_PENDING_HOPS = 100
"""Two seconds of PCM per session, however it is cut; when more waits the oldest is dropped."""

_BEHIND_HOPS = 3
"""With this much PCM (60 ms) waiting, pictures are left out until the face has caught up."""

_GLANCE = 0.005
"""Seconds between two glances at what is being made ready, while there is nothing else to do."""

_BEHAVIOUR = tuple(asdict(Behaviour()))
_LOOK = ("avatar", "set", "light", "framing")
_PICTURE = ("quality", "width", "height")


@dataclass(slots=True)
class Hosted:
    """A session, what it has last been asked to be, and the PCM that waits for it."""

    session: Session
    options: SessionOptions
    waiting: deque[PCM] = field(default_factory=deque)
    dropped: int = 0
    behind: bool = False
    told: PictureState | None = None

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

    def hush(self) -> None:
        """What waits is silence now: time goes on, and nothing of it is said."""
        self.waiting = deque(np.zeros_like(pcm) for pcm in self.waiting)

    def take_dropped_hops(self) -> int:
        """Whole hops dropped since the last call."""
        hops, self.dropped = divmod(self.dropped, INPUT_HOP)
        return hops


class Worker:
    """Hosts sessions: messages in by ``handle``, work by ``work``, messages out by ``send``."""

    def __init__(self, engine: Engine, out: int) -> None:
        self._engine = engine
        self._out = out
        self._stopwatch = Stopwatch(time.perf_counter)
        self._hosted: dict[int, Hosted] = {}
        self._opening: dict[int, SessionOptions] = {}
        self._dresser = Dresser(engine.cast.dress)

    @property
    def patience(self) -> float | None:
        """Seconds until ``work`` has something to do even if no message comes; None for never."""
        if self.busy:
            return 0
        return _GLANCE if self._dresser.busy else None

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
        elif message.kind is Kind.PING:
            self.send(Message(Kind.PONG, 0, self._report()))
        elif message.kind is Kind.MEASURE:
            self._measure(message.values)
        elif number in self._hosted:
            hosted = self._hosted[number]
            if message.kind is Kind.PCM:
                hosted.add(np.frombuffer(message.payload, "<i2").astype(np.int16))
            elif message.kind is Kind.CONTROL:
                self._control(number, hosted, message.values)

    def work(self) -> None:
        """What has become ready, and one piece of PCM for every session that has some, the most
        behind first.
        """
        for number, outcome in self._dresser.ready():
            try:
                self._dressed(number, outcome)
            except Exception as error:  # one session's fault must not end the others
                self._fail(number, error)
        for number, hosted in sorted(self._hosted.items(), key=lambda item: -len(item[1].waiting)):
            if hosted.waiting:
                self._advance(number, hosted)

    def send(self, message: Message) -> None:
        """Write a whole message."""
        data = memoryview(pack(message))
        while data:
            data = data[os.write(self._out, data) :]

    def _report(self) -> dict[str, Any]:
        """How long stages have taken since the last report, and how much PCM waits."""
        stages = {
            stage: {"counts": counted(seconds), "sum": sum(seconds)}
            for stage, seconds in self._stopwatch.take().items()
        }
        waiting = sum(hosted.backlog for hosted in self._hosted.values()) * HOP / SAMPLE_RATE
        return {"stages": stages, "waiting_s": waiting}

    def _measure(self, values: dict[str, Any]) -> None:
        """How many times real time one session runs here; 0 if it cannot."""
        try:
            options = SessionOptions.from_dict(values["options"])
            measured = speed(self._engine, options, values["seconds"], time.perf_counter)
        except Exception:  # a session that asks for the same will be told why
            measured = 0.0
        self.send(Message(Kind.MEASURED, 0, {"speed": measured}))

    def _open(self, number: int, message: Message) -> None:
        try:
            options = SessionOptions.from_dict(message.values)
        except VisavisError as error:
            self.send(Message(Kind.REFUSED, number, _described(error)))
            return
        self._opening[number] = options
        self._dresser.ask(number, options.look)

    def _close(self, number: int) -> None:
        self._opening.pop(number, None)
        self._dresser.forget(number)
        hosted = self._hosted.pop(number, None)
        if hosted:
            hosted.session.close()

    def _dressed(self, number: int, outcome: Outcome) -> None:
        """What a look needs is there: open its session, or show it in the one that runs."""
        if number in self._opening:
            self._opened(number, self._opening.pop(number), outcome)
        elif number in self._hosted:
            hosted = self._hosted[number]
            try:
                look = _unless_failed(outcome)
                hosted.session.set_look(look)
            except InvalidInput as error:
                self._tell(number, "refused", _described(error))
                return
            hosted.options = replace(hosted.options, **asdict(look))
            self._tell_look(number, hosted)

    def _opened(self, number: int, options: SessionOptions, outcome: Outcome) -> None:
        try:
            _unless_failed(outcome)
            session = self._engine.session(
                options, stopwatch=self._stopwatch, clock=time.perf_counter
            )
        except VisavisError as error:
            self.send(Message(Kind.REFUSED, number, _described(error)))
            return
        self._hosted[number] = Hosted(session, options)
        delays = [[delay.stage, delay.samples] for delay in session.delays]
        self.send(Message(Kind.OPENED, number, {"delays": delays}))

    def _control(self, number: int, hosted: Hosted, values: dict[str, Any]) -> None:
        """Do as asked, or refuse; a look is made ready first."""
        try:
            if values.get("hush"):
                hosted.hush()
            _set(hosted.session, values)
            _direct(hosted.session, values)
            if behaviour := {name: values[name] for name in _BEHAVIOUR if name in values}:
                hosted.options = replace(hosted.options, **behaviour)
                hosted.session.set_behaviour(hosted.options.behaviour)
            if picture := {name: values[name] for name in _PICTURE if name in values}:
                options = replace(hosted.options, **picture)
                if "quality" in picture:  # or the dial would forget what it has found out
                    hosted.session.set_quality(options.quality)
                if (options.width, options.height) != (hosted.options.width, hosted.options.height):
                    hosted.session.set_size(options.width, options.height)
                hosted.options = options
                self._tell_look(number, hosted)
            if named := {name: values[name] for name in _LOOK if name in values}:
                look = replace(self._dresser.wanted(number, hosted.options.look), **named)
                check_look(look)
                self._dresser.ask(number, look)
        except InvalidInput as error:
            self._tell(number, "refused", _described(error))

    def _tell_look(self, number: int, hosted: Hosted) -> None:
        shown = {name: getattr(hosted.options, name) for name in _LOOK + _PICTURE}
        self._tell(number, "look", shown)

    def _tell(self, number: int, kind: str, data: Mapping[str, float | str]) -> None:
        self.send(unit_message(number, EventUnit(0, kind, dict(data))))

    def _fail(self, number: int, error: Exception) -> None:
        with suppress(Exception):  # what has failed once may well fail to close
            self._close(number)
        self.send(Message(Kind.FAILED, number, _described(error)))

    def _advance(self, number: int, hosted: Hosted) -> None:
        skipped, dropped = hosted.session.skipped_frames, hosted.take_dropped_hops()
        pcm, behind = hosted.take()
        try:
            for unit in hosted.session.stream(pcm, behind):
                self.send(unit_message(number, unit))
        except Exception as error:  # one session's fault must not end the others
            self._fail(number, error)
            return
        if (hosted.session.skipped_frames, dropped) != (skipped, 0):
            data = {"skipped_frames": hosted.session.skipped_frames, "dropped_hops": dropped}
            self._tell(number, "stats", data)
        picture = hosted.session.picture
        if picture is not None and picture != hosted.told:
            hosted.told = picture
            self._tell(number, "picture", asdict(picture))


def _set(session: Session, values: dict[str, Any]) -> None:
    """Change what can be changed at once and has nothing to do with pictures."""
    if values.get("keyframe"):
        session.request_keyframe()
    if values.get("hush"):
        session.hush()
    if "stride" in values:
        session.set_stride(int(values["stride"]))
    if "bitrate" in values:
        session.set_bitrate(int(values["bitrate"]))
    if "articulation" in values:
        session.set_articulation(values["articulation"])
    for units in ("motion_units", "phone_units"):
        if units in values:
            setattr(session, units, bool(values[units]))


def _direct(session: Session, values: dict[str, Any]) -> None:
    """Tell the face what goes on and what is asked of it."""
    for cue in values.get("emotions", ()):
        session.cue_emotion(Emotion.from_dict(cue))
    if "attention" in values:
        place = values["attention"]
        session.attend(None if place is None else Attention(*place))
    if "others" in values:
        session.set_others(bool(values["others"]))
    if "role" in values:
        session.set_role(values["role"])


def _unless_failed(outcome: Outcome) -> Look:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


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


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m engine.worker")
    for name in ("--models", "--avatars", "--sets"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--backend", choices=BACKENDS, default=AUTO)
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides when a worker ends
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # stray prints must not break the framing
    try:
        engine = Engine.load(**vars(_options(sys.argv[1:])))
    except VisavisError as error:
        sys.exit(f"visavis: {error}")
    _warm_up(engine)
    gc.collect()
    gc.freeze()
    worker = Worker(engine, out)
    worker.send(Message(Kind.READY))
    unpacker = Unpacker()
    source = sys.stdin.fileno()
    while True:
        readable, _, _ = select.select([source], [], [], worker.patience)
        if readable:
            data = os.read(source, _READ)
            if not data:
                return
            for message in unpacker.feed(data):
                worker.handle(message)
        worker.work()


if __name__ == "__main__":
    main()
