"""One live session: a connection on one side, the engine on the other, playout in between."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Mapping

from aiortc.rtp import RtpPacket

from engine.errors import InvalidInput, VisavisError
from engine.options import SessionOptions
from engine.timeline import HOP, Delay
from engine.units import AudioUnit, EventUnit, Unit, VideoUnit
from server import messages
from server.admission import Admission
from server.audience import Audience
from server.ingest import Pcm
from server.looks.catalogue import check_room
from server.placement.base import EngineSession
from server.playout import Playout, PlayoutDriver
from server.rtc.connection import Connection, PeerStats
from server.rtc.downlink import Downlink
from server.rtc.line import Line, Place
from server.rtc.microphone import Microphone
from server.rtc.network import Network
from server.rtc.offer import OfferedMedia
from server.rtc.peer import Peer, PeerCallbacks
from server.rtc.tracks import AudioUnitTrack, UnitTrack, VideoUnitTrack
from server.tally import Tally
from server.taps import Tap, Taps
from server.through_time import ThroughTime
from server.workers_word import WorkersWord

TICK = 0.01
STATUS_INTERVAL = 0.5
CLOSE_TIMEOUT = 5.0
_MANNER = ("articulation", "role", *messages.BEHAVIOUR)
"""What a wish changes for certain, of what whoever calls anew is told."""

log = logging.getLogger(__name__)


class SessionEnded(Exception):
    """Ends a session's tasks; never leaves this module."""


