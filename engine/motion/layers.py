"""What every layer of the performance may know, and what it may write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.face import INDEX, FaceFrame, Floats
from engine.timeline import MOTION_HOP, SAMPLE_RATE, Samples

STEP_S = MOTION_HOP / SAMPLE_RATE
"""Seconds between motion samples: 0.01."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The voice around one motion sample, the look-ahead included.

    ``speaking`` with back-dated onsets; ``ended`` true at the sample where a phrase has just ended;
    ``effort`` as in :class:`engine.voice.Prosody`; ``pitch`` semitones from the speaker's mean, 0
    when unvoiced; ``accent`` 0..1, how much this moment stands out by loudness and pitch.
    """

    time: Samples
    speaking: bool
    ended: bool
    effort: float
    pitch: float
    accent: float


@dataclass(slots=True)
class Draft:
    """A pose in the making: layers add to it. Arrays as in :class:`engine.face.FaceFrame`."""

    blendshapes: Floats
    head: Floats
    gaze: Floats
    camera: Floats

    @staticmethod
    def neutral() -> Draft:
        """A draft of the neutral face."""
        frame = FaceFrame.neutral()
        return Draft(frame.blendshapes, frame.head, frame.gaze, frame.camera)

    def add(self, value: float, *names: str) -> None:
        """Add ``value`` to the named ARKit weights."""
        for name in names:
            self.blendshapes[INDEX[name]] += value

    def add_both(self, value: float, *stems: str) -> None:
        """Add ``value`` to the left and right weight of each stem."""
        for stem in stems:
            self.add(value, f"{stem}Left", f"{stem}Right")


class Layer(Protocol):
    """One aspect of the performance; called once for each motion sample, in order."""

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by 10 ms and add to the draft."""


def smooth_step(x: float) -> float:
    """0 to 1 over x in [0, 1], with level ends."""
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


class Wander:
    """Slow smooth noise in about [-1, 1]: a few sines whose periods share no multiple."""

    def __init__(self, rng: np.random.Generator, period_s: float) -> None:
        ratios = np.array([1.0, 0.618, 0.414, 0.271])
        self._rate = 2 * np.pi / (period_s * ratios * rng.uniform(0.9, 1.1, 4))
        self._phase = rng.uniform(0, 2 * np.pi, 4)
        self._share = np.array([0.45, 0.28, 0.17, 0.10])

    def at(self, seconds: float) -> float:
        """The value at a time in seconds."""
        return float(self._share @ np.sin(self._rate * seconds + self._phase))
