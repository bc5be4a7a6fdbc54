"""VP8 by libvpx in its real-time mode, for browsers without H.264."""

from __future__ import annotations

from av.video.codeccontext import VideoCodecContext

from engine.encode.base import OneInOneOut

WORTH_A_KEYFRAME = 0.15
"""Smallest relative change of the bit rate for which the encoder is opened anew."""


class Vp8Encoder(OneInOneOut):
    """libvpx with no delay.

    FFmpeg's wrapper of libvpx cannot change the rate of an open encoder. A new ``bitrate``
    therefore opens another, whose first picture is a keyframe; smaller changes than
    ``WORTH_A_KEYFRAME`` are let go, and ``bitrate`` tells the rate in force.
    """

    codec = "libvpx"

    def _configure(self, context: VideoCodecContext, bitrate: int) -> None:
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

    def _change_bitrate(self, bitrate: int) -> None:
        if abs(bitrate - self._bitrate) >= WORTH_A_KEYFRAME * self._bitrate:
            self._open(bitrate)
