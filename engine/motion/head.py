"""Head: slow drift, a nod on accents, a little of the gaze, and breath."""

from __future__ import annotations

import numpy as np

from engine.face import HEAD
from engine.motion.layers import STEP_S, Draft, Moment, Wander
from engine.timeline import SAMPLE_RATE

_DEGREE = float(np.pi / 180)
_PITCH, _YAW, _ROLL, _X, _Y, _Z = range(len(HEAD))

_DRIFT_DEGREES = {_PITCH: 1.1, _YAW: 2.0, _ROLL: 0.9}
_DRIFT_PERIOD_S = {_PITCH: 7.0, _YAW: 11.0, _ROLL: 13.0}
_SPEAKING_GAIN = 1.7
"""Heads move more in speech than in silence (Hadar et al. 1983)."""

_NOD_DEGREES = 2.6
_NOD_HZ, _NOD_DAMPING = 2.2, 0.75
"""A nod is the answer of a damped spring: rhythm comes from the accents, not from a metronome."""

_GAZE_SHARE = 0.22
_GAZE_FOLLOW = 0.03
_BREATH_S = 4.1
_BREATH_METRES = 0.0016


class HeadMotion:
    """Adds to head pose."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self._drift = {axis: Wander(rng, period) for axis, period in _DRIFT_PERIOD_S.items()}
        self._breath_phase = float(rng.uniform(0, 2 * np.pi))
        self._depth = Wander(rng, 23.0)
        self._gain = 1.0
        self._nod = 0.0
        self._nod_speed = 0.0
        self._turn = np.zeros(2)

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        seconds = moment.time / SAMPLE_RATE
        self._gain += 0.01 * ((_SPEAKING_GAIN if moment.speaking else 1.0) - self._gain)
        for axis, wander in self._drift.items():
            draft.head[axis] += _DRIFT_DEGREES[axis] * _DEGREE * self._gain * wander.at(seconds)
        draft.head[_PITCH] += self._spring(moment.accent)
        self._turn += _GAZE_FOLLOW * (draft.gaze * _GAZE_SHARE - self._turn)
        draft.head[_YAW] += self._turn[0]
        draft.head[_PITCH] += self._turn[1]
        self._breathe(draft, seconds)

    def _spring(self, accent: float) -> float:
        omega = 2 * np.pi * _NOD_HZ
        force = omega**2 * (_NOD_DEGREES * _DEGREE * accent - self._nod)
        self._nod_speed += STEP_S * (force - 2 * _NOD_DAMPING * omega * self._nod_speed)
        self._nod += STEP_S * self._nod_speed
        return self._nod

    def _breathe(self, draft: Draft, seconds: float) -> None:
        depth = 1 + 0.3 * self._depth.at(seconds)
        wave = np.sin(2 * np.pi * seconds / _BREATH_S + self._breath_phase)
        draft.head[_Y] += _BREATH_METRES * depth * wave
        draft.head[_PITCH] -= 0.25 * _DEGREE * depth * wave
