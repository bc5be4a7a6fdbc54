"""Emotions that are asked for: whole faces that come, live and go as felt ones do.

Poses follow Ekman & Friesen (1975, "Unmasking the Face"; 1978, Facial Action Coding System); action
units are named beside each. A felt expression comes within half a second and goes more slowly
(Ekman & Friesen 1982, "Felt, false, and miserable smiles"; Schmidt et al. 2003 on the onsets of
smiles); parts of the face do not keep the same time, and none of it is ever frozen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.behaviour import EMOTIONS
from engine.face import ARKIT, INDEX, Floats
from engine.motion.effort import reach
from engine.motion.gestures import Follower
from engine.motion.layers import STEP_S, Draft, Moment, Wander
from engine.motion.poses import poses
from engine.timeline import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Felt:
    """The face of an emotion, in the parts that move together; names as in `poses.pose`.

    ``lips`` are what articulation needs too, and show late: a faint emotion leaves the lips closed.
    ``head`` is pitch, yaw and roll, ``gaze`` yaw and pitch in the room, radians.
    """

    brows: Mapping[str, float]
    eyes: Mapping[str, float] = field(default_factory=dict)
    cheeks: Mapping[str, float] = field(default_factory=dict)
    corners: Mapping[str, float] = field(default_factory=dict)
    lips: Mapping[str, float] = field(default_factory=dict)
    head: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)


FELT: dict[str, Felt] = {
    # 6, 12, 25: the cheeks make it a felt smile
    "joy": Felt(
        brows={"browOuterUp": 0.24, "browInnerUp": 0.16},
        eyes={"eyeSquint": 0.26, "eyeBlink": 0.07},
        cheeks={"cheekSquint": 0.80, "noseSneer": 0.06},
        corners={"mouthSmile": 0.86},
        lips={"jawOpen": 0.17, "mouthUpperUp": 0.34, "mouthLowerDown": 0.12},
        head=(-0.05, 0.0, 0.06),
    ),
    # 1, 4, 15, 17, lids heavy
    "sad": Felt(
        brows={"browInnerUp": 1.0, "browDown": 0.28},
        eyes={"eyeBlink": 0.20, "eyeSquint": 0.10},
        cheeks={"cheekSquint": 0.10},
        corners={"mouthFrown": 0.78},
        lips={"mouthShrugLower": 0.45, "mouthPucker": 0.08},
        head=(0.11, 0.0, 0.07),
        gaze=(0.06, 0.15),
    ),
    # 4, 5 and 7, 9, 23 and 24
    "angry": Felt(
        brows={"browDown": 1.0},
        eyes={"eyeWide": 0.22, "eyeSquint": 0.55},
        cheeks={"noseSneer": 0.45, "cheekSquint": 0.12},
        corners={"mouthFrown": 0.40},
        lips={"mouthPress": 0.75, "jawForward": 0.15, "mouthRollUpper": 0.10},
        head=(0.10, 0.0, 0.0),
        gaze=(0.0, 0.0),
    ),
    # 1, 2, 5, 26
    "surprised": Felt(
        brows={"browInnerUp": 0.90, "browOuterUp": 0.95},
        eyes={"eyeWide": 0.90},
        lips={"jawOpen": 0.52, "mouthFunnel": 0.24, "mouthPucker": 0.22},
        head=(-0.08, 0.0, 0.0),
    ),
    # 4 and 7, 9, 10, 15, 17
    "disgusted": Felt(
        brows={"browDown": 0.70},
        eyes={"eyeSquint": 0.75},
        cheeks={"noseSneer": 1.0, "cheekSquint": 0.45},
        corners={"mouthFrown": 0.52},
        lips={"mouthUpperUp": 0.50, "mouthShrugLower": 0.35, "jawOpen": 0.05},
        head=(-0.07, 0.15, -0.06),
        gaze=(-0.03, 0.05),
    ),
    # 1, 2 and 4, 5, 20, 25
    "afraid": Felt(
        brows={"browInnerUp": 1.0, "browOuterUp": 0.28, "browDown": 0.35},
        eyes={"eyeWide": 1.0},
        cheeks={},
        corners={"mouthFrown": 0.28},
        lips={"mouthStretch": 0.85, "jawOpen": 0.18, "mouthLowerDown": 0.42},
        head=(-0.05, -0.07, 0.0),
    ),
}
"""By the names of `engine.behaviour.EMOTIONS`."""

_PARTS = ("brows", "eyes", "cheeks", "corners", "lips")
_BROWS, _EYES, _CHEEKS, _CORNERS, _LIPS, _HEAD = range(len(_PARTS) + 1)

_HURRY = (11.5, 12.5, 9.0, 9.5, 9.0, 6.5)
"""Natural frequency of each part's spring, rad/s, head last: eyes and brows are there first, after
some 0.3 s, the head last."""

_LINGER = (5.0, 6.0, 3.6, 3.8, 6.0, 3.4)
"""The same on the way back: the corners of the mouth and the head return last."""

_DAMPING = 0.62
"""Of the way there: an expression overshoots by some 8 % before it settles."""

_SETTLED, _SETTLES_S = 0.88, 2.0
"""An expression that is held loses some of its height, with this time constant."""

_ALIVE, _ALIVE_PERIODS_S = 0.09, (2.3, 1.7, 2.9, 3.3, 1.9, 4.3)
"""Share by which each part never stays the same, and how slowly it changes."""

_READABLE = 1.2
"""Amounts are driven by this: 0.7 of an emotion is to be read by a stranger."""

_LATE = 0.6
"""By how much the lips lag behind in amount: at a small one they move this much less."""

_SPOKEN_CORNERS, _SPOKEN_LIPS = 0.62, 0.12
"""What is left of corners and lips while one speaks."""

_GIVES_WAY_S, _RETURNS_S = 0.06, 0.25
"""How fast they give way, and come back in a pause: a smile does not pop up in every gap."""

_CONTESTED = 0.7
"""Of a smile and a frown that are asked for at once, the weaker takes away this much of each."""

_UNSEEN = 1e-3


class Cues:
    """Adds the emotions that are asked for, head and gaze included."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._cues = {name: _Cue(FELT[name]) for name in EMOTIONS}
        self._alive = [Wander(rng, period) for period in _ALIVE_PERIODS_S]
        self._speaking = Follower(_GIVES_WAY_S, _RETURNS_S)

    def move(self, moment: Moment, draft: Draft, gain: float) -> None:
        """Advance by one motion sample; ``gain`` 0..2 drives amounts without passing their end."""
        speaking = self._speaking.step(moment.speaking)
        felt = []
        for name, cue in self._cues.items():
            asked = moment.emotions.get(name, 0.0)
            if asked > 0 or cue.felt:
                cue.follow(asked)
                felt.append(cue)
        if not felt:
            return
        seconds = moment.time / SAMPLE_RATE
        shares = [1 + _ALIVE * wander.at(seconds) for wander in self._alive]
        shares[_CORNERS] *= 1 - (1 - _SPOKEN_CORNERS) * speaking
        shares[_LIPS] *= 1 - (1 - _SPOKEN_LIPS) * speaking
        left = np.ones(len(ARKIT), np.float32)
        for cue in felt:
            left -= left * cue.add(shares, gain * _READABLE, draft, moment.attention is None)
        mixed = 1 - left
        contested = _CONTESTED * np.minimum(mixed[_SMILE], mixed[_FROWN])
        mixed[_SMILE] -= contested
        mixed[_FROWN] -= contested
        draft.blendshapes += mixed


