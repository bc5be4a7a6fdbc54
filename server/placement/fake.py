"""A placement without an engine: the voice comes back with a test picture, at once.

For tests of everything around the engine, and to try a connection on a machine that cannot
render. It keeps to the contract of ``base``; the units are real Opus, H.264 and VP8.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.encode.base import Picture, VideoEncoder
from engine.encode.h264 import H264Encoder
from engine.encode.opus import PACKET, OpusEncoder
from engine.encode.vp8 import Vp8Encoder
from engine.errors import AtCapacity, InvalidInput, WorkerLost
from engine.face import FaceFrame
from engine.options import SessionOptions
from engine.phones import VISEME_OF
from engine.timeline import HOP, Delay, FrameGrid, Samples
from engine.units import AudioUnit, EventUnit, MotionUnit, PhoneUnit, Unit, VideoUnit
from server.placement.base import Report

LOUD = 1000
"""Peak of a hop (of 32767) from which the fake takes it for speech."""

PHONE: Samples = 10 * HOP
"""Length of the two vowels that the fake hears in turn while it takes the voice for speech."""

SHOWN = ("avatar", "set", "light", "framing", "quality", "width", "height")
"""What an event ``look`` holds."""

LOOP_SECONDS = 1
"""Length of the test picture's loop; each turn begins with a keyframe."""


