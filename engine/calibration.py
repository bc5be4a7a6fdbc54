"""How many sessions' worth of media this process hears, moves, draws and encodes in real time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine.hosting import Hosting
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.speech.audio import INPUT_HOP, PCM
from engine.stopwatch import Stopwatch
from engine.timeline import HOP, SAMPLE_RATE
from engine.units import Unit

TOGETHER = 2
"""Sessions that are measured: the least that share calls of the networks. What one more costs
beside others is what room is counted in, and one alone costs more than that."""

WARM_UP_HOPS = 25
"""Hops of half a second that do not count: first pictures and buffers cost more than the next."""

_APART = 7
"""Hops between what two of them say."""


def speed(
    engine: Engine, options: SessionOptions, seconds: float, clock: Callable[[], float]
) -> float:
    """Seconds of media that all sessions of a process make in a second of ``clock``, where they
    take turns as in a worker; measured for about ``seconds``.

    "auto" is measured as coarse as it becomes before pictures are left out: fineness is given up
    sooner than a caller is refused. InvalidInput as `Engine.session`.
    """
    if options.quality == "auto":
        options = replace(options, quality="low")
    hosting = Hosting(Stopwatch(), clock, _unheard, _raised)
    hops = _syllables()
    try:
        for number in range(TOGETHER):
            hosting.add(number, engine.session(options, clock=clock), options)
        for hop in range(WARM_UP_HOPS):
            _advance(hosting, hops, hop)
        begun, done = clock(), 0
        while (elapsed := clock() - begun) < seconds:
            _advance(hosting, hops, done)
            done += 1
    finally:
        for number in range(TOGETHER):
            hosting.remove(number)
    return TOGETHER * done * HOP / SAMPLE_RATE / elapsed


def _advance(hosting: Hosting, hops: list[PCM], hop: int) -> None:
    """A hop for everybody, and all that it asks for."""
    for number in hosting.sessions:
        hosting.push(number, hops[(hop + number * _APART) % len(hops)])
    while hosting.patience is not None:
        hosting.work()


def _unheard(_number: int, _unit: Unit) -> None:
    """Nobody wants what is made."""


def _raised(_number: int, error: Exception) -> None:
    raise error


def _syllables() -> list[PCM]:
    """A second of a buzz that swells four times: a face that speaks moves more than a still one."""
    time = np.arange(50 * INPUT_HOP) / (50 * INPUT_HOP)
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30))
    sound = (6000 * buzz * np.sin(4 * np.pi * time) ** 2).astype(np.int16)
    return list(sound.reshape(50, INPUT_HOP))
