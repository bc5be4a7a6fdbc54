"""What the video encoders have in common."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from engine.errors import BackendUnavailable

Picture = NDArray[np.uint8]
"""An I420 picture as one contiguous (height * 3 / 2, width) array: the Y plane, then U, then V.

Luma and chroma by the matrix of ITU-R BT.601 in limited range (16..235), which is what browsers
assume of WebRTC video that does not say otherwise, and the only thing that VP8 can mean. The
primaries and the transfer curve are sRGB's, since that is what the renderer draws.
"""

KEYFRAME_SECONDS = 10
"""Longest distance of keyframes that nobody asked for, in files: players seek to them. In a call
there are none: who needs one asks, and each makes everything behind it wait."""

TICKS = 16
"""Timestamps count so manyth parts of the time between two frames."""

SPACING_PICTURES = 12
"""Pictures over which their distance is averaged: a rate that has changed is known after a second,
and a few left out move the mean by little."""

MOST_SPACING = 4
"""What counts of a longer distance, in frames: after a stall nothing is to be made up for."""

_FOREVER = 1 << 30

_LIMITED_RANGE = 1  # AVCOL_RANGE_MPEG
_BT709_PRIMARIES = 1  # the same as sRGB's (ITU-T H.273, table 2)
_SRGB_TRANSFER = 13  # IEC 61966-2-1 (H.273, table 3)
_BT601_MATRIX = 6  # (H.273, table 4)


class VideoEncoder(Protocol):
    """Turns each picture into its packet at once."""

    @property
    def bitrate(self) -> int:
        """Bits per second aimed at; may be set between any two pictures."""

    @bitrate.setter
    def bitrate(self, bits_per_second: int) -> None: ...

    def encode(self, picture: Picture, index: int, keyframe: bool = False) -> tuple[bytes, bool]:
        """The packet of frame ``index`` (rising from 0), and whether it is a keyframe.

        Frames may be left out, in whatever pattern: those that come share the bit rate.
        ``keyframe`` asks for one. ``picture`` may be overwritten once this returns. Raises
        ValueError for a picture of another size or layout.
        """

    def close(self) -> None:
        """Free the codec; encoding afterwards is a ValueError."""


class OneInOneOut:
    """What the encoders share: an open context that answers each picture with its packet.

    A subclass says how a context is set up. One thread: a second would add delay or CPU time,
    and other sessions want the other cores.
    """

    codec: str
    """Name of FFmpeg's encoder."""

    def __init__(
        self,
        width: int,
        height: int,
        fps: int,
        bitrate: int,
        live: bool = False,
        spacing: float = 1.0,
    ) -> None:
        self._width, self._height, self._fps = width, height, fps
        self._live = live
        self._index = -1
        self._pts = 0.0
        self._spacing = spacing
        self._context: VideoCodecContext | None = None
        self._open(bitrate)

    def _configure(self, context: VideoCodecContext, bitrate: int) -> None:
        """Set the codec's own options on a context that is about to be opened."""
        raise NotImplementedError

    def _change_bitrate(self, bitrate: int) -> None:
        """Aim at another rate in the way that the codec allows."""
        raise NotImplementedError

    def _prepare(self, keyframe: bool) -> None:
        """Another picture comes, a keyframe perhaps; a context that is opened here encodes it."""

    def _open(self, bitrate: int) -> None:
        context = new_context(self.codec, self._width, self._height, self._fps)
        context.bit_rate = bitrate
        context.gop_size = _FOREVER if self._live else KEYFRAME_SECONDS * self._fps
        self._configure(context, bitrate)
        context.open()
        self._context = context
        self._fresh = True
        self._bitrate = bitrate

    @property
    def bitrate(self) -> int:
        """Bits per second aimed at."""
        return self._bitrate

    @bitrate.setter
    def bitrate(self, bits_per_second: int) -> None:
        if self._context is not None:
            self._change_bitrate(bits_per_second)

    def encode(self, picture: Picture, index: int, keyframe: bool = False) -> tuple[bytes, bool]:
        """See :class:`VideoEncoder`. An index that does not rise counts as the next one."""
        if self._context is None:
            raise ValueError("the encoder is closed")
        shape = (self._height * 3 // 2, self._width)
        if picture.shape != shape or picture.dtype != np.uint8 or not picture.flags.c_contiguous:
            raise ValueError(
                f"picture {picture.shape} {picture.dtype}: want contiguous uint8 {shape}"
            )
        self._space(index)
        self._prepare(keyframe or self._fresh)
        self._fresh = False
        frame = _frame(picture, self._width, self._height)
        frame.pts, frame.time_base = round(self._pts), Fraction(1, self._fps * TICKS)
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        (packet,) = self._context.encode(frame)
        return bytes(packet), packet.is_keyframe

    def _space(self, index: int) -> None:
        """Note how far pictures are apart. Their timestamps are evenly spaced, since libvpx takes
        a change between one frame and two, and back, for the shorter of them.
        """
        step = min(MOST_SPACING, max(1, index - self._index))
        self._index = max(self._index + 1, index)
        self._spacing += (step - self._spacing) / SPACING_PICTURES
        self._pts += self._spacing * TICKS

    def close(self) -> None:
        """Free the codec; may be called twice."""
        self._context = None


def new_context(name: str, width: int, height: int, fps: int) -> VideoCodecContext:
    """A context of encoder ``name``, not yet opened; BackendUnavailable if PyAV lacks it."""
    try:
        context = av.CodecContext.create(name, "w")
    except ValueError as error:
        raise missing(name) from error
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate, context.time_base = Fraction(fps), Fraction(1, fps * TICKS)
    context.max_b_frames = 0
    context.thread_count = 1
    context.color_range = _LIMITED_RANGE
    context.color_primaries = _BT709_PRIMARIES
    context.color_trc = _SRGB_TRANSFER
    context.colorspace = _BT601_MATRIX
    return context


def missing(name: str) -> BackendUnavailable:
    """The error for an encoder that this build of PyAV does not have."""
    return BackendUnavailable(name, "this PyAV was built without it", "run: pip install -U av")


def _frame(picture: Picture, width: int, height: int) -> VideoFrame:
    """A frame with a copy of the planes; PyAV's own ways want heights that are multiples of 4."""
    frame = VideoFrame(width, height, "yuv420p")
    start = 0
    for plane in frame.planes:
        end = start + plane.width * plane.height
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        rows[:, : plane.width] = picture.reshape(-1)[start:end].reshape(plane.height, plane.width)
        start = end
    return frame
