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
from engine.motion.layers import Draft, Layer, Moment
from engine.motion.mouth import Mouth
from engine.timeline import HOP, MOTION_HOP, Samples
from engine.voice import Heard, Prosody

_KEPT = 32
"""Hops of voice and prosody held: the longest look-ahead and back-dating, with room to spare."""

_OPEN_AHEAD: Samples = 4 * MOTION_HOP
"""The mouth may part this long before the first sound, where the look-ahead knows of it."""

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
        self._hops = 0
        self._index = 0
        self._active = np.zeros(_KEPT, bool)
        self._prosody: list[Prosody] = []
        self._was_speaking = False
        self._mean_effort = 0.5

    def set_articulation(self, amount: float) -> None:
        """Articulate by ``amount`` (0..2) from the next pose on, getting there within 200 ms."""
        self._mouth.articulation.wanted = amount

    def push(self, heard: Heard) -> list[FaceFrame]:
        """Poses that this hop completes: times s = k * 160 with s + look-ahead heard by now."""
        self._remember(heard)
        poses = []
        while self._index * MOTION_HOP + self._look_ahead <= self._hops * HOP:
            poses.append(self._perform(self._index))
            self._index += 1
        return poses

    def _remember(self, heard: Heard) -> None:
        hop = self._hops
        self._mouth.hear(heard)
        self._active[hop % _KEPT] = heard.voice.active
        if heard.voice.started is not None:
            for earlier in range(heard.voice.started // HOP, hop):
                self._active[earlier % _KEPT] = True
        self._prosody.append(heard.prosody)
        del self._prosody[:-_KEPT]
        self._hops += 1

    def _perform(self, index: int) -> FaceFrame:
        moment = self._moment(index * MOTION_HOP)
        draft = Draft.neutral()
        draft.blendshapes += self._mouth.pose(index, moment.speaking)
        for layer in self._layers:
            layer.move(moment, draft)
        return pass_gate(moment.time, draft)

    def _moment(self, time: Samples) -> Moment:
        now = min(max(0, time - 1) // HOP, self._hops - 1)
        ahead = min(_OPEN_AHEAD, self._look_ahead)
        until = min(max(0, time + ahead - 1) // HOP, self._hops - 1)
        speaking = any(self._active[hop % _KEPT] for hop in range(now, until + 1))
        ended = self._was_speaking and not speaking
        self._was_speaking = speaking
        prosody = self._prosody[now - self._hops]
        return Moment(time, speaking, ended, prosody.effort, prosody.pitch, self._accent(prosody))

    def _accent(self, prosody: Prosody) -> float:
        """How much a moment stands out of this speaker's run of speech, 0..1."""
        self._mean_effort += 0.006 * (prosody.effort - self._mean_effort)
        louder = max(0.0, prosody.effort - self._mean_effort - 0.12) * 2.2
        higher = max(0.0, prosody.pitch - 2) / 6
        return float(min(1.0, louder * 0.7 + higher * 0.6)) if prosody.f0_hz else 0.0
