"""An MP4 file of a session's own video packets and of the sound that it heard.

The pictures are muxed as they were encoded. The sound is encoded once more, as AAC from the
original samples, because some players do not take Opus in MP4. AAC starts with a block of
priming; the muxer writes an edit list that skips it, so both tracks start at 0 exactly.
"""

from __future__ import annotations

import io
import re
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.timeline import FrameGrid
from engine.units import VideoUnit
from server.outputs.sound import SoundTrack

MARK = "Synthetic media: the picture was generated from the sound by Visavis."
"""Written into every file, for whoever has to tell generated pictures from filmed ones."""

START_CODE = re.compile(b"\0{2,3}\1")
"""Between NAL units (ITU-T H.264, annex B)."""

PARAMETER_SETS = (7, 8)
"""Types of NAL units: SPS and PPS (H.264, table 7-1)."""


class Mp4Writer:
    """Writes H.264 units and 48 kHz mono PCM, in any order of the two, as they come.

    The file is complete after ``close``; leaving the ``with`` block calls it. The first video
    unit must be a keyframe.
    """

    def __init__(self, path: Path, fps: int) -> None:
        self._grid = FrameGrid(fps)
        # faststart puts the index first, so that a browser plays before it has all of the file.
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._container.metadata["comment"] = MARK
        self._sound = SoundTrack(self._container, "aac", "fltp")
        self._video: VideoStream | None = None
        self._early: list[Packet[Any]] = []

    def __enter__(self) -> Mp4Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def sound(self, pcm: NDArray[np.int16]) -> None:
        """Append mono int16 samples (n,) at 48 kHz."""
        self._write(self._sound.encode(pcm))

    def picture(self, unit: VideoUnit) -> None:
        """Append an H.264 access unit; its time gives the frame that it is."""
        if self._video is None:
            self._video = self._add_video(unit.payload)
        packet = Packet(without_parameter_sets(unit.payload))
        packet.stream = self._video
        packet.time_base = Fraction(1, self._grid.fps)
        packet.pts = packet.dts = self._grid.at(unit.time)
        packet.duration = 1
        packet.is_keyframe = unit.keyframe
        self._write([packet])

    def _add_video(self, keyframe: bytes) -> VideoStream:
        """The stream that a keyframe's own parameter sets describe."""
        with av.open(io.BytesIO(keyframe), "r", format="h264") as probe:
            stream = self._container.add_stream_from_template(probe.streams.video[0], opaque=True)
        stream.time_base = Fraction(1, self._grid.fps)
        return stream

    def _write(self, packets: list[Packet[Any]]) -> None:
        # The header is written with the first packet and needs the video's parameters.
        if self._video is None:
            self._early += packets
            return
        self._container.mux([*self._early, *packets])
        self._early = []

    def close(self) -> None:
        """Finish the file; may be called twice."""
        if last := self._sound.finish():
            self._write(last)
        self._container.close()


def without_parameter_sets(access_unit: bytes) -> bytes:
    """An Annex B access unit without SPS and PPS, which MP4 keeps in its header (avcC)."""
    units = [unit for unit in START_CODE.split(access_unit) if unit]
    return b"".join(b"\0\0\0\1" + unit for unit in units if unit[0] & 31 not in PARAMETER_SETS)
