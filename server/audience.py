"""Those who watch a session: one encoding, sent to each over a connection of their own.

Units are shared, never copied or encoded again. Each viewer has a bounded queue, and one whose
network is too slow skips pictures up to a keyframe; nobody else notices. Keyframes cost everybody
bits, so they are asked for at most so often, whoever wants one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from engine.units import AudioUnit, VideoUnit
from server.rtc.connection import PeerStats
from server.rtc.line import Place
from server.rtc.liveness import until_lost
from server.rtc.network import Network
from server.rtc.offer import OfferedMedia
from server.rtc.pacing import BURST, PACE, RESEND_SHARE, Bucket
from server.rtc.tracks import UnitTrack
from server.rtc.viewer_rules import KeyframeRequests, Pace, SentRate
from server.rtc.viewing import Viewing, ViewingCallbacks

REPEAT_INTERVAL = 2.0
"""Seconds between the requests of one viewer that are listened to; their first always is."""

RESEND_SOUND = 48_000
"""Bits per second of sound that may be sent again: as much as there is."""

OFFER_LIFETIME = 30.0
"""Seconds for which an offer to a viewer is good (draft-ietf-wish-whep-03, section 4.2.2)."""

log = logging.getLogger(__name__)


class Viewer:
    """One who watches; ``run`` until they leave, the session ends or they are asked to.

    First ``answer``; or with ``offers`` first ``offer``, and ``accept`` while it runs. ``asked`` is
    the codec of an offer that has no answer yet.
    """

    def __init__(
        self, viewer_id: str, audience: Audience, network: Network, *, offers: bool = False
    ) -> None:
        self.id = viewer_id
        self.label = f"viewer {viewer_id[:6]}"
        self.pace = Pace()
        self._audience = audience
        self._loop = asyncio.get_running_loop()
        self._asked_at = float("-inf")
        self._paced, self._resent, self._resent_sound = (Bucket(BURST) for _ in range(3))
        self._resent_sound.rate = RESEND_SOUND
        self._stopped = asyncio.Event()
        self._reason = ""
        self.connection = Viewing(
            ViewingCallbacks(
                opened=lambda: self.pace.opened(self._loop.time()),
                keyframe_needed=audience.keyframe,
                keyframe_wanted=self._keyframe_wanted,
                bitrate_estimated=self._bitrate_estimated,
                lost=lambda fraction: self.pace.lost(fraction, self._loop.time()),
                may_resend=self._may_resend,
                may_resend_sound=lambda size: self._resent_sound.take(size, self._loop.time()),
                pause=self._pause,
                due=audience.due,
                now=self._loop.time,
                ended=self.stop,
            ),
            network,
            offers=offers,
        )
        self.asked: str | None = None
        self._place: Place | None = None
        self._agreed = asyncio.Event()

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to a checked offer; raises MalformedOffer."""
        return await self.connection.answer(offer, loopback=loopback)

    async def offer(self, codec: str, place: Place, *, loopback: bool) -> str:
        """An SDP offer with pictures in ``codec``, good for ``OFFER_LIFETIME``.

        Many players do not know such offers and come again: until there is an answer, whoever
        needs the ``place`` may have it.
        """
        self.asked, self._place = codec, place
        sdp = await self.connection.offer(codec, loopback=loopback)
        place.lend(lambda: self.stop("its seat was needed"))
        return sdp

    async def accept(self, answer: str) -> None:
        """Connect by a checked answer; raises MalformedOffer, and then ends."""
        self.asked = None
        if self._place is not None:
            self._place.take_back()
        try:
            await self.connection.accept(answer)
        except BaseException:
            self.stop("its answer was of no use")
            raise
        self._agreed.set()

    def put(self, unit: AudioUnit | VideoUnit) -> None:
        """Send a unit that is due now, unless the network cannot take it."""
        if isinstance(unit, AudioUnit):
            self.connection.audio.put(unit)
        elif self.pace.resumes(self._loop.time()):
            self.connection.video.lost()
        elif self.pace.holding:
            self.connection.video.dropped += 1
        else:
            self.connection.video.put(unit)

    def stop(self, reason: str) -> None:
        """Ask for the end; the first reason is kept."""
        if not self._stopped.is_set():
            self._reason = reason
            self._stopped.set()

    async def run(self) -> None:
        """Watch until the end, then free everything."""
        self._audience.add(self)
        watch = asyncio.create_task(self._watch())
        try:
            await self._stopped.wait()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            self._audience.remove(self)
            await self.close()
            log.info("%s left: %s", self.label, self._reason or "failed")

    async def close(self) -> None:
        """Free the connection."""
        await self.connection.close()

    async def _watch(self) -> None:
        def connected() -> None:
            log.info("%s connected", self.label)

        def measured(_: PeerStats) -> None:
            pass

        if self.asked is not None:
            try:
                async with asyncio.timeout(OFFER_LIFETIME):
                    await self._agreed.wait()
            except TimeoutError:
                self.stop("the offer was not answered")
        self.stop(await until_lost(self.connection, self._loop.time, connected, measured))

    def _keyframe_wanted(self) -> None:
        now = self._loop.time()
        if now - self._asked_at >= REPEAT_INTERVAL and not self.pace.holding:
            self._asked_at = now
            self._audience.keyframe()

    def _bitrate_estimated(self, estimate: int) -> None:
        self.pace.estimate(estimate, self._audience.sent_rate, self._loop.time())

    def _may_resend(self, size: int) -> bool:
        self._resent.rate = RESEND_SHARE * self._audience.bitrate()
        return self._resent.take(size, self._loop.time())

    def _pause(self, size: int) -> float:
        self._paced.rate = PACE * self._audience.bitrate()
        return self._paced.owe(size, self._loop.time())


