"""A real call through the relay: real peers, real sockets, a fake engine."""

from __future__ import annotations

import aiohttp
import pytest
from aiortc import RTCSessionDescription

from tests.network.link import Impairment
from tests.network.relay import Relay, without_candidates
from tests.server.clients import Caller, loudness
from tests.server.conftest import placement, server  # noqa: F401 - fixtures

SMALL = {"width": 96, "height": 64}


class FarCaller(Caller):
    """A caller whose every packet goes through a relay."""

    async def call_through(self, relay):
        body = {"sdp": without_candidates(await self.offer()), "type": "offer", **self.fields}
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/offer", json=body) as r:
            assert r.status == 200, await r.text()
            self.answer = await r.json()
        led = await relay.reroute(self.answer["sdp"])
        await self.connection.setRemoteDescription(RTCSessionDescription(led, "answer"))


@pytest.mark.parametrize(
    "way",
    [
        Impairment(loss=0.05, delay=0.01),
        Impairment(jitter=0.03, reorder=0.05),
        Impairment(rate=500_000, delay=0.025),
    ],
    ids=["loss", "jitter", "cap"],
)
async def test_voice_and_picture_come_back(server, way):  # noqa: F811
    caller = FarCaller(server[1], **SMALL)
    async with Relay(way, way) as relay:
        await caller.call_through(relay)
        await caller.until(lambda c: len(c.pictures) > 20 and max(map(loudness, c.sound)) > 0.1, 20)
        assert relay.up.sent > 20 and relay.down.sent > 20
        await caller.close()


async def test_a_call_survives_an_outage(server):  # noqa: F811
    caller = FarCaller(server[1], **SMALL)
    async with Relay(Impairment(), Impairment()) as relay:
        await caller.call_through(relay)
        await caller.until(lambda c: len(c.pictures) > 5)
        away = Impairment(outages=((0.0, 1.0),))
        relay.restart(away, away)
        await caller.until(lambda c: relay.down.sent > relay.down.lost + 40, 20)
        count = len(caller.pictures)
        await caller.until(lambda c: len(c.pictures) > count + 5, 20)
        await caller.close()
    assert relay.down.lost > 10