class Session:
    """Takes over an opened engine session and lives until the peer, the server or it ends.

    First ``answer``, then ``run`` in a task; if ``answer`` fails, call ``close``.
    """

    def __init__(
        self,
        session_id: str,
        engine: EngineSession,
        options: SessionOptions,
        max_size: tuple[int, int] = (1280, 720),
        network: Network | None = None,
        place: Place | None = None,
    ) -> None:
        self.id = session_id
        self.label = session_id[:6]  # for logs: the whole id would let its reader end the session
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._reason = ""
        self._playout = Playout()
        self._driver = PlayoutDriver(self._playout, self._release)
        self._downlink = Downlink(options, engine.control, self._loop.time)
        self._microphone = Microphone(self._push, self._loop.time)
        self._through = ThroughTime()
        self._word = WorkersWord()
        self._dropped_before = 0
        self._wanted: messages.Settings = {}
        self._options = options
        self._max_size = max_size
        self._pictures = 0
        self._round_trip: float | None = None
        self.audience = Audience(
            self._downlink.force_keyframe,
            self._due,
            lambda: self._options.bitrate,
            self._loop.time,
        )
        self._taps = Taps(self.label, self._downlink.force_keyframe, self._loop.time)
        self._network = network or Network()
        self._line = Line(
            self._connect,
            place or Admission(1).enter(),
            self.stop,
            self._connected,
            self._measured,
        )

    @property
    def _dropped(self) -> int:
        """Units and hops that were lost between the microphone and the sender."""
        sent = self._playout.dropped + self._downlink.held_back + _unsent(self._line.current)
        return self._engine.dropped + self._word.dropped_hops + self._dropped_before + sent

    @property
    def tally(self) -> Tally:
        """What has been counted, and what it is like now."""
        return Tally(
            pictures_drawn=self._pictures,
            pictures_late=self._playout.late,
            pictures_skipped=self._word.skipped_frames,
            dropped=self._dropped,
            concealed_s=self._microphone.ingest.concealed_ms / 1000,
            quality_changes=self._word.quality_changes,
            step=self._word.step,
            playout_waiting=self._playout.waiting,
            round_trip_s=self._round_trip,
            loss=self._downlink.loss,
            bitrate=self._downlink.bitrate,
        )

    @property
    def connection(self) -> Connection:
        """The connection of the one who speaks, the newest if they call anew."""
        return self._line.newest

    @property
    def options(self) -> SessionOptions:
        """What the session is now."""
        return self._options

    @property
    def resumable(self) -> bool:
        """Whether whoever speaks may call anew."""
        return self._line.resumable and not self._stopped.is_set()

    @property
    def video_codec(self) -> str:
        """In which the pictures are, for all who see them."""
        return self._options.video_codec

    @property
    def delays(self) -> tuple[Delay, ...]:
        """The engine's declared algorithmic delays."""
        return self._engine.delays

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to a checked offer; raises MalformedOffer."""
        return await self._line.answer(offer, loopback=loopback)

    async def resume(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to the one who speaks and calls anew; raises MalformedOffer, and
        CalledAgain if they call once more before.

        Nothing changes until their new connection is up, and then only the connection does.
        """
        return await self._line.call_anew(offer, loopback=loopback)

    def ask(self, text: str | bytes) -> None:
        """Note a wish, as `messages.wish` reads it; InvalidInput if it is none.

        Only the last of each kind reaches the worker, however many come.
        """
        wish = messages.wish(text)
        if "width" in wish:
            check_room(int(wish["width"]), int(wish["height"]), self._max_size)
            self._downlink.size_asked_for()
        self._wanted = messages.merged(self._wanted, wish)
        if manner := {name: value for name, value in wish.items() if name in _MANNER}:
            self._options = dataclasses.replace(self._options, **manner)

    def tap(self, tap: Tap) -> None:
        """See `server.taps.Tapped`."""
        self._taps.add(tap)

    def untap(self, tap: Tap) -> None:
        """See `server.taps.Tapped`."""
        self._taps.remove(tap)

    def ask_keyframe(self) -> None:
        """See `server.taps.Tapped`."""
        self._taps.ask_keyframe()

    def stop(self, reason: str) -> None:
        """Ask the session to end; the first reason is kept."""
        if not self._stopped.is_set():
            self._reason = reason
            self._stopped.set()

    async def run(self) -> None:
        """Live until the end, then free everything."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._forward_units())
                tasks.create_task(self._keep_time())
                tasks.create_task(self._line.run())
                tasks.create_task(self._send_status())
                await self._stopped.wait()
                raise SessionEnded
        except* SessionEnded:
            pass
        finally:
            log.info("session %s ended: %s", self.label, self._reason or "failed")
            await self.close()

    async def close(self) -> None:
        """Free the connection and the engine session."""
        self._driver.close()
        self.audience.end()
        self._taps.end()
        await self._line.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._engine.close()
        except (TimeoutError, VisavisError) as error:
            log.warning("session %s: the engine did not close: %s", self.label, error)

    # --- what the session's tasks do ---

    async def _forward_units(self) -> None:
        try:
            async for unit in self._engine.units():
                self._pictures += isinstance(unit, VideoUnit)
                for dropped in self._driver.offer(unit):
                    if isinstance(dropped, VideoUnit):
                        self._line.current.video.lost()
                        self.audience.lost()
                        self._taps.lost()
        except VisavisError as error:
            self._line.current.send({"type": "error", "code": "worker_lost"})
            self.stop(str(error))
        else:
            self.stop("the engine ended it")

    async def _keep_time(self) -> None:
        while True:
            self._microphone.tick()
            if self._wanted:
                self._engine.control(**self._wanted)
                self._wanted = {}
            await asyncio.sleep(TICK)

    async def _send_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_INTERVAL)
            self._line.current.send(
                {
                    "type": "status",
                    "pipeline_ms": self._through.median_ms(),
                    "late_frames": self._playout.late + self._word.skipped_frames,
                    "dropped": self._dropped,
                    "concealed_ms": round(self._microphone.ingest.concealed_ms),
                    "picture": self._word.picture,
                }
            )

    # --- the flow: microphone, engine, playout, tracks ---

    def _push(self, block: Pcm) -> None:
        self._through.arrived(len(block), self._loop.time())
        self._engine.push(block)

    def _release(self, unit: Unit) -> None:
        now = self._loop.time()
        if isinstance(unit, AudioUnit):
            self._through.left(unit.time, now)
            if self._line.up:
                self._line.current.audio.put(unit)
            self.audience.put(unit)
        elif isinstance(unit, VideoUnit):
            if self._line.up and self._downlink.admit(unit):
                self._line.current.video.put(unit)
            self.audience.put(unit)
        elif isinstance(unit, EventUnit):
            self._event(unit)
        else:
            self._line.current.send(messages.told(unit))
        self._taps.put(unit)

    def _event(self, event: EventUnit) -> None:
        if event.kind in ("speech_start", "speech_end"):
            active = event.kind == "speech_start"
            self._line.current.send({"type": "speech", "active": active, "time": event.time})
        elif event.kind == "stats":
            # What the worker did not get to: pictures left out, and voice that it never heard,
            # after which its media time is that much behind the count of what was pushed.
            self._through.skipped(self._word.stats(event.data) * HOP)
        elif event.kind == "picture":
            self._word.picture = event.data
        elif event.kind == "look":
            self._shown(event.data)
        elif event.kind == "refused":
            self._refuse(event.data)

    def _shown(self, look: Mapping[str, float | str]) -> None:
        """The picture is another one from now on, and with its size the bits that it may use."""
        look = self._downlink.as_wanted(look)
        self._options = dataclasses.replace(self._options, **look)  # type: ignore[arg-type]
        self._downlink.move_ceiling(self._options.bitrate)
        self._line.current.send({"type": "look", **look})

    def _refuse(self, error: Mapping[str, float | str]) -> None:
        self._line.current.send({"type": "refused", **error})

    # --- what the connection reports ---

    def _connect(self) -> Peer:
        video = VideoUnitTrack(self._downlink.force_keyframe, lambda: self._opened(peer))
        callbacks = PeerCallbacks(
            packet=lambda packet: self._packet(peer, packet),
            message=self._message,
            downlink=self._downlink,
            due=self._due,
            now=self._loop.time,
            ended=lambda reason: self._line.ended(peer, reason),
        )
        peer = Peer(AudioUnitTrack(), video, callbacks, self._network)
        return peer

    def _connected(self) -> None:
        log.info("session %s connected", self.label)

    def _measured(self, stats: PeerStats) -> None:
        self._round_trip = stats.round_trip
        self._microphone.measured_round_trip(stats.round_trip)
        self._downlink.measured(stats.round_trip)

    def _packet(self, peer: Peer, packet: RtpPacket) -> None:
        if peer is self._line.current and not self._stopped.is_set():
            self._downlink.heard()
            self._microphone.receive(packet)

    def _message(self, text: str | bytes) -> None:
        try:
            self.ask(text)
        except InvalidInput as error:
            self._refuse({"field": error.field, "value": error.value, "remedy": error.remedy})

    def _opened(self, peer: Peer) -> None:
        """A connection is up: what the engine needed to get going is no lasting delay."""
        before = self._line.current
        if peer not in (before, self._line.newest):
            return  # its caller has called anew: it is being closed
        if self._line.opened(peer):
            self._dropped_before += _unsent(before)
        else:
            self._playout.settle(self._loop.time())
        self._downlink.opened()

    def _due(self, track: UnitTrack) -> float | None:
        return None if track.last_sent is None else self._playout.reference(track.last_sent)


def _unsent(peer: Peer) -> int:
    return peer.audio.dropped + peer.video.dropped + peer.unsent
