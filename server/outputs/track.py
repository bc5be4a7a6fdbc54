"""One stream of a session's own packets into one container, from a keyframe on."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Protocol

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from engine.timeline import FrameGrid
from engine.units import AudioUnit, VideoUnit
from server.outputs.aac import SoundPacket
from server.outputs.mp4 import PARAMETER_SETS, START_CODE, without_parameter_sets
from server.outputs.sound import RATE, SoundTrack

_MOST_PICTURES = 30
"""Pictures that wait for sound of their time: a second of them means that there is none."""

_MOST_SOUND = 100
"""Packets of sound that wait for a picture: two seconds, longer than any that is left out."""

Entry = SoundPacket | VideoUnit


class Sound(Protocol):
    """How the sound gets into a container: `aac.AacSound` or `aac.OpusSound`."""

    def packets(self, unit: AudioUnit) -> list[SoundPacket]:
        """The packets that a unit completes."""

    def finish(self) -> list[SoundPacket]:
        """The packets that are left."""

    def track(self, container: OutputContainer) -> SoundTrack:
        """A track of ``container`` that takes these packets."""


class Merge:
    """Packets of sound and pictures, each in order, become one sequence in order of time.

    A picture waits for the sound of its time, so that whoever cuts at a picture has all the sound
    before it.
    """

    def __init__(self, fps: int) -> None:
        self._grid = FrameGrid(fps)
        self._sound: deque[SoundPacket] = deque()
        self._pictures: deque[VideoUnit] = deque()

    def put(self, entry: Entry) -> Iterator[Entry]:
        """Take one; gives those whose turn it is."""
        if isinstance(entry, VideoUnit):
            self._pictures.append(entry)
        else:
            self._sound.append(entry)
        while self._sound and self._pictures:
            yield self._next()
        while len(self._pictures) > _MOST_PICTURES:
            yield self._pictures.popleft()
        while len(self._sound) > _MOST_SOUND:
            yield self._sound.popleft()

    def rest(self) -> Iterator[Entry]:
        """All that waits."""
        while self._sound or self._pictures:
            yield self._next()

    def _next(self) -> Entry:
        if not self._pictures:
            return self._sound.popleft()
        sound_first = self._sound and self._sound[0].time < frame_time(
            self._grid, self._pictures[0]
        )
        return self._sound.popleft() if sound_first else self._pictures.popleft()


class Track:
    """Pictures and sound of one shape in one container, which ``begin`` at a keyframe.

    The keyframe is at 0, and all else where its media time puts it. ``in_band`` leaves the
    parameter sets of H.264 in the pictures, where the container has no place for them; ``preroll``
    is how many samples of sound at 48 kHz before 0 the container can take, as it says elsewhere
    that they are not to be heard. ``frames`` is its length up to now.
    """

    def __init__(
        self,
        container: OutputContainer,
        begin: VideoUnit,
        fps: int,
        codec: str,
        sound: Sound,
        *,
        in_band: bool = False,
        preroll: int = 0,
    ) -> None:
        self._container = container
        self._grid = FrameGrid(fps)
        self._first = self._grid.at(begin.time)
        self._zero = frame_time(self._grid, begin)
        self._strip = codec == "h264" and not in_band
        self._preroll = preroll
        self._video = _video_stream(container, begin, fps, codec)
        self._sound = sound.track(container)
        self.frames = 0

    def put(self, entry: Entry) -> None:
        """Write a packet or a picture; sound from before the beginning is left out."""
        if isinstance(entry, VideoUnit):
            self._picture(entry)
        else:
            self._packet(entry)

    def close(self) -> None:
        """Finish the container."""
        self._container.close()

    def _picture(self, unit: VideoUnit) -> None:
        payload = without_parameter_sets(unit.payload) if self._strip else unit.payload
        packet = Packet(payload)
        packet.stream, packet.time_base = self._video, Fraction(1, self._grid.fps)
        index = self._grid.at(unit.time) - self._first
        packet.pts = packet.dts = index
        packet.duration = 1
        packet.is_keyframe = unit.keyframe
        self._container.mux(packet)
        self.frames = index + 1

    def _packet(self, sound: SoundPacket) -> None:
        time = round(sound.time - self._zero)
        if time < -self._preroll:
            return
        packet = Packet(sound.payload)
        packet.stream, packet.time_base = self._sound.stream, Fraction(1, RATE)
        packet.pts = packet.dts = time
        packet.duration = sound.duration
        packet.is_keyframe = True
        self._container.mux(packet)


def frame_time(grid: FrameGrid, unit: VideoUnit) -> Fraction:
    """The exact time at which a picture is shown, in samples at 48 kHz."""
    return Fraction(grid.at(unit.time) * RATE, grid.fps)


def shape(keyframe: bytes, codec: str) -> bytes:
    """What has to stay for pictures to go on in the same file: H.264's parameter sets, VP8's size.

    VP8: RFC 6386, section 9.1.
    """
    if codec == "vp8":
        return keyframe[6:10]
    units = START_CODE.split(keyframe)
    return b"".join(unit for unit in units if unit and unit[0] & 31 in PARAMETER_SETS)


def _video_stream(
    container: OutputContainer, keyframe: VideoUnit, fps: int, codec: str
) -> VideoStream:
    if codec == "vp8":
        size = shape(keyframe.payload, codec)
        width, height = (int.from_bytes(size[at : at + 2], "little") & 0x3FFF for at in (0, 2))
        stream: Any = container.add_mux_stream("vp8", fps, width=width, height=height)
    else:
        with av.open(io.BytesIO(keyframe.payload), "r", format="h264") as probe:
            stream = container.add_stream_from_template(probe.streams.video[0], opaque=True)
    stream.time_base = Fraction(1, fps)
    assert isinstance(stream, VideoStream)
    return stream
