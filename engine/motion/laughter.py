"""Laughter laughs: cheeks up, eyes narrow, a wide smile, and the jaw drops with each burst.

Raising the corners of the mouth and the cheeks is what every laugh has, a dropped jaw and a head
thrown back come with its strength, and cheeks and eyes beat with the breath; the smile outlasts
the sound by seconds (Ruch & Ekman 2001, "The expressive pattern of laughter").
"""

from __future__ import annotations

import numpy as np

from engine.motion.layers import STEP_S, Draft, Moment
from engine.motion.poses import poses

_COMES_S, _GOES_S = 0.16, 0.45
"""Time constants of the laughing face."""

_SMILE_GOES_S = 1.8
_MOUNTS_S = 1.2
"""A laugh grows while it lasts: the second second is more than the first."""

_BURST_COMES_S, _BURST_GOES_S = 0.03, 0.07
"""Time constants that let through bursts of some five a second (Bachorowski et al. 2001)."""

_SLOW_S = 0.5

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
        self._level = self._smile = self._mounted = 0.0
        self._effort = self._mean = 0.0

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        self._level += _share(moment.laughing, self._level, _COMES_S, _GOES_S)
        self._smile += _share(moment.laughing, self._smile, _COMES_S, _SMILE_GOES_S)
        self._mounted += _share(moment.laughing, self._mounted, _MOUNTS_S, _GOES_S)
        self._effort += _share(moment.effort, self._effort, _BURST_COMES_S, _BURST_GOES_S)
        self._mean += _share(self._effort, self._mean, _SLOW_S, _SLOW_S)
        if self._smile < _UNSEEN:
            return
        hearty = self._level * (0.6 + 0.4 * self._mounted)
        burst = hearty * min(1.0, max(0.0, 0.35 + 2.2 * (self._effort - self._mean)))
        draft.blendshapes += np.float32(self._smile) * _SMILING
        draft.blendshapes += np.float32(hearty) * _LAUGHING + np.float32(burst) * _BURSTING
        draft.head[0] -= _THROWN_BACK * self._mounted * self._level


_UNSEEN = 1e-3


def _share(wanted: float, now: float, comes_s: float, goes_s: float) -> float:
    """What a value changes by in 10 ms on its way to the wanted one."""
    return STEP_S / (comes_s if wanted > now else goes_s) * (wanted - now)
