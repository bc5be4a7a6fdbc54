"""What the server needs of the place where sessions run, wherever that is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.options import SessionOptions
from engine.timeline import Delay
from engine.units import Unit


class EngineSession(Protocol):
    """One session in a worker: PCM and settings in, units out."""

    @property
    def delays(self) -> tuple[Delay, ...]:
        """The declared algorithmic delays, in the order of the flow."""

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


class Placement(Protocol):
    """Where sessions are hosted: local worker processes, later other machines."""

    async def start(self) -> None:
        """Make ready, so that the first session opens at once."""

    async def open(self, options: SessionOptions) -> EngineSession:
        """A new session; raises AtCapacity, WorkerLost or InvalidInput."""

    async def close(self) -> None:
        """End every session and worker."""
