"""Media time: an integer count of 16 kHz audio samples since the session's first sample.

Everything that carries a time carries it in this unit, so two things that belong together are
equal, not merely close. Nothing in the engine reads a wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Samples = int
"""A point or a duration on the media timeline, in samples at :data:`SAMPLE_RATE`."""

SAMPLE_RATE = 16_000
HOP: Samples = 320
"""Samples that the pipeline consumes at a time (20 ms), one Opus packet's worth."""

MOTION_HOP: Samples = 160
"""Spacing of motion samples (10 ms, 100 Hz): sample k is the pose at media time k * 160."""


def ms(samples: Samples) -> float:
    """Milliseconds of a duration in samples."""
    return samples * 1000 / SAMPLE_RATE


def samples_from_ms(milliseconds: float) -> Samples:
    """The nearest whole number of samples for a duration in milliseconds."""
    return round(milliseconds * SAMPLE_RATE / 1000)


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """The video frames of a session: frame k *is* the audio interval [start(k), start(k + 1)).

    ``fps`` is frames per second (1..120). 16000/fps need not be whole: starts are rounded down
    from exact rationals, so they never drift.
    """

    fps: int

    def start(self, index: int) -> Samples:
        """First sample of frame ``index``."""
        return index * SAMPLE_RATE // self.fps

    def centre(self, index: int) -> Samples:
        """The sample a frame is drawn for: the middle of its interval."""
        return (2 * index + 1) * SAMPLE_RATE // (2 * self.fps)

    def duration(self, index: int) -> Samples:
        """Samples from this frame's start to the next one's."""
        return self.start(index + 1) - self.start(index)

    def at(self, time: Samples) -> int:
        """Index of the frame whose interval contains ``time``."""
        index = time * self.fps // SAMPLE_RATE
        return index + 1 if self.start(index + 1) <= time else index

    @property
    def half(self) -> Samples:
        """Upper bound of the wait from a frame's start to its centre, a declared delay."""
        return -(-SAMPLE_RATE // (2 * self.fps))

    @property
    def rate(self) -> Fraction:
        """Frames per second as a fraction, for codecs."""
        return Fraction(self.fps, 1)


@dataclass(frozen=True, slots=True)
class Delay:
    """A stage's declared algorithmic delay; the pipeline adds them up, the page shows the sum."""

    stage: str
    samples: Samples

    @property
    def ms(self) -> float:
        """The delay in milliseconds."""
        return ms(self.samples)
