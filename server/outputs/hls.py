"""A session as HLS (RFC 8216): segments of MPEG-TS and a playlist of the last few of them.

MPEG-TS and not fragmented MP4, because it carries H.264's parameter sets in the pictures: a picture
that changes its size is another segment, behind a discontinuity, and no other playlist.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

import av
from av.container import OutputContainer

from engine.timeline import SAMPLE_RATE, Samples
from server.outputs.aac import AacSound
from server.outputs.disk import NoStorage
from server.outputs.outlet import Media
from server.outputs.tracks import Tracks

SEGMENT_S = 2
"""Seconds in a segment. Players begin three segments back (RFC 8216, section 6.3.3), which is the
delay of it all; each segment begins with a keyframe, which costs the live picture bits."""

SHORTEST_S = 1
"""A keyframe that somebody else has asked for begins a segment if the last is so long."""

KEYFRAMES: Samples = SEGMENT_S * SAMPLE_RATE
LISTED = 6
"""Segments in the playlist; as many more are kept for players that are behind."""

KEPT_S = 30.0
"""Seconds for which a stream that has ended can still be watched to its end."""

PLAYLIST = "index.m3u8"


class HlsSink:
    """Writes into a folder of its own, which goes when the stream ends (an `outlet.Sink`).

    NoStorage where there can be no such folder.
    """

    def __init__(self, fps: int) -> None:
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="visavis-hls-"))
        except OSError as error:
            raise NoStorage(Path(tempfile.gettempdir()), error) from error
        self._begun = False
        self._tracks = Tracks(self._container, fps, "h264", AacSound(), in_band=True)

    @property
    def duration(self) -> float:
        """Seconds of pictures until now."""
        return self._tracks.duration

    @property
    def ready(self) -> bool:
        """Whether there is a playlist yet."""
        return (self.folder / PLAYLIST).is_file()

    def write(self, unit: Media) -> bool:
        """See `outlet.Sink`. Nothing is dropped here."""
        try:
            self._tracks.put(unit)
        except OSError as error:
            raise NoStorage(self.folder, error) from error
        return True

    def finish(self) -> None:
        """See `outlet.Sink`. Who watches sees it to its end."""
        self._tracks.close()
        if self.ready:
            with (self.folder / PLAYLIST).open("a") as playlist:
                playlist.write("#EXT-X-ENDLIST\n")
        self._remove_later()

    def abandon(self) -> None:
        """See `outlet.Sink`."""
        self._tracks.drop()
        self._remove_later()

    def _remove_later(self) -> None:
        timer = threading.Timer(KEPT_S, self.remove)
        timer.daemon = True
        timer.start()

    def remove(self) -> None:
        """Delete all segments."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _container(self) -> OutputContainer:
        # "append_list" goes on with the playlist that there is.
        again = "+append_list+discont_start" if self._begun else ""
        self._begun = True
        options = {
            "hls_time": str(SHORTEST_S),
            "hls_list_size": str(LISTED),
            "hls_delete_threshold": str(LISTED),
            "hls_flags": f"delete_segments+independent_segments+temp_file+omit_endlist{again}",
            "hls_segment_filename": str(self.folder / "%06d.ts"),
        }
        return av.open(str(self.folder / PLAYLIST), "w", format="hls", options=options)
