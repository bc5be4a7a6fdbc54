"""A caller over WebRTC: microphone in, picture and sound out, and messages both ways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from aiortc.rtp import RtpPacket

from engine.errors import InvalidInput
from engine.units import AudioUnit, VideoUnit
from server.caller import Joined
from server.rtc.connection import Connection, PeerStats
from server.rtc.line import Line, Place
from server.rtc.microphone import Microphone
from server.rtc.network import Network
from server.rtc.offer import OfferedMedia
from server.rtc.peer import Peer, PeerCallbacks
from server.rtc.tracks import AudioUnitTrack, VideoUnitTrack

log = logging.getLogger(__name__)


class Call:
    """A `server.caller.Caller` with a line, on which a lost connection is followed by the next.

    After ``join`` first ``answer``. The ``place`` is lent while nobody speaks.
    """

    def __init__(self, network: Network, place: Place) -> None:
        self._network = network
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._dropped_before = 0
        self.round_trip: float | None = None

    def join(self, session: Joined) -> None:
        """Speak to this session from now on."""
        self._session = session
        self._microphone = Microphone(session.push, self._loop.time)
        self._line = Line(self._connect, self._place, session.stop, self._connected, self._measured)

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to a checked offer; raises MalformedOffer."""
        return await self._line.answer(offer, loopback=loopback)

    async def resume(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to the one who speaks and calls anew; raises MalformedOffer, and
        CalledAgain if they call once more before.

        Nothing changes until their new connection is up, and then only the connection does.
        """
        return await self._line.call_anew(offer, loopback=loopback)

    @property
    def connection(self) -> Connection:
        """The newest, if they call anew."""
        return self._line.newest

    @property
    def resumable(self) -> bool:
        """Whether they may call anew."""
        return self._line.resumable

    @property
    def dropped(self) -> int:
        """Units and messages that were lost on the way to them."""
        here = _unsent(self._line.current)
        return self._dropped_before + self._session.downlink.held_back + here

    @property
    def concealed_ms(self) -> float:
        """Milliseconds put where packets of their voice were lost."""
        return self._microphone.ingest.concealed_ms

    def tick(self) -> None:
        """Give up what does not come any more, and keep time going."""
        self._microphone.tick()

    def show(self, unit: AudioUnit | VideoUnit) -> None:
        """Send a unit that is due now, as far as the network takes it."""
        if not self._line.up:
            return
        if isinstance(unit, AudioUnit):
            self._line.current.audio.put(unit)
        elif self._session.downlink.admit(unit):
            self._line.current.video.put(unit)

    def lost(self) -> None:
        """A picture was dropped on its way here."""
        self._line.current.video.lost()

    def tell(self, message: Mapping[str, object]) -> None:
        """Send a message over the data channel, if it is open."""
        self._line.current.send(message)

    async def run(self) -> None:
        """Watch over the connections until cancelled."""
        await self._line.run()

    async def close(self) -> None:
        """Free all connections."""
        await self._line.close()

    # --- what the connections report ---

    def _connect(self) -> Peer:
        downlink = self._session.downlink
        video = VideoUnitTrack(downlink.force_keyframe, lambda: self._opened(peer))
        callbacks = PeerCallbacks(
            packet=lambda packet: self._packet(peer, packet),
            message=self._message,
            downlink=downlink,
            due=self._session.due,
            now=self._loop.time,
            ended=lambda reason: self._line.ended(peer, reason),
        )
        peer = Peer(AudioUnitTrack(), video, callbacks, self._network)
        return peer

    def _connected(self) -> None:
        log.info("session %s connected", self._session.label)

    def _measured(self, stats: PeerStats) -> None:
        self.round_trip = stats.round_trip
        self._microphone.measured_round_trip(stats.round_trip)
        self._session.downlink.measured(stats.round_trip)

    def _packet(self, peer: Peer, packet: RtpPacket) -> None:
        if peer is self._line.current:
            self._session.downlink.heard()
            self._microphone.receive(packet)

    def _message(self, text: str | bytes) -> None:
        try:
            self._session.ask(text)
        except InvalidInput as error:
            refusal = {"field": error.field, "value": error.value, "remedy": error.remedy}
            self.tell({"type": "refused", **refusal})

    def _opened(self, peer: Peer) -> None:
        """A connection is up: what the engine needed to get going is no lasting delay."""
        before = self._line.current
        if peer not in (before, self._line.newest):
            return  # its caller has called anew: it is being closed
        if self._line.opened(peer):
            self._dropped_before += _unsent(before)
        else:
            self._session.settle()
        self._session.downlink.opened()


def _unsent(peer: Peer) -> int:
    return peer.audio.dropped + peer.video.dropped + peer.unsent
