"""The performance: heard hops in, poses at 100 Hz out, as soon as the look-ahead allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine.behaviour import LAYERS, Direction, Emotion
from engine.face import FaceFrame, Floats
from engine.motion.articulation import MotionModel
from engine.motion.blink import Blink
from engine.motion.body import Body
from engine.motion.camera import Camera
from engine.motion.cues import Cues
from engine.motion.expression import Expression
from engine.motion.gate import Gate
from engine.motion.gaze import Gaze
from engine.motion.head import HeadMotion
from engine.motion.layers import Draft, Layer, Moment
from engine.motion.listening import Listening
from engine.motion.moments import Moments
from engine.motion.mouth import Mouth
from engine.motion.pauses import Pauses
from engine.runtime.streams import Ask
from engine.timeline import HOP, MOTION_HOP, Samples
from engine.voice import Heard

_LAYERS: dict[str, Callable[[np.random.Generator], Layer]] = {
    "gaze": Gaze,
    "blink": Blink,
    "head": HeadMotion,
    "body": Body,
    "expression": Expression,
    "pauses": Pauses,
    "listening": Listening,
    "camera": Camera,
}
"""By the names of `engine.behaviour.LAYERS`, in the order in which they are applied: head and
blinks follow the gaze. A new layer is one line."""

_UNDIRECTED = Direction()


class Performance:
    """One face's motion. The same hops give the same poses, whatever the pace.

    ``start`` is a pose from which it goes on, smoothly; without it there is nothing before.
    """

    def __init__(
        self,
        model: MotionModel,
        look_ahead: Samples,
        seed: int,
        direction: Direction = _UNDIRECTED,
        start: FaceFrame | None = None,
    ) -> None:
        self._look_ahead = look_ahead
        self._mouth = Mouth(model, look_ahead, direction.articulation)
        # Random numbers go by the layer's name: one more layer leaves the others as they are.
        self._layers = {
            name: layer(np.random.default_rng([seed, LAYERS.index(name)]))
            for name, layer in _LAYERS.items()
        }
        self._moments = Moments(look_ahead)
        self._cues = Cues()
        self._gate = Gate()
        if start is not None:
            self._gate.start(start)
        self._heard: Samples = 0
        self._index = 0
        self.direct(direction)

    def direct(self, direction: Direction) -> None:
        """Do as told from the next pose on; nothing jumps."""
        self._direction = direction
        self._mouth.articulation.wanted = direction.articulation
        for name, layer in self._layers.items():
            layer.gain = getattr(direction.behaviour, name)
            if isinstance(layer, Camera):
                layer.style = direction.behaviour.camera_style
        self._moments.others = direction.others
        self._moments.listening = direction.role == "listener"

    def cue(self, emotion: Emotion) -> None:
        """Show an emotion, from the next pose on."""
        self._cues.give(emotion)

    def hush(self) -> None:
        """Nothing of what was heard is said any more: the mouth shuts, from the next pose on."""
        self._moments.hush()

    def push(self, heard: Heard) -> list[FaceFrame]:
        """Poses that this hop completes: times s = k * 160 with s + look-ahead heard by now."""
        return self.perform(heard, self.ask(heard).alone())

    def ask(self, heard: Heard) -> Ask:
        """What the mouth asks of its network when this hop has been heard."""
        return self._mouth.ask(heard)

    def perform(self, heard: Heard, answer: Floats) -> list[FaceFrame]:
        """As `push`, for a hop whose question has been answered."""
        self._mouth.decide(answer)
        self._moments.hear(heard)
        self._heard += HOP
        poses = []
        while self._index * MOTION_HOP + self._look_ahead <= self._heard:
            poses.append(self._perform(self._index))
            self._index += 1
        return poses

    def _perform(self, index: int) -> FaceFrame:
        moment = self._told(self._moments.at(index * MOTION_HOP))
        draft = Draft.neutral()
        for layer in self._layers.values():
            layer.move(moment, draft)
        spoken = self._mouth.pose(index, moment.speaking)
        return self._gate.let(moment.time, draft, spoken, self._mouth.lips)

    def _told(self, moment: Moment) -> Moment:
        """The moment with what is asked of the face from outside."""
        cues, attention = self._cues, self._direction.attention
        cues.move(moment.time)
        if not cues.emotions and not cues.override and attention is None:
            return moment
        place = None if attention is None else (attention.yaw, attention.pitch)
        return replace(moment, emotions=cues.emotions, override=cues.override, attention=place)
