"""Listening: attention to who speaks, nods, small smiles, and the other's laughter shared.

Attentive listeners lean and tilt the head, raise their brows and smile, and answer most with nods
(Dittmann & Llewellyn 1968, "Relationship between vocalizations and head nods as listener
responses"; Brunner 1979, "Smiles can be back channels"); small dips of their heads go with the
stresses of the other (Hadar et al. 1985, "Head movement during listening turns in conversation").
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.backchannels import Backchannels
from engine.motion.easing import Reach, Spring
from engine.motion.gestures import Follower
from engine.motion.layers import STEP_S, Draft, Moment, Wander
from engine.motion.nodding import Nod, Turn
from engine.motion.poses import poses
from engine.motion.rest import Key, Sequence, held
from engine.timeline import SAMPLE_RATE

_DEGREE = math.pi / 180
_Z = 5

_ATTENDS_S, _LETS_GO_S, _SPEAKS_S = 0.35, 0.9, 0.09
"""Time constants: of attention to who speaks, of letting go, and of all this when one speaks."""

_STAYS_S, _LESS = 4.0, 0.55
"""For so long after their last word, so much of the attention is kept: they may go on."""

_SPREAD, _FORWARD_M = (1.0 * _DEGREE, 1.0 * _DEGREE, 3.0 * _DEGREE), 0.006
"""Of where an attentive head rests, in pitch, yaw and roll; mostly it is a tilt."""

_TILT_S, _TILTS_EVERY_S = (0.9, 1.6), (7.0, 19.0)
_NECK_M = 0.047
"""The head's way forward and down with a nod: the share of the neck that makes it."""

_WITH_STRESS, _STRESS_S = 0.55 * _DEGREE, 0.07

_ATTENTIVE_PERIOD_S = 8.0
_MOOD_S = 1.1
_NEGLECTED = 0.12
"""Arousal and valence of the other that leave a face unmoved."""

_SMILES, _FLASHES, _PRESSES = 0.30, 0.22, 0.09
"""How often an answer has a smile, a raise of the brows, a press of the lips along with it."""

_OF_ITS_OWN = 1 / 16.0
"""Smiles and brow raises without a nod, times a second of the other's speech."""

_ASKED_FROM, _ASKED_TILT = 0.3, 2.2 * _DEGREE

_LAUGHS_S, _LAUGHED_S = 0.16, 1.0
_UNSEEN = 1e-3

_SHOWN = poses(
    {"browInnerUp": 0.08, "browOuterUp": 0.07, "eyeWide": 0.04, "mouthSmile": 0.05},
    {"browInnerUp": 0.10, "browOuterUp": 0.14, "eyeWide": 0.12},
    {"mouthSmile": 0.24, "cheekSquint": 0.18, "eyeSquint": 0.05},
    {"browInnerUp": 0.26, "browDown": 0.06, "mouthFrown": 0.08},
    {"mouthSmile": 0.52, "cheekSquint": 0.44, "eyeSquint": 0.20, "mouthDimple": 0.08},
)
"""Attentive, and what is heard of excitement, gladness, sorrow and laughter, shared in part."""

_SMILE, _HALF_SMILE, _FLASH, _PRESS = poses(
    {"mouthSmile": 0.38, "cheekSquint": 0.26, "eyeSquint": 0.09},
    {"mouthSmileLeft": 0.32, "mouthSmileRight": 0.20, "cheekSquint": 0.13},
    {"browInnerUp": 0.34, "browOuterUp": 0.38, "eyeWide": 0.10},
    {"mouthPress": 0.24, "mouthShrugLower": 0.14, "mouthDimple": 0.12, "browInnerUp": 0.06},
)
_SMILING = held(_SMILE, (0.35, 0.60), (0.6, 1.7), (0.7, 1.3))
_HALF_SMILING = held(_HALF_SMILE, (0.30, 0.55), (0.4, 1.2), (0.6, 1.1))
_FLASHING = held(_FLASH, (0.12, 0.20), (0.10, 0.35), (0.30, 0.55))
_PRESSING = held(_PRESS, (0.25, 0.40), (0.30, 0.80), (0.40, 0.70))


