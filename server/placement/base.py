"""What the server needs of the place where sessions run, wherever that is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.options import SessionOptions
from engine.quality import OVERLOAD
from engine.timeline import Delay
from engine.units import Unit

MOST_SESSIONS = 64
"""Of one server."""


class EngineSession(Protocol):
    """One session in a worker: PCM and settings in, units out."""

    @property
    def delays(self) -> tuple[Delay, ...]:
        """The declared algorithmic delays, in the order of the flow."""

    @property
    def dropped(self) -> int:
        """Units, and pieces of voice, that were lost on the way from and to the worker."""

    def push(self, pcm: NDArray[np.int16]) -> None:
        """Hand over mono int16 PCM at 48 kHz; never blocks, drops are counted."""

    def control(self, **settings: object) -> None:
        """``bitrate=bits_per_second``, ``keyframe=True``; ``articulation``, ``motion_units``,
        ``phone_units``, ``avatar``, ``set``, ``light``, ``framing``, ``quality``, ``width``,
        ``height``, the fields of `engine.behaviour.Behaviour` and ``role`` as in the options;
        ``emotions``, a list of cues as `Emotion.as_dict` has them; ``attention``, yaw and pitch or
        None; ``others``, whether somebody else speaks. What cannot be done is told by an event
        ``refused`` with ``field``, ``value`` and ``remedy``, what is shown from now on by an event
        ``look``.
        """

    def units(self) -> AsyncIterator[Unit]:
        """Units as they are made, until the session is closed; raises WorkerLost."""

    async def close(self) -> None:
        """End the session and free what it holds; may be called twice."""


class Counts:
    """What workers have counted by name, in classes: see `engine.stopwatch.counted`."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}
        self.sums: dict[str, float] = {}

    def add(self, told: Mapping[str, Any]) -> None:
        """What a worker has told of the time since it told last."""
        for name, new in told.items():
            before = self.counts.get(name, [0] * len(new["counts"]))
            self.counts[name] = [a + b for a, b in zip(before, new["counts"], strict=True)]
            self.sums[name] = self.sums.get(name, 0.0) + new["sum"]


@dataclass(frozen=True, slots=True)
class Report:
    """The workers, since the server started.

    workers    processes that run
    restarts   how often one was replaced, by reason: "ended", "hung", "memory"
    resumed    sessions that have gone on in another worker
    stages     how long each stage takes, in the classes of `engine.stopwatch.BOUNDS`
    queues     how long voice waits for its turn, what is asked of networks, and pictures; the same
    batches    sessions for which each call of a network was, in those of `engine.batch.SIZES`
    waiting_s  seconds of voice that wait in all workers
    cpu_s      seconds of processor time of all that have been
    memory     bytes that they use
    """

    workers: int = 0
    restarts: Mapping[str, int] = field(default_factory=dict)
    resumed: int = 0
    stages: Counts = field(default_factory=Counts)
    queues: Counts = field(default_factory=Counts)
    batches: Counts = field(default_factory=Counts)
    waiting_s: float = 0.0
    cpu_s: float = 0.0
    memory: int = 0


def room(together: Sequence[float], alone: float) -> int:
    """How many sessions there is room for, at least 1 and at most 64.

    ``together`` has by how many times each worker runs sessions in real time while all do, so that
    their sum is what the machine can; ``alone`` is the same of one while the others rest, which is
    the most that a worker comes to, as its sessions take turns. None is to be busy for more of the
    time than the quality dial allows (`engine.quality.OVERLOAD`), a machine as a whole neither:
    the rest is for the transport. A session is in one worker, so each counts for whole ones.
    """
    machine = int(OVERLOAD * sum(together))
    workers = len(together) * int(OVERLOAD * max(alone, *together, 0.0))
    return min(MOST_SESSIONS, max(1, min(machine, workers)))


class Placement(Protocol):
    """Where sessions are hosted: local worker processes, later other machines."""

    async def start(self) -> None:
        """Make ready, so that the first session opens at once."""

    async def capacity(self, options: SessionOptions) -> int:
        """How many such sessions there is room for, measured now; nothing else may run."""

    def report(self) -> Report:
        """What there is to tell of the place since the start."""

    async def open(self, options: SessionOptions) -> EngineSession:
        """A new session; raises AtCapacity, WorkerLost or InvalidInput."""

    async def close(self) -> None:
        """End every session and worker."""