class _Cue:
    """One emotion: how far each part of its face has come."""

    def __init__(self, felt: Felt) -> None:
        self.felt = False
        self._shapes = poses(*(getattr(felt, part) for part in _PARTS))
        self._head, self._gaze = np.array(felt.head, np.float32), np.array(felt.gaze, np.float32)
        self._shown = [0.0] * (len(_PARTS) + 1)
        self._speed = [0.0] * (len(_PARTS) + 1)
        self._held = 0.0

    def follow(self, asked: float) -> None:
        """Advance every part by 10 ms towards the amount asked for."""
        self._held += STEP_S / _SETTLES_S * ((asked > 0) - self._held)
        wanted = asked * (1 - (1 - _SETTLED) * self._held)
        for part, shown in enumerate(self._shown):
            comes = wanted > shown - 0.15 * asked
            hurry = _HURRY[part] if comes else _LINGER[part]
            damping = _DAMPING if comes else 1.0
            pull = hurry * (wanted - shown) - 2 * damping * self._speed[part]
            self._speed[part] += STEP_S * hurry * pull
            self._shown[part] = shown + STEP_S * self._speed[part]
        self.felt = asked > 0 or max(self._shown) > _UNSEEN
        if not self.felt:
            self._shown = [0.0] * len(self._shown)
            self._speed = [0.0] * len(self._shown)

    def add(self, shares: Sequence[float], gain: float, draft: Draft, may_look: bool) -> Floats:
        """(52,) in [0, 1] of this emotion; head and, if it ``may_look``, gaze go to the draft."""
        driven = reach(np.array(self._shown, np.float32), gain) * np.array(shares, np.float32)
        driven[_LIPS] *= 1 - _LATE + _LATE * driven[_LIPS]
        draft.head[:3] += driven[_HEAD] * self._head
        if may_look:
            draft.gaze += driven[_EYES] * self._gaze
        shapes = np.clip(driven[:_HEAD] @ self._shapes, 0, 1)
        return np.asarray(shapes, dtype=np.float32)


_SMILE = np.array([INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]])
_FROWN = np.array([INDEX["mouthFrownLeft"], INDEX["mouthFrownRight"]])
