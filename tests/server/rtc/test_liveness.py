"""A dead peer is noticed in time for its place to be free within ten seconds."""

from __future__ import annotations

import asyncio

import pytest

from server.rtc import liveness
from server.rtc.connection import PeerStats


class Fake:
    """A connection whose packets stop coming at some time of a clock that polling moves."""

    def __init__(self, silent_from: float) -> None:
        self.connected = asyncio.Event()
        self.now = 0.0
        self.silent_from = silent_from

    async def stats(self) -> PeerStats:
        return PeerStats(int(min(self.now, self.silent_from) * 50), 0.05)


@pytest.fixture
def polled(monkeypatch):
    """Makes polling move the fake's clock instead of waiting."""

    def install(fake):
        async def sleep(seconds):
            fake.now += seconds

        monkeypatch.setattr(liveness.asyncio, "sleep", sleep)

    return install


async def lost(fake):
    seen = []
    reason = await liveness.until_lost(
        fake, lambda: fake.now, lambda: seen.append("connected"), lambda stats: seen.append(stats)
    )
    return reason, seen


async def test_silence_is_noticed_in_less_than_ten_seconds(polled):
    fake = Fake(silent_from=20.0)
    fake.connected.set()
    polled(fake)
    reason, seen = await lost(fake)
    assert reason == "nothing was received for 9 s"
    assert 29.0 <= fake.now < 30.0
    assert seen[0] == "connected" and seen[1] == PeerStats(0, 0.05)


async def test_an_outage_of_eight_seconds_is_lived_through(polled):
    fake = Fake(silent_from=20.0)
    fake.connected.set()

    async def stats():
        silent = 20.0 <= fake.now < 28.0 or fake.now >= 40.0
        return PeerStats(-1 if silent else int(fake.now * 50), None)

    last = [0]

    async def monotonic():
        found = await stats()
        last[0] = last[0] if found.packets_received < 0 else found.packets_received
        return PeerStats(last[0], None)

    fake.stats = monotonic
    polled(fake)
    await lost(fake)
    assert fake.now >= 48.0


async def test_what_never_connects_is_given_up(monkeypatch):
    monkeypatch.setattr(liveness, "CONNECT_TIMEOUT", 0.01)
    reason, seen = await lost(Fake(0.0))
    assert reason.startswith("no connection within") and seen == []
