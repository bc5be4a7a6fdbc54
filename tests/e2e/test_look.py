"""The choice of a look in a real browser, against a stand-in for the server."""

from __future__ import annotations

import numpy as np
import pytest

from tests.e2e.conftest import CHROMIUM
from tests.e2e.page_stub import LOOKS, MovingPicture

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]


CLICK = """(choices) => {
  for (const [name, value] of Object.entries(choices))
    document.querySelector(`[name="${name}"][value="${value}"]`).click();
}"""


async def choose(visited, **choices):
    """All at once, like a person who is faster than the page."""
    await visited.page.wait_for_selector(".has-look")
    await visited.page.evaluate(CLICK, choices)


async def test_a_look_chosen_before_the_call_is_shown_and_asked_for(visit, server):
    visited = await visit()
    await visited.page.wait_for_function("poster.src.endsWith('web/poster.png')")
    await choose(visited, avatar="theo", shape="9:16", quality="low")
    await visited.page.wait_for_function("poster.src.includes('avatar=theo')")
    assert server.stills[-1] == {
        **{"avatar": "theo", "set": "gradient", "light": "auto", "framing": "portrait"},
        **{"width": "362", "height": "640"},
    }
    box = await visited.page.locator("#stage").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(96 / 170, abs=0.01)
    await visited.page.reload()
    await visited.page.wait_for_function("poster.src.includes('avatar=theo')")
    await visited.page.click("#start")
    await visited.reaches("live")
    asked = {name: server.offers[0].get(name) for name in ("avatar", "width", "height", "quality")}
    assert asked == {"avatar": "theo", "width": 96, "height": 170, "quality": "low"}
    assert "set" not in server.offers[0], "not chosen: the server's own"


async def test_a_look_changes_in_the_call(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    stills = len(server.stills)
    await choose(visited, set="studio", framing="bust", shape="9:16")
    await visited.page.wait_for_selector("#look.pending")
    await visited.page.wait_for_timeout(400)
    shown = {"avatar": "nora", "set": "studio", "light": "auto", "framing": "bust"}
    assert server.heard == [
        {"type": "look", **shown},
        {"type": "size", "width": 96, "height": 170},
    ], "a burst of choices is told once"
    server.tell(type="look", **shown, quality="auto", width=96, height=170)
    await visited.page.wait_for_selector("#look:not(.pending)")
    assert len(server.offers) == 1 and len(server.stills) == stills
    server.tell(type="error", code="worker_lost")
    await visited.page.wait_for_function("visavis.stats().reconnects === 1")
    await visited.reaches("live")
    assert (server.offers[1]["set"], server.offers[1]["height"]) == ("studio", 170)


async def test_a_look_that_the_server_refuses_is_taken_back(visit, server):
    visited = await visit()
    await visited.page.click("#start")
    await visited.reaches("live")
    await choose(visited, set="studio")
    await visited.page.wait_for_timeout(300)
    server.tell(type="refused", field="set", value="'studio'", remedy="use gradient")
    await visited.page.wait_for_function("document.querySelector('[value=gradient]').checked")
    assert "use gradient" in await visited.text("#look-said")
    assert await visited.js("visavis.state()") == "live"


PICK = """(colour) => {
  const swatch = document.querySelector(".swatch");
  swatch.value = colour;
  swatch.dispatchEvent(new Event("change", { bubbles: true }));
}"""


async def test_any_colour_can_be_the_set(visit, server):
    visited = await visit()
    await choose(visited, set="plain")
    await visited.page.evaluate(PICK, "#c8553d")
    await visited.page.wait_for_function("poster.src.includes('set=%23c8553d')")
    await visited.page.reload()
    await visited.page.wait_for_selector(".has-look")
    assert await visited.js("document.querySelector('[value=plain]').checked")
    await visited.page.click("#start")
    await visited.reaches("live")
    assert server.offers[0]["set"] == "#c8553d"


async def test_a_choice_that_is_gone_is_forgotten(visit, server):
    visited = await visit()
    await choose(visited, avatar="theo")
    server.looks = {**LOOKS, "avatars": LOOKS["avatars"][:1]}
    await visited.page.reload()
    await visited.page.wait_for_selector(".has-look")
    assert await visited.js("document.querySelector('[name=avatar]:checked').value") == "nora"
    await visited.page.click("#start")
    await visited.reaches("live")
    assert "avatar" not in server.offers[0]


async def test_a_server_without_looks_can_be_talked_to(visit, server):
    server.looks = None
    visited = await visit()
    await visited.page.wait_for_selector("#tab-look", state="detached")
    assert await visited.page.is_visible("#panel-behaviour")
    await visited.page.click("#start")
    await visited.reaches("live")


async def test_a_character_is_chosen_with_the_arrow_keys(visit):
    visited = await visit()
    await visited.page.focus("input[name=avatar]:checked")
    await visited.page.keyboard.press("ArrowRight")
    assert await visited.js("document.activeElement.value") == "theo"
    await visited.page.wait_for_function("poster.src.includes('avatar=theo')")
    await visited.page.keyboard.press("d")
    assert await visited.js("details.open && !document.querySelector('#panel-timing').hidden")
    await visited.page.focus("#tab-timing")
    for _ in range(2):
        await visited.page.keyboard.press("ArrowLeft")
    assert await visited.js("document.activeElement.ariaSelected") == "true"
    assert await visited.page.is_visible("#look")


async def test_the_stage_follows_the_picture_and_nothing_else_moves(visit, server):
    server.picture = Upright
    visited = await visit()
    await visited.page.wait_for_selector(".has-look")
    before = await visited.page.locator("#start").bounding_box()
    await visited.page.click("#start")
    await visited.reaches("live")
    await visited.page.wait_for_function("video.videoWidth === 96")
    box = await visited.page.locator("#stage").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(96 / 170, abs=0.01)
    assert await visited.page.locator("#start").bounding_box() == before


class Upright(MovingPicture):
    def picture(self):
        return np.full((170, 96, 3), 60 + self.count * 8 % 120, np.uint8)
