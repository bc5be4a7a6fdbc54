"""The page in a real browser, against a stand-in for the server."""

from __future__ import annotations

import asyncio
import json

import pytest

from server.messages import wish
from tests.e2e.conftest import CHROMIUM

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_loads_in_silence_and_from_its_own_server_only(visit, server):
    visited = await visit()
    await visited.page.wait_for_timeout(300)
    assert await visited.js("visavis.state()") == "idle"
    assert visited.errors == []
    home = f"http://127.0.0.1:{server.port}/"
    assert [url for url in visited.requests if not url.startswith(home)] == []


async def test_starts_and_stops_from_the_keyboard(visit, server):
    visited = await visit()
    for _ in range(6):
        await visited.page.keyboard.press("Tab")
        if await visited.js("document.activeElement.id") == "start":
            break
    await visited.page.keyboard.press("Enter")
    await visited.reaches("live")
    assert "Stop" in await visited.text("#start")
    assert server.offers[0]["look_ahead_ms"] == 60
    await visited.page.keyboard.press("s")
    await visited.reaches("idle")
    await visited.page.wait_for_timeout(100)
    assert server.ended == ["s1"]


async def test_shows_speech_and_where_the_delay_goes(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    server.tell(type="speech", active=True, time=1600)
    await visited.page.wait_for_selector("body.speaking")
    server.tell(type="status", pipeline_ms=97.0, late_frames=2, dropped=0, concealed_ms=20)
    await visited.page.wait_for_function("visavis.stats().pipeline === 97")
    stats = await visited.js("visavis.stats()")
    assert stats["total"] == pytest.approx(sum(part["ms"] or 0 for part in stats["parts"]))
    server_ms = sum(p["ms"] for p in stats["parts"] if p["name"] in ("waiting", "computing"))
    assert server_ms == pytest.approx(97)
    assert stats["speaking"] and stats["lateFrames"] == 2
    assert stats["jitterAudio"] is not None, "the voice must play, even muted, to keep lip-sync"
    assert int(await visited.text("#total")) == pytest.approx(stats["total"], abs=60)


async def test_tells_how_long_sound_and_picture_are_kept(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    async with asyncio.timeout(10):
        while len(server.kept) < 2:
            await asyncio.sleep(0.05)
    for message in server.kept:
        wished = wish(json.dumps(message))["receiver"]
        assert all(0 <= seconds < 2 for seconds in wished)
    assert wished[0] > 0.005, "sound is always kept for a while"


async def test_articulation_changes_in_the_call_and_is_remembered(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    assert "articulation" not in server.offers[0], "not chosen: the server's own"
    await visited.page.click("#tab-timing")
    await visited.page.focus("#articulation")
    for _ in range(3):
        await visited.page.keyboard.press("ArrowRight")
    assert await visited.text("#articulation-value") == "130 %"
    await visited.page.wait_for_timeout(200)
    assert server.heard[-1] == {"type": "articulation", "value": 1.3}
    assert len(server.offers) == 1
    await visited.page.reload()
    assert await visited.text("#articulation-value") == "130 %"
    await visited.page.click("#start")
    await visited.reaches("live")
    assert server.offers[1]["articulation"] == 1.3


async def test_the_server_s_own_articulation_is_shown(visit, server):
    server.articulation = 0.5
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    assert await visited.text("#articulation-value") == "50 %"


async def test_hearing_oneself_unmutes_and_cancels_the_echo(visit):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    settings = "visavis.pc.getSenders()[0].track.getSettings().echoCancellation"
    assert await visited.js("video.muted") is True
    assert await visited.js(settings) is False
    await visited.page.click("#hear")
    await visited.page.wait_for_function(settings)
    assert await visited.js("video.muted") is False
    assert "headphones" in await visited.text("#hint")


async def test_another_microphone_takes_over_in_the_same_call(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    await visited.page.select_option("#device", index=2)
    chosen = "device.selectedOptions[0].text"
    await visited.page.wait_for_function(
        f"{chosen} === visavis.pc.getSenders()[0].track.label && device.selectedIndex === 2"
    )
    assert len(server.offers) == 1


HOLD_MICROPHONES = """() => {
  const { mediaDevices } = navigator;
  const real = mediaDevices.getUserMedia.bind(mediaDevices);
  const held = new Promise((open, refuse) => Object.assign(window, { open, refuse }));
  mediaDevices.getUserMedia = (wish) => held.then(() => real(wish));
}"""


async def test_a_microphone_that_goes_away_during_stopping_is_no_problem(visit):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    await visited.js(HOLD_MICROPHONES)
    await visited.js("visavis.pc.getSenders()[0].track.dispatchEvent(new Event('ended'))")
    await visited.page.click("#start")
    await visited.reaches("idle")
    await visited.js("open()")
    await visited.page.wait_for_timeout(300)
    assert await visited.js("visavis.state()") == "idle"


async def test_a_refusal_after_stopping_is_no_problem(visit):
    visited = await visit()
    await visited.js(HOLD_MICROPHONES)
    await visited.page.click("#start")
    await visited.reaches("asking")
    await visited.page.click("#start")
    await visited.reaches("idle")
    await visited.js("refuse(new DOMException('no', 'NotAllowedError'))")
    await visited.page.wait_for_timeout(300)
    assert await visited.js("visavis.state()") == "idle"


async def test_another_look_ahead_opens_another_session(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    await visited.page.click("#tab-timing")
    await visited.page.focus("#ahead")
    await visited.page.keyboard.press("ArrowRight")
    await visited.page.wait_for_function("visavis.state() === 'connecting'")
    await visited.reaches("live")
    assert [offer["look_ahead_ms"] for offer in server.offers] == [60, 80]
    assert server.ended == ["s1"], "the first seat must be free before the second is asked for"


async def test_a_blocked_microphone_is_explained(visit, server):
    visited = await visit(microphone=False)
    await visited.page.click("#start")
    await visited.reaches("failed")
    assert "microphone is blocked" in await visited.text("#notice")
    assert "Try again" in await visited.text("#notice-action")
    assert server.offers == []


async def test_an_insecure_address_is_explained(visit, server):
    visited = await visit(host="insecure.test")
    assert "not secure" in await visited.text("#notice")
    assert f"https://insecure.test:{server.port}" in await visited.text("#notice")
    assert await visited.page.is_disabled("#start")


async def test_a_full_server_is_waited_for(visit, server):
    server.refuse(503, **{"Retry-After": "2"})
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("waiting")
    assert "Every seat is taken" in await visited.text("#notice-title")
    assert "in 2 s" in await visited.text("#notice-text")
    server.refusal = None
    await visited.page.wait_for_function("notice.innerText.includes('in 1 s')")
    await visited.reaches("live")
    assert await visited.page.is_hidden("#notice")


async def test_what_the_server_declines_is_said_in_its_words(visit, server):
    server.refuse(422)
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("failed")
    assert await visited.text("#notice-text") == "No audio. What helps: offer audio."


async def test_a_lost_connection_comes_back_by_itself(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    await visited.js(
        """{
            window.seen = [];
            const look = () => seen.push([visavis.state(), still.className.includes("shown")]);
            new MutationObserver(look).observe(document.body, { attributes: true });
        }"""
    )
    server.pictures[0].frozen.set()
    await visited.page.wait_for_function("visavis.stats().reconnects === 1")
    await visited.reaches("live")
    assert [offer.get("resume") for offer in server.offers] == [None, "s1"]
    assert server.ended == []
    stills = [still for state, still in await visited.js("seen") if state != "live"]
    assert stills and all(stills), "the last picture must stay until the next one"


async def test_what_was_chosen_while_it_was_lost_is_told(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    await visited.page.click("#tab-timing")
    await visited.js("visavis.pc.close()")
    server.pictures[0].frozen.set()
    await visited.page.focus("#articulation")
    await visited.page.keyboard.press("ArrowRight")
    await visited.page.wait_for_function("visavis.stats().reconnects === 1")
    await visited.reaches("live")
    await visited.page.wait_for_timeout(200)
    assert server.heard == [{"type": "articulation", "value": 1.1}]


async def test_a_session_that_is_gone_begins_anew(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    server.replaced.append(server.calls.pop("s1"))
    server.pictures[0].frozen.set()
    await visited.page.wait_for_function("visavis.stats().reconnects === 1")
    await visited.reaches("live")
    assert [offer.get("resume") for offer in server.offers] == [None, "s1", None]
    assert server.offers[2]["look_ahead_ms"] == 60


TOO_SMALL = """[...document.querySelectorAll("button, select, summary, input:not([type=checkbox])")]
    .map((e) => [e.id || e.value || e.tagName, e.getBoundingClientRect()])
    .filter(([, box]) => box.height && (box.height < 44 || box.width < 44))
    .map(([name]) => name)"""


async def test_fits_a_phone(visit):
    visited = await visit(width=360, height=740)
    await visited.page.click("#start")
    await visited.reaches("live")
    for tab in ("#tab-look", "#tab-behaviour", "#tab-timing"):
        await visited.page.click(tab)
        if tab == "#tab-timing":
            await visited.page.click("#details summary")
        assert await visited.js("document.documentElement.scrollWidth") <= 360
        assert await visited.js(TOO_SMALL) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)])
async def test_a_desk_needs_no_scrolling(visit, width, height):
    visited = await visit(width=width, height=height)
    await visited.page.wait_for_selector(".has-look")
    whole = "[document.documentElement, document.querySelector('#panel-look')]"
    assert await visited.js(f"{whole}.every((e) => e.scrollHeight <= e.clientHeight)")
    assert await visited.js("document.documentElement.scrollWidth") == width
