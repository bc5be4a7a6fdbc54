"""The curves under the picture, against a stand-in for the server."""

from __future__ import annotations

import pytest

from engine.face import INDEX
from tests.e2e.conftest import CHROMIUM
from tests.e2e.test_direction import called, heard, opened

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]


def pose(step, **weights):
    blendshapes = [0.0] * 52
    for name, value in weights.items():
        blendshapes[INDEX[name]] = value
    return {
        **{"type": "motion", "time": step * 320, "blendshapes": blendshapes},
        **{"head": [0.1, -0.05, 0, 0, 0, 0], "gaze": [0.2, 0], "camera": [0, 0, 1.03]},
        "body": [0.004, 0, 0],
    }


async def figures(visited, lane):
    return " ".join((await visited.text(f"[data-lane={lane}]")).split())


async def says(visited, lane, text):
    lane = f"document.querySelector('[data-lane={lane}]')"
    await visited.page.wait_for_function(f"{lane}.innerText === '{text}'")


PAINTED = """() => {
  const canvas = document.querySelector("#curves canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let k = 3; k < data.length; k += 4) count += data[k] > 128;
  return count;
}"""


COUNT_FRAMES = """{
  window.asked = [];
  window.requestAnimationFrame = () => asked.push(new Error().stack);
  null;
}"""


async def test_curves_are_drawn_while_they_are_open_and_cost_nothing_else(visit, server):
    visited = await called(visit, width=1280, height=800)
    assert "motion_units" not in server.offers[0]
    await visited.page.keyboard.press("c")
    assert await heard(visited, server, "subscribe") == {"type": "subscribe", "units": ["motion"]}
    for step in range(25):
        server.tell(**pose(step, mouthSmileLeft=0.5, mouthSmileRight=0.5, jawOpen=0.25))
        await visited.page.wait_for_timeout(20)
    await says(visited, "smile", "50 %")
    assert await figures(visited, "mouth") == "jaw 25 % lips 25 %"
    assert await figures(visited, "eyes") == "turn 11° tilt 0°"
    assert await figures(visited, "head") == "turn −3° tilt −6°"
    assert await figures(visited, "breath") == "4.0 mm"
    assert await visited.page.evaluate(PAINTED) > 100
    await visited.page.click("#curves-open")
    assert await heard(visited, server, "subscribe", 2) == {"type": "subscribe", "units": []}
    await visited.js(COUNT_FRAMES)
    await visited.page.wait_for_timeout(300)
    assert await visited.js("asked") == []


async def test_hovering_tells_the_figures_of_then(visit, server):
    visited = await called(visit, width=1280, height=800)
    await visited.page.click("#curves-open")
    await heard(visited, server, "subscribe")
    for step in range(100):
        server.tell(**pose(step, eyeBlinkLeft=step < 50, eyeBlinkRight=step < 50))
        await visited.page.wait_for_timeout(20)
    await says(visited, "blink", "0 %")
    box = await visited.page.locator("#curves canvas").bounding_box()
    await visited.page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + 20)
    await says(visited, "blink", "100 %")
    assert await visited.page.is_visible("#curves .cursor")


async def test_open_curves_are_remembered_and_asked_for(visit, server):
    visited = await visit()
    await visited.page.click("#curves-open")
    await visited.page.reload()
    assert await visited.page.is_visible("#curves")
    await visited.page.click("#start")
    await visited.reaches("live")
    assert server.offers[0]["motion_units"] is True


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800), (1920, 1080)])
async def test_the_picture_keeps_its_room_beside_open_curves(visit, width, height):
    visited = await opened(visit, width=width, height=height)
    await visited.page.click("#curves-open")
    assert await visited.js("document.documentElement.scrollWidth") == width
    stage = await visited.page.locator("#stage").bounding_box()
    curves = await visited.page.locator("#curves").bounding_box()
    assert stage["height"] >= 0.4 * min(width, height)
    assert stage["y"] + stage["height"] <= curves["y"]
    assert curves["y"] + curves["height"] <= height, "both are seen at once"
