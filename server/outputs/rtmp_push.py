"""The process that holds an RTMP connection: ``python -m server.outputs.rtmp_push``.

A process, because FFmpeg keeps Python's global lock while it connects: in the server a host that
does not answer would stop every session. It reads messages of `engine.channel` on its standard
input, first a CONTROL with ``url`` and ``fps``, then units. It writes a line ``live`` once it is
connected, and ends with a line that says why. The address is in no argument, so that no list of
processes shows its key.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator

import av

from engine.channel import Kind, Message, Unpacker
from engine.units import AudioUnit, VideoUnit
from server.outputs.aac import AacSound, SoundPacket
from server.outputs.mp4 import MARK
from server.outputs.track import Entry, Merge, Track, shape

_READ = 1 << 16


class Push:
    """Units of one session into RTMP; anew where the picture changes its size. OSError ends it."""

    def __init__(self, url: str, fps: int, live: Callable[[], None]) -> None:
        self._url, self._fps, self._live = url, fps, live
        self._sound, self._merge = AacSound(), Merge(fps)
        self._track: Track | None = None
        self._shape = b""

    def put(self, unit: AudioUnit | VideoUnit) -> None:
        """Send a unit; nothing is sent before the first keyframe."""
        for entry in [unit] if isinstance(unit, VideoUnit) else self._sound.packets(unit):
            self._send(self._merge.put(entry))

    def close(self) -> None:
        """Send what is left, and say goodbye."""
        self._send(self._merge.rest())
        if self._track is not None:
            self._track.close()

    def _send(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if not isinstance(entry, SoundPacket) and entry.keyframe:
                seen = shape(entry.payload, "h264")
                if seen != self._shape:
                    self._shape = seen
                    self._begin(entry)
            if self._track is not None:
                self._track.put(entry)

    def _begin(self, keyframe: VideoUnit) -> None:
        if self._track is not None:
            self._track.close()
        options = {"flvflags": "no_duration_filesize", "flush_packets": "1"}
        container = av.open(self._url, "w", format="flv", options=options)
        container.metadata["comment"] = MARK
        self._track = Track(container, keyframe, self._fps, "h264", self._sound)
        container.start_encoding()
        self._live()


def _messages() -> Iterator[Message]:
    unpacker = Unpacker()
    while data := os.read(sys.stdin.fileno(), _READ):
        yield from unpacker.feed(data)


def main() -> None:
    """Push until the input ends or the connection does."""
    messages = _messages()
    values = next(messages).values
    push = Push(values["url"], values["fps"], lambda: print("live", flush=True))
    try:
        for message in messages:
            if message.kind in (Kind.AUDIO, Kind.VIDEO):
                assert isinstance(message.unit, AudioUnit | VideoUnit)
                push.put(message.unit)
        push.close()
    except (av.FFmpegError, OSError) as error:
        # Without the rest of the message, which may have the address.
        print(error.strerror or type(error).__name__, flush=True)
        os._exit(1)  # the connection is gone: nothing is to be said to it


if __name__ == "__main__":
    main()
