"""Laughter laughs: cheeks up, eyes narrow, a wide smile, and the jaw drops with each burst.

Raising the corners of the mouth and the cheeks is what every laugh has, a dropped jaw and a head
thrown back come with its strength, and cheeks and eyes beat with the breath; the smile outlasts
the sound by seconds (Ruch & Ekman 2001, "The expressive pattern of laughter").
"""

from __future__ import annotations

import numpy as np

from engine.motion.gestures import Follower
from engine.motion.layers import Draft, Moment
from engine.motion.poses import poses

_DOUBTFUL = 0.3
"""Laughter that is heard no surer than this is not shown: lively speech comes near it."""

_COMES_S, _GOES_S = 0.08, 0.25
"""Time constants of the laughing face, of two lags each."""

_SMILE_GOES_S = 0.9
_MOUNTS_S = 0.6
"""A laugh grows while it lasts: the second second is more than the first."""

_BURST_S = 0.018
"""Bursts come some five a second (Bachorowski et al. 2001), and this lets them through."""

_MEAN_S = 0.25
_UNSEEN = 1e-3

_SMILING, _LAUGHING, _BURSTING = poses(
    {"mouthSmile": 0.62, "cheekSquint": 0.45, "eyeSquint": 0.16, "browOuterUp": 0.06},
    {
        **{"mouthSmile": 0.22, "cheekSquint": 0.40, "eyeSquint": 0.38, "noseSneer": 0.14},
        **{"mouthUpperUp": 0.26, "mouthLowerDown": 0.12, "jawOpen": 0.14, "browInnerUp": 0.16},
        **{"browOuterUp": 0.08, "eyeBlink": 0.26},
    },
    {
        **{"jawOpen": 0.34, "cheekSquint": 0.14, "eyeSquint": 0.10, "noseSneer": 0.06},
        **{"mouthUpperUp": 0.10, "mouthLowerDown": 0.10, "mouthStretch": 0.08},
    },
)
_THROWN_BACK = 0.09
"""Radians by which the head goes back in a hearty laugh."""


class Laughter:
    """Adds the whole face of a laugh, and the smile that stays when it is over."""

    def __init__(self) -> None:
        self._level = Follower(_COMES_S, _GOES_S)
        self._smile = Follower(_COMES_S, _SMILE_GOES_S)
        self._mounted = Follower(_MOUNTS_S, _GOES_S)
        self._effort = Follower(_BURST_S, _BURST_S)
        self._mean = Follower(_MEAN_S, _MEAN_S)

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        effort = self._effort.step(moment.effort)
        mean = self._mean.step(moment.effort)
        laughing = max(0.0, moment.laughing - _DOUBTFUL) / (1 - _DOUBTFUL)
        smile = self._smile.step(laughing)
        if smile < _UNSEEN:
            return
        level, mounted = self._level.step(laughing), self._mounted.step(laughing)
        hearty = level * (0.6 + 0.4 * mounted)
        burst = hearty * min(1.0, max(0.0, 0.35 + 2.2 * (effort - mean)))
        draft.blendshapes += np.float32(smile) * _SMILING
        draft.blendshapes += np.float32(hearty) * _LAUGHING + np.float32(burst) * _BURSTING
        draft.head[0] -= _THROWN_BACK * mounted * level
