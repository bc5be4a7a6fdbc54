"""The way of a call's packets dies: the page is back in the same session, by the quicker way."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from server.app import REGISTRY
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from tests.e2e.conftest import CHROMIUM, Visit, each_fixture
from tests.network.link import Impairment
from tests.network.relay import Relay, without_candidates
from tests.server.conftest import serving

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
NOTHING_PASSES = Impairment(loss=1)
FRAME_TIMES = """() => {
  window.shown = [];
  const next = () => video.requestVideoFrameCallback((now) => {
    shown.push(now);
    next();
  });
  next();
}"""
LONGEST_GAP = "Math.max(...shown.slice(1).map((at, k) => at - shown[k]))"


class Ways:
    """Leads each call of a page through a relay of its own; ``later`` is what new ones are like."""

    def __init__(self, relays):
        self._open = relays
        self.relays, self.offers = [], []
        self.later = Impairment()

    async def lead(self, route):
        offer = json.loads(route.request.post_data)
        self.offers.append(dict(offer))
        offer["sdp"] = without_candidates(offer["sdp"])
        response = await route.fetch(post_data=json.dumps(offer))
        answer = await response.json()
        if response.ok:
            relay = await self._open.enter_async_context(Relay(self.later, self.later))
            self.relays.append(relay)
            answer["sdp"] = await relay.reroute(answer["sdp"])
        await route.fulfill(response=response, json=answer)


@each_fixture
async def called(browser):
    """(visit, ways, app, placement) of a call that is live through a relay."""
    placement = FakePlacement()
    async with contextlib.AsyncExitStack() as stack:
        app, url = await stack.enter_async_context(serving(ServerConfig(max_sessions=1), placement))
        context = await browser.new_context(permissions=["microphone"])
        stack.push_async_callback(context.close)
        visit = Visit(await context.new_page())
        ways = Ways(stack)
        await visit.page.route("**/offer", ways.lead)
        await visit.page.route("**/session/**", _without_addresses)
        await visit.page.goto(url)
        await visit.page.click("#start")
        await visit.reaches("live", 20)
        await visit.js(FRAME_TIMES)
        await visit.page.wait_for_timeout(500)
        yield visit, ways, app, placement


async def _without_addresses(route):
    """Candidates that are told later would know the direct way."""
    await (route.fulfill(status=204) if route.request.method == "PATCH" else route.continue_())


async def test_a_way_that_dies_is_replaced(called):
    visit, ways, app, placement = called
    session = _only(app)
    ways.relays[0].restart(NOTHING_PASSES, NOTHING_PASSES)
    await visit.page.wait_for_function("visavis.stats().reconnects === 1")
    await visit.reaches("live", 20)
    assert [offer.get("resume") for offer in ways.offers] == [None, session.id]
    assert "look_ahead_ms" not in ways.offers[1]
    assert _only(app) is session and len(placement.opened) == 1
    gap = await visit.js(LONGEST_GAP)
    print(f"without a picture for {gap:.0f} ms")
    await visit.page.wait_for_timeout(500)
    assert await visit.js("visavis.state()") == "live"


async def test_a_way_that_comes_back_first_is_used(called):
    visit, ways, app, placement = called
    session = _only(app)
    ways.later = NOTHING_PASSES
    ways.relays[0].restart(NOTHING_PASSES, NOTHING_PASSES)
    async with asyncio.timeout(20):
        while len(ways.relays) < 2:
            await asyncio.sleep(0.05)
    await visit.page.wait_for_timeout(500)
    ways.relays[0].restart(Impairment(), Impairment())
    await visit.reaches("live", 20)
    await visit.page.wait_for_timeout(2500)
    assert await visit.js("visavis.state()") == "live"
    assert len(ways.offers) == 2 and _only(app) is session and len(placement.opened) == 1


def _only(app):
    ((session, _),) = app[REGISTRY]._running.values()
    return session
