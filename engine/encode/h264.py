"""H.264 constrained baseline by libx264, tuned for conversation.

Each access unit is in Annex B format (ITU-T H.264, annex B), with SPS and PPS before every IDR
picture, so that a viewer can start at any of them.
"""

from __future__ import annotations

from av.video.codeccontext import VideoCodecContext

from engine.encode.base import OneInOneOut

BUFFER_SECONDS = 0.18
"""VBV buffer as seconds of the highest bit rate: no picture takes longer than this on the wire."""

KEYFRAME_SECONDS = 0.2
"""What of it a keyframe may take that opens a stream, as seconds of the bit rate in force."""

HEADROOM = 1.4
"""An encoder is opened for so many times its bit rate: where some frames are left out, the others
get the bits of all."""

WORTH_A_KEYFRAME = 1.15
"""Times what it was opened for that pictures must want for it to be opened anew: where half of
them are left out for good, and not where a busy machine leaves out some."""

FINE = 0.03
"""Smallest relative change that libx264 is told of."""

FULL = 0.9
"""Share of the VBV buffer that a keyframe may take at the most, libx264's own default; and share of
the highest bit rate below which a keyframe must be smaller than the buffer allows."""


class H264Encoder(OneInOneOut):
    """libx264 with no delay: no B-frames, no frame threads, no look-ahead.

    ``bitrate`` changes in place, without a keyframe, up to the rate that the encoder was made
    with. libx264 refuses to go above the VBV rate it was opened with; asking for more opens it
    anew, which shows as one unrequested keyframe. So does a picture rate that falls to half
    while the bit rate is that of the beginning.

    What libx264 takes every picture for is one frame, as its variable frame rate costs a frame of
    delay: it is told the bit rate that frames of this size would have if none were left out.

    Its VBV buffer cannot change in place. A keyframe that comes at a lower bit rate therefore
    opens it anew, with as much in the buffer as is ``KEYFRAME_SECONDS`` of that rate.
    """

    codec = "libx264"

    def __init__(
        self,
        width: int,
        height: int,
        fps: int,
        bitrate: int,
        live: bool = False,
        spacing: float = 1.0,
    ) -> None:
        self._ceiling = bitrate
        super().__init__(width, height, fps, bitrate, live, spacing)

    def _configure(self, context: VideoCodecContext, bitrate: int) -> None:
        self._ceiling = max(self._ceiling, bitrate)
        whole = max(self._ceiling, bitrate * self._spacing)
        self._most = round(HEADROOM * whole)
        context.bit_rate = self._told = self._most
        context.profile = "Baseline"
        buffer = BUFFER_SECONDS * self._most
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            # Constrained baseline 3.1 is what every WebRTC browser decodes: 720p at 30 fps.
            "level": "31",
            "forced-idr": "1",
            # Equal to the bit rate, hence CBR: libx264 changes the rate of nothing else in place.
            # As codec options, because VBV settings inside x264-params prevent the change.
            "maxrate": str(self._most),
            "bufsize": str(round(buffer)),
            "rc_init_occupancy": str(round(min(FULL * buffer, KEYFRAME_SECONDS * bitrate))),
            "x264-params": "scenecut=0",
        }

    def _change_bitrate(self, bitrate: int) -> None:
        if bitrate > self._ceiling:
            self._open(bitrate)
        else:
            self._bitrate = bitrate

    def _prepare(self, keyframe: bool) -> None:
        wanted = self._bitrate * self._spacing
        narrow = keyframe and self._bitrate < FULL * self._ceiling
        if narrow or wanted > WORTH_A_KEYFRAME * self._most:
            self._open(self._bitrate)
        told = min(self._most, round(wanted))
        if self._context is not None and abs(told - self._told) > FINE * self._told:
            self._context.bit_rate = self._told = told
