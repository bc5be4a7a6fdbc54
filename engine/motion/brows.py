"""Brows: the face's batons. They rise on some accents, ask with questions and knit in thought.

Brow raises go with rises of the pitch, but not every rise has one (Cavé et al. 1996, "About the
relationship between eyebrow movements and F0 variations": 71 % of raises coincide with a rise, far
fewer rises with a raise); they begin some 60 ms before the accent they mark (Flecha-García 2010,
"Eyebrow raises in dialogue and their relation to discourse structure, utterance function and pitch
accents"). Ekman (1979, "About brows: emotional and conversational signals") names both the raise
and the lowering as batons, the raise for questions, and the lowering for doubt and searching.
"""

from __future__ import annotations

import math

import numpy as np

from engine.face import INDEX, Floats
from engine.motion.gestures import Follower, Gesture, Gestures
from engine.motion.layers import STEP_S, Draft, Moment, Pause, Wander
from engine.motion.poses import poses
from engine.timeline import SAMPLE_RATE

_PER_SEMITONE, _FROM_SEMITONES, _MOST_SEMITONES = 0.048, 1.0, 8.0
_PER_ACCENT = 0.1
"""Every accent moves them a little, whether or not it has a baton."""

_UP_S, _DOWN_S = 0.03, 0.12
"""Time constants of the part that follows the pitch: up with it, down later."""

_RESET_S, _RESET = 0.7, 0.15
"""Every phrase begins high and with an accent: for so long brows answer less, by this share at the
very beginning, or they would jump at each of them."""

_TONE, _TONE_PERIOD_S = 0.02, 13.0
"""Brows are never quite still: how high they are held on average, and how slowly that changes."""

_LIKELY, _LIKELIER = 0.38, 0.30
"""How often an accent has a baton, and by how much oftener the strongest or the most excited."""

_ACCENT_FROM = 0.25
_REST_S = 0.45
"""No two batons begin closer than this; an accent must have died down before the next counts."""

_RAISE_S, _HOLD_S, _LOWER_S = (0.10, 0.16), (0.03, 0.22), (0.28, 0.55)
_DEPTH = (0.20, 0.46)

_QUESTION_FROM = 0.25
_QUESTION_S = (0.22, 0.7, 0.8)
"""Rise, hold and fall of the raise that stands at the end of a question, while one waits."""

_THINKS = 0.35
_THINKS_AFTER_S = (0.3, 0.6)
_KNIT_S, _UNKNIT_S = 0.16, 0.25

_MOST_RAISED, _SOFT_FROM = 0.8, 0.5
"""Melody, baton and question may come together: past the second they near the first, no more."""

