"""Camera: framing that breathes, slower than anything the face does."""

from __future__ import annotations

import numpy as np

from engine.motion.layers import Draft, Moment, Wander
from engine.timeline import SAMPLE_RATE

_SHIFT = 0.006
_ZOOM = 0.012


class Camera:
    """Writes the camera's shift and zoom."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        self._x, self._y, self._zoom = (Wander(rng, period) for period in (19.0, 23.0, 29.0))

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        seconds = moment.time / SAMPLE_RATE
        draft.camera[0] += _SHIFT * self._x.at(seconds)
        draft.camera[1] += _SHIFT * self._y.at(seconds)
        draft.camera[2] += _ZOOM * self._zoom.at(seconds)
