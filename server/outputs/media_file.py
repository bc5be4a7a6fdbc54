"""Sound from any audio or video file that FFmpeg can read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from engine.errors import InvalidInput

RATE = 48_000
PCM = NDArray[np.int16]
_FIELD = "IN"
_REMEDY = "give an audio or video file, such as .wav, .mp3, .m4a, .opus or .mp4"


class MediaFile:
    """A file's best audio track as mono int16 at 48 kHz, read piece by piece.

    Raises InvalidInput for a path without a readable file and for one without sound. Packets
    that do not decode are skipped and counted in ``damaged_packets``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged_packets = 0
        self._container = _open(path)
        stream = self._container.streams.best("audio")
        if stream is None:
            self._container.close()
            raise InvalidInput(_FIELD, path.name, f"there is no audio track in it; {_REMEDY}")
        self._stream = stream

    def __enter__(self) -> MediaFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    @property
    def seconds(self) -> float | None:
        """The length that the file declares; None if it declares none."""
        if self._container.duration is None:
            return None
        return self._container.duration / av.time_base

    def chunks(self) -> Iterator[PCM]:
        """The sound from its first sample to its last, in arrays (n,) of some 20 to 100 ms.

        Can be read once. InvalidInput at the end if not a single sample could be decoded.
        """
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        total = 0
        for frame in chain(self._frames(), [None]):
            for resampled in resampler.resample(frame):
                pcm = resampled.to_ndarray().reshape(-1).astype(np.int16, copy=False)
                total += len(pcm)
                yield pcm
        if not total:
            raise InvalidInput(_FIELD, self.path.name, f"no sound could be decoded; {_REMEDY}")

    def _frames(self) -> Iterator[av.AudioFrame]:
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.damaged_packets += 1
                continue
            # Sample after sample is the timeline here: neither the resampler nor we look at
            # timestamps, so a gap in them is no silence.
            for frame in frames:
                assert isinstance(frame, av.AudioFrame)
                yield frame

    def _packets(self) -> Iterator[av.Packet[Any]]:
        try:
            yield from self._container.demux(self._stream)
        except av.FFmpegError:
            self.damaged_packets += 1


def _open(path: Path) -> InputContainer:
    if path.is_dir():
        raise InvalidInput(_FIELD, str(path), f"this is a folder; {_REMEDY}")
    if not path.exists():
        raise InvalidInput(_FIELD, str(path), "there is no such file; check the path")
    if path.stat().st_size == 0:
        raise InvalidInput(_FIELD, str(path), f"the file is empty; {_REMEDY}")
    try:
        # Nothing but this file and its neighbours: a playlist must not reach the network, nor a
        # name like "concat:x" be taken for a protocol.
        options = {"protocol_whitelist": "file"}
        return av.open(f"file:{path}", "r", metadata_errors="replace", options=options)
    except PermissionError as error:
        raise InvalidInput(_FIELD, str(path), "you may not read it; check its owner") from error
    except (av.FFmpegError, OSError) as error:
        raise InvalidInput(_FIELD, str(path), f"it is no media file; {_REMEDY}") from error
