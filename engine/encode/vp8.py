"""VP8 by libvpx in its real-time mode, for browsers without H.264."""

from __future__ import annotations

from av.video.codeccontext import VideoCodecContext

from engine.encode.base import Picture, encode_picture, new_context

WORTH_A_KEYFRAME = 0.15
"""Smallest relative change of the bit rate for which the encoder is opened anew."""


class Vp8Encoder:
    """libvpx with no delay.

    FFmpeg's wrapper of libvpx cannot change the rate of an open encoder. A new ``bitrate``
    therefore opens another, whose first picture is a keyframe; smaller changes than
    ``WORTH_A_KEYFRAME`` are let go, and ``bitrate`` tells the rate in force.
    """

    def __init__(self, width: int, height: int, fps: int, bitrate: int) -> None:
        self._size = (width, height, fps)
        self._context: VideoCodecContext | None = None
        self._open(bitrate)

    def _open(self, bitrate: int) -> None:
        context = new_context("libvpx", *self._size, bitrate)
        # Equal rates make it CBR; quantisers as WebRTC's own encoder sets them.
        context.qmin, context.qmax = 2, 56
        context.options = {
            "deadline": "realtime",
            "cpu-used": "-8",
            "lag-in-frames": "0",
            "error-resilient": "1",
            "static-thresh": "1",
            "noise-sensitivity": "0",
            "minrate": str(bitrate),
            "maxrate": str(bitrate),
            "bufsize": str(bitrate // 2),
            # Per cent of an average frame that a keyframe may take.
            "max-intra-rate": "400",
        }
        context.open()
        self._context = context
        self._bitrate = bitrate

    @property
    def bitrate(self) -> int:
        """Bits per second aimed at."""
        return self._bitrate

    @bitrate.setter
    def bitrate(self, bits_per_second: int) -> None:
        change = abs(bits_per_second - self._bitrate)
        if self._context is not None and change >= WORTH_A_KEYFRAME * self._bitrate:
            self._open(bits_per_second)

    def encode(self, picture: Picture, index: int, keyframe: bool = False) -> tuple[bytes, bool]:
        """The frame of picture ``index``, and whether it is a keyframe."""
        if self._context is None:
            raise ValueError("the encoder is closed")
        return encode_picture(self._context, picture, index, keyframe)

    def close(self) -> None:
        """Free the codec."""
        self._context = None
