"""A session's units into one container after another, a new one for each shape of the picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from av.container import OutputContainer

from engine.units import VideoUnit
from server.outputs.aac import SoundPacket
from server.outputs.outlet import Media
from server.outputs.track import Entry, Merge, Sound, Track, shape

_PREROLL_PACKETS = 4


class Tracks:
    """Asks ``open_container`` for one at each keyframe of another shape, and fills it.

    ``in_band`` and ``preroll`` are as for `Track`; ``wrote`` is told when all that has been put
    so far is written.
    """

    def __init__(
        self,
        open_container: Callable[[], OutputContainer],
        fps: int,
        codec: str,
        sound: Sound,
        *,
        in_band: bool = False,
        preroll: int = 0,
        wrote: Callable[[], None] = lambda: None,
    ) -> None:
        self._open, self._wrote = open_container, wrote
        self._fps, self._codec, self._sound = fps, codec, sound
        self._in_band, self._preroll = in_band, preroll
        self._merge = Merge(fps)
        self._recent: deque[SoundPacket] = deque(maxlen=_PREROLL_PACKETS)
        self._shape = b""
        self._track: Track | None = None
        self._frames = 0

    @property
    def duration(self) -> float:
        """Seconds of pictures in all of them."""
        return (self._frames + (self._track.frames if self._track else 0)) / self._fps

    def put(self, unit: Media) -> None:
        """Write a unit, or keep it for a moment; nothing is written before the first keyframe."""
        for entry in [unit] if isinstance(unit, VideoUnit) else self._sound.packets(unit):
            self._write(self._merge.put(entry))

    def close(self) -> None:
        """Write what is left, and finish the last one."""
        for packet in self._sound.finish():
            self._write(self._merge.put(packet))
        self._write(self._merge.rest())
        self._end()

    def drop(self) -> None:
        """Leave the last one as it is."""
        if self._track is not None:
            self._frames += self._track.frames
            self._track = None

    def _write(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if isinstance(entry, SoundPacket):
                self._recent.append(entry)
            elif entry.keyframe and shape(entry.payload, self._codec) != self._shape:
                self._begin(entry)
            if self._track is not None:
                self._track.put(entry)
                self._wrote()

    def _begin(self, keyframe: VideoUnit) -> None:
        self._end()
        self._shape = shape(keyframe.payload, self._codec)
        self._track = Track(
            self._open(),
            keyframe,
            self._fps,
            self._codec,
            self._sound,
            in_band=self._in_band,
            preroll=self._preroll,
        )
        for packet in self._recent:
            self._track.put(packet)

    def _end(self) -> None:
        if self._track is not None:
            self._track.close()
            self.drop()
