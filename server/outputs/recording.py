"""A session as files: MP4 with AAC where its pictures are H.264, WebM with Opus where they are VP8.

The pictures are the packets that were sent, so that a recording costs next to nothing. A file is
readable at any moment up to its last second, whatever becomes of the server; one that ends in peace
is an ordinary file, which every editor opens. When the picture changes its size, as a narrow
network makes it do, the next file begins: most editors and players take a file to have one size.
"""

from __future__ import annotations

from pathlib import Path

import av
from av.container import OutputContainer

from engine.encode.base import KEYFRAME_SECONDS
from engine.encode.opus import PRE_SKIP
from engine.timeline import SAMPLE_RATE, Samples
from server.outputs.aac import FRAME, AacSound, OpusSound
from server.outputs.disk import DiskFile
from server.outputs.mp4 import MARK
from server.outputs.outlet import Media
from server.outputs.provenance import Provenance
from server.outputs.tracks import Tracks

KEYFRAMES: Samples = KEYFRAME_SECONDS * SAMPLE_RATE
"""Players seek to keyframes, and a live picture has none unless somebody asks."""

_FRAGMENT = 1.0
"""Seconds in a fragment: what is lost of a file that nobody finished."""

_MP4 = {
    # Fragments while it is written and one index when it is done. The index of the fragments
    # waits for the first of them, or it could not say how much sound is not to be heard.
    "movflags": "+hybrid_fragmented+delay_moov",
    "frag_duration": str(round(_FRAGMENT * 1e6)),
}
_WEBM = {"cluster_time_limit": str(round(_FRAGMENT * 1e3)), "flush_packets": "1"}


class Recorder:
    """Writes ``stem``.mp4 or .webm in ``folder``, then ``stem``-2 and so on (an `outlet.Sink`).

    NoStorage if nothing can be written there. Its state may be read from another thread. MP4 files
    are signed by ``provenance`` when all of them are complete, as that takes its time.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        fps: int,
        codec: str,
        provenance: Provenance | None = None,
    ) -> None:
        self._provenance = provenance
        self._folder, self._stem = folder, stem
        vp8 = codec == "vp8"
        self._suffix, self._format = (".webm", "webm") if vp8 else (".mp4", "mp4")
        self._options = _WEBM if vp8 else _MP4
        self._files = [DiskFile(folder, stem, self._suffix)]
        self._begun = False
        # A decoder of AAC needs the packet before the first, in MP4 an edit list hides it. In
        # WebM the decoder leaves out the beginning of the first packet, whichever that is.
        self._tracks = Tracks(
            self._container,
            fps,
            codec,
            OpusSound() if vp8 else AacSound(),
            preroll=PRE_SKIP if vp8 else 2 * FRAME - 1,
            wrote=lambda: self._files[-1].whole(),
        )

    @property
    def duration(self) -> float:
        """Seconds of pictures in all files."""
        return self._tracks.duration

    @property
    def size(self) -> int:
        """Bytes in all files."""
        return sum(file.size for file in self._files)

    @property
    def files(self) -> list[str]:
        """Names of the files, in order; none if there has been no picture."""
        return [file.path.name for file in self._files if file.size or not file.closed]

    def write(self, unit: Media) -> bool:
        """See `outlet.Sink`. Nothing is dropped here."""
        self._tracks.put(unit)
        return True

    def finish(self) -> None:
        """See `outlet.Sink`."""
        self._tracks.close()
        self._files[-1].close()
        if self._provenance is not None and self._suffix == ".mp4":
            for file in self._files:
                if file.size:
                    self._provenance.sign(file.path)
                    file.size = file.path.stat().st_size

    def abandon(self) -> None:
        """See `outlet.Sink`. A file ends with the last fragment that it took whole."""
        file = self._files[-1]
        if not file.closed:
            file.cut()
            file.close()
        self._tracks.drop()

    def _container(self) -> OutputContainer:
        if self._begun:
            self._files[-1].close()
            self._files.append(DiskFile(self._folder, self._stem, self._suffix))
        self._begun = True
        container = av.open(self._files[-1], "w", format=self._format, options=self._options)
        container.metadata["comment"] = MARK
        return container
