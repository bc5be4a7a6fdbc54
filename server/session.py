"""One live session: a caller on one side, the engine on the other, playout in between."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Mapping

from engine.encode.opus import SILENT_PACKET
from engine.errors import VisavisError
from engine.options import SessionOptions
from engine.timeline import HOP, Delay, Samples
from engine.units import AudioUnit, EventUnit, PhoneUnit, Unit, VideoUnit
from server import messages
from server.audience import Audience
from server.caller import Caller
from server.ingest import Pcm
from server.looks.catalogue import check_room
from server.motion_out.watchers import MotionWatchers
from server.placement.base import EngineSession
from server.playout import Playout, PlayoutDriver
from server.rtc.connection import Connection
from server.rtc.downlink import Downlink
from server.rtc.tracks import UnitTrack
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
    """Takes over an opened engine session and lives until the caller, the server or it ends.

    ``run`` in a task; if it comes to nothing before, call ``close``.
    """

    def __init__(
        self,
        session_id: str,
        engine: EngineSession,
        options: SessionOptions,
        caller: Caller,
        max_size: tuple[int, int] = (1280, 720),
    ) -> None:
        self.id = session_id
        self.label = session_id[:6]  # for logs: the whole id would let its reader end the session
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._reason = ""
        self._playout = Playout()
        self._driver = PlayoutDriver(self._playout, self._release)
        self.downlink = Downlink(options, engine.control, self._loop.time)
        self._through = ThroughTime()
        self._word = WorkersWord()
        self._wanted: messages.Settings = {}
        self._options = options
        self._max_size = max_size
        self._hushed: Samples = 0
        self._pictures = 0
        self.audience = Audience(
            self.downlink.force_keyframe,
            self.due,
            lambda: self._options.bitrate,
            self._loop.time,
        )
        self._taps = Taps(self.label, self.downlink.force_keyframe, self._loop.time)
        self.motion = MotionWatchers(options.motion_units, self._taps, self._want)
        self.caller = caller
        caller.join(self)

    @property
    def _dropped(self) -> int:
        """Units and hops that were lost between the microphone and the sender."""
        sent = self._playout.dropped + self.caller.dropped
        return self._engine.dropped + self._word.dropped_hops + sent

    @property
    def tally(self) -> Tally:
        """What has been counted, and what it is like now."""
        return Tally(
            pictures_drawn=self._pictures,
            pictures_late=self._playout.late,
            pictures_skipped=self._word.skipped_frames,
            dropped=self._dropped,
            concealed_s=self.caller.concealed_ms / 1000,
            quality_changes=self._word.quality_changes,
            step=self._word.step,
            playout_waiting=self._playout.waiting,
            round_trip_s=self.caller.round_trip,
            loss=self.downlink.loss,
            bitrate=self.downlink.bitrate,
        )

    @property
    def connection(self) -> Connection | None:
        """The WebRTC connection of the one who speaks; None if they have none."""
        return self.caller.connection

    @property
    def options(self) -> SessionOptions:
        """What the session is now."""
        return self._options

    @property
    def live(self) -> bool:
        """Whether it has not been asked to end."""
        return not self._stopped.is_set()

    @property
    def video_codec(self) -> str:
        """In which the pictures are, for all who see them."""
        return self._options.video_codec

    @property
    def delays(self) -> tuple[Delay, ...]:
        """The engine's declared algorithmic delays."""
        return self._engine.delays

    def ask(self, text: str | bytes) -> None:
        """Note a wish, as `messages.wish` reads it; InvalidInput if it is none.

        Only the last of each kind reaches the worker, however many come.
        """
        wish = messages.wish(text)
        if kept := wish.pop("receiver", None):
            self._playout.kept_by_receiver(*kept)
        if "width" in wish:
            check_room(int(wish["width"]), int(wish["height"]), self._max_size)
            self.downlink.size_asked_for()
        self._want(self.motion.with_caller(wish))
        if manner := {name: value for name, value in wish.items() if name in _MANNER}:
            self._options = dataclasses.replace(self._options, **manner)

    def _want(self, settings: messages.Settings) -> None:
        self._wanted = messages.merged(self._wanted, settings)

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
                tasks.create_task(self.caller.run())
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
        await self.caller.close()
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
                        self.caller.lost()
                        self.audience.lost()
                        self._taps.lost()
        except VisavisError as error:
            self.caller.tell({"type": "error", "code": "worker_lost"})
            self.stop(str(error))
        else:
            self.stop("the engine ended it")

    async def _keep_time(self) -> None:
        while True:
            self.caller.tick()
            if self._wanted:
                self._engine.control(**self._wanted)
                self._wanted = {}
            due = self._loop.time() + TICK
            await asyncio.sleep(TICK)
            if (late := self._loop.time() - due) > TICK:
                self.downlink.stalled(late)

    async def _send_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_INTERVAL)
            self.caller.tell(
                {
                    "type": "status",
                    "pipeline_ms": self._through.median_ms(),
                    "late_frames": self._playout.late + self._word.skipped_frames,
                    "dropped": self._dropped,
                    "concealed_ms": round(self.caller.concealed_ms),
                    "picture": self._word.picture,
                }
            )

    # --- the flow: microphone, engine, playout, tracks ---

    def push(self, block: Pcm) -> Samples:
        """Say (n,) samples, mono at 48 kHz; returns the media time at which they begin."""
        begins = self._through.reached
        if self.live:
            self._through.arrived(len(block), self._loop.time())
            self._engine.push(block)
        return begins

    def hush(self) -> None:
        """Say nothing more of what was pushed: the sound stops and the mouth shuts at once.

        What has been encoded of it leaves as silence, in its time. So do the two packets that
        follow: the codec puts the end of what it has heard last into the first (RFC 7845, section
        4.2), and lets it ring out in the second.
        """
        self._hushed = self._through.reached + 2 * HOP
        self._engine.control(hush=True)

    def _release(self, unit: Unit) -> None:
        now = self._loop.time()
        if isinstance(unit, AudioUnit):
            self._through.left(unit.time, now + self._playout.lead)
            if unit.time < self._hushed:
                unit = dataclasses.replace(unit, payload=SILENT_PACKET)
            self.caller.show(unit)
            self.audience.put(unit)
        elif isinstance(unit, VideoUnit):
            self.caller.show(unit)
            self.audience.put(unit)
        elif isinstance(unit, EventUnit):
            self._event(unit)
        elif isinstance(unit, PhoneUnit) or self.motion.caller:
            self.caller.tell(messages.told(unit))
        self._taps.put(unit)

    def _event(self, event: EventUnit) -> None:
        if event.kind in ("speech_start", "speech_end"):
            active = event.kind == "speech_start"
            self.caller.tell({"type": "speech", "active": active, "time": event.time})
        elif event.kind == "stats":
            # What the worker did not get to: pictures left out, and voice that it never heard,
            # after which its media time is that much behind the count of what was pushed.
            self._through.skipped(self._word.stats(event.data) * HOP)
        elif event.kind == "picture":
            self._word.picture = event.data
        elif event.kind == "look":
            self._shown(event.data)
        elif event.kind == "refused":
            self.caller.tell({"type": "refused", **event.data})

    def _shown(self, look: Mapping[str, float | str]) -> None:
        """The picture is another one from now on, and with its size the bits that it may use."""
        look = self.downlink.as_wanted(look)
        self._options = dataclasses.replace(self._options, **look)  # type: ignore[arg-type]
        self.downlink.move_ceiling(self._options.bitrate)
        self.caller.tell({"type": "look", **look})

    def settle(self) -> None:
        """Somebody sees and hears from now on: what the engine needed to get going is no delay."""
        self._playout.settle(self._loop.time())

    def due(self, track: UnitTrack) -> float | None:
        """The time at which a track's last unit was due, None before one."""
        return None if track.last_sent is None else self._playout.reference(track.last_sent)
