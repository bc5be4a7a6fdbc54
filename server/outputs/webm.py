"""A WebM file of pictures that may be transparent: VP9 with an alpha channel, and Opus.

The alpha channel is a second VP9 stream inside the first one's packets, as WebM has it; browsers
and libvpx show it, FFmpeg's own decoder leaves it out.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from engine.encode.base import missing
from server.outputs.mp4 import MARK
from server.outputs.sound import SoundTrack

_QUALITY = "24"  # libvpx's constant quality, 0..63, smaller is better
_LIMITED_RANGE = 1  # AVCOL_RANGE_MPEG
_BT601_MATRIX = 6  # (ITU-T H.273, table 4)


class WebmWriter:
    """Writes pictures and 48 kHz mono PCM as they come; complete after the ``with`` block.

    width, height  pixels, even
    transparent    whether the alpha of the pictures is kept
    bitrate        bits per second; None for a constant quality
    """

    def __init__(
        self,
        path: Path,
        fps: int,
        width: int,
        height: int,
        *,
        transparent: bool = False,
        bitrate: int | None = None,
    ) -> None:
        self._layout = "yuva420p" if transparent else "yuv420p"
        self._fps = fps
        self._container = av.open(str(path), "w", format="webm")
        self._container.metadata["comment"] = MARK
        try:
            self._video = self._container.add_stream("libvpx-vp9", rate=fps)
        except ValueError as error:
            raise missing("libvpx-vp9") from error
        self._video.width, self._video.height = width, height
        self._video.pix_fmt = self._layout
        self._video.time_base = Fraction(1, fps)
        self._video.codec_context.color_range = _LIMITED_RANGE
        self._video.codec_context.colorspace = _BT601_MATRIX
        rate = {"crf": _QUALITY, "b": "0"} if bitrate is None else {"b": str(bitrate)}
        # Alternate reference frames would be hidden from the alpha stream.
        ahead = {"auto-alt-ref": "0", "lag-in-frames": "0"}
        self._video.options = {**rate, **ahead, "deadline": "good", "cpu-used": "4"}
        if transparent:
            self._video.metadata["alpha_mode"] = "1"
        self._sound = SoundTrack(self._container, "libopus", "s16")

    def __enter__(self) -> WebmWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.mux([*self._video.encode(None), *self._sound.finish()])
        self._container.close()

    def sound(self, pcm: NDArray[np.int16]) -> None:
        """Append mono int16 samples (n,) at 48 kHz."""
        self._container.mux(self._sound.encode(pcm))

    def picture(self, index: int, pixels: NDArray[np.uint8]) -> None:
        """Append frame ``index``: (height, width, 4) uint8 sRGB beside its alpha."""
        frame = VideoFrame.from_ndarray(pixels, format="rgba").reformat(
            format=self._layout,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU601,
        )
        frame.pts, frame.time_base = index, Fraction(1, self._fps)
        self._container.mux(self._video.encode(frame))