class FakeSession:
    """Echoes the voice and plays a loop of prepared pictures (an EngineSession).

    ``pushed`` and ``controls`` keep what was asked of it; ``lose`` plays a dying worker.
    """

    def __init__(self, options: SessionOptions) -> None:
        self.options = options
        self.pushed = 0
        self.controls: list[dict[str, object]] = []
        self.motion_units = options.motion_units
        self.phone_units = options.phone_units
        self.closed = False
        self.dropped = 0
        self._units: asyncio.Queue[Unit | Exception | None] = asyncio.Queue()
        self._pending: NDArray[np.int16] = np.zeros(0, np.int16)
        self._opus: OpusEncoder | None = OpusEncoder(options.audio_bitrate)
        self._pictures = prepared_pictures(
            options.video_codec, options.width, options.height, options.fps
        )
        self._grid = FrameGrid(options.fps)
        self._time: Samples = 0
        self._frame = 0
        self._step = 0
        self._speaking = False

    @property
    def delays(self) -> tuple[Delay, ...]:
        """One stage that waits for as long as the look-ahead."""
        return (Delay("look-ahead", self.options.look_ahead), Delay("frame", self._grid.half))

    def push(self, pcm: NDArray[np.int16]) -> None:
        """Give back each hop that is complete."""
        self.pushed += len(pcm)
        if self._opus is None:
            return
        self._pending = np.concatenate((self._pending, pcm))
        while len(self._pending) >= PACKET:
            hop, self._pending = self._pending[:PACKET], self._pending[PACKET:]
            self._hop(hop, self._opus)

    def control(self, **settings: object) -> None:
        """A keyframe is the start of the loop; what has no effect here is only noted."""
        self.controls.append(settings)
        self.motion_units = bool(settings.get("motion_units", self.motion_units))
        self.phone_units = bool(settings.get("phone_units", self.phone_units))
        if settings.get("keyframe"):
            self._step = 0
        if changed := {name: settings[name] for name in SHOWN if name in settings}:
            self._show(changed)

    def tell(self, kind: str, **data: float | str) -> None:
        """Send an event, as a worker would."""
        self._units.put_nowait(EventUnit(0, kind, data))

    def _show(self, changed: dict[str, Any]) -> None:
        """Another size is seen; of a look it is only said that it is shown."""
        try:
            self.options = replace(self.options, **changed)
        except InvalidInput as error:
            self.tell("refused", field=error.field, value=error.value, remedy=error.remedy)
            return
        options = self.options
        size = (options.width, options.height)
        self._pictures = prepared_pictures(options.video_codec, *size, options.fps)
        self._step = 0
        self.tell("look", **{name: getattr(options, name) for name in SHOWN})

    async def units(self) -> AsyncIterator[Unit]:
        """Units as they are made."""
        while True:
            unit = await self._units.get()
            if unit is None:
                return
            if isinstance(unit, Exception):
                raise unit
            yield unit

    async def close(self) -> None:
        """End the session."""
        if not self.closed:
            self.closed = True
            self._opus = None
            self._units.put_nowait(None)

    def lose(self) -> None:
        """Fail as if the worker process had died."""
        self._units.put_nowait(WorkerLost("the fake worker was lost"))

    def _hop(self, pcm: NDArray[np.int16], opus: OpusEncoder) -> None:
        loud = int(np.abs(pcm.astype(np.int32)).max()) >= LOUD
        if loud != self._speaking:
            self._speaking = loud
            kind = "speech_start" if loud else "speech_end"
            self._units.put_nowait(EventUnit(self._time, kind))
        if self.phone_units and self._time % PHONE == 0:
            phone = ("AA", "IY")[self._time // PHONE % 2] if loud else "SIL"
            self._units.put_nowait(PhoneUnit(self._time, phone, VISEME_OF[phone], 1.0))
        if self.motion_units:
            self._units.put_nowait(_still(self._time))
        self._units.put_nowait(AudioUnit(self._time, HOP, opus.encode(pcm)))
        self._time += HOP
        while self._grid.start(self._frame + 1) <= self._time:
            payload, keyframe = self._pictures[self._step]
            start, length = self._grid.start(self._frame), self._grid.duration(self._frame)
            self._units.put_nowait(VideoUnit(start, length, payload, keyframe))
            self._step = (self._step + 1) % len(self._pictures)
            self._frame += 1


class FakePlacement:
    """Hosts fake sessions; ``sessions`` lists those that are open, ``opened`` all of them."""

    def __init__(self, limit: int = 1000) -> None:
        self.limit = limit
        self.opened: list[FakeSession] = []
        self.started = False
        self.closed = False

    @property
    def sessions(self) -> list[FakeSession]:
        """The open sessions."""
        return [session for session in self.opened if not session.closed]

    async def start(self) -> None:
        """Nothing to make ready."""
        self.started = True

    async def capacity(self, options: SessionOptions) -> int:
        """As many as it was made for."""
        return self.limit

    def report(self) -> Report:
        """No worker, so nothing to tell."""
        return Report()

    async def open(self, options: SessionOptions) -> FakeSession:
        """A new session; AtCapacity above the limit."""
        if len(self.sessions) >= self.limit:
            raise AtCapacity(self.limit, 1)
        # In a thread, for the first session of a size: the others should not notice.
        await asyncio.to_thread(
            prepared_pictures,
            options.video_codec,
            options.width,
            options.height,
            options.fps,
        )
        session = FakeSession(options)
        self.opened.append(session)
        return session

    async def close(self) -> None:
        """End every session."""
        self.closed = True
        for session in self.sessions:
            await session.close()


def _still(time: Samples) -> MotionUnit:
    """A face that does nothing."""
    face = FaceFrame.neutral(time)
    arrays = (face.blendshapes, face.head, face.gaze, face.camera, face.body)
    return MotionUnit(time, HOP, *(tuple(array.tolist()) for array in arrays))


@functools.lru_cache(maxsize=8)
def prepared_pictures(
    codec: str, width: int, height: int, fps: int
) -> tuple[tuple[bytes, bool], ...]:
    """A bar that crosses the picture: (payload, keyframe) for each frame of the loop."""
    make: type[H264Encoder] | type[Vp8Encoder] = H264Encoder if codec == "h264" else Vp8Encoder
    encoder: VideoEncoder = make(width, height, fps, 1_000_000)
    frames = fps * LOOP_SECONDS
    pictures = tuple(
        encoder.encode(_bar(width, height, index / frames), index, index == 0)
        for index in range(frames)
    )
    encoder.close()
    return pictures


def _bar(width: int, height: int, phase: float) -> Picture:
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    picture[:height] = 60
    left = int(phase * width)
    picture[:height, left : left + max(2, width // 8)] = 200
    return picture
