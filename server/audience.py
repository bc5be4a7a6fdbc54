"""Those who watch a session: one encoding, sent to each over a connection of their own.

Units are shared, never copied or encoded again. Each viewer has a bounded queue, and one whose
network is too slow skips pictures up to a keyframe; nobody else notices. Keyframes cost everybody
bits, so they are asked for at most so often, whoever wants one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from engine.units import AudioUnit, VideoUnit
from server.rtc.connection import PeerStats
from server.rtc.liveness import until_lost
from server.rtc.network import Network
from server.rtc.offer import OfferedMedia
from server.rtc.pacing import BURST, PACE, RESEND_SHARE, Bucket
from server.rtc.tracks import UnitTrack
from server.rtc.viewing import Viewing, ViewingCallbacks

KEYFRAME_INTERVAL = 0.5
"""Seconds between keyframes for viewers; a request that comes sooner waits for its turn."""

REPEAT_INTERVAL = 2.0
"""Seconds between the requests of one viewer that are listened to; their first always is."""

SLOW_SHARE = 0.5
"""A network that is estimated to take less than this part of what is sent is too slow for it. One
that takes more, and not all, shows it by what it loses; estimates alone are too often too low."""

SLOW_FOR = 1.0
"""Seconds for which estimates must say so."""

HOLD = 2.0
"""Seconds without pictures in which a slow network's queues run dry."""

MUCH_LOST = 0.2
"""Part of the packets whose loss in two reports on end tells the same of a network."""

TRIAL = 3.0
"""Seconds of pictures after which a network's estimate says something about them: while little was
sent, it is near one and a half times that little (draft-ietf-rmcat-gcc-02, section 5.5)."""

RATE_WINDOW = 2.0
log = logging.getLogger(__name__)


class KeyframeRequests:
    """Requests for keyframes, merged; times in seconds of any one clock."""

    def __init__(self, force: Callable[[], None]) -> None:
        self._force = force
        self._wanted = False
        self._forced_at = float("-inf")

    def ask(self, now: float) -> None:
        """Somebody needs one."""
        self._wanted = True
        self.tick(now)

    def came(self) -> None:
        """There was one, for whatever reason: everybody has it."""
        self._wanted = False

    def tick(self, now: float) -> None:
        """Pass on what had to wait."""
        if self._wanted and now - self._forced_at >= KEYFRAME_INTERVAL:
            self._forced_at = now
            self._wanted = False
            self._force()


class Pace:
    """Whether one viewer's network can take the pictures; times in seconds of any one clock."""

    def __init__(self) -> None:
        self.holding = False
        self._until = float("-inf")
        self._trusted_from = float("-inf")
        self._bad_reports = 0
        self._low_since: float | None = None

    def opened(self, now: float) -> None:
        """Pictures flow from now on."""
        self._trusted_from = now + TRIAL

    def estimate(self, bits_per_second: int, sent: float, now: float) -> None:
        """The network takes so much, and so much is ``sent`` (both bit/s)."""
        if bits_per_second >= SLOW_SHARE * sent:
            self._low_since = None
        elif self._low_since is None:
            self._low_since = now
        elif now - self._low_since >= SLOW_FOR:
            self._too_slow(now)

    def lost(self, fraction: float, now: float) -> None:
        """This share of the packets has been lost since the last report."""
        self._bad_reports = self._bad_reports + 1 if fraction >= MUCH_LOST else 0
        if self._bad_reports >= 2:
            self._too_slow(now)

    def _too_slow(self, now: float) -> None:
        if not self.holding and now >= self._trusted_from:
            self.holding, self._until = True, now + HOLD

    def resumes(self, now: float) -> bool:
        """Whether a hold has just ended."""
        if not self.holding or now < self._until:
            return False
        self.holding = False
        self.opened(now)
        return True


class SentRate:
    """Bits per second over the last ``RATE_WINDOW``."""

    def __init__(self) -> None:
        self._units: deque[tuple[float, int]] = deque()
        self._bits = 0

    def add(self, size: int, now: float) -> None:
        """``size`` bytes have left."""
        self._units.append((now, size * 8))
        self._bits += size * 8
        while self._units[0][0] <= now - RATE_WINDOW:
            self._bits -= self._units.popleft()[1]

    @property
    def bits_per_second(self) -> float:
        """The rate."""
        return self._bits / RATE_WINDOW


class Viewer:
    """One who watches; ``run`` until they leave, the session ends or they are asked to."""

    def __init__(self, viewer_id: str, audience: Audience, network: Network) -> None:
        self.id = viewer_id
        self.label = f"viewer {viewer_id[:6]}"
        self.pace = Pace()
        self._audience = audience
        self._loop = asyncio.get_running_loop()
        self._asked_at = float("-inf")
        self._paced, self._resent = Bucket(BURST), Bucket(BURST)
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
                pause=self._pause,
                due=audience.due,
                now=self._loop.time,
                ended=self.stop,
            ),
            network,
        )

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to a checked offer; raises MalformedOffer."""
        return await self.connection.answer(offer, loopback=loopback)

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
