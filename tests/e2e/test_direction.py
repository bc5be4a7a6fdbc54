"""What the face is told from the page, and its curves, against a stand-in for the server."""

from __future__ import annotations

import pytest

from engine.behaviour import CAMERA_STYLES, EMOTIONS, LAYERS
from tests.e2e.conftest import CHROMIUM

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
NAMES = """[
  [...document.querySelectorAll("[data-gain]")].map((slider) => slider.dataset.gain),
  [...document.querySelectorAll("[data-emotion]")].map((button) => button.dataset.emotion),
  [...document.querySelectorAll("[name=camera_style]")].map(({ value }) => value),
]"""
SLIDE = """([name, value]) => {
  const slider = document.querySelector(`[data-gain=${name}]`);
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""
JOY = {"type": "emotion", "name": "joy", "amount": 0.7, "seconds": 2, "override": False}


async def opened(visit, **viewport):
    visited = await visit(**viewport)
    await visited.page.click("#tab-behaviour")
    return visited


async def called(visit, **viewport):
    visited = await opened(visit, **viewport)
    await visited.page.click("#start")
    await visited.reaches("live")
    return visited


async def slide(visited, name, value):
    await visited.page.evaluate(SLIDE, [name, value])


async def gain(visited, name):
    """What is said of a layer's gain."""
    return await visited.text(f".gain:has([data-gain={name}]) button")


def told(server, kind):
    return [message for message in server.heard if message["type"] == kind]


async def heard(visited, server, kind, count=1):
    """The last of at least ``count`` messages of a kind."""
    for _ in range(50):
        if len(told(server, kind)) >= count:
            break
        await visited.page.wait_for_timeout(50)
    return told(server, kind)[-1]


async def test_the_page_has_every_layer_emotion_and_manner(visit):
    visited = await visit()
    assert await visited.js(NAMES) == [list(LAYERS), list(EMOTIONS), list(CAMERA_STYLES)]


async def test_gains_are_asked_for_told_and_remembered(visit, server):
    visited = await opened(visit)
    await slide(visited, "blink", 0.5)
    await visited.page.click("#start")
    await visited.reaches("live")
    assert server.offers[0]["blink"] == 0.5
    assert "head" not in server.offers[0], "not chosen: the server's own"
    await slide(visited, "head", 0)
    assert await gain(visited, "head") == "off"
    assert await heard(visited, server, "behaviour") == {
        **{"type": "behaviour", "blink": 0.5, "head": 0}
    }
    await visited.page.click(".option:has([value=lively])")
    await heard(visited, server, "behaviour", 2)
    assert server.heard[-1]["camera_style"] == "lively" and server.heard[-1]["blink"] == 0.5
    await visited.page.reload()
    assert (await gain(visited, "blink"), await gain(visited, "head")) == ("50 %", "off")
    assert await visited.js("document.querySelector('[value=lively]').checked")


async def test_natural_is_easy_to_find_again(visit, server):
    visited = await called(visit)
    await slide(visited, "gaze", 1.05)
    assert await gain(visited, "gaze") == "natural", "a slider catches there"
    await slide(visited, "gaze", 1.8)
    await visited.page.dblclick("[data-gain=gaze]", position={"x": 30, "y": 20})
    assert await gain(visited, "gaze") == "natural"
    await slide(visited, "gaze", 0.2)
    await visited.page.click(".gain:has([data-gain=gaze]) button")
    assert await gain(visited, "gaze") == "natural"
    await slide(visited, "body", 2)
    await slide(visited, "pauses", 0)
    await visited.page.click("#gains-reset")
    assert {await gain(visited, name) for name in LAYERS} == {"natural"}
    await visited.page.wait_for_timeout(200)
    assert told(server, "behaviour")[-1] == {"type": "behaviour", **dict.fromkeys(LAYERS, 1)}


async def test_the_sliders_show_what_is_in_force(visit, server):
    server.behaviour["expression"] = 0.4
    visited = await called(visit)
    assert await gain(visited, "expression") == "40 %"
    await slide(visited, "blink", 0.5)
    server.behaviour.update(blink=1.5, head=0.0)
    await slide(visited, "gaze", 0)
    server.pictures[0].frozen.set()
    await visited.page.wait_for_function("visavis.stats().reconnects === 1")
    await visited.reaches("live")
    assert server.offers[1]["resume"] == "s1"
    shown = {name: await gain(visited, name) for name in ("blink", "head", "gaze")}
    assert shown == {"blink": "50 %", "head": "off", "gaze": "off"}, "what was just told counts"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
