"""Still pictures in files: read whatever PyAV decodes, write WebP."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from engine.errors import AssetError

Bytes = NDArray[np.uint8]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
"""Of the files that are read as pictures."""

_REMEDY = "give a whole JPEG, PNG or WebP file"


_LONGEST = 1920
"""Pixels of a side that are kept: more than any picture that is drawn has."""


def read_picture(path: Path, layout: str = "rgb24") -> Bytes:
    """(height, width, 3) uint8 sRGB, or 4 channels with ``layout`` "rgba", upright.

    Larger pictures are scaled down to 1920 pixels. AssetError if the file is missing or damaged.
    """
    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
        scale = min(1.0, _LONGEST / max(frame.width, frame.height))
        pixels = frame.to_ndarray(
            width=max(1, round(frame.width * scale)),
            height=max(1, round(frame.height * scale)),
            format=layout,
            interpolation=Interpolation.AREA,
        )
    except (OSError, StopIteration, ValueError, IndexError) as error:
        raise AssetError("set", path.name, f"{_REMEDY} ({error or 'no picture in it'})") from error
    # A camera held sideways says so in the file; positive angles are anticlockwise.
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90)), np.uint8)


def write_webp(pixels: Bytes, path: Path, quality: int) -> None:
    """Write (height, width, 3 or 4) sRGB, even sizes, as lossy WebP of a quality 0..100."""
    alpha = pixels.shape[2] == 4
    frame = av.VideoFrame.from_ndarray(pixels, format="rgba" if alpha else "rgb24")
    encoder = av.CodecContext.create("libwebp", "w")
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt = "yuva420p" if alpha else "yuv420p"
    encoder.time_base = Fraction(1)
    encoder.options = {"quality": str(quality), "preset": "photo", "compression_level": "6"}
    packets = [*encoder.encode(frame.reformat(format=encoder.pix_fmt)), *encoder.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))


def cover(
    pixels: Bytes, width: int, height: int, magnified: float = 1.0, middle: float = 0.0
) -> Bytes:
    """Cut (h, w, 3) to the shape of ``width`` x ``height`` and scale it to that size.

    ``magnified`` >= 1 shows less of it. What is cut off at the sides is cut about the picture's
    middle, or as far to the right of it as ``middle`` says, in widths, while there is room.
    """
    rows, columns = pixels.shape[:2]
    kept_columns = max(1, round(min(columns, rows * width / height) / magnified))
    kept_rows = max(1, round(min(rows, columns * height / width) / magnified))
    top, room = (rows - kept_rows) // 2, columns - kept_columns
    left = min(room, max(0, round(room / 2 + middle * columns)))
    cut = pixels[top : top + kept_rows, left : left + kept_columns]
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(cut), format="rgb24")
    way = Interpolation.AREA if kept_columns > width else Interpolation.BICUBIC
    scaled = frame.reformat(width=width, height=height, interpolation=way)
    return np.asarray(scaled.to_ndarray(format="rgb24"), np.uint8)
