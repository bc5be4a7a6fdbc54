"""H.264 constrained baseline by libx264, tuned for conversation.

Each access unit is in Annex B format (ITU-T H.264, annex B), with SPS and PPS before every IDR
picture, so that a viewer can start at any of them.
"""

from __future__ import annotations

from av.video.codeccontext import VideoCodecContext

from engine.encode.base import OneInOneOut

BUFFER_SECONDS = 0.2
"""VBV buffer as seconds of the bit rate: no picture takes longer than this on the wire."""


class H264Encoder(OneInOneOut):
    """libx264 with no delay: no B-frames, no frame threads, no look-ahead.

    ``bitrate`` changes in place, without a keyframe, up to the rate that the encoder was made
    with. libx264 refuses to go above the VBV rate it was opened with; asking for more opens it
    anew, which shows as one unrequested keyframe.
    """

    codec = "libx264"

    def _configure(self, context: VideoCodecContext, bitrate: int) -> None:
        self._ceiling = bitrate
        context.profile = "Baseline"
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            # Constrained baseline 3.1 is what every WebRTC browser decodes: 720p at 30 fps.
            "level": "31",
            "forced-idr": "1",
            # Equal to the bit rate, hence CBR: libx264 changes the rate of nothing else in place.
            # As codec options, because VBV settings inside x264-params prevent the change.
            "maxrate": str(bitrate),
            "bufsize": str(round(bitrate * BUFFER_SECONDS)),
            "x264-params": "scenecut=0",
        }

    def _change_bitrate(self, context: VideoCodecContext, bitrate: int) -> None:
        if bitrate > self._ceiling:
            self._open(bitrate)
        else:
            context.bit_rate = self._bitrate = bitrate
