"""From phone posteriors to jaw, lips and tongue at 100 Hz.

The pose at media time s is the posteriors' expected pose under a bell around s (coarticulation: a
sound is still there after it and already there before it), with four corrections: labial closures
always close, the jaw follows the speaker's effort, the mouth the chosen articulation, and what is
not speech does not talk.
"""

from __future__ import annotations

import numpy as np

from engine.face import INDEX, Floats
from engine.motion.effort import NATURAL, Amount, articulate, reach
from engine.motion.lookahead import Split
from engine.motion.poses import OPENING, pose_matrix, sum_of
from engine.phones import PHONES

_SILENCE = PHONES.index("SIL")

_HISTORY = 16
"""Frames of 10 ms under a bell: more than any of them reaches back."""

_KEPT = 64
"""Frames held: the history of the oldest pose that is still due, and the look-ahead beyond it."""

_BELL = 2.0
"""Standard deviation of the coarticulation bell in frames (20 ms)."""

_LEAD = 0.7
"""Frames by which the bell leads: lips reach for a sound before it is heard."""

_CLOSURE_BELL = 1.1
"""Closures are quicker than vowels: a /p/ holds the lips for 60 to 100 ms."""

_CLOSURE_FROM, _CLOSURE_FULL = 0.22, 0.55
"""Share of labial posterior at which the lips start to close and have closed."""

_GATE_OPEN, _GATE_SHUT = 0.34, 0.14
"""Largest change of the speech gate per 10 ms: opens in 30 ms, shuts in 70 ms."""

_SOUND_FROM, _SOUND_FULL = 0.3, 0.65
"""Share of posterior that is not silence at which the mouth stirs and moves in full."""

_EFFORT_AT_REST, _EFFORT_RANGE = 0.5, 0.7
"""Jaw gain from a whisper over a speaker's loudest speech to a shout: 0.5, 1.2, 1.55."""

_EFFORT_FOLLOW = 0.3
"""Share of the way to the present effort per 10 ms: the jaw does not follow single periods."""


def _bell(width: float, ahead: int) -> Floats:
    """(_HISTORY,) weights of the newest frames, the last of them ``ahead`` frames past the moment.

    Frame centres lie half a frame after their index. Where little is known of the future the bell
    is narrowed, so that its centre of gravity, the lag, stays below a frame.
    """
    offsets = np.arange(_HISTORY) - (_HISTORY - 1) + ahead - 0.5 - _LEAD
    known = min(1.0, (ahead + 1) / (2 * width))
    weights = np.exp(-0.5 * (offsets / (width * max(0.4, known))) ** 2)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


class Mouth:
    """Tell it each frame's posteriors and ask for the pose at each motion sample, in order."""

    def __init__(self, share: Split, articulation: float = NATURAL) -> None:
        self.articulation = Amount(articulation)
        self._ahead = share.ahead
        self._poses = pose_matrix()
        self._press = self._poses[PHONES.index("P")]
        self._labial = sum_of("P", "B", "M")
        self._dental = sum_of("F", "V")
        self._frames = np.zeros((_KEPT, len(PHONES)), np.float32)
        self._frames[:, _SILENCE] = 1
        self._window = np.arange(1 - _HISTORY, 1)
        self._wide = _bell(_BELL, share.ahead)
        self._narrow = _bell(_CLOSURE_BELL, share.ahead)
        self._openers = np.array([INDEX[name] for name in OPENING])
        self._gate = 0.0
        self._effort = 0.5

    def hear(self, frame: int, posterior: Floats) -> None:
        """``posterior`` (40,) of a frame, centred on media time frame * 160 + 80."""
        if frame >= 0:
            self._frames[frame % _KEPT] = posterior

    def pose(self, index: int, speaking: bool, effort: float) -> Floats:
        """(52,) weights of mouth, jaw and tongue at media time ``index`` * 160.

        Uses frames up to index + ahead - 1, which must have been heard. ``speaking`` is the voice
        activity (already looked ahead), ``effort`` as in :class:`engine.voice.Prosody`.
        """
        step = (1.0 if speaking else 0.0) - self._gate
        self._gate += min(_GATE_OPEN, max(-_GATE_SHUT, step))
        self._effort += _EFFORT_FOLLOW * (effort - self._effort)
        heard = self._frames[(index + self._ahead - 1 + self._window) % _KEPT]
        expected = self._wide @ heard
        pose = np.asarray(expected @ self._poses, dtype=np.float32)
        jaw = INDEX["jawOpen"]
        pose[jaw] = reach(pose[jaw], _EFFORT_AT_REST + _EFFORT_RANGE * self._effort)
        closing, biting = (
            _ramp(float(self._narrow @ (heard @ sounds)), _CLOSURE_FROM, _CLOSURE_FULL)
            for sounds in (self._labial, self._dental)
        )
        pose[self._openers] *= 1 - closing
        np.maximum(pose, closing * self._press, out=pose)
        pose = articulate(pose, self.articulation.step(), closing, biting)
        sounding = _ramp(1 - float(expected[_SILENCE]), _SOUND_FROM, _SOUND_FULL)
        return np.asarray(pose * min(self._gate, sounding), dtype=np.float32)


def _ramp(value: float, start: float, full: float) -> float:
    """0 up to ``start``, 1 from ``full`` on, straight between."""
    return min(1.0, max(0.0, (value - start) / (full - start)))
