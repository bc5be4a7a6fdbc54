"""H.264 constrained baseline by libx264, tuned for conversation.

Each access unit is in Annex B format (ITU-T H.264, annex B), with SPS and PPS before every IDR
picture, so that a viewer can start at any of them.
"""

from __future__ import annotations

from av.video.codeccontext import VideoCodecContext

from engine.encode.base import Picture, encode_picture, new_context

BUFFER_SECONDS = 0.2
"""VBV buffer as seconds of the bit rate: no picture takes longer than this on the wire."""


class H264Encoder:
    """libx264 with no delay: no B-frames, no frame threads, no look-ahead.

    ``bitrate`` changes in place, without a keyframe, up to the rate that the encoder was made
    with. libx264 refuses to go above the VBV rate it was opened with; asking for more opens it
    anew, which shows as one unrequested keyframe.
    """

    def __init__(self, width: int, height: int, fps: int, bitrate: int) -> None:
        self._size = (width, height, fps)
        self._context: VideoCodecContext | None = None
        self._open(bitrate)

    def _open(self, bitrate: int) -> None:
        context = new_context("libx264", *self._size, bitrate)
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
        context.open()
        self._context = context
        self._ceiling = self._bitrate = bitrate

    @property
    def bitrate(self) -> int:
        """Bits per second aimed at."""
        return self._bitrate

    @bitrate.setter
    def bitrate(self, bits_per_second: int) -> None:
        if self._context is None:
            return
        if bits_per_second > self._ceiling:
            self._open(bits_per_second)
        else:
            self._context.bit_rate = self._bitrate = bits_per_second

    def encode(self, picture: Picture, index: int, keyframe: bool = False) -> tuple[bytes, bool]:
        """The access unit of frame ``index``, and whether it is an IDR picture."""
        if self._context is None:
            raise ValueError("the encoder is closed")
        return encode_picture(self._context, picture, index, keyframe)

    def close(self) -> None:
        """Free the codec."""
        self._context = None
