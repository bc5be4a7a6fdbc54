"""Pictures as the encoders want them: planar YUV 4:2:0, scaled on the way.

BT.601, limited range: what VP8 always means, and what browsers take H.264 to be when it says
nothing, so a picture has the right colours whatever became of the signalling.
"""

from __future__ import annotations

import numpy as np
from av import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import (
    ColorRange,
    Colorspace,
    Interpolation,
    VideoReformatter,
)
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

COLOUR_MATRIX = "smpte170m"
"""Name of the matrix for encoders that signal it (H.273 matrix coefficients 6, BT.601)."""

COLOUR_RANGE = "limited"
"""Luma 16..235, chroma 16..240."""


class Converter:
    """Scales pictures of one size and converts them; owns the RGBA picture that is filled.

    width, height    of the result, even
    source_width     of ``pixels``, a multiple of 16 so that rows lie without gaps
    source_height    of ``pixels``
    """

    def __init__(self, width: int, height: int, source_width: int, source_height: int) -> None:
        self._width, self._height = width, height
        self._source = VideoFrame(source_width, source_height, "rgba")
        self._scaler = VideoReformatter()
        self.pixels = self._source.planes[0]
        self._planes: Bytes | None = None
        self._rgba: Bytes | None = None

    def i420(self, out: Bytes | None = None) -> Bytes:
        """(height * 3 // 2, width) uint8: the Y plane, then U, then V, without gaps.

        Filled into ``out``, or into an array that the next call fills again.
        """
        if out is None:
            if self._planes is None:
                self._planes = np.empty((self._height * 3 // 2, self._width), np.uint8)
            out = self._planes
        checked(out, (self._height * 3 // 2, self._width))
        flat, start = out.reshape(-1), 0
        for plane in self._converted("yuv420p", ColorRange.MPEG).planes:
            end = start + plane.width * plane.height
            flat[start:end].reshape(plane.height, plane.width)[:] = _rows(plane, plane.width)
            start = end
        return out

    def rgba(self, out: Bytes | None = None) -> Bytes:
        """(height, width, 4) uint8, kept likewise."""
        if out is None:
            if self._rgba is None:
                self._rgba = np.empty((self._height, self._width, 4), np.uint8)
            out = self._rgba
        checked(out, (self._height, self._width, 4))
        plane = self._converted("rgba", ColorRange.JPEG).planes[0]
        out.reshape(self._height, -1)[:] = _rows(plane, 4 * self._width)
        return out

    def rgb(self) -> Bytes:
        """(height, width, 3) uint8, an array of its own."""
        plane = self._converted("rgb24", ColorRange.JPEG).planes[0]
        return _rows(plane, 3 * self._width).reshape(self._height, self._width, 3).copy()

    def _converted(self, layout: str, levels: ColorRange) -> VideoFrame:
        return self._scaler.reformat(
            self._source,
            width=self._width,
            height=self._height,
            format=layout,
            interpolation=Interpolation.AREA,
            src_color_range=ColorRange.JPEG,
            dst_color_range=levels,
            dst_colorspace=Colorspace.ITU601,
            threads=1,
        )


def straight(pixels: Bytes) -> Bytes:
    """(height, width, 4) with colours multiplied by alpha to colours beside alpha, in a new array.

    What is wholly transparent stays black.
    """
    alpha = np.maximum(pixels[..., 3:], 1).astype(np.uint16)
    divided = pixels.copy()
    colours = (pixels[..., :3].astype(np.uint16) * 255 + alpha // 2) // alpha
    divided[..., :3] = np.minimum(colours, 255)
    return divided


def _rows(plane: VideoPlane, width: int) -> Bytes:
    """The plane's rows without the gaps between them."""
    rows: Bytes = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, :width]


def checked(out: Bytes, shape: tuple[int, ...]) -> Bytes:
    """The array itself; ValueError unless a picture of that shape can be written into it."""
    if out.shape != shape or out.dtype != np.uint8 or not out.flags.c_contiguous:
        raise ValueError(f"out {out.shape} {out.dtype}: want contiguous uint8 {shape}")
    return out
