"""Pictures as numbered PNG files, with transparency, for whatever edits videos."""

from __future__ import annotations

import re
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from server.outputs.mp4 import MARK

DEFAULT = "%05d.png"
_HEADER = 33
"""Bytes of the signature and of the first chunk, which has to be first."""

_NUMBER = re.compile(r"%0?\d*d")


def pattern_of(target: Path) -> Path | None:
    """Where pictures go if ``target`` means PNG files; a folder gets `DEFAULT`. None if not."""
    if target.suffix == "" or target.is_dir():
        return target / DEFAULT
    numbered = len(_NUMBER.findall(target.name)) == 1 and target.name.count("%") == 1
    return target if target.suffix.lower() == ".png" and numbered else None


class PngWriter:
    """Writes frame k, from 0, to ``pattern`` with k in it; ``transparent`` keeps the alpha."""

    def __init__(self, pattern: Path, *, transparent: bool) -> None:
        self._pattern = pattern
        self._layout = "rgba" if transparent else "rgb24"
        self._encoder: VideoCodecContext | None = None

    def picture(self, index: int, pixels: NDArray[np.uint8]) -> None:
        """Write frame ``index``: (height, width, 4) uint8 sRGB beside its alpha; OSError."""
        frame = VideoFrame.from_ndarray(pixels, format="rgba").reformat(format=self._layout)
        frame.pts = index
        if self._encoder is None:
            self._encoder = _encoder(frame)
        (packet,) = self._encoder.encode(frame)
        (self._pattern.parent / (self._pattern.name % index)).write_bytes(marked(bytes(packet)))


def marked(png: bytes) -> bytes:
    """The file with `MARK` as its comment (a tEXt chunk, PNG specification, 11.3.3.2)."""
    chunk = b"tEXtComment\0" + MARK.encode("latin-1")
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:_HEADER] + framed + png[_HEADER:]


def _encoder(frame: VideoFrame) -> VideoCodecContext:
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt = frame.format.name
    encoder.time_base = encoder.sample_aspect_ratio = Fraction(1)
    return encoder
