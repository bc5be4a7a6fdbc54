"""Send: a packet for each picture, a packet for each 20 ms of sound, nothing held back."""

from engine.encode.base import Picture, VideoEncoder
from engine.encode.h264 import H264Encoder
from engine.encode.opus import OpusEncoder
from engine.encode.vp8 import Vp8Encoder
from engine.errors import UnsupportedMedia

__all__ = ["OpusEncoder", "Picture", "VideoEncoder", "make_video_encoder"]

_VIDEO: dict[str, type[H264Encoder] | type[Vp8Encoder]] = {"h264": H264Encoder, "vp8": Vp8Encoder}


def make_video_encoder(
    codec: str,
    width: int,
    height: int,
    fps: int,
    bitrate: int,
    live: bool = False,
    spacing: float = 1.0,
) -> VideoEncoder:
    """An encoder for ``codec``, "h264" or "vp8"; width and height even, bitrate in bits/s.

    With ``live`` keyframes come on request alone, otherwise each `base.KEYFRAME_SECONDS` as well.
    Pictures are expected every ``spacing`` frames; it follows how they come.
    Raises UnsupportedMedia for another codec, BackendUnavailable if this machine lacks it.
    """
    if codec not in _VIDEO:
        raise UnsupportedMedia("video_codec", codec, f"use {' or '.join(_VIDEO)}")
    return _VIDEO[codec](width, height, fps, bitrate, live, spacing)
