"""Body: breath, and shoulders and trunk that follow the head, later and less."""

from __future__ import annotations

import math

import numpy as np

from engine.motion.breathing import Breathing
from engine.motion.easing import Reach, Roaming, Spring
from engine.motion.layers import STEP_S, Draft, Moment, Pause

_DEGREE = math.pi / 180
_PITCH, _Z = 0, 5
_BREATH, _SHRUG, _LEAN = range(3)

_CHEST_M = 0.0030
"""Rise of the chest in a quiet breath: a few millimetres (Kaneko and Horie 2012, "Breathing
movements of the chest and abdominal wall in healthy subjects")."""

_SHOULDERS_WITH_BREATH = 0.22
_HEAD_WITH_BREATH = 0.35 * _DEGREE
"""The head goes back a little as the chest fills."""

_AFTER_HEAD_S, _LEAN_PER_PITCH, _LEAN_PER_METRE = 0.42, 0.22, 1.1
"""The trunk follows where the head rests: so much later, so much less."""

_SHIFT_LEAN, _SHIFT_SHRUG_M = 1.1 * _DEGREE, 0.0014
_SHIFT_AFTER_S, _SHIFT_S = (0.12, 0.35), (0.9, 1.5)
_SHIFTS = 0.5
"""A trunk changes its posture with about half of the phrases, after the head."""

_AROUSED_LEAN, _AROUSED_SHRUG_M = 1.5 * _DEGREE, 0.0025
_ATTENDING_LEAN = 1.1 * _DEGREE
_MANNER_S = 0.8
"""Who is excited, and who listens, leans towards the other."""

_BOUNCE_M, _BOUNCE_S = 0.0022, 0.085
"""Shoulders give with an accent."""

_QUESTIONING, _QUESTION_SHRUG_M = 0.45, (0.004, 0.010)
_QUESTION_S = (0.28, 0.30, 0.60)

_FELT: dict[str, tuple[float, float]] = {
    "joy": (0.001, 0.8 * _DEGREE),
    "sad": (-0.004, 0.6 * _DEGREE),
    "angry": (0.003, 2.0 * _DEGREE),
    "surprised": (0.005, -1.6 * _DEGREE),
    "disgusted": (0.002, -2.2 * _DEGREE),
    "afraid": (0.010, -2.0 * _DEGREE),
}
"""What an emotion does to shoulders and trunk: approach and avoidance, tension, and the droop of
sadness (Wallbott 1998, "Bodily expression of emotion")."""

_LAUGH_FROM, _LAUGH_HZ, _LAUGH_M = 0.45, 4.7, 0.0030
"""Shoulders shake with each call of a laugh (Ruch and Ekman 2001, "The expressive pattern of
laughter": some five a second)."""


class Body:
    """Writes breath, shrug and lean, and what of breath the head shows."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        breath, sway, self._rng = rng.spawn(3)
        self._breathing = Breathing(breath)
        self._sway = Roaming(sway, 4.5, 0.35 * _DEGREE)
        self._size = Spring(0.12, 1.0)
        self._posture = Spring(_AFTER_HEAD_S)
        self._lean, self._shrug = Reach(), Reach()
        self._shift_s = math.inf
        self._asked, self._lower_s = Reach(), math.inf
        self._arousal, self._attends = Spring(_MANNER_S), Spring(_MANNER_S)
        self._bounce, self._laugh, self._laugh_s = Spring(_BOUNCE_S), Spring(0.15), 0.0

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        size = self._size.step(self.gain)
        volume = self._breathing.step(moment)
        self._shift(moment)
        self._ask(moment)
        arousal = self._arousal.step(moment.arousal)
        shrug = self._shrug.step() + self._asked.step() + _AROUSED_SHRUG_M * arousal
        shrug += _BOUNCE_M * self._bounce.step(moment.accent if moment.speaking else 0.0)
        shrug += self._shake(moment) + _SHOULDERS_WITH_BREATH * _CHEST_M * max(0.0, volume - 0.8)
        lean = self._follow(draft) + self._lean.step() + self._sway.step()
        lean += _AROUSED_LEAN * arousal + _ATTENDING_LEAN * self._attends.step(moment.others)
        for name, amount in moment.emotions.items():
            felt = _FELT[name]
            shrug, lean = shrug + amount * felt[0], lean + amount * felt[1]
        draft.body[_BREATH] += size * _CHEST_M * volume
        draft.body[_SHRUG] += size * shrug
        draft.body[_LEAN] += size * lean
        draft.head[_PITCH] -= size * _HEAD_WITH_BREATH * volume

    def _follow(self, draft: Draft) -> float:
        """Lean towards where the head is, which has come before."""
        head = draft.head
        wanted = _LEAN_PER_PITCH * float(head[_PITCH]) + _LEAN_PER_METRE * float(head[_Z])
        return self._posture.step(wanted)

    def _shift(self, moment: Moment) -> None:
        """Another posture with some phrases, a little after they begin or end."""
        if moment.started or moment.ended:
            chance, wait = self._rng.random(2).tolist()
            if chance < _SHIFTS and self._shift_s == math.inf:
                self._shift_s = _between(_SHIFT_AFTER_S, wait)
        self._shift_s -= STEP_S
        if self._shift_s <= 0:
            self._shift_s = math.inf
            rest = moment.pause is Pause.TURN_END
            lean, shrug = np.clip(self._rng.standard_normal(2), -1.8, 1.8).tolist()
            keeps, size = (0.2, 0.3) if rest else (0.5, 1.0)
            seconds = _between(_SHIFT_S, float(self._rng.random()))
            self._lean.to(keeps * self._lean.goal + size * _SHIFT_LEAN * lean, seconds)
            self._shrug.to(keeps * self._shrug.goal + size * _SHIFT_SHRUG_M * shrug, seconds)

    def _ask(self, moment: Moment) -> None:
        """Some questions end in a shrug."""
        if moment.ended:
            chance, high = self._rng.random(2).tolist()
            if chance < _QUESTIONING * moment.question:
                self._asked.to(_between(_QUESTION_SHRUG_M, high), _QUESTION_S[0])
                self._lower_s = _QUESTION_S[0] + _QUESTION_S[1]
        self._lower_s -= STEP_S
        if self._lower_s <= 0:
            self._lower_s = math.inf
            self._asked.to(0.0, _QUESTION_S[2])

    def _shake(self, moment: Moment) -> float:
        """Metres by which laughter lifts the shoulders."""
        surely = max(0.0, moment.laughing - _LAUGH_FROM) / (1 - _LAUGH_FROM)
        level = self._laugh.step(surely)
        if level < 1e-3:
            self._laugh_s = 0.0
            return 0.0
        self._laugh_s += STEP_S
        return _LAUGH_M * level * math.sin(2 * math.pi * _LAUGH_HZ * self._laugh_s)


def _between(limits: tuple[float, float], share: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * share
