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
from collections.abc import Callable, Iterator

import av
from av.container import OutputContainer

from engine.channel import Kind, Message, Unpacker
from engine.units import AudioUnit, VideoUnit
from server.outputs.aac import AacSound
from server.outputs.mp4 import MARK
from server.outputs.tracks import Tracks

_READ = 1 << 16


def _tracks(url: str, fps: int, live: Callable[[], None]) -> Tracks:
    """Units of a session into RTMP, published anew where the picture changes its size."""

    def container() -> OutputContainer:
        options = {"flvflags": "no_duration_filesize", "flush_packets": "1"}
        made = av.open(url, "w", format="flv", options=options)
        made.metadata["comment"] = MARK
        return made

    return Tracks(container, fps, "h264", AacSound(), wrote=live)


def _messages() -> Iterator[Message]:
    unpacker = Unpacker()
    while data := os.read(sys.stdin.fileno(), _READ):
        yield from unpacker.feed(data)


def main() -> None:
    """Push until the input ends or the connection does."""
    messages = _messages()
    values = next(messages).values
    said: list[str] = []

    def live() -> None:
        if not said:
            said.append("live")
            print(*said, flush=True)

    tracks = _tracks(values["url"], values["fps"], live)
    try:
        for message in messages:
            if message.kind in (Kind.AUDIO, Kind.VIDEO):
                assert isinstance(message.unit, AudioUnit | VideoUnit)
                tracks.put(message.unit)
        tracks.close()
    except (av.FFmpegError, OSError) as error:
        # Without the rest of the message, which may have the address.
        print(error.strerror or type(error).__name__, flush=True)
        os._exit(1)  # the connection is gone: nothing is to be said to it


if __name__ == "__main__":
    main()
