"""How much faster than real time this process hears, moves, draws and encodes one session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.speech.audio import INPUT_HOP, PCM
from engine.timeline import HOP, SAMPLE_RATE

WARM_UP_HOPS = 25
"""Hops of half a second that do not count: first pictures and buffers cost more than the next."""


def speed(
    engine: Engine, options: SessionOptions, seconds: float, clock: Callable[[], float]
) -> float:
    """Seconds of media made in a second of ``clock``, measured for about ``seconds``.

    "auto" is measured as coarse as it becomes before pictures are left out: fineness is given up
    sooner than a caller is refused. InvalidInput as `Engine.session`.
    """
    if options.quality == "auto":
        options = replace(options, quality="low")
    session = engine.session(options, clock=clock)
    hops = _syllables()
    try:
        for number in range(WARM_UP_HOPS):
            session.push(hops[number % len(hops)])
        begun, done = clock(), 0
        while (elapsed := clock() - begun) < seconds:
            session.push(hops[done % len(hops)])
            done += 1
    finally:
        session.close()
    return done * HOP / SAMPLE_RATE / elapsed


def _syllables() -> list[PCM]:
    """A second of a buzz that swells four times: a face that speaks moves more than a still one."""
    time = np.arange(50 * INPUT_HOP) / (50 * INPUT_HOP)
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30))
    sound = (6000 * buzz * np.sin(4 * np.pi * time) ** 2).astype(np.int16)
    return list(sound.reshape(50, INPUT_HOP))