async def test_a_device_that_wants_less_motion_has_a_still_camera(visit, server, motion):
    visited = await visit()
    await visited.page.emulate_media(reduced_motion=motion)
    await visited.page.reload()
    await visited.page.click("#tab-behaviour")
    less = motion == "reduce"
    assert await visited.page.is_visible("#manner-said") is less
    await visited.page.click("#start")
    await visited.reaches("live")
    assert server.offers[0].get("camera_style") == ("still" if less else None)
    await visited.page.click(".option:has([value=subtle])")
    assert await visited.page.is_hidden("#manner-said")


async def test_a_press_shows_an_emotion_and_holding_keeps_it(visit, server):
    visited = await called(visit)
    await visited.page.click("#emotion-joy")
    assert await heard(visited, server, "emotion") == JOY
    await visited.page.wait_for_timeout(1500)
    assert told(server, "emotion") == [JOY], "a short press runs out by itself"
    server.heard.clear()
    await visited.page.click(".option:has([name=blending][value=true])")
    await visited.page.focus("#strength")
    await visited.page.keyboard.press("End")
    await visited.page.keyboard.down("2")
    await visited.page.wait_for_timeout(2300)
    await visited.page.keyboard.up("2")
    sad = {**JOY, "name": "sad", "amount": 1, "override": True}
    await visited.page.wait_for_timeout(200)
    assert told(server, "emotion") == [sad, sad, sad, {**sad, "amount": 0}]


async def test_an_emotion_without_a_pointer(visit, server):
    visited = await called(visit)
    await visited.page.focus("#emotion-afraid")
    await visited.page.keyboard.press("Enter")
    assert (await heard(visited, server, "emotion"))["name"] == "afraid"
    await visited.js("document.getElementById('emotion-angry').click()")
    assert (await heard(visited, server, "emotion", 2))["name"] == "angry"


async def test_nothing_to_show_before_a_call(visit, server):
    visited = await opened(visit)
    assert await visited.page.is_disabled("#emotion-joy")
    await visited.page.keyboard.press("1")
    assert await visited.js("document.querySelectorAll('.emotion.shown').length") == 0


async def test_where_to_look(visit, server):
    visited = await called(visit)
    await visited.page.click("[data-look='-1']")
    assert await heard(visited, server, "attend") == {"type": "attend", "yaw": -0.45, "pitch": 0}
    pad = await visited.page.locator("#pad").bounding_box()
    place = {"x": pad["width"] * 0.75, "y": pad["height"]}
    await visited.page.click("#pad", position=place | {"y": pad["height"] - 1})
    seen = await heard(visited, server, "attend", 2)
    assert seen["yaw"] == pytest.approx(0.4, abs=0.02)
    assert seen["pitch"] == pytest.approx(0.5, abs=0.02)
    await visited.page.keyboard.press("ArrowRight")
    assert (await heard(visited, server, "attend", 3))["yaw"] == pytest.approx(seen["yaw"] + 0.05)
    await visited.page.click("[data-look='0']")
    assert await heard(visited, server, "attend", 4) == {"type": "attend", "to": "camera"}


async def test_whose_voice_it_is(visit, server):
    visited = await called(visit)
    await visited.page.click(".option:has([value=listener])")
    assert await heard(visited, server, "role") == {"type": "role", "value": "listener"}
    await visited.page.keyboard.press("o")
    assert await heard(visited, server, "others") == {"type": "others", "speaking": True}
    await visited.page.click("[data-look='1']")
    await heard(visited, server, "attend")
    server.heard.clear()
    server.tell(type="error", code="worker_lost")
    await visited.page.wait_for_function("visavis.stats().reconnects === 1")
    await visited.reaches("live")
    assert server.offers[1]["role"] == "listener"
    await visited.page.wait_for_timeout(200)
    again = sorted(message["type"] for message in server.heard)
    assert again == ["attend", "others"], "what no offer says is told to each session"


async def test_what_the_server_refuses_is_said(visit, server):
    visited = await called(visit)
    await slide(visited, "blink", 0)
    await heard(visited, server, "behaviour")
    server.tell(type="refused", field="blink", value=7, remedy="use a number from 0 to 2")
    await visited.page.wait_for_selector("#behaviour-said:not([hidden])")
    assert "blink" in await visited.text("#behaviour-said")
    assert "use a number from 0 to 2" in await visited.text("#behaviour-said")
    await slide(visited, "blink", 1)
    assert await visited.page.is_hidden("#behaviour-said")
    assert await visited.js("visavis.state()") == "live"
