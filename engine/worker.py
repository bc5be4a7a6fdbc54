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
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.batch import SIZES
from engine.behaviour import Behaviour
from engine.calibration import speed
from engine.channel import Kind, Message, Unpacker, pack, unit_message
from engine.controls import control
from engine.dresser import Dresser, Outcome
from engine.errors import InvalidInput, VisavisError
from engine.hosting import Hosted, Hosting
from engine.look import Look
from engine.options import SessionOptions, check_look
from engine.pipeline import Engine
from engine.render.badge import Badge, from_text
from engine.runtime.choice import AUTO, BACKENDS
from engine.speech.audio import INPUT_HOP
from engine.stopwatch import BOUNDS, Stopwatch, counted
from engine.timeline import HOP, SAMPLE_RATE
from engine.units import EventUnit, Unit

_READ = 1 << 16
_GLANCE = 0.005
"""Seconds between two glances at what is being made ready, while there is nothing else to do."""

_BEHAVIOUR = tuple(asdict(Behaviour()))
_LOOK = ("avatar", "set", "light", "framing")
_PICTURE = ("quality", "width", "height")


class Worker:
    """Hosts sessions: messages in by ``handle``, work by ``work``, messages out by ``send``."""

    def __init__(self, engine: Engine, out: int) -> None:
        self._engine = engine
        self._out = out
        self._stopwatch = Stopwatch(time.perf_counter)
        self._hosting = Hosting(self._stopwatch, time.perf_counter, self._tell, self._fail)
        self._opening: dict[int, SessionOptions] = {}
        self._dresser = Dresser(engine.cast.dress)

    @property
    def patience(self) -> float | None:
        """Seconds until ``work`` has something to do even if no message comes; None for never."""
        patience = self._hosting.patience
        if not self._dresser.busy:
            return patience
        return _GLANCE if patience is None else min(patience, _GLANCE)

    @property
    def busy(self) -> bool:
        """Whether any session has something to do."""
        return self._hosting.patience is not None

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
        elif hosted := self._hosting.sessions.get(number):
            if message.kind is Kind.PCM:
                self._hosting.push(number, np.frombuffer(message.payload, "<i2").astype(np.int16))
            elif message.kind is Kind.CONTROL:
                self._control(hosted, message.values)

    def work(self) -> None:
        """What has become ready, and a turn for every session, up to one picture."""
        for number, outcome in self._dresser.ready():
            try:
                self._dressed(number, outcome)
            except Exception as error:  # one session's fault must not end the others
                self._fail(number, error)
        self._hosting.work()

    def send(self, message: Message) -> None:
        """Write a whole message."""
        data = memoryview(pack(message))
        while data:
            data = data[os.write(self._out, data) :]

    def _report(self) -> dict[str, Any]:
        """What has been counted since the last report, and how much PCM waits."""
        return {
            "stages": _summed(self._stopwatch.take(), BOUNDS),
            "queues": _summed(self._hosting.take_waits(), BOUNDS),
            "batches": _summed(self._hosting.batch.take_sizes(), SIZES),
            "waiting_s": self._hosting.waiting_hops * HOP / SAMPLE_RATE,
        }

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
        self._hosting.remove(number)

    def _dressed(self, number: int, outcome: Outcome) -> None:
        """What a look needs is there: open its session, or show it in the one that runs."""
        if number in self._opening:
            self._opened(number, self._opening.pop(number), outcome)
        elif hosted := self._hosting.sessions.get(number):
            try:
                look = _unless_failed(outcome)
                hosted.session.set_look(look)
            except InvalidInput as error:
                self._tell_of(number, "refused", _described(error))
                return
            hosted.options = replace(hosted.options, **asdict(look))
            self._tell_look(hosted)

    def _opened(self, number: int, options: SessionOptions, outcome: Outcome) -> None:
        try:
            _unless_failed(outcome)
            session = self._engine.session(
                options, stopwatch=self._stopwatch, clock=time.perf_counter
            )
        except VisavisError as error:
            self.send(Message(Kind.REFUSED, number, _described(error)))
            return
        self._hosting.add(number, session, options)
        delays = [[delay.stage, delay.samples] for delay in session.delays]
        self.send(Message(Kind.OPENED, number, {"delays": delays}))

    def _control(self, hosted: Hosted, values: dict[str, Any]) -> None:
        """Do as asked, or refuse; a look is made ready first."""
        try:
            if values.get("hush"):
                hosted.hush()
            control(hosted.session, values)
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
                self._tell_look(hosted)
            if named := {name: values[name] for name in _LOOK if name in values}:
                look = replace(self._dresser.wanted(hosted.number, hosted.options.look), **named)
                check_look(look)
                self._dresser.ask(hosted.number, look)
        except InvalidInput as error:
            self._tell_of(hosted.number, "refused", _described(error))

    def _tell_look(self, hosted: Hosted) -> None:
        shown = {name: getattr(hosted.options, name) for name in _LOOK + _PICTURE}
        self._tell_of(hosted.number, "look", shown)

    def _tell_of(self, number: int, kind: str, data: Mapping[str, float | str]) -> None:
        self._tell(number, EventUnit(0, kind, dict(data)))

    def _tell(self, number: int, unit: Unit) -> None:
        self.send(unit_message(number, unit))

    def _fail(self, number: int, error: Exception) -> None:
        with suppress(Exception):  # what has failed once may well fail to close
            self._close(number)
        self.send(Message(Kind.FAILED, number, _described(error)))


def _summed(values: Mapping[str, Sequence[float]], bounds: Sequence[float]) -> dict[str, Any]:
    """Plain values of a histogram for each name."""
    return {
        name: {"counts": counted(noted, bounds), "sum": sum(noted)}
        for name, noted in values.items()
    }


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
    parser.add_argument("--badge", type=from_text, default=Badge())
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
    worker.send(Message(Kind.READY, 0, {"backends": engine.chooser.taken()}))
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
