"""Small pictures inside assets: lossy WebP by way of PyAV."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
_QUALITY = "88"


def packed(picture: Bytes) -> Bytes:
    """(H, W, 3) uint8 as the bytes of a WebP file, (N,) uint8."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    encoder = av.CodecContext.create("libwebp", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
    encoder.time_base = Fraction(1)
    encoder.options = {"quality": _QUALITY, "compression_level": "6"}
    packets = [*encoder.encode(frame.reformat(format="yuv420p")), *encoder.encode(None)]
    return np.frombuffer(b"".join(bytes(packet) for packet in packets), np.uint8)


def unpacked(data: Bytes) -> Bytes:
    """The (H, W, 3) uint8 picture of `packed`; ValueError if the bytes hold none."""
    try:
        with av.open(io.BytesIO(data.tobytes()), "r") as container:
            frame = next(container.decode(video=0))
    except (av.FFmpegError, StopIteration, IndexError) as error:
        raise ValueError(f"its skin map cannot be read: {error}") from error
    return np.ascontiguousarray(frame.to_ndarray(format="rgb24"), np.uint8)
