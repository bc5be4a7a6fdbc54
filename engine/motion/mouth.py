"""Jaw, lips and tongue at 100 Hz: what the network says, with what must hold held.

A mean of many mouths, which is what a network learns, closes lips nearly and parts them a little in
silence. Where the network is sure of a contact or of a pause, the mouth does it in full.
"""

from __future__ import annotations

import numpy as np

from engine.face import ARKIT, INDEX, Floats
from engine.motion.articulation import Articulation, ArticulationStream, MotionModel
from engine.motion.conflicts import AT_REST, Lips
from engine.motion.effort import NATURAL, Amount, articulate
from engine.runtime.streams import Ask
from engine.timeline import Samples
from engine.voice import Heard

_SEAL_FROM, _SEAL_FULL = 0.15, 0.55
"""Probability of a closure at which the lips start to be drawn together, and are."""

_PARTING = ("mouthFunnel", "mouthLowerDown", "mouthUpperUp", "mouthShrugLower", "tongueOut")
"""What parts the lips, beside the jaw: stems of ARKit names."""

_SPEECH_FROM, _SPEECH_FULL = 0.3, 0.7
"""Probability of speech at which the mouth stirs, and moves in full."""

_GATE_OPEN, _GATE_SHUT = 0.34, 0.14
"""Largest change of the gate per 10 ms: opens in 30 ms, shuts in 70 ms."""

_parting = np.array([i for i, name in enumerate(ARKIT) if name.startswith(_PARTING)])


class Mouth:
    """Tell it each hop and ask for the pose at each motion sample, in order."""

    def __init__(
        self, model: MotionModel, look_ahead: Samples, articulation: float = NATURAL
    ) -> None:
        self.articulation = Amount(articulation)
        self._stream = ArticulationStream(model, look_ahead)
        self._gate = 0.0
        self.lips = AT_REST

    def ask(self, heard: Heard) -> Ask:
        """What to ask of the network when the next hop has been heard."""
        return self._stream.ask(heard)

    def decide(self, answer: Floats) -> None:
        """Take the network's answer."""
        self._stream.decide(answer)

    def hear(self, heard: Heard) -> None:
        """The next hop, asked and answered at once."""
        self.decide(self.ask(heard).alone())

    def pose(self, index: int, speaking: bool) -> Floats:
        """(52,) weights of mouth, jaw and tongue at media time ``index`` * 160.

        ``speaking`` is the voice activity (already looked ahead). ``lips`` says afterwards what the
        pose needs of them.
        """
        said = self._stream.at(index)
        pose = articulate(sealed(said), self.articulation.step(), said.closure, said.labiodental)
        gate = _ramp(said.speech, _SPEECH_FROM, _SPEECH_FULL) if speaking else 0.0
        self._gate += min(_GATE_OPEN, max(-_GATE_SHUT, gate - self._gate))
        shown = np.asarray(pose * self._gate, dtype=np.float32)
        self.lips = Lips.of(shown, said.closure * self._gate, said.labiodental * self._gate)
        return shown


def sealed(said: Articulation) -> Floats:
    """(52,) the pose with its lips drawn together as far as the closure is sure.

    The jaw keeps its place: mouthClose brings the lips together over it.
    """
    seal = _ramp(said.closure, _SEAL_FROM, _SEAL_FULL)
    if not seal:
        return said.pose
    pose = said.pose.copy()
    pose[_parting] *= 1 - seal
    close = INDEX["mouthClose"]
    pose[close] += seal * (pose[INDEX["jawOpen"]] - pose[close])
    return pose


def _ramp(value: float, start: float, full: float) -> float:
    """0 up to ``start``, 1 from ``full`` on, straight between."""
    return min(1.0, max(0.0, (value - start) / (full - start)))
