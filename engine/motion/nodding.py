"""How a listener nods: one to three dips of the head, each less than the one before.

Nods that answer are cyclic and nearly symmetric (Hadar et al. 1985, "Head movement during listening
turns in conversation"), and quick: listeners nod at some 2 to 4 Hz, small ones faster (Hale et al.
2020, "Are you on my wavelength? Interpersonal coordination in dyadic conversations"). Slow single
ones say that something is understood.
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.easing import Reach
from engine.motion.layers import STEP_S
from engine.motion.rest import Span, between

Turn = tuple[float, float, float]
"""Pitch, yaw and roll in radians."""

_DEGREE = math.pi / 180

_ONCE, _TWICE = 0.44, 0.37
"""How often a nod has one dip and two; else three."""

_DEGREES: Span = (2.2, 6.0)
_DIP_S: Span = (0.15, 0.24)
"""Down, in one that repeats; strokes overlap, so that it repeats at 2.4 to 3.8 Hz."""

_SLOW, _SLOW_DIP_S = 0.4, (0.24, 0.38)
"""Share of single nods that are slow, and how long they take to the bottom."""

_LESS: Span = (0.48, 0.75)
"""Of a dip, what the next has."""

_BACK: Span = (0.05, 0.35)
"""Of a dip, what is left at the top before the next: heads do not come up all the way."""

_LIFTS, _LIFT = 0.24, (0.2, 0.45)
"""How often a nod begins with a lift of the head, and how high, of the dip."""

_UP_SLOWER, _RETURNS_S = 1.15, (0.32, 0.6)
_ACROSS = 0.16
"""Nobody nods exactly straight: share of the dip in yaw and, half of it, in roll."""

_OVERLAP = 0.82
"""The next stroke begins when this share of one is over, which makes a swing of them."""


class Nod:
    """One nod. ``step`` until it is ``over``."""

    def __init__(self, weight: float, lively: float, rng: np.random.Generator) -> None:
        """``weight`` 0..1 is how much it means; ``lively`` -1..1 makes it wider and quicker."""
        count, deep, swift, slow, lift, lifted, across, last = rng.random(8).tolist()
        dips = 1 if count < _ONCE else 2 if count < _ONCE + _TWICE else 3
        size = between(_DEGREES, 0.65 * deep + 0.35 * weight) * (1 + 0.3 * lively) * _DEGREE
        dip_s = between(_DIP_S, 0.6 * swift + 0.4 * deep) * (1 - 0.12 * lively)
        if dips == 1 and slow < _SLOW:
            dip_s = between(_SLOW_DIP_S, slow / _SLOW)
        strokes: list[tuple[float, float]] = []
        if lift < _LIFTS:
            strokes.append((-between(_LIFT, lifted) * size, 0.9 * dip_s))
        for _ in range(dips):
            less, back = rng.random(2).tolist()
            strokes.append((size, dip_s))
            strokes.append((between(_BACK, back) * size, _UP_SLOWER * dip_s))
            size *= between(_LESS, less)
        strokes[-1] = (0.0, between(_RETURNS_S, last))
        self._strokes = strokes
        self._across = _ACROSS * (2 * across - 1)
        self._pitch = Reach()
        self._next_s = 0.0

    @property
    def over(self) -> bool:
        """Whether the head is back."""
        return not self._strokes and self._pitch.there

    def step(self) -> Turn:
        """The turn of the head 10 ms later."""
        if self._strokes and self._next_s <= 0:
            goal, seconds = self._strokes.pop(0)
            self._pitch.to(goal, seconds)
            self._next_s = _OVERLAP * seconds
        self._next_s -= STEP_S
        pitch = self._pitch.step()
        return pitch, self._across * pitch, 0.5 * self._across * pitch
