"""One caller's connections, one after the other."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from server.rtc.line import CalledAgain, Line
from server.rtc.offer import OfferedMedia

OFFER = OfferedMedia("v=0", "h264", (), ())


class Peer:
    """Answers when told to, and never connects."""

    failed = False

    def __init__(self):
        self.connected = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.closed = False

    async def answer(self, offer, *, loopback):
        await self.may_answer.wait()
        return "answer"

    async def close(self):
        self.closed = True


class Place:
    def lend(self, wanted):
        pass

    def take_back(self):
        pass


@contextlib.asynccontextmanager
async def served():
    """A line that runs, and the connections that it has made."""
    peers = []

    def connect():
        peers.append(Peer())
        return peers[-1]

    line = Line(connect, Place(), lambda reason: None, lambda: None, lambda stats: None)
    running = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    yield line, peers
    running.cancel()
    await asyncio.wait([running])
    await line.close()
    assert all(peer.closed for peer in peers)


async def settled():
    for _ in range(100):
        await asyncio.sleep(0)


async def test_of_many_who_call_anew_at_once_the_last_is_served():
    async with served() as (line, peers):
        calls = [asyncio.create_task(line.call_anew(OFFER, loopback=True)) for _ in range(20)]
        await settled()
        assert len(peers) == 2, "each takes sockets: one after the other"
        peers[1].may_answer.set()
        await settled()
        assert len(peers) == 3
        peers[2].may_answer.set()
        assert await calls[0] == await calls[-1] == "answer"
        for call in calls[1:-1]:
            with pytest.raises(CalledAgain):
                await call
        await settled()
        assert line.newest is peers[2] and peers[1].closed and not peers[2].closed


async def test_an_offer_that_cannot_be_answered_holds_up_nobody():
    async with served() as (line, peers):
        first = asyncio.create_task(line.call_anew(OFFER, loopback=True))
        await settled()
        first.cancel()
        await settled()
        second = asyncio.create_task(line.call_anew(OFFER, loopback=True))
        await settled()
        peers[2].may_answer.set()
        assert await second == "answer" and peers[1].closed
