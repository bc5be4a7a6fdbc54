"""What every layer of the performance may know, and what it may write."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np

from engine.face import INDEX, FaceFrame, Floats
from engine.timeline import MOTION_HOP, SAMPLE_RATE, Samples
from engine.voice import Prosody

STEP_S = MOTION_HOP / SAMPLE_RATE
"""Seconds between motion samples: 0.01."""


class Pause(Enum):
    """What a silence is, as far as it can be known by now; it may turn into the next."""

    NONE = 0
    HESITATION = 1
    BREATH = 2
    TURN_END = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """The voice around one motion sample, the look-ahead included.

    speaking   with back-dated onsets
    ended      a phrase has just ended, at this very sample
    effort     as in :class:`engine.voice.Prosody`
    pitch      semitones from the speaker's mean, 0 when unvoiced
    contour    likewise, but tracked and carried over unvoiced sounds; 40 ms ahead if that is known
    accent     0..1, how much this moment stands out by loudness and pitch
    started    a phrase begins at this very sample
    pause      what kind of silence this is
    since_s    seconds since the phrase began or, in a pause, since it ended
    stressed   the peak of a stressed syllable lies at this very sample
    rate       syllables per second of speech, over the last two seconds or so; 0 while unknown
    arousal    -1..1 against this speaker's own baseline, slow; positive when excited
    valence    -1..1 likewise, careful: 0 unless the voice says it clearly
    question   0..1, at ``ended``: how much the pitch rose towards the end
    laughing   0..1, laughter is heard
    others     somebody else speaks
    others_ended  their phrase has just ended
    emotions   explicit cues in force, with amounts 0..1 that already rise and fall smoothly
    coming     the strongest accent from now to where the look-ahead ends, 100 ms on at most
    override   0..1: by how much the cues replace what the voice says of the mood
    attention  where to look, if that is told: (yaw, pitch) in radians from straight at the viewer
    soon       a phrase begins between now and where the look-ahead ends, 160 ms on at most
    theirs     what a voice tells that is listened to: then none of the above is about it
    """

    time: Samples
    speaking: bool
    ended: bool
    effort: float
    pitch: float
    accent: float
    started: bool = False
    pause: Pause = Pause.NONE
    since_s: float = 0.0
    stressed: bool = False
    rate: float = 0.0
    arousal: float = 0.0
    valence: float = 0.0
    question: float = 0.0
    laughing: float = 0.0
    others: bool = False
    others_ended: bool = False
    coming: float = 0.0
    contour: float = 0.0
    emotions: Mapping[str, float] = field(default_factory=dict)
    override: float = 0.0
    attention: tuple[float, float] | None = None
    soon: bool = False
    theirs: Prosody | None = None


@dataclass(slots=True)
class Draft:
    """A pose in the making: layers add to it. Arrays as in :class:`engine.face.FaceFrame`.

    But ``gaze`` is where the eyes look in the room, radians from straight at the viewer: the gate
    turns it into the eyes' rotation in the head, so that a look holds while the head moves.
    """

    blendshapes: Floats
    head: Floats
    gaze: Floats
    camera: Floats
    body: Floats

    @staticmethod
    def neutral() -> Draft:
        """A draft of the neutral face."""
        frame = FaceFrame.neutral()
        return Draft(frame.blendshapes, frame.head, frame.gaze, frame.camera, frame.body)

    def add(self, value: float, *names: str) -> None:
        """Add ``value`` to the named ARKit weights."""
        for name in names:
            self.blendshapes[INDEX[name]] += value

    def add_both(self, value: float, *stems: str) -> None:
        """Add ``value`` to the left and right weight of each stem."""
        for stem in stems:
            self.add(value, f"{stem}Left", f"{stem}Right")


class Layer(Protocol):
    """One aspect of the performance; called once for each motion sample, in order.

    ``gain`` 0..2 may be set at any time and comes into force smoothly; at 0 the layer adds nothing,
    and what it draws from its random numbers does not depend on the gain.
    """

    gain: float

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
        rates = 2 * np.pi / (period_s * ratios * rng.uniform(0.9, 1.1, 4))
        phases = rng.uniform(0, 2 * np.pi, 4)
        shares = (0.45, 0.28, 0.17, 0.10)
        self._sines = tuple(zip(shares, rates.tolist(), phases.tolist(), strict=True))

    def at(self, seconds: float) -> float:
        """The value at a time in seconds."""
        value = 0.0
        for share, rate, phase in self._sines:
            value += share * math.sin(rate * seconds + phase)
        return value
