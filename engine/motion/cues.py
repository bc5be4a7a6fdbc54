"""Emotions that somebody asks for: when each comes, how long it stays, when it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.behaviour import Emotion
from engine.motion.layers import STEP_S, smooth_step
from engine.timeline import SAMPLE_RATE, Samples

_RISE_S, _FALL_S = 0.2, 0.4
"""How long an emotion takes to be in force and to be over; faces are slower still, and differ by
muscle, which is the expression layer's business (Schmidt et al. 2003, "Signal characteristics of
spontaneous facial expressions": onsets are about twice as fast as offsets)."""


@dataclass(slots=True)
class _Ramp:
    """A value on its way, with level ends, from where it was to where it is wanted."""

    start: float = 0.0
    target: float = 0.0
    progress: float = 1.0

    @property
    def value(self) -> float:
        return self.start + (self.target - self.start) * smooth_step(self.progress)

    def move(self, wanted: float) -> float:
        """Advance by one motion sample towards what is wanted."""
        if wanted != self.target:
            self.start, self.target, self.progress = self.value, wanted, 0.0
        duration = _RISE_S if self.target > self.start else _FALL_S
        self.progress = min(1.0, self.progress + STEP_S / duration)
        return self.value


class Cues:
    """Cues by emotion, each over when its time is; ``emotions`` and ``override`` follow smoothly.

    A cue begins at the first moment that is made after it was given.
    """

    def __init__(self) -> None:
        self._new: list[Emotion] = []
        self._until: dict[str, tuple[Emotion, Samples]] = {}
        self._amounts: dict[str, _Ramp] = {}
        self._override = _Ramp()
        self.emotions: Mapping[str, float] = {}
        self.override = 0.0

    def give(self, cue: Emotion) -> None:
        """Show an emotion from the next moment on, in the place of an earlier cue of its name."""
        self._new = [other for other in self._new if other.name != cue.name] + [cue]

    def move(self, time: Samples) -> None:
        """The next moment."""
        for cue in self._new:
            self._until[cue.name] = cue, time + round(cue.seconds * SAMPLE_RATE)
            self._amounts.setdefault(cue.name, _Ramp())
        self._new = []
        if not self._amounts and not self.override:
            return
        self._until = {name: told for name, told in self._until.items() if told[1] > time}
        shown = {}
        for name, ramp in self._amounts.items():
            shown[name] = ramp.move(self._until[name][0].amount if name in self._until else 0.0)
        self._amounts = {
            name: ramp
            for name, ramp in self._amounts.items()
            if name in self._until or shown[name] > 0
        }
        self.emotions = {name: amount for name, amount in shown.items() if amount > 0}
        overriding = any(cue.override for cue, _ in self._until.values())
        self.override = self._override.move(1.0 if overriding else 0.0)
