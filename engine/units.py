"""What a session gives back: encoded media, motion and events, each with its media time.

``time`` is the first sample of the interval that a unit covers, ``duration`` the interval's
length, both in samples at 16 kHz; what has no ``duration`` is told as it begins. Units are small (a
few kB) and self-contained, so a pipe, a second process and a remote worker can carry them alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.face import FaceFrame
from engine.timeline import Samples


@dataclass(frozen=True, slots=True)
class AudioUnit:
    """One Opus packet (48 kHz, mono)."""

    time: Samples
    duration: Samples
    payload: bytes


@dataclass(frozen=True, slots=True)
class VideoUnit:
    """One encoded picture: H.264 Annex B access unit or VP8 frame."""

    time: Samples
    duration: Samples
    payload: bytes
    keyframe: bool


@dataclass(frozen=True, slots=True)
class MotionUnit:
    """The pose at ``time``: `face.ARKIT` weights (52), head (6), gaze (2), camera (3), body (3)."""

    time: Samples
    duration: Samples
    blendshapes: tuple[float, ...]
    head: tuple[float, ...]
    gaze: tuple[float, ...]
    camera: tuple[float, ...]
    body: tuple[float, ...] = (0.0, 0.0, 0.0)

    @staticmethod
    def of(face: FaceFrame, duration: Samples) -> MotionUnit:
        """A pose as plain numbers."""
        arrays = (face.blendshapes, face.head, face.gaze, face.camera, face.body)
        return MotionUnit(face.time, duration, *(tuple(array.tolist()) for array in arrays))


@dataclass(frozen=True, slots=True)
class PhoneUnit:
    """A speech sound that starts at ``time`` and lasts until the next one; SIL is one of them.

    ``phone`` is one of :data:`engine.phones.PHONES`, ``viseme`` what it looks like, one of
    :data:`engine.phones.VISEMES`; ``confidence`` its posterior at the start, in [0, 1].
    """

    time: Samples
    phone: str
    viseme: str
    confidence: float


@dataclass(frozen=True, slots=True)
class EventUnit:
    """Something that happened at ``time``: ``speech_start``, ``speech_end`` or ``stats``."""

    time: Samples
    kind: str
    data: dict[str, float | int | str] = field(default_factory=dict)


Unit = AudioUnit | VideoUnit | MotionUnit | PhoneUnit | EventUnit