class Audience:
    """The viewers of one session.

    ``force_keyframe`` makes the next picture one; ``due(track)`` gives the time at which the
    track's last unit was due, None before one; ``bitrate`` the bits per second that pictures may
    have.
    """

    def __init__(
        self,
        force_keyframe: Callable[[], None],
        due: Callable[[UnitTrack], float | None],
        bitrate: Callable[[], int],
        now: Callable[[], float],
    ) -> None:
        self.due = due
        self.bitrate = bitrate
        self.ended = False
        self._now = now
        self._viewers: list[Viewer] = []
        self._keyframes = KeyframeRequests(force_keyframe)
        self._rate = SentRate()

    def __len__(self) -> int:
        return len(self._viewers)

    @property
    def sent_rate(self) -> float:
        """Bits per second that every viewer is sent."""
        return self._rate.bits_per_second

    def add(self, viewer: Viewer) -> None:
        """Somebody watches from now on."""
        if self.ended:
            viewer.stop("the session ended")
        self._viewers.append(viewer)

    def remove(self, viewer: Viewer) -> None:
        """Somebody has left."""
        self._viewers.remove(viewer)

    def keyframe(self) -> None:
        """A viewer needs a keyframe."""
        self._keyframes.ask(self._now())

    def put(self, unit: AudioUnit | VideoUnit) -> None:
        """Send a unit that is due now to everybody."""
        if not self._viewers:
            return
        self._rate.add(len(unit.payload), self._now())
        if isinstance(unit, VideoUnit):
            if unit.keyframe:
                self._keyframes.came()
            self._keyframes.tick(self._now())
        for viewer in self._viewers:
            viewer.put(unit)

    def lost(self) -> None:
        """A picture was dropped on its way here: what builds on it is of no use."""
        for viewer in self._viewers:
            viewer.connection.video.lost()

    def end(self) -> None:
        """The session is over: everybody leaves."""
        self.ended = True
        for viewer in self._viewers:
            viewer.stop("the session ended")
