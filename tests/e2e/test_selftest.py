"""The page's self-test: a tick for each step of a call, a remedy for what fails."""

from __future__ import annotations

import contextlib

import pytest

from server.app import ADMISSION, REGISTRY
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.rtc.network import Network
from tests.e2e.conftest import CHROMIUM, Visit, each_fixture
from tests.server.conftest import serving

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
RESULTS = """Object.fromEntries([...document.querySelectorAll("#test-steps li")].map((row) => [
  row.querySelector(".name").textContent,
  [row.dataset.state, row.querySelector(".remedy").textContent],
]))"""
CALL = ("Call connects", "Your side is heard", "Voice comes back", "Pictures come back")


@each_fixture
async def visiting(browser):
    """Opens the page of a server with one place and these settings: (visit, app)."""
    async with contextlib.AsyncExitStack() as stack:

        async def visit(network=None, microphone=True, **viewport):
            config = ServerConfig(max_sessions=1, network=network or Network())
            app, url = await stack.enter_async_context(serving(config, FakePlacement()))
            size = {"width": 1280, "height": 800} | viewport
            permissions = ["microphone"] if microphone else []
            context = await browser.new_context(viewport=size, permissions=permissions)
            stack.push_async_callback(context.close)
            visited = Visit(await context.new_page())
            await visited.page.goto(url)
            return visited, app

        yield visit


async def tried(visited):
    await visited.page.click("[data-opens=test]")
    await visited.page.wait_for_function(
        "!document.getElementById('test-again').disabled", timeout=60_000
    )
    return await visited.js(RESULTS)


async def test_a_call_of_its_own_that_leaves_nothing_behind(visiting):
    visited, app = await visiting()
    found = await tried(visited)
    assert await visited.text("#test-result") == "Everything works."
    assert {state for state, _ in found.values()} == {"ok", "skipped"}
    assert {found[name][0] for name in CALL} == {"ok"}
    assert found["Relay, from TURN"][0] == "skipped"
    await visited.page.keyboard.press("Escape")
    assert await visited.js("visavis.state()") == "idle"
    assert not len(app[REGISTRY]) and not app[ADMISSION].taken


async def test_a_running_call_is_looked_at_where_it_is(visiting):
    visited, app = await visiting()
    await visited.page.click("#start")
    await visited.reaches("live", 20)
    running = app[REGISTRY]._running.copy()
    found = await tried(visited)
    assert {found[name][0] for name in CALL} == {"ok"}
    await visited.page.keyboard.press("Escape")
    assert await visited.js("visavis.state()") == "live" and app[REGISTRY]._running == running


async def test_a_stun_server_that_is_not_there_does_not_stop_the_rest(visiting):
    visited, _ = await visiting(Network(stun=("stun:127.0.0.1:9",)), width=390, height=844)
    found = await tried(visited)
    state, remedy = found["Public address, from STUN"]
    assert state == "failed" and "UDP" in remedy
    assert {found[name][0] for name in CALL} == {"ok"}
    assert await visited.text("#test-result") == "One step failed."
    assert await visited.js("document.documentElement.scrollWidth") <= 390


async def test_a_blocked_microphone_does_not_stop_the_call(visiting):
    visited, _ = await visiting(microphone=False)
    found = await tried(visited)
    state, remedy = found["Microphone allowed"]
    assert state == "failed" and "Allow it" in remedy
    assert found["Microphone delivers sound"][0] == "skipped"
    assert {found[name][0] for name in CALL} == {"ok"}


async def test_a_server_that_is_gone(visiting):
    visited, _ = await visiting()
    await visited.page.route("**/readyz", lambda route: route.abort())
    found = await tried(visited)
    state, remedy = found["Server answers"]
    assert state == "failed" and remedy.startswith("Check that it is running")
    assert {found[name][0] for name in CALL} == {"skipped"}


async def test_no_way_leads_to_the_server(visiting):
    visited, _ = await visiting()
    await visited.page.add_init_script(
        "RTCPeerConnection.prototype.setRemoteDescription = async () => {}"
    )
    await visited.page.reload()
    found = await tried(visited)
    state, remedy = found["Call connects"]
    assert state == "failed" and "firewall" in remedy
    assert found["Pictures come back"][0] == "skipped"


async def test_closing_ends_it(visiting):
    visited, app = await visiting()
    await visited.page.click("[data-opens=test]")
    await visited.page.wait_for_selector("#test-steps li:nth-child(8)[data-state=ok]")
    await visited.page.keyboard.press("Escape")
    await visited.page.wait_for_timeout(1500)
    assert not len(app[REGISTRY]) and not app[ADMISSION].taken
    assert await visited.js("document.getElementById('test-video').srcObject") is None
