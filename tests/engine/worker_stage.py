"""A worker in this process, with sessions of its own kind instead of real ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np

from engine.behaviour import Attention, Behaviour, Emotion
from engine.channel import Kind, Message, Unpacker
from engine.errors import InvalidInput
from engine.look import Look
from engine.options import SessionOptions
from engine.speech.audio import INPUT_HOP, PCM
from engine.studio import PictureState
from engine.timeline import HOP, Delay
from engine.units import AudioUnit, EventUnit, Unit
from engine.worker import Worker


class EchoSession:
    """Gives back one small unit a push; fails on command."""

    def __init__(self, options: SessionOptions) -> None:
        self.options = options
        self.delays = (Delay("look-ahead", options.look_ahead),)
        self.skipped_frames = 0
        self.motion_units = options.motion_units
        self.phone_units = options.phone_units
        self.pushed: list[PCM] = []
        self.behind: list[bool] = []
        self.controls: list[object] = []
        self.fails: set[str] = set()
        self.closed = 0

    def steps(self, pcm: PCM, behind: bool = False) -> Iterator[Unit]:
        self._may("stream")
        self.pushed.append(pcm)
        self.behind.append(behind)
        self.skipped_frames += behind
        yield AudioUnit((len(self.pushed) - 1) * HOP, HOP, bytes([int(pcm[0])]))

    def request_keyframe(self) -> None:
        self._may("keyframe")
        self.controls.append("keyframe")

    def set_bitrate(self, bits_per_second: int) -> None:
        self.controls.append(bits_per_second)

    def set_articulation(self, amount: float) -> None:
        self.controls.append(("articulation", amount))

    def set_behaviour(self, behaviour: Behaviour) -> None:
        self.controls.append(behaviour)

    def cue_emotion(self, emotion: Emotion) -> None:
        self.controls.append(emotion)

    def attend(self, attention: Attention | None) -> None:
        self.controls.append(("attention", attention))

    def set_others(self, speaking: bool) -> None:
        self.controls.append(("others", speaking))

    def set_role(self, role: str) -> None:
        self.controls.append(("role", role))

    def set_look(self, look: Look) -> None:
        self._may("look")
        self.controls.append(look)

    def set_quality(self, name: str) -> None:
        self.controls.append(name)

    def set_size(self, width: int, height: int) -> None:
        self.controls.append((width, height))

    @property
    def picture(self) -> PictureState:
        width, height = next(
            (c for c in reversed(self.controls) if isinstance(c, tuple) and isinstance(c[0], int)),
            (self.options.width, self.options.height),
        )
        return PictureState(width, height, 25.0, 1.4, "auto", "medium", 0)

    def close(self) -> None:
        self.closed += 1
        self._may("close")

    def _may(self, what: str) -> None:
        if what in self.fails:
            raise RuntimeError("a secret that no log should show")


class Stage:
    """A worker whose messages can be read, and the sessions that it opened."""

    def __init__(self, read: int, write: int) -> None:
        self.sessions: list[EchoSession] = []
        self.refusal: Exception | None = None
        self.dressing = Event()
        self.dressing.set()
        engine = SimpleNamespace(session=self._session, cast=SimpleNamespace(dress=self._dress))
        self.worker = Worker(engine, write)  # type: ignore[arg-type]
        self._read = read
        self._unpacker = Unpacker()

    def _dress(self, look: Look) -> None:
        assert self.dressing.wait(5)
        if "nobody" in (look.avatar, look.set):
            raise InvalidInput("avatar", look.avatar, "use nora")

    def _session(self, options: SessionOptions, stopwatch: object, clock: object) -> EchoSession:
        if self.refusal:
            raise self.refusal
        self.sessions.append(EchoSession(options))
        return self.sessions[-1]

    def open(self, number: int, **options: Any) -> EchoSession:
        self.worker.handle(Message(Kind.OPEN, number, options))
        self.settle()
        return self.sessions[-1]

    def settle(self) -> None:
        """Until nothing is being made ready any more."""
        while self.worker.patience is not None:
            self.worker.work()

    def control(self, number: int, **settings: object) -> None:
        self.worker.handle(Message(Kind.CONTROL, number, settings))

    def talk(self, number: int, value: int = 1, samples: int = INPUT_HOP) -> None:
        payload = np.full(samples, value, "<i2").tobytes()
        self.worker.handle(Message(Kind.PCM, number, payload=payload))

    def work_off(self) -> None:
        while self.worker.busy:
            self.worker.work()

    def said(self) -> list[Message]:
        """What the worker has sent since the last call."""
        messages: list[Message] = []
        while True:
            try:
                messages += self._unpacker.feed(os.read(self._read, 1 << 16))
            except BlockingIOError:
                return messages


def of_kind(messages: list[Message], kind: Kind) -> list[Message]:
    return [message for message in messages if message.kind is kind]


def events(messages: list[Message], kind: str) -> list[dict[str, Any]]:
    units = [message.unit for message in messages]
    return [unit.data for unit in units if isinstance(unit, EventUnit) and unit.kind == kind]
