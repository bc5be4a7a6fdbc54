"""Outgoing tracks: encoded units as RTP-ready packets, in the order and at the time given.

A track has no clock and no encoder. It is closed until the sender asks for its first packet,
which is the moment the connection is up; what comes before is not for anyone and is not kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from fractions import Fraction

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.packet import Packet
from av.stream import Stream

from engine.timeline import SAMPLE_RATE, Samples
from engine.units import AudioUnit, VideoUnit

AUDIO_CLOCK = 48_000
VIDEO_CLOCK = 90_000
MAX_QUEUED = 50
"""Units between playout and the sender; the sender takes them at once unless it is stuck."""


class UnitTrack(MediaStreamTrack):
    """Units of one kind for one sender; the oldest are dropped when it does not keep up.

    ``last_sent`` is the media time of the unit that the sender took last, ``last_keyframe`` whether
    it was a keyframe.
    """

    def __init__(self, clock_rate: int) -> None:
        super().__init__()
        self.dropped = 0
        self.last_sent: Samples | None = None
        self.last_keyframe = False
        self._clock_rate = clock_rate
        self._queue: deque[AudioUnit | VideoUnit] = deque()
        self._filled = asyncio.Event()
        self._opened = False

    def put(self, unit: AudioUnit | VideoUnit) -> None:
        """Queue a unit that is due now."""
        if not self._opened:
            return
        self._queue.append(unit)
        if len(self._queue) > MAX_QUEUED:
            self._overflow()
        if self._queue:
            self._filled.set()

    async def recv(self) -> Packet[Stream]:
        """The next unit, as soon as there is one; raises MediaStreamError when stopped."""
        if not self._opened:
            self._opened = True
            self._on_open()
        while not self._queue:
            if self.readyState != "live":
                raise MediaStreamError
            self._filled.clear()
            await self._filled.wait()
        unit = self._queue.popleft()
        self.last_sent = unit.time
        self.last_keyframe = isinstance(unit, VideoUnit) and unit.keyframe
        packet = Packet(unit.payload)
        packet.pts = unit.time * self._clock_rate // SAMPLE_RATE
        packet.time_base = Fraction(1, self._clock_rate)
        return packet

    def stop(self) -> None:
        """End the track and wake whoever waits for it."""
        super().stop()
        self._queue.clear()
        self._filled.set()

    def _on_open(self) -> None:
        """The sender is ready."""

    def _overflow(self) -> None:
        self._queue.popleft()
        self.dropped += 1


class AudioUnitTrack(UnitTrack):
    """Opus packets."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__(AUDIO_CLOCK)


class VideoUnitTrack(UnitTrack):
    """Encoded pictures, beginning with a keyframe.

    ``request_keyframe`` is called when the track opens and when pictures had to be dropped;
    ``on_open`` once, when the connection is up.
    """

    kind = "video"

    def __init__(self, request_keyframe: Callable[[], None], on_open: Callable[[], None]) -> None:
        super().__init__(VIDEO_CLOCK)
        self._request_keyframe = request_keyframe
        self._notify_open = on_open
        self._need_keyframe = True

    def put(self, unit: AudioUnit | VideoUnit) -> None:
        """Queue a picture; without the keyframe that it builds on, it is of no use."""
        if self._need_keyframe:
            if not (isinstance(unit, VideoUnit) and unit.keyframe):
                self.dropped += self.last_sent is not None
                return
            self._need_keyframe = False
        super().put(unit)

    def lost(self) -> None:
        """A picture was dropped before it came here: wait for the next keyframe."""
        self._need_keyframe = True
        self._request_keyframe()

    def _on_open(self) -> None:
        self._need_keyframe = True
        self._notify_open()
        self._request_keyframe()

    def _overflow(self) -> None:
        self.dropped += len(self._queue)
        self._queue.clear()
        self.lost()
