"""What the whole engine makes of a voice: every pose, and what it heard, at 100 Hz."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.behaviour.material import Span, Talk
from engine.behaviour import Behaviour, Direction
from engine.face import INDEX, FaceFrame
from engine.motion.performance import Performance
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.speech.audio import Hops
from engine.speech.hearing import Hearing
from engine.stopwatch import Stopwatch
from engine.timeline import HOP, MOTION_HOP, SAMPLE_RATE
from engine.voice import Heard

RATE = SAMPLE_RATE // MOTION_HOP
"""Poses a second."""

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NATURAL = Behaviour()


@dataclass(frozen=True)
class Performed:
    """A performance, sample by sample at 100 Hz: shapes (N, 52), head (N, 6) in radians and metres,
    eyes in the head (N, 2) in radians, gaze in the room (N, 2) in degrees, camera and body (N, 3).
    """

    talk: Talk
    shapes: Array
    head: Array
    eyes: Array
    gaze: Array
    camera: Array
    body: Array

    def __len__(self) -> int:
        return len(self.shapes)

    @property
    def minutes(self) -> float:
        """How long it is."""
        return len(self) / RATE / 60

    @property
    def bytes(self) -> bytes:
        """All of it, to compare."""
        parts = (self.shapes, self.head, self.eyes, self.camera, self.body)
        return b"".join(part.tobytes() for part in parts)

    def pose(self, at: int) -> FaceFrame:
        """The pose at a sample."""
        parts = (self.shapes, self.head, self.eyes, self.camera, self.body)
        return FaceFrame(at * MOTION_HOP, *(part[at].astype(np.float32) for part in parts))

    def shape(self, *stems: str) -> Array:
        """(N,) the mean of ARKit shapes by name; a stem stands for its left and right."""
        names = [
            name for name in INDEX if name in stems or name[:-4] in stems or name[:-5] in stems
        ]
        return np.asarray(self.shapes[:, [INDEX[name] for name in names]].mean(axis=1))

    def within(self, spans: Iterable[Span], more_s: float = 0.0) -> Flags:
        """(N,) whether a sample lies in one of the spans, or up to ``more_s`` after it."""
        flags = np.zeros(len(self), bool)
        for start, end in spans:
            flags[round(start * RATE) : round((end + more_s) * RATE)] = True
        return flags


def perform(
    engine: Engine,
    talk: Talk,
    heard: Sequence[Heard],
    seed: int,
    behaviour: Behaviour = _NATURAL,
    role: str = "speaker",
) -> Performed:
    """The poses of a session that hears a talk; what it hears is given, as it is the same for all.

    `by_session` makes the same, to the byte, from the sound.
    """
    options = SessionOptions(seed=seed)
    performance = Performance(
        engine.motion(options.motion_model),
        options.look_ahead,
        seed,
        Direction(options.articulation, behaviour, role),
    )
    return _gathered(talk, [pose for hop in heard for pose in performance.push(hop)])


def by_session(engine: Engine, talk: Talk, seed: int) -> Performed:
    """The poses of a whole session into which a talk's sound is pushed."""
    session = engine.session(SessionOptions(seed=seed), "motion")
    session.push(talk.pcm)
    poses = session.curves()
    session.close()
    return _gathered(talk, poses)


def _gathered(talk: Talk, poses: Sequence[FaceFrame]) -> Performed:
    head = np.array([pose.head for pose in poses], float)
    eyes = np.array([pose.gaze for pose in poses], float)
    return Performed(
        talk,
        np.array([pose.blendshapes for pose in poses], float),
        head,
        eyes,
        in_room(head, eyes),
        np.array([pose.camera for pose in poses], float),
        np.array([pose.body for pose in poses], float),
    )


def in_room(head: Array, eyes: Array) -> Array:
    """(N, 2) yaw and pitch in degrees in the room of eyes (N, 2) that look so in a head (N, 6):
    roll, then pitch, then yaw, with the signs of `engine.face`."""
    pitch, yaw, roll = head[:, :3].T
    level = np.cos(eyes[:, 1])
    x, y, z = np.sin(eyes[:, 0]) * level, -np.sin(eyes[:, 1]), np.cos(eyes[:, 0]) * level
    x, y = np.cos(roll) * x - np.sin(roll) * y, np.sin(roll) * x + np.cos(roll) * y
    y, z = np.cos(pitch) * y - np.sin(pitch) * z, np.sin(pitch) * y + np.cos(pitch) * z
    x, z = np.cos(yaw) * x + np.sin(yaw) * z, np.cos(yaw) * z - np.sin(yaw) * x
    turned = np.stack([np.arctan2(x, z), np.arcsin(np.clip(-y, -1, 1))], axis=1)
    return np.asarray(np.degrees(turned))


def hear(engine: Engine, talk: Talk, stopwatch: Stopwatch | None = None) -> list[Heard]:
    """What the engine hears in a talk, hop by hop."""
    hearing = Hearing(engine.phonemes, stopwatch or Stopwatch())
    return [hearing.push(hop) for hop in Hops().push(talk.pcm)]


@dataclass(frozen=True)
class VoiceTrack:
    """At 100 Hz: ``pitch`` in semitones, bridged where nothing is voiced; ``level`` in dB;
    ``arousal`` and ``valence`` as the engine takes them."""

    pitch: Array
    level: Array
    arousal: Array
    valence: Array


def voice_track(heard: Sequence[Heard], count: int) -> VoiceTrack:
    """The voice at ``count`` motion samples.

    Pitch is the plain autocorrelation's, smoothed by a median: not the contour that layers follow.
    """
    at = np.arange(count) / RATE
    hops = (np.arange(len(heard)) + 0.5) * HOP / SAMPLE_RATE
    prosody = [one.prosody for one in heard]
    f0 = np.array([one.f0_hz for one in prosody])
    voiced = np.flatnonzero(f0)
    pitch = np.zeros(count)
    if len(voiced) > 5:
        semitones = 12 * np.log2(f0[voiced])
        padded = np.pad(semitones, 2, mode="edge")
        smooth = np.median(np.stack([padded[k : k + len(voiced)] for k in range(5)]), axis=0)
        # The analysis window of 40 ms ends with its hop.
        pitch = np.interp(at, hops[voiced] - 0.01, smooth)
    level, arousal, valence = (
        np.interp(at, hops, [getattr(one, name) for one in prosody])
        for name in ("level_db", "arousal", "valence")
    )
    return VoiceTrack(pitch, level, arousal, valence)