_RAISED = np.array([INDEX[n] for n in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")])

_RAISE, _WORRY, _LEFT, _RIGHT, _LOWER, _ASK, _THINK = poses(
    {"browInnerUp": 1.0, "browOuterUp": 0.85, "eyeWide": 0.22},  # 1 + 2, the lids go along
    {"browInnerUp": 1.0, "browOuterUp": 0.25, "eyeWide": 0.08},  # 1
    {"browOuterUpLeft": 1.0, "browOuterUpRight": 0.35, "browInnerUp": 0.35, "eyeWide": 0.12},
    {"browOuterUpRight": 1.0, "browOuterUpLeft": 0.35, "browInnerUp": 0.35, "eyeWide": 0.12},
    {"browDown": 0.5, "eyeSquint": 0.24, "noseSneer": 0.08},  # 4
    {"browInnerUp": 0.75, "browOuterUp": 0.95, "eyeWide": 0.30},
    {"browDown": 0.31, "browInnerUp": 0.15, "eyeSquint": 0.14},
)
_BATONS = (_RAISE, _WORRY, _LEFT, _RIGHT, _LOWER)
_SHARES = np.array([0.54, 0.15, 0.10, 0.10, 0.11])
"""How often each is the baton of a neutral voice."""

_CROSS, _GLAD = np.array([-0.3, -0.05, -0.05, -0.05, 0.45]), np.array([0.1, -0.1, 0.05, 0.05, -0.1])
"""How that changes with a bad mood, and with a good one."""


class Brows:
    """Adds to the brows, and to the lids that go along with them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng, self._thoughts = rng.spawn(2)
        self._gestures = Gestures()
        self._pitch = Follower(_UP_S, _DOWN_S)
        self._accent, self._armed, self._since_s = 0.0, True, _REST_S
        self._into_phrase_s = self._thinks_after_s = math.inf
        self._thought = Follower(_KNIT_S, _UNKNIT_S)
        self._tone = Wander(rng, _TONE_PERIOD_S)

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        if moment.ended:
            self._into_phrase_s = 0.0
        elif moment.speaking:
            self._into_phrase_s += STEP_S
        if self._stands_out(moment):
            self._beat(moment)
        if moment.ended and moment.question >= _QUESTION_FROM:
            depth = np.float32(0.2 + 0.25 * moment.question)
            self._gestures.begin(Gesture(depth * _ASK, *_QUESTION_S))
        before = draft.blendshapes[_RAISED]
        draft.blendshapes += np.float32(self._follow_pitch(moment)) * _RAISE
        draft.blendshapes += np.float32(self._think(moment)) * _THINK
        self._gestures.move(draft)
        draft.blendshapes[_RAISED] = before + _eased(draft.blendshapes[_RAISED] - before)

    def _follow_pitch(self, moment: Moment) -> float:
        heard = moment.contour if moment.speaking else 0.0
        above = min(_MOST_SEMITONES, heard) - _FROM_SEMITONES
        tone = _TONE * (1 + self._tone.at(moment.time / SAMPLE_RATE))
        melody = _PER_SEMITONE * max(0.0, above)
        melody += _PER_ACCENT * max(moment.accent, moment.coming)
        return tone + self._pitch.step(self._answers() * melody)

    def _answers(self) -> float:
        """The share by which brows answer pitch and accents here: little as a phrase begins."""
        return min(1.0, _RESET + (1 - _RESET) * self._into_phrase_s / _RESET_S)

    def _stands_out(self, moment: Moment) -> bool:
        """Whether an accent begins here that could have a baton."""
        self._since_s += STEP_S
        accent = max(moment.accent, moment.coming)
        rises, self._accent = accent > self._accent, accent
        if accent < _ACCENT_FROM / 2:
            self._armed = True
        ready = self._armed and self._since_s >= _REST_S
        if not (ready and rises and accent >= _ACCENT_FROM):
            return False
        self._armed, self._since_s = False, 0.0
        return True

    def _beat(self, moment: Moment) -> None:
        """Perhaps start a baton."""
        *times, kind, depth, chance = self._rng.random(6)
        lively = min(1.0, max(0.0, moment.arousal) + self._accent - _ACCENT_FROM)
        if chance >= self._answers() * (_LIKELY + _LIKELIER * lively):
            return
        low, high = _DEPTH
        deep = (low + (high - low) * depth) * (0.8 + 0.4 * lively)
        rise_s, hold_s, fall_s = (
            least + (most - least) * time
            for (least, most), time in zip((_RAISE_S, _HOLD_S, _LOWER_S), times, strict=True)
        )
        mood = -moment.valence * _CROSS if moment.valence < 0 else moment.valence * _GLAD
        shares = np.cumsum(np.maximum(0, _SHARES + mood))
        pose = _BATONS[int(np.searchsorted(shares, kind * shares[-1]))]
        self._gestures.begin(Gesture(np.float32(deep) * pose, rise_s, hold_s, fall_s))

    def _think(self, moment: Moment) -> float:
        """Knit the brows in some pauses, until speech goes on or the turn is over."""
        if moment.ended:
            chance, wait = self._thoughts.random(2)
            thinks = chance < _THINKS and moment.question < _QUESTION_FROM
            low, high = _THINKS_AFTER_S
            self._thinks_after_s = low + (high - low) * wait if thinks else math.inf
        pausing = not moment.speaking and moment.pause in (Pause.HESITATION, Pause.BREATH)
        searching = pausing and moment.since_s > self._thinks_after_s
        return self._thought.step(searching)


def _eased(raised: Floats) -> Floats:
    """What is more than ``_SOFT_FROM`` nears ``_MOST_RAISED`` and does not pass it."""
    if raised.max() <= _SOFT_FROM:
        return raised
    room = np.float32(_MOST_RAISED - _SOFT_FROM)
    soft = np.float32(_SOFT_FROM) + room * np.tanh((raised - np.float32(_SOFT_FROM)) / room)
    return np.where(raised > _SOFT_FROM, soft, raised)
