"""A session's line: the connection it speaks over, and the next one where its caller calls anew.

Networks come and go: a laptop changes from cable to Wi-Fi, a router forgets a way. The caller
notices first, as pictures stop, and calls anew within two seconds. The old connection goes on until
the new one is up, as whichever comes back first is the better one. A connection that is lost
without a word leaves the session alive for a while, its place open to others meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from engine.errors import VisavisError
from server.rtc.connection import PeerStats
from server.rtc.liveness import SILENT_TIMEOUT, until_lost
from server.rtc.offer import OfferedMedia
from server.rtc.peer import Peer

KEPT = 30.0
"""Seconds from the last packet within which a caller may call anew and find their session."""


class CalledAgain(VisavisError):
    """The same caller has called once more meanwhile."""


class Place(Protocol):
    """The right to be here, which can be lent to others while nobody speaks."""

    def lend(self, wanted: Callable[[], None]) -> None:
        """Whoever comes may have it; then ``wanted`` is called, once."""

    def take_back(self) -> None:
        """It is in use again; nothing happens if it was not lent."""


class Line:
    """One caller's connections, one after the other; ``current`` is the one that is served.

    ``connect`` makes a connection; ``over`` is called with a reason when nobody is there any more
    and nobody is waited for; ``connected`` and ``measured`` as in `liveness.until_lost`.
    """

    def __init__(
        self,
        connect: Callable[[], Peer],
        place: Place,
        over: Callable[[str], None],
        connected: Callable[[], None],
        measured: Callable[[PeerStats], None],
    ) -> None:
        self._connect = connect
        self._place = place
        self._over = over
        self._connected = connected
        self._measured = measured
        self._loop = asyncio.get_running_loop()
        self._tasks: asyncio.TaskGroup | None = None
        self._watches: dict[Peer, asyncio.Task[None]] = {}
        self._leaving: set[Peer] = set()
        self._next: Peer | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._overdue = False
        self._calls = 0
        self._answering = asyncio.Lock()
        self.current = connect()
        self.resumable = False
        self.up = True

    @property
    def newest(self) -> Peer:
        """The connection that was asked for last."""
        return self._next or self.current

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to the first offer; raises MalformedOffer."""
        self.resumable = not offer.sends_only
        return await self.current.answer(offer, loopback=loopback)

    async def call_anew(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """The SDP answer to a further offer of the same caller; raises MalformedOffer.

        The connection that comes of it takes over as soon as it is up. One offer is answered at a
        time, as each takes sockets; of those that wait, the last: CalledAgain for the others.
        """
        self._calls += 1
        call = self._calls
        async with self._answering:
            if call != self._calls:
                raise CalledAgain("a newer offer has come for this session")
            return await self._answer_anew(offer, loopback=loopback)

    async def _answer_anew(self, offer: OfferedMedia, *, loopback: bool) -> str:
        peer = self._connect()
        try:
            sdp = await peer.answer(offer, loopback=loopback)
        except BaseException:
            await peer.close()
            raise
        if self._tasks is None:
            await peer.close()
            return sdp  # the session ended meanwhile, and this connection with it
        self._hang_up(self._next)
        self._next = peer
        self._place.take_back()
        self._watches[peer] = self._tasks.create_task(self._attend(peer))
        return sdp

    async def run(self) -> None:
        """Watch over the connections until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._watches[self.current] = tasks.create_task(self._attend(self.current))
            try:
                await self._loop.create_future()
            finally:
                self._tasks = None

    async def close(self) -> None:
        """Free all connections."""
        if self._deadline is not None:
            self._deadline.cancel()
        for peer in {self.current, self.newest, *self._leaving}:
            await peer.close()

    def opened(self, peer: Peer) -> bool:
        """A connection is up; whether it takes over from another."""
        if peer is not self._next:
            return False
        if self._deadline is not None:
            self._deadline.cancel()
        self._hang_up(self.current)
        self.current, self._next = peer, None
        self.up, self._overdue = True, False
        return True

    def ended(self, peer: Peer, reason: str) -> None:
        """A connection has ended by itself: the other side said goodbye, or went too far."""
        if peer.failed:
            self._lost(peer, reason)
            self._hang_up(peer)
        elif peer is self.current and self.up:
            self._over(reason)
        elif peer is self._next:
            self._give_up_next(reason)

    async def _attend(self, peer: Peer) -> None:
        try:
            reason = await until_lost(peer, self._loop.time, self._connected, self._measured)
            del self._watches[peer]  # it ends by itself
            self._lost(peer, reason)
        finally:
            self._leaving.add(peer)
            await peer.close()
            self._leaving.discard(peer)

    def _lost(self, peer: Peer, reason: str) -> None:
        if peer is self._next:
            self._give_up_next(reason)
        elif peer is self.current and self.up:
            if not (self.resumable and peer.connected.is_set()):
                self._over(reason)
                return
            self.up = False
            self._deadline = self._loop.call_later(KEPT - SILENT_TIMEOUT, self._too_late, reason)
            if self._next is None:
                self._place.lend(lambda: self._over(f"{reason}; its place was needed"))

    def _give_up_next(self, reason: str) -> None:
        self._hang_up(self._next)
        self._next = None
        if self._overdue:
            self._over(reason)
        elif not self.up:
            self._place.lend(lambda: self._over(f"{reason}; its place was needed"))

    def _too_late(self, reason: str) -> None:
        self._overdue = True
        if self._next is None:
            self._over(f"{reason}, and nobody called again")

    def _hang_up(self, peer: Peer | None) -> None:
        watch = self._watches.pop(peer, None) if peer is not None else None
        if watch is not None:
            watch.cancel()
