"""Beats of the head: nods, up-beats, tilts and turns with which a speaker marks what matters.

Sharp movements go with peaks of loudness, often with a major stress (Hadar et al. 1984). Nods are
the commonest and go with pitch accents, but an accent need not have one, and which movement it has
varies (Graf et al. 2002, "Visual prosody: facial movements accompanying speech": nods, nods out of
a lifted head, swings about another axis).
"""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np

from engine.motion.layers import STEP_S, Moment

Turn = tuple[float, float, float]
"""Pitch, yaw and roll in radians."""

_DEGREE = math.pi / 180

_KINDS: tuple[tuple[float, Turn, float], ...] = (
    (0.46, (1.0, 0.0, 0.0), 0.0),
    (0.16, (1.0, 0.0, 0.0), -0.45),
    (0.12, (-0.8, 0.0, 0.0), 0.0),
    (0.12, (0.25, 0.15, 0.8), 0.0),
    (0.14, (0.15, 1.0, 0.2), 0.0),
)
"""How often, which way, and what share of it goes the other way first: a nod, a nod out of a lifted
head, an up-beat, a tilt, a small turn. Tilts and turns go to either side."""

_LIKELY, _LIKELIER, _AROUSING = 0.32, 0.6, 0.3
"""Share of stressed syllables that have a beat, what the accent and what arousal adds."""

_USUAL_RATE = 4.5
"""Syllables per second from which on beats are rarer, so that quick speech is not shaken."""

_TIRING, _RECOVERS_S = 0.5, 1.6
"""By how much a beat makes the next one less likely at once, and for how long."""

_LEAST_APART_S = 0.28
_ACCENT_FROM, _ACCENT_GONE = 0.3, 0.15

_DEGREES = (1.4, 4.4)
_STROKE_S, _RETURN_S = (0.13, 0.24), (0.28, 0.62)
"""There: half a period of movements of the ordinary class, 1.8 to 3.7 Hz (Hadar et al. 1983); and
back, more slowly."""

_LIFTED_FOR = 0.8
"""A nod out of a lifted head begins this share of its stroke after the lift."""

_ASKING_DEGREES: Turn = (-2.6, 0.0, 3.2)
_ASKING_S = (0.32, 0.55, 0.9)
"""The head lifts and tilts at the end of a question, waits and comes back."""


class _Beat:
    """One movement: there, a moment's stay, and back."""

    __slots__ = ("_fall_s", "_hold_s", "_rise_s", "_seconds", "turn")

    def __init__(self, turn: Turn, times: tuple[float, float, float], wait_s: float = 0.0) -> None:
        self.turn = turn
        self._rise_s, self._hold_s, self._fall_s = times
        self._seconds = -wait_s

    def step(self) -> float:
        """The share of the turn 10 ms later."""
        self._seconds += STEP_S
        late = self._seconds - self._rise_s - self._hold_s
        return _eased(self._seconds / self._rise_s) * _eased(1 - late / self._fall_s)

    @property
    def over(self) -> bool:
        return self._seconds >= self._rise_s + self._hold_s + self._fall_s


class Nods:
    """Beats of one head. Tell it each moment, and it tells the turn that they add up to."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._beats: list[_Beat] = []
        self._armed = True
        self._since_s = math.inf
        self._tired = 0.0

    def step(self, moment: Moment) -> Turn:
        """Advance by 10 ms."""
        self._since_s += STEP_S
        self._tired -= STEP_S / _RECOVERS_S * self._tired
        if self._stands_out(moment):
            self._perhaps(moment)
        if moment.ended and moment.question > 0.2:
            self._ask(moment.question)
        pitch = yaw = roll = 0.0
        for beat in self._beats:
            share = beat.step()
            pitch += share * beat.turn[0]
            yaw += share * beat.turn[1]
            roll += share * beat.turn[2]
        self._beats = [beat for beat in self._beats if not beat.over]
        return pitch, yaw, roll

    def _stands_out(self, moment: Moment) -> bool:
        """A stressed syllable, or an accent that has grown strong: each counts once."""
        if moment.accent < _ACCENT_GONE:
            self._armed = True
        strong = self._armed and moment.accent >= _ACCENT_FROM
        if not (moment.stressed or strong) or not moment.speaking:
            return False
        self._armed = False
        return self._since_s >= _LEAST_APART_S

    def _perhaps(self, moment: Moment) -> None:
        """Perhaps begin a beat."""
        chance, kind, side, deep, swift, slow, pause = self._rng.random(7).tolist()
        arousal = max(-0.5, moment.arousal)
        likely = _LIKELY + _LIKELIER * moment.accent + _AROUSING * arousal - self._tired
        if moment.rate > _USUAL_RATE:
            likely *= _USUAL_RATE / moment.rate
        if chance >= likely:
            return
        self._since_s, self._tired = 0.0, self._tired + _TIRING
        drawn = _between(_DEGREES, deep * deep * 0.8 + 0.2 * deep)
        size = drawn * (0.75 + 0.6 * moment.accent) * (1 + 0.4 * arousal) * _DEGREE
        way, before = _way(kind, 1.0 if side < 0.5 else -1.0)
        across = 0.3 * size * (2 * side - 1)  # nobody nods exactly straight
        turn = (size * way[0], size * way[1] + across, size * way[2] + 0.5 * across)
        stroke_s = _between(_STROKE_S, 0.6 * swift + 0.4 * deep)
        times = (stroke_s, 0.12 * pause * pause, _between(_RETURN_S, slow))
        if before:
            lift = (before * turn[0], before * turn[1], before * turn[2])
            self._beats.append(_Beat(lift, (stroke_s, 0.0, stroke_s)))
        self._beats.append(_Beat(turn, times, _LIFTED_FOR * stroke_s if before else 0.0))

    def _ask(self, question: float) -> None:
        side = 1.0 if self._rng.random() < 0.5 else -1.0
        pitch, yaw, roll = (0.5 + 0.5 * question) * _DEGREE * np.array(_ASKING_DEGREES)
        self._beats.append(_Beat((float(pitch), float(yaw), side * float(roll)), _ASKING_S))


def _way(drawn: float, side: float) -> tuple[Turn, float]:
    """A kind of beat by a number in [0, 1), and its counter-movement."""
    kinds = accumulate(share for share, _, _ in _KINDS)
    chosen = next((i for i, most in enumerate(kinds) if drawn < most), 0)
    _, (pitch, yaw, roll), before = _KINDS[chosen]
    return (pitch, side * yaw, side * roll), before


def _between(limits: tuple[float, float], share: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * share


def _eased(x: float) -> float:
    """0 to 1 over [0, 1] by minimum jerk."""
    x = min(1.0, max(0.0, x))
    return x * x * x * (10 - 15 * x + 6 * x * x)
