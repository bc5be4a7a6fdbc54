"""What eyes look at: the viewer's face, a place they were told, somewhere else while thinking.

Points are yaw and pitch in degrees from straight at the viewer, as `engine.face.GAZE` signs them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.motion.layers import Moment
from engine.motion.saccades import Point

CAMERA: Point = (0.0, 0.0)

_EYES, _NOSE, _MOUTH = 1.5, (0.0, 1.0), (0.0, 2.6)
_EYES_PITCH = -0.4
"""Where a face's features lie, seen from a metre or so; eyes to either side. Within the cone of
some 4 degrees in which a look still counts as straight into the eyes (Gamer & Hecht 2007)."""

_NOSE_SHARE = 0.1
_FACE_SPREAD, _PLACE_SPREAD = 0.3, 1.3
"""How far, at random, looks land from a feature of a face, and from the middle of a place."""

_LEAST_AWAY, _MEAN_FURTHER, _MOST_AWAY = 4.5, 4.5, 18.0
"""Sizes of looks away: past the face, then exponential, about 7 to 9 on average in talk
(Lee, Badler & Badler 2002)."""

_UP, _DOWN = 0.39, 0.29
"""Where eyes go while an utterance is planned; the rest goes sideways (Andrist et al. 2013)."""

_IDLE_UP, _IDLE_DOWN = 0.2, 0.25
"""Other looks away, corners shared out (Lee, Badler & Badler 2002: up 18 %, down 20 %)."""

_LOWEST, _HIGHEST = 11.0, -9.0

_YAW_REACH, _PITCH_REACH = 45.0, 25.0
"""Places further out are looked at as far as this."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one looks in a state: means in seconds, and the share of looks that go to the mouth.

    contact_s  between two looks away
    away_s     a look away
    rest_s     median of single fixations while in contact
    """

    contact_s: float
    away_s: float
    rest_s: float
    mouth: float


SPEAKING = Manner(3.9, 1.1, 0.75, 0.12)
"""Speakers: 3.1 s in contact and 0.9 away (Lee et al. 2002), 4.8 and 2.0 (Andrist et al. 2013)."""

LISTENING = Manner(7.5, 0.75, 0.95, 0.26)
"""Listeners: 7.9 and 0.4, 7.2 and 1.1 (ibid.); the mouth draws more looks when it is listened to
(Vatikiotis-Bateson et al. 1998)."""

RESTING = Manner(4.8, 1.1, 1.0, 0.14)
"""Nobody speaks: between the two."""

PRESENTING = Manner(3.2, 1.3, 0.7, 0.12)
"""Speaking about something told: the viewer is looked at now and then."""

WATCHING = Manner(7.0, 0.8, 0.8, 0.2)
"""Attending to something told, or to another speaker."""


def manner(moment: Moment, in_turn: bool, elsewhere: bool) -> Manner:
    """How to look now; ``in_turn`` while one's own utterance lasts, pauses within included."""
    if elsewhere:
        return PRESENTING if in_turn else WATCHING
    if in_turn:
        return SPEAKING
    return LISTENING if moment.others else RESTING


class Places:
    """Draws points to look at; each face has a side that it prefers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._side = float(rng.choice([-1.0, 1.0]))
        self._eye = -self._side

    def on_face(self, mouth: float) -> Point:
        """A point on a face, from its middle: mostly the eyes, by turns but not strictly."""
        which, stay, jitter_x, jitter_y = self._four()
        x, y = _NOSE if which < mouth + _NOSE_SHARE else (0.0, _EYES_PITCH)
        if which < mouth:
            x, y = _MOUTH
        elif which >= mouth + _NOSE_SHARE:
            self._eye = self._eye if stay < 0.25 else -self._eye
            x = self._eye * _EYES
        return x + _FACE_SPREAD * jitter_x, y + _FACE_SPREAD * jitter_y

    def nearby(self) -> Point:
        """A point around the middle of a place."""
        _, _, x, y = self._four()
        return _PLACE_SPREAD * x, 0.7 * _PLACE_SPREAD * y

    def away(self, planning: bool) -> Point:
        """A point that is clearly not the viewer."""
        size = _LEAST_AWAY + float(self._rng.exponential(_MEAN_FURTHER))
        size = min(_MOST_AWAY, size)
        where, side, lean, _ = self._four()
        up, down = (_UP, _DOWN) if planning else (_IDLE_UP, _IDLE_DOWN)
        sideways = self._side if side < 0.62 else -self._side
        lean = 0.3 * lean
        angle = lean
        if where < up:
            angle = -0.25 * math.pi + lean
        elif where < up + down:
            angle = 0.3 * math.pi + lean
        pitch = min(_LOWEST, max(_HIGHEST, size * math.sin(angle)))
        return sideways * size * math.cos(angle), pitch

    def _four(self) -> tuple[float, float, float, float]:
        """Two uniform and two normal draws, always four, whatever is made of them."""
        first, second = self._rng.random(2).tolist()
        third, fourth = self._rng.standard_normal(2).tolist()
        return first, second, third, fourth


class Told:
    """What `Moment.attention` says, noticed after the time that eyes take to answer."""

    _LATENCY_S, _SPREAD = 0.2, 0.14
    """Median and spread of a lognormal law (Carpenter 1988)."""
    _SAME = 0.5
    """Degrees within which a place is still the same."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left_s: float | None = None
        self.place = CAMERA

    @property
    def elsewhere(self) -> bool:
        """What is told is clearly not the viewer."""
        return math.hypot(*self.place) > _LEAST_AWAY

    def notice(self, moment: Moment, step_s: float) -> bool:
        """Whether the place has changed just now."""
        told = _degrees(moment.attention)
        if self._left_s is None:
            if math.dist(told, self.place) <= self._SAME:
                return False
            spread = math.exp(self._SPREAD * float(self._rng.standard_normal()))
            self._left_s = self._LATENCY_S * spread
        self._left_s -= step_s
        if self._left_s > 0:
            return False
        self._left_s = None
        moved = math.dist(told, self.place) > self._SAME
        self.place = told
        return moved


def _degrees(attention: tuple[float, float] | None) -> Point:
    if attention is None:
        return CAMERA
    yaw, pitch = (math.degrees(angle) for angle in attention)
    return (
        min(_YAW_REACH, max(-_YAW_REACH, yaw)),
        min(_PITCH_REACH, max(-_PITCH_REACH, pitch)),
    )
