"""The performance: heard hops in, poses at 100 Hz out, as soon as the look-ahead allows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.face import FaceFrame
from engine.motion.articulation import MotionModel
from engine.motion.blink import Blink
from engine.motion.camera import Camera
from engine.motion.effort import NATURAL
from engine.motion.expression import Expression
from engine.motion.gate import pass_gate
from engine.motion.gaze import Gaze
from engine.motion.head import HeadMotion
from engine.motion.layers import Draft, Layer
from engine.motion.moments import Moments
from engine.motion.mouth import Mouth
from engine.timeline import HOP, MOTION_HOP, Samples
from engine.voice import Heard

_LAYERS: tuple[Callable[[np.random.Generator], Layer], ...] = (
    Blink,
    Gaze,
    HeadMotion,
    Expression,
    Camera,
)
"""In the order in which they are applied: the head follows the gaze. A new layer is one line."""


class Performance:
    """One face's motion. The same hops give the same poses, whatever the pace."""

    def __init__(
        self, model: MotionModel, look_ahead: Samples, seed: int, articulation: float = NATURAL
    ) -> None:
        self._look_ahead = look_ahead
        self._mouth = Mouth(model, look_ahead, articulation)
        self._layers: list[Layer] = [
            layer(np.random.default_rng([seed, number])) for number, layer in enumerate(_LAYERS)
        ]
        self._moments = Moments(look_ahead)
        self._heard: Samples = 0
        self._index = 0

    def set_articulation(self, amount: float) -> None:
        """Articulate by ``amount`` (0..2) from the next pose on, getting there within 200 ms."""
        self._mouth.articulation.wanted = amount

    def push(self, heard: Heard) -> list[FaceFrame]:
        """Poses that this hop completes: times s = k * 160 with s + look-ahead heard by now."""
        self._mouth.hear(heard)
        self._moments.hear(heard)
        self._heard += HOP
        poses = []
        while self._index * MOTION_HOP + self._look_ahead <= self._heard:
            poses.append(self._perform(self._index))
            self._index += 1
        return poses

    def _perform(self, index: int) -> FaceFrame:
        moment = self._moments.at(index * MOTION_HOP)
        draft = Draft.neutral()
        draft.blendshapes += self._mouth.pose(index, moment.speaking)
        for layer in self._layers:
            layer.move(moment, draft)
        return pass_gate(moment.time, draft)
