"""Head: it drifts, beats time, rises and falls with the melody, shifts its pose between phrases and
takes over what the eyes would have to turn too far.

Heads of speakers move almost all the time: postural shifts as speech begins after long pauses,
movements of middling size at its junctures, quick ones on stresses (Hadar et al. 1984,
"Involvement of head movement in speech production and its implications for language pathology").
Most power lies in their slow class, below 2 Hz (Hadar et al. 1983, "Kinematics of head movements
accompanying speech during conversation"). Pitch and loudness of the voice go with the head (Munhall
et al. 2004, "Visual prosody and speech intelligibility"), which moves further the more there is
felt (Busso et al. 2007, "Rigid head motion in expressive speech animation").
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.easing import Roaming, Spring
from engine.motion.headgaze import HeadGaze
from engine.motion.layers import Draft, Moment, Wander
from engine.motion.nods import Nods
from engine.motion.posture import Posture
from engine.timeline import SAMPLE_RATE

_DEGREE = math.pi / 180
_PITCH, _YAW, _ROLL, _X, _Y, _Z = range(6)

_SLOW_S, _SLOW_DEGREES = 3.2, (0.6, 1.3, 0.8)
_ORDINARY_S, _ORDINARY_DEGREES = 0.85, (0.55, 1.0, 0.65)
"""Strokes of two kinds, about as slow as Hadar's slow class: mean time between them, and their
spread in pitch, yaw and roll."""

_SWAY_S, _SWAY_DEGREES = 2.6, 0.2
"""A head is never quite still, not even between strokes."""

_STILL = 0.22
"""Share of the ordinary strokes that is left while nobody speaks: heads move more in speech."""

_DEGREES_PER_SEMITONE, _MOST_SEMITONES = 0.7, 6.0
_DEGREES_PER_EFFORT, _USUAL_EFFORT = 3.2, 0.6
_MELODY_S, _SWELL_S, _FADES = 0.04, 0.07, 0.97
"""Time constants by which the head follows the melody and the loudness: muscles of the neck are no
vocal folds, but the head is late by 50 ms, not by 150 (`bench behaviour`). In silence the melody is
forgotten, by this share per step."""

_LIVELIER = 0.45
"""By how much arousal of 1 widens all of it, and of -1 narrows it (Busso et al. 2007)."""

_NECK_M, _SHARE_OF_NECK = 0.085, 0.55
"""The neck's length below the joint that the head's pose is about, and the share of a turn that all
of it makes: the rest is made in the uppermost joint."""

_ACTIVITY_S, _GAIN_S = 0.35, 0.12


class HeadMotion:
    """Adds to head pose."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        drifts, nods, posture, gaze = rng.spawn(4)
        self._drifts = (
            _SLOW_DEGREES,
            [Roaming(one, _SLOW_S, 1.0) for one in drifts.spawn(3)],
            _ORDINARY_DEGREES,
            [Roaming(one, _ORDINARY_S, 1.0) for one in drifts.spawn(3)],
            [Wander(one, _SWAY_S) for one in drifts.spawn(3)],
        )
        self._nods, self._posture, self._gaze = Nods(nods), Posture(posture), HeadGaze(gaze)
        self._size = Spring(_GAIN_S, 1.0)
        self._activity = Spring(_ACTIVITY_S, _STILL)
        self._arousal = Spring(_ACTIVITY_S)
        self._melody = Spring(_MELODY_S)
        self._heard = 0.0
        self._swell = Spring(_SWELL_S)

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        size = self._size.step(self.gain)
        lively = 1 + _LIVELIER * self._arousal.step(moment.arousal)
        nod = self._nods.step(moment)
        rest = self._posture.step(moment)
        turned = self._gaze.step(float(draft.gaze[0]), float(draft.gaze[1]))
        drift = self._drift(moment)
        angles = [lively * (drift[axis] * _DEGREE + rest[axis]) + nod[axis] for axis in range(3)]
        angles[_PITCH] += turned[1] - lively * self._follow(moment) * _DEGREE
        angles[_YAW] += turned[0]
        head = draft.head
        for axis in range(3):
            head[axis] += size * angles[axis]
        bent = size * _SHARE_OF_NECK * _NECK_M
        head[_X] += size * rest[_X] - bent * math.sin(angles[_ROLL])
        head[_Y] -= bent * (2 - math.cos(angles[_PITCH]) - math.cos(angles[_ROLL]))
        head[_Z] += size * rest[_Z] + bent * math.sin(angles[_PITCH])

    def _drift(self, moment: Moment) -> list[float]:
        """Degrees of pitch, yaw and roll that mean nothing."""
        active = self._activity.step(1.0 if moment.speaking else _STILL)
        steady, seconds = 0.6 + 0.4 * active, moment.time / SAMPLE_RATE
        return [
            steady * wide * slow.step()
            + active * narrow * ordinary.step()
            + _SWAY_DEGREES * sway.at(seconds)
            for wide, slow, narrow, ordinary, sway in zip(*self._drifts, strict=True)
        ]

    def _follow(self, moment: Moment) -> float:
        """Degrees by which melody and loudness lift the head."""
        if not moment.speaking:
            self._heard *= _FADES
        else:
            self._heard = min(_MOST_SEMITONES, max(-_MOST_SEMITONES, moment.contour))
        louder = moment.effort - _USUAL_EFFORT if moment.speaking else 0.0
        swell = self._swell.step(min(0.6, max(-0.4, louder)))
        melody = self._melody.step(self._heard)
        return _DEGREES_PER_SEMITONE * melody + _DEGREES_PER_EFFORT * swell
