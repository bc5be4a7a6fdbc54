"""Opus as it was sent, made into AAC for players and services that take nothing else.

Media time stays exact. A decoder of Opus gives every sample `PRE_SKIP` later than it was said, and
an encoder of AAC begins a packet before its first sample; both are known numbers, which the times
of the packets take account of. What a container does about the packet too many at its beginning,
an edit list or leaving it out, is the container's affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.packet import Packet
from numpy.typing import NDArray

from engine.encode.base import missing
from engine.encode.opus import PRE_SKIP
from engine.timeline import SAMPLE_RATE, Samples
from engine.units import AudioUnit
from server.outputs.sound import BITRATE, RATE, SoundTrack

FRAME = 1024
"""Samples in an AAC-LC packet (ISO/IEC 14496-3, 4.5.2.1), and the encoder's delay."""

_SCALE = RATE // SAMPLE_RATE
_MOST_SILENCE: Samples = 10 * SAMPLE_RATE
"""A longer gap in the sound, which only a stalled machine leaves, is filled this far: the rest is
left out, and the times of the packets jump."""


@dataclass(frozen=True, slots=True)
class SoundPacket:
    """A packet that decodes to ``duration`` samples from ``time`` on, both at 48 kHz.

    ``time`` counts from the session's first sample, as media time does.
    """

    time: int
    duration: int
    payload: bytes


class OpusSound:
    """The packets as they are, for containers that take Opus."""

    def packets(self, unit: AudioUnit) -> list[SoundPacket]:
        """The one packet, at the time of what is said in it."""
        time = unit.time * _SCALE - PRE_SKIP
        return [SoundPacket(time, unit.duration * _SCALE, unit.payload)]

    def finish(self) -> list[SoundPacket]:
        """Nothing is held back."""
        return []

    def track(self, container: OutputContainer) -> SoundTrack:
        """A track of ``container`` that takes these packets."""
        return SoundTrack(container, "libopus", "s16")


class AacSound:
    """A transcoder: Opus packets of a session in, AAC packets out.

    Where sound is missing there is silence, so that everything after it keeps its time.
    """

    def __init__(self) -> None:
        self._decoder = _decoder()
        self._encoder = _encoder()
        self._time: int | None = None  # of the next sample that the encoder is given

    def packets(self, unit: AudioUnit) -> list[SoundPacket]:
        """The packets that a unit completes, mostly one; none for a unit that came before."""
        pcm = self._decoded(unit)
        time = unit.time * _SCALE - PRE_SKIP
        if self._time is None or time - self._time > _MOST_SILENCE * _SCALE:
            done = self.finish() if self._time is not None else []
            self._time = time
            return [*done, *self._encoded(pcm)]
        if time < self._time:
            return []
        silence = np.zeros(time - self._time, np.float32)
        return self._encoded(np.concatenate((silence, pcm)))

    def finish(self) -> list[SoundPacket]:
        """The packets that are left; a unit may follow, as after a gap."""
        left = [_packet(packet) for packet in self._encoder.encode(None)]
        self._encoder, self._time = _encoder(), None
        return left

    def track(self, container: OutputContainer) -> SoundTrack:
        """A track of ``container`` that takes these packets."""
        return SoundTrack(container, "aac", "fltp")

    def _decoded(self, unit: AudioUnit) -> NDArray[np.float32]:
        try:
            frames = self._decoder.decode(Packet(unit.payload))
            pcm = [frame.to_ndarray().reshape(-1).astype(np.float32) / 32768 for frame in frames]
            return np.concatenate(pcm)
        except (av.FFmpegError, ValueError):  # a damaged packet is as long as any
            return np.zeros(unit.duration * _SCALE, np.float32)

    def _encoded(self, pcm: NDArray[np.float32]) -> list[SoundPacket]:
        assert self._time is not None
        frame = AudioFrame.from_ndarray(pcm[None], format="fltp", layout="mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = self._time
        self._time += len(pcm)
        return [_packet(packet) for packet in self._encoder.encode(frame)]


def _packet(packet: Packet[Any]) -> SoundPacket:
    assert packet.pts is not None
    return SoundPacket(packet.pts, FRAME, bytes(packet))


def _decoder() -> AudioCodecContext:
    # libopus and not FFmpeg's own, which holds samples back where a packet changes its mode.
    try:
        context = av.CodecContext.create("libopus", "r")
    except ValueError as error:
        raise missing("libopus") from error
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = RATE, "mono", "s16"
    return context


def _encoder() -> AudioCodecContext:
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = RATE, "mono", "fltp"
    context.bit_rate, context.time_base = BITRATE, Fraction(1, RATE)
    context.open()
    return context
