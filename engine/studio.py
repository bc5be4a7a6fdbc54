"""Draws and encodes the pictures of one session, as finely as its quality dial says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.cast import Cast, Dressed
from engine.encode import VideoEncoder, make_video_encoder
from engine.face import FaceFrame
from engine.look import Look
from engine.options import SessionOptions
from engine.quality import QualityDial
from engine.render.backend import open_backend
from engine.render.badge import badged
from engine.stopwatch import Stopwatch
from engine.timeline import FrameGrid
from engine.units import VideoUnit

_LEAST_BITRATE, _MOST_BITRATE = 100_000, 8_000_000

Clock = Callable[[], float]
"""Seconds from any origin; only differences count."""


@dataclass(frozen=True, slots=True)
class PictureState:
    """What is being sent now.

    width, height  pixels
    fps            pictures per second
    supersample    how much larger each way they are drawn
    quality        what the dial is set to
    step           name of the `engine.quality.Step` in force
    changes        how often the dial has turned itself
    """

    width: int
    height: int
    fps: float
    supersample: float
    quality: str
    step: str
    changes: int


class Studio:
    """A back end, an encoder, and the dial between them.

    With a ``clock`` the dial is told what pictures cost, so that "auto" can adapt; without one,
    as offline, it never does. Errors as `Cast.dress` and `open_backend`.
    """

    def __init__(
        self,
        cast: Cast,
        options: SessionOptions,
        stopwatch: Stopwatch,
        clock: Clock | None = None,
    ) -> None:
        self._cast, self._options, self._stopwatch, self._clock = cast, options, stopwatch, clock
        self._dial = QualityDial(options.quality, options.fps)
        self._least_stride = 1
        self._size = self._dial.step.size(options.width, options.height)
        self._supersample = self._dial.step.supersample
        dressed = cast.dress(options.look)
        drawing = open_backend(dressed.head, *self._size, supersample=self._supersample)
        self._backend = badged(drawing, *self._size, cast.badge)
        self._put_on(dressed)
        self._encoder = self._open_encoder(options.bitrate)
        self.keyframe_wanted = True

    def close(self) -> None:
        """Free the picture buffers and the codec."""
        self._backend.close()
        self._encoder.close()

    # Pictures

    @property
    def stride(self) -> int:
        """How many frames the next picture stands for, at the rate in force."""
        return max(self._least_stride, self._dial.step.divisor)

    def show(self, face: FaceFrame, index: int, grid: FrameGrid) -> VideoUnit:
        """Frame ``index`` drawn and encoded."""
        begun = self._clock() if self._clock else 0.0
        with self._stopwatch.stage("render"):
            self._backend.pose(face)
            self._backend.draw()
            picture = self._backend.read_i420()
        with self._stopwatch.stage("encode"):
            payload, is_key = self._encoder.encode(picture, index, self.keyframe_wanted)
        self.keyframe_wanted = False
        duration = grid.start(index + self.stride) - grid.start(index)
        if self._clock:
            self._note(self._clock() - begun)
        return VideoUnit(grid.start(index), duration, payload, is_key)

    def leave_out(self) -> None:
        """The picture that is due will not be drawn, as there is no time."""
        if self._clock:
            self._note(None)

    def _note(self, cost: float | None) -> None:
        if self._dial.note(cost):
            self._follow()

    # Settings

    @property
    def picture(self) -> PictureState:
        """What is being sent now."""
        step = self._dial.step
        return PictureState(
            *self._size,
            fps=self._options.fps / self.stride,
            supersample=step.supersample,
            quality=self._dial.name,
            step=step.name,
            changes=self._dial.changes,
        )

    @property
    def look(self) -> Look:
        """What is being shown now."""
        return self._dressed.look

    @property
    def bitrate(self) -> int:
        """Bits per second that the encoder aims at."""
        return self._encoder.bitrate

    @bitrate.setter
    def bitrate(self, bits_per_second: int) -> None:
        self._encoder.bitrate = min(_MOST_BITRATE, max(_LEAST_BITRATE, bits_per_second))

    def set_stride(self, frames: int) -> None:
        """Draw every ``frames``-th picture at most, as a narrow network wants it; 1 for all."""
        self._least_stride = self._dial.least_divisor = max(1, frames)

    def set_look(self, look: Look) -> None:
        """Show this from the next picture on; on an error all stays as it was."""
        self._put_on(self._cast.dress(look))

    def set_quality(self, name: str) -> None:
        """Turn the dial; InvalidInput for an unknown setting."""
        self._dial.set(name)
        self._follow()

    def set_size(self, width: int, height: int) -> None:
        """Send pictures of another size; the bit rate follows, unless it was chosen for itself."""
        before, self._options = self._options, replace(self._options, width=width, height=height)
        bitrate = self.bitrate
        self._follow()
        self.bitrate = bitrate * self._options.bitrate // before.bitrate

    def _put_on(self, dressed: Dressed) -> None:
        self._backend.set_head(dressed.head)
        self._backend.set_stage(dressed.stage, dressed.light, dressed.look.framing)
        self._dressed = dressed

    def _follow(self) -> None:
        """Do as dial and options say; another size takes another encoder and a keyframe."""
        step, bitrate = self._dial.step, self._encoder.bitrate
        size = step.size(self._options.width, self._options.height)
        if (size, step.supersample) == (self._size, self._supersample):
            return
        self._backend.resize(*size, step.supersample)
        self._supersample = step.supersample
        if size != self._size:
            self._size = size
            self._encoder.close()
            self._encoder = self._open_encoder(bitrate)

    def _open_encoder(self, bitrate: int) -> VideoEncoder:
        """An encoder that can go up to what was asked for in place, and begins with ``bitrate``."""
        options, most = self._options, max(bitrate, self._options.bitrate)
        encoder = make_video_encoder(
            options.video_codec,
            *self._size,
            options.fps,
            most,
            live=self._clock is not None,
            spacing=self.stride,
        )
        encoder.bitrate = bitrate
        return encoder
