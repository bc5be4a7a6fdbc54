"""Camera: framing that breathes, comes nearer while something is said, and is set anew in pauses.

It keeps the face well framed, slowly, moves in over a thought, reframes between thoughts and never
within one, and answers emphasis a little. Everything goes through springs or minimum-jerk reaches,
so that no speed ever jumps, and stays below some 4 % of the picture a second, mostly far below.
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.easing import Reach, Spring
from engine.motion.layers import STEP_S, Draft, Moment, Pause, Wander
from engine.timeline import SAMPLE_RATE

_PITCH, _YAW, _X, _Y, _Z = 0, 1, 3, 4, 5
_LEAN = 2

_AMOUNT = {"still": 0.0, "subtle": 1.0, "lively": 2.2}
"""Of all movement, by style; exactly none for those who asked for less motion."""

_STYLE_S = 0.45
_UNSEEN = 1e-5

_BREATHES, _BREATHES_ZOOM = 0.0035, 0.006
_PERIODS_S = (19.0, 23.0, 29.0)

_PUSH, _PUSH_S = 0.030, 7.0
"""Zoom gained in the course of a long thought, and how long it takes to gain most of it."""

_RESTS = (0.010, 0.006, 0.014)
"""Spread of the places and zooms among which the resting frame is chosen."""

_REFRAMES, _PAUSE_S, _LEAST_HELD_S = 0.6, 0.30, 4.0
_REFRAME_S = (2.0, 3.2)
"""How often a pause is used for it, from how long a pause on, and how long a frame is held."""

_STRESS, _STRESS_S = 0.006, 0.30
"""Zoom by which a strong accent draws the camera in."""

_KEEPS, _KEEPS_S = 0.65, 1.1
"""Share of the face's displacement that is made up for, and the spring that does it."""

_PICTURE_M, _FACE_M, _DISTANCE_M, _TRUNK_M = 0.36, 0.06, 0.96, 0.52
"""Of a portrait: height of the picture, from the neck to the middle of the face, from the camera;
from hips to neck."""


class Camera:
    """Writes the camera's shift and zoom. ``style`` is one of `engine.behaviour.CAMERA_STYLES`."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self.style = "subtle"
        wanders, self._rng = rng.spawn(2)
        self._wanders = [Wander(wanders, period) for period in _PERIODS_S]
        self._amount: Spring | None = None
        self._rest = [Reach() for _ in _RESTS]
        self._held_s = 0.0
        self._pausing = False
        self._thought, self._push = 0.0, Spring(0.9)
        self._stress = Spring(_STRESS_S)
        self._kept = [[Spring(_KEEPS_S), Spring(0.3)] for _ in range(3)]

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        amount = self._amount_now()
        self._reframe(moment)
        rest = [reach.step() for reach in self._rest]
        seconds = moment.time / SAMPLE_RATE
        breath = [wander.at(seconds) for wander in self._wanders]
        follows = self._follow(draft)
        zoom = rest[2] + _BREATHES_ZOOM * breath[2] + self._push_in(moment) + follows[2]
        if amount:
            draft.camera[0] += amount * (rest[0] + _BREATHES * breath[0] + follows[0])
            draft.camera[1] += amount * (rest[1] + _BREATHES * breath[1] + follows[1])
            draft.camera[2] += amount * zoom

    def _amount_now(self) -> float:
        """How much of the movement is shown; it comes and goes slowly."""
        wanted = self.gain * _AMOUNT[self.style]
        if self._amount is None:
            self._amount = Spring(_STYLE_S, wanted)
        amount = self._amount.step(wanted)
        return 0.0 if wanted == 0 and abs(amount) < _UNSEEN else amount

    def _push_in(self, moment: Moment) -> float:
        """Zoom by thought and by emphasis; a thought goes on over hesitations."""
        if moment.speaking:
            self._thought += STEP_S / _PUSH_S * (1 - self._thought)
        elif moment.pause in (Pause.BREATH, Pause.TURN_END):
            self._thought -= STEP_S / 1.5 * self._thought
        accent = moment.accent * moment.accent if moment.speaking else 0.0
        return _PUSH * self._push.step(self._thought) + _STRESS * self._stress.step(accent)

    def _reframe(self, moment: Moment) -> None:
        """Choose another resting frame in some pauses that are long enough, once in each."""
        self._held_s += STEP_S
        if moment.speaking:
            self._pausing = False
            return
        ready = moment.since_s >= _PAUSE_S and moment.pause in (Pause.BREATH, Pause.TURN_END)
        if self._pausing or not ready or self._held_s < _LEAST_HELD_S:
            return
        self._pausing = True
        chance, swift, *drawn = self._rng.random(2 + len(_RESTS)).tolist()
        if chance >= _REFRAMES:
            return
        self._held_s = 0.0
        middle = moment.pause is Pause.TURN_END
        for reach, spread, place in zip(self._rest, _RESTS, drawn, strict=True):
            size = (0.4 if middle else 1.0) * spread
            goal = 0.3 * reach.goal + size * 3.46 * (place - 0.5)
            reach.to(goal, _REFRAME_S[0] + (_REFRAME_S[1] - _REFRAME_S[0]) * swift)

    def _follow(self, draft: Draft) -> tuple[float, float, float]:
        """Shift and zoom that keep where the face rests in its place."""
        head, lean = draft.head, float(draft.body[_LEAN])
        aside = float(head[_X]) + _FACE_M * math.sin(float(head[_YAW]))
        up = float(head[_Y]) - _FACE_M * math.sin(float(head[_PITCH]))
        nearer = float(head[_Z]) + _TRUNK_M * math.sin(lean)
        wanted = (aside / _PICTURE_M, up / _PICTURE_M, -nearer / _DISTANCE_M)
        x, y, zoom = (
            _KEEPS * second.step(first.step(off))
            for (first, second), off in zip(self._kept, wanted, strict=True)
        )
        return x, y, zoom
