"""Pictures as the encoders want them: planar YUV 4:2:0, scaled on the way.

BT.601, limited range: what VP8 always means, and what browsers take H.264 to be when it says
nothing, so a picture has the right colours whatever became of the signalling.
"""

from __future__ import annotations

import numpy as np
from av import VideoFrame
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

    def i420(self) -> Bytes:
        """(height * 3 // 2, width) uint8: the Y plane, then U, then V, without gaps."""
        return self._convert("yuv420p", ColorRange.MPEG)

    def rgb(self) -> Bytes:
        """(height, width, 3) uint8."""
        return self._convert("rgb24", ColorRange.JPEG)

    def _convert(self, layout: str, levels: ColorRange) -> Bytes:
        frame = self._scaler.reformat(
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
        return np.ascontiguousarray(frame.to_ndarray(), dtype=np.uint8)
