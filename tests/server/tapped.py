"""A session for taps to listen to, as fast as a test likes: real H.264 or VP8, real Opus."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.encode.opus import PACKET, OpusEncoder
from engine.options import SessionOptions
from engine.timeline import HOP, FrameGrid, Samples
from engine.units import AudioUnit, Unit, VideoUnit
from server.placement.fake import prepared_pictures
from server.taps import Tap, Taps


class FakeTapped:
    """Plays what it is told to its taps (a `server.taps.Tapped`).

    ``keyframes`` counts those that were asked for; the next picture that plays is one, as in a
    real session. Sound and picture of the same media time play together, as they leave a playout.
    """

    def __init__(self, **options: object) -> None:
        self.label = "fake"
        self.options = SessionOptions(**({"width": 96, "height": 64} | options))
        self.keyframes = 0
        self.time: Samples = 0
        self._opus = OpusEncoder(self.options.audio_bitrate)
        self._frame = self._step = 0
        self._taps = Taps(self.label, self._force, lambda: self.time / 16_000)

    def tap(self, tap: Tap) -> None:
        self._taps.add(tap)

    def untap(self, tap: Tap) -> None:
        self._taps.remove(tap)

    def ask_keyframe(self) -> None:
        self._taps.ask_keyframe()

    def __len__(self) -> int:
        return len(self._taps)

    def play(self, pcm: NDArray[np.int16]) -> None:
        """Play mono int16 samples (n,) at 48 kHz, whole hops of them, with a moving picture."""
        for unit in self.units(pcm):
            self._taps.put(unit)

    def units(self, pcm: NDArray[np.int16]) -> Iterator[Unit]:
        """What `play` would put, for a test that puts it itself."""
        grid = FrameGrid(self.options.fps)
        for hop in pcm.reshape(-1, PACKET):
            yield AudioUnit(self.time, HOP, self._opus.encode(hop))
            self.time += HOP
            while grid.start(self._frame + 1) <= self.time:
                payload, keyframe = self._picture()
                start = grid.start(self._frame)
                yield VideoUnit(start, grid.duration(self._frame), payload, keyframe)
                self._frame += 1

    def skip(self, hops: int) -> None:
        """Nothing leaves for so many hops, as where sound and pictures were lost."""
        self.time += hops * HOP
        self._frame = FrameGrid(self.options.fps).at(self.time)

    def lose(self) -> None:
        """The next picture was dropped."""
        self._step += 1
        self._frame += 1
        self._taps.lost()

    def resize(self, width: int, height: int) -> None:
        """Show another size from the next picture on, which is a keyframe."""
        self.options = dataclasses.replace(self.options, width=width, height=height)
        self._step = 0

    def end(self) -> None:
        """End the session."""
        self._taps.end()

    def _force(self) -> None:
        self.keyframes += 1
        self._step = 0

    def _picture(self) -> tuple[bytes, bool]:
        options = self.options
        loop = prepared_pictures(options.video_codec, options.width, options.height, options.fps)
        picture = loop[self._step % len(loop)]
        self._step += 1
        return picture
