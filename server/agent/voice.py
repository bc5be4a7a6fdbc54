"""An agent that speaks to a session: its voice comes by a socket, as fast as it likes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from engine.errors import InvalidInput
from engine.units import AudioUnit, VideoUnit
from server.agent import events
from server.agent.intake import SoundFormat
from server.agent.ledger import Ledger
from server.agent.outbox import Outbox
from server.agent.segments import LIMIT, Segment, Segments
from server.caller import Joined
from server.ingest import INPUT_RATE
from server.rtc.line import Place

KEPT = 10.0
"""Seconds for which a session waits for its agent to come back, once all has been said."""

LEVEL_INTERVAL = 0.5
READ_AGAIN = LIMIT - INPUT_RATE
"""Samples that wait, at most, when an agent that was held back is read again."""

POLL = 0.1
_SPARABLE = ("status", "motion", "phone", "speech")

log = logging.getLogger(__name__)


class AgentVoice:
    """A `server.caller.Caller` that is told by method calls what comes over the socket.

    The ``place`` is lent while nobody holds the other end.
    """

    connection = None
    round_trip = None
    concealed_ms = 0.0

    def __init__(self, sound: SoundFormat, place: Place) -> None:
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._segments = Segments(sound, self._loop.time())
        self._segments.held = True
        self._ledger = Ledger()
        self._outbox: Outbox | None = None
        self._dropped_before = 0
        self._playing: Segment | None = None
        self._last: list[Segment] = []
        self._room = asyncio.Event()
        self._room.set()
        self._level_at = self._loop.time()
        self._told_level = 0

    def join(self, session: Joined) -> None:
        """Speak to this session from now on."""
        self._session = session

    # --- what the agent asks for ---

    def attach(self, outbox: Outbox) -> None:
        """Somebody holds the other end: events go there, and no longer to who held it before."""
        if self._outbox is not None:
            self._outbox.close("another connection took over")
            self._dropped_before += self._outbox.dropped
        self._outbox = outbox
        self._place.take_back()

    def detach(self, outbox: Outbox) -> None:
        """They let go: what they have brought is still said."""
        if self._outbox is not outbox:
            return
        self._dropped_before += outbox.dropped
        self._outbox = None
        segment = self._segments.end(self._loop.time())
        if segment is not None and segment.finished:
            self._finish(segment)
        self._place.lend(lambda: self._session.stop("the agent is gone and its place was needed"))

    @property
    def sound(self) -> SoundFormat:
        """In which the next segment is brought."""
        return self._segments.sound

    def set_sound(self, sound: SoundFormat) -> None:
        """Another format from the next segment on; InvalidInput while one grows."""
        if sound != self._segments.sound and self._segments.growing is not None:
            raise InvalidInput("input_audio_format", sound.name, f"send {events.COMMIT} before")
        self._segments.sound = sound

    def append(self, piece: bytes) -> None:
        """Sound of the segment that grows, or of a new one; InvalidInput if it is damaged."""
        self._segments.append(piece, self._loop.time())

    def commit(self) -> None:
        """The segment that grows is complete; InvalidInput if none does."""
        segment = self._segments.end(self._loop.time())
        if segment is None:
            raise InvalidInput("type", events.COMMIT, f"send {events.APPEND} before it")
        self._send(events.committed(segment))
        if segment.finished:
            self._finish(segment)

    def interrupt(self) -> None:
        """Stop at once, and forget what has not been said."""
        for segment in self._last:
            self._finish(segment)
        self._last = []
        concerned = {segment: None for segment in (*self._ledger.cut(), *self._segments.clear())}
        playing, self._playing = self._playing, None
        if playing is not None or concerned:
            self._session.hush()
        self._room.set()
        forgotten = [segment for segment in concerned if segment is not playing]
        self._send(events.cleared(playing, forgotten))

    async def has_room(self) -> None:
        """Return once more can be brought."""
        if not self._segments.full:
            return
        self._room.clear()
        self._tell_level()
        await self._room.wait()
        self._tell_level()

    # --- what the session asks for ---

    @property
    def dropped(self) -> int:
        """Events that the agent was spared as it did not read them."""
        return self._dropped_before + (self._outbox.dropped if self._outbox else 0)

    def tick(self) -> None:
        """Say what is due."""
        now = self._loop.time()
        for block in self._segments.due(now):
            time = self._session.push(block.pcm)
            if block.segment is not None:
                self._ledger.given(time, block.segment, block.until)
        if self._segments.filled <= READ_AGAIN:
            self._room.set()
        if now - self._level_at >= LEVEL_INTERVAL and self._segments.waiting != self._told_level:
            self._tell_level()

    def show(self, unit: AudioUnit | VideoUnit) -> None:
        """Follow what is heard; the picture is for those who watch."""
        if not isinstance(unit, AudioUnit):
            return
        self._segments.held = False  # the playout has begun, and keeps all that comes from now on
        for segment in self._last:
            self._finish(segment)
        self._last = []
        for segment in self._ledger.left(unit.time):
            if not segment.started:
                segment.started = True
                self._playing = segment
                self._send(events.started(segment, unit.time))
            if segment.finished:
                self._last.append(segment)

    def lost(self) -> None:
        """No picture is sent there."""

    def tell(self, message: Mapping[str, object]) -> None:
        """Pass on what a page would be told."""
        kind, told = message["type"], {k: v for k, v in message.items() if k != "type"}
        if kind == "refused":
            self._send(events.error(told))
        elif kind == "error":
            failed = {"type": "server_error", "message": "the session has ended"}
            self._send(events.error({**failed, **told}))
        else:
            self._send(message, sparable=kind in _SPARABLE)

    async def run(self) -> None:
        """Wait for the agent to leave for good."""
        left_at: float | None = None
        while True:
            await asyncio.sleep(POLL)
            now = self._loop.time()
            if self._outbox is not None or self._segments.waiting or self._playing is not None:
                left_at = None
            elif left_at is None:
                left_at = now
            elif now - left_at >= KEPT:
                self._session.stop("the agent is gone")
                return

    async def close(self) -> None:
        """Say goodbye."""
        if self._outbox is not None:
            self._outbox.close("the session ended")

    def _finish(self, segment: Segment) -> None:
        if self._playing is segment:
            self._playing = None
        self._send(events.stopped(segment))

    def _tell_level(self) -> None:
        self._level_at, self._told_level = self._loop.time(), self._segments.waiting
        level = events.level(self._segments.waiting, reading=self._room.is_set())
        self._send(level, sparable=True)

    def _send(self, event: Mapping[str, object], *, sparable: bool = False) -> None:
        if self._outbox is not None:
            self._outbox.put(event, sparable=sparable)
