"""How far jaw and lips go: the loudness of the voice, and articulation as somebody chooses it.

Jaw and lips answer separately (Edwards et al. 2016, "JALI: An Animator-Centric Viseme Model for
Expressive Lip Synchronization"): who mumbles saves the jaw most, who speaks emphatically opens it
most, and in both, lips that must meet do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.face import ARKIT, Floats

NATURAL = 1.0

_AMOUNTS = (0.0, NATURAL, 2.0)
_JAW_GAIN = (0.3, 1.0, 1.6)
_LIPS_GAIN = (0.45, 1.0, 1.35)
"""Gains of the excursion from rest at these amounts of articulation, straight between."""

_FOLLOW = 0.25
"""Share of the way to a new amount per 10 ms, twice in a row, so that it also starts gently: 98 %
after 200 ms, about a tenth of the way in 10 ms at most."""


def _those(*stems: str) -> NDArray[np.intp]:
    return np.array([i for i, name in enumerate(ARKIT) if name.startswith(stems)])


# mouthClose undoes on the lips what the jaw does to them, so it goes with the jaw.
_JAW = _those("jaw", "mouthClose")
_LIPS = np.setdiff1d(_those("mouth", "cheek", "tongue"), _JAW)


def reach(excursion: Floats, gain: float) -> Floats:
    """Excursions in [0, 1] times ``gain``; above 1 they near their limit and do not pass it.

    Rises with both, is ``gain * excursion`` for small ones, and leaves 0 and a gain of 1 alone.
    """
    if gain <= 1:
        return np.asarray(excursion * gain, dtype=np.float32)
    return np.asarray(1 - (1 - np.clip(excursion, 0, 1)) ** gain, dtype=np.float32)


def articulate(pose: Floats, amount: float, closure: float, labiodental: float) -> Floats:
    """The pose (52,) of a mouth as ``amount`` of articulation shows it.

    ``amount`` 0 mumbles, 1 leaves the pose alone, 2 is emphatic. ``closure`` and ``labiodental`` in
    [0, 1] say how surely the lips are sealed (P B M) or the lower one is at the teeth (F V): such a
    pose is kept, for a contact is made or it is not. Only what speech moves is scaled.
    """
    free = 1 - max(closure, labiodental)
    if amount == NATURAL or free <= 0:
        return pose
    shown = pose.copy()
    for shapes, gains in ((_JAW, _JAW_GAIN), (_LIPS, _LIPS_GAIN)):
        gain = 1 + (float(np.interp(amount, _AMOUNTS, gains)) - 1) * free
        shown[shapes] = reach(pose[shapes], gain)
    return shown


class Amount:
    """An amount of articulation that may be changed while somebody speaks."""

    def __init__(self, amount: float = NATURAL) -> None:
        self.wanted = amount
        self._near = self._shown = amount

    def step(self) -> float:
        """The amount in force 10 ms later."""
        self._near += _FOLLOW * (self.wanted - self._near)
        self._shown += _FOLLOW * (self._near - self._shown)
        return self._shown