class Listening:
    """Adds to head pose, brows, cheeks and closed lips while somebody else speaks."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        when, self._how, self._chances, tilts, wander = rng.spawn(5)
        self._size = Spring(0.12, 1.0)
        self._silent = Spring(_SPEAKS_S, 1.0)
        self._attends = Follower(_ATTENDS_S, _LETS_GO_S)
        self._quiet_s = math.inf
        self._backchannels = Backchannels(when)
        self._nods: list[Nod] = []
        self._rest = _Rest(tilts)
        self._faces: list[Sequence] = []
        self._stress = Spring(_STRESS_S)
        self._mood = Spring(_MOOD_S), Spring(_MOOD_S)
        self._laughs = Follower(_LAUGHS_S, _LAUGHED_S)
        self._wander = Wander(wander, _ATTENTIVE_PERIOD_S)
        self._shown = Draft.neutral()

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        size = self._size.step(self.gain) * self._silent.step(not moment.speaking)
        attention = self._attends.step(self._wanted(moment))
        answer = self._backchannels.step(moment)
        if moment.speaking and self._silent.value < _UNSEEN:
            self._nods, self._faces = [], []
        if attention < _UNSEEN and not answer:
            return
        if answer:
            self._answer(answer, moment)
        if moment.others or moment.others_ended:
            self._react(moment)
        shown = self._shown
        shown.head.fill(0)
        shown.blendshapes.fill(0)
        self._turn(moment, attention, shown)
        self._look(moment, attention, shown)
        draft.head += np.float32(size) * shown.head
        draft.blendshapes += np.float32(size) * shown.blendshapes

    def _wanted(self, moment: Moment) -> float:
        """How much attention there is reason for."""
        if moment.speaking:
            self._quiet_s = math.inf
        elif moment.others:
            self._quiet_s = 0.0
        else:
            self._quiet_s += STEP_S
        if self._quiet_s > _STAYS_S:
            return 0.0
        return 1.0 if moment.others else _LESS

    def _answer(self, weight: float, moment: Moment) -> None:
        """A nod, and what goes with it."""
        arousal, valence = _tone(moment)
        self._nods.append(Nod(weight, arousal, self._how))
        which = float(self._chances.random())
        smiles = _SMILES * (1 + min(1.0, max(-1.0, 2 * valence)))
        if which < smiles:
            self._smile()
        elif which < smiles + _FLASHES:
            self._show(_FLASHING, 0.8)
        elif which < smiles + _FLASHES + _PRESSES:
            self._show(_PRESSING)

    def _react(self, moment: Moment) -> None:
        """What needs no nod: to a question, and now and then to what is said."""
        if moment.question >= _ASKED_FROM:
            self._show(_FLASHING, 0.6 + 0.6 * moment.question)
            self._rest.tilt(_ASKED_TILT)
        elif self._chances.random() < _OF_ITS_OWN * STEP_S:
            if self._chances.random() < 0.5:
                self._smile()
            else:
                self._show(_FLASHING, 0.7)

    def _smile(self) -> None:
        self._show(_SMILING if self._chances.random() < 0.6 else _HALF_SMILING)

    def _show(self, keys: tuple[Key, ...], size: float = 1.0) -> None:
        self._faces.append(Sequence(keys, self._chances, size))

    def _turn(self, moment: Moment, attention: float, shown: Draft) -> None:
        """Add the head's rest, its nods and its small dips with the other's stresses."""
        accent = moment.theirs.accent if moment.theirs is not None and moment.others else 0.0
        dip = _WITH_STRESS * self._stress.step(accent)
        pitch, yaw, roll = self._rest.step(moment.others)
        nodded = dip
        for nod in self._nods:
            down, turned, tilted = nod.step()
            nodded, yaw, roll = nodded + down, yaw + turned, roll + tilted
        self._nods = [nod for nod in self._nods if not nod.over]
        shown.head[:3] = attention * pitch + nodded, attention * yaw, attention * roll
        shown.head[_Z] = _FORWARD_M * attention + _NECK_M * math.sin(nodded)

    def _look(self, moment: Moment, attention: float, shown: Draft) -> None:
        """Add what the face shows of what is heard."""
        arousal, valence = (
            axis.step(heard if moment.others else 0.0)
            for axis, heard in zip(self._mood, _tone(moment), strict=True)
        )
        theirs = moment.theirs
        laughs = self._laughs.step(theirs.laughing if theirs is not None else 0.0)
        alert = attention * (1 + 0.5 * self._wander.at(moment.time / SAMPLE_RATE))
        amounts = alert, max(0.0, arousal), max(0.0, valence), max(0.0, -valence), laughs
        shown.blendshapes += np.array(amounts, np.float32) @ _SHOWN
        for face in self._faces:
            face.step()
            shown.blendshapes += face.pose
        self._faces = [face for face in self._faces if not face.over]


class _Rest:
    """Where an attentive head rests: a slight tilt, another one after a while."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._axes = tuple(Reach() for _ in _SPREAD)
        self._left_s = 0.0

    def step(self, others: bool) -> Turn:
        """Pitch, yaw and roll 10 ms later."""
        self._left_s -= STEP_S
        if others and self._left_s <= 0:
            self._left_s = float(self._rng.uniform(*_TILTS_EVERY_S))
            places = np.clip(self._rng.standard_normal(len(_SPREAD)), -1.7, 1.7)
            seconds = float(self._rng.uniform(*_TILT_S))
            for axis, spread, place in zip(self._axes, _SPREAD, places.tolist(), strict=True):
                axis.to(spread * place, seconds)
        pitch, yaw, roll = (axis.step() for axis in self._axes)
        return pitch, yaw, roll

    def tilt(self, angle: float) -> None:
        """Tilt further to the side to which it is tilted."""
        roll = self._axes[2]
        roll.to(math.copysign(angle, roll.goal), _TILT_S[0])


def _tone(moment: Moment) -> tuple[float, float]:
    """Arousal and valence of the other as far as they are clear."""
    theirs = moment.theirs
    if theirs is None:
        return 0.0, 0.0
    arousal, valence = (
        math.copysign(max(0.0, abs(heard) - _NEGLECTED), heard)
        for heard in (theirs.arousal, theirs.valence)
    )
    return arousal, valence
