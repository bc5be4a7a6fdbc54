"""A live face does what the page tells it: real server, real browser, a voice that speaks."""

from __future__ import annotations

import asyncio
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from benchmarks import browser, syllables
from engine.face import INDEX
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.test_live import free_port, speech

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.skipif(
        shutil.which("chromium") is None, reason=f"no browser: {CHROMIUM} is not installed"
    ),
    pytest.mark.asyncio(loop_scope="module"),
]

LISTEN = """{
  const make = RTCPeerConnection.prototype.createDataChannel;
  window.heard = [];
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    window.channel = make.apply(this, given);
    channel.addEventListener("message", ({ data }) => heard.push(JSON.parse(data)));
    return channel;
  };
}"""
SLIDE = """([name, value]) => {
  const slider = document.querySelector(`[data-gain=${name}]`);
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""
STEP_S = 0.02


class Call:
    """A page in a call, its curves open; ``motion`` is what they have come to."""

    def __init__(self, page: Any, url: str, session: str) -> None:
        self.page = page
        self.address = f"{url}session/{session}/control"

    async def motion(self, seconds: float) -> dict[str, np.ndarray]:
        """The poses of some seconds from now on: each part (n, its length)."""
        await self.page.evaluate("heard.length = 0")
        await self.page.wait_for_timeout(seconds * 1000)
        said = await self.page.evaluate("heard.filter(({ type }) => type === 'motion')")
        assert len(said) > 0.5 * seconds / STEP_S
        parts = ("time", "blendshapes", "head", "gaze", "camera", "body")
        return {part: np.array([one[part] for one in said]) for part in parts}

    async def slide(self, name: str, value: float) -> None:
        await self.page.evaluate(SLIDE, [name, value])

    def post(self, **message: object) -> int:
        """Tell the session over HTTP; the status of the answer."""
        body = json.dumps(message).encode()
        request = urllib.request.Request(
            self.address, body, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def call(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Call]:
    microphone = tmp_path_factory.mktemp("microphone") / "speech.wav"
    syllables.write_wav(microphone, speech())
    spoken = f"--use-file-for-fake-audio-capture={microphone}"
    options = ("--size", "128x128", "--quality", "low", "--max-sessions", "1")
    async with (
        browser.server(free_port(), *options) as serving,
        playwright.async_playwright() as started,
    ):
        chromium = await started.chromium.launch(
            executable_path=str(CHROMIUM), args=[*FLAGS, spoken]
        )
        context = await chromium.new_context(permissions=["microphone"])
        page = await context.new_page()
        await page.add_init_script(LISTEN)
        await page.goto(serving.url)
        await page.click("#tab-behaviour")
        async with page.expect_response("**/offer") as response:
            await page.click("#start")
        answer = await (await response.value).json()
        await page.wait_for_function("visavis.state() === 'live'", timeout=20_000)
        await page.click("#curves-open")
        await page.wait_for_function("heard.some(({ type }) => type === 'motion')")
        yield Call(page, serving.url, answer["session"])
        await chromium.close()


def shapes(motion: dict[str, np.ndarray], *names: str) -> np.ndarray:
    """(n,) mean weight of some blendshapes."""
    return motion["blendshapes"][:, [INDEX[name] for name in names]].mean(axis=1)


def turn(motion: dict[str, np.ndarray]) -> np.ndarray:
    """(n,) where the eyes look in the room, radians to the viewer's right."""
    return np.asarray(motion["gaze"][:, 0] + motion["head"][:, 1])


SMILE = "mouthSmileLeft", "mouthSmileRight"
BLINK = "eyeBlinkLeft", "eyeBlinkRight"


async def test_joy_is_shown_while_it_is_held_and_drawn(call: Call) -> None:
    before = shapes(await call.motion(1.5), *SMILE)
    await call.page.keyboard.down("1")
    await call.page.wait_for_timeout(1000)
    held = shapes(await call.motion(2), *SMILE)
    least = round(100 * before.mean()) + 10
    lane = "document.querySelector('[data-lane=smile]')"
    await call.page.wait_for_function(f"parseInt({lane}.innerText) > {least}")
    await call.page.keyboard.up("1")
    await call.page.wait_for_timeout(2500)
    after = shapes(await call.motion(1.5), *SMILE)
    assert held.mean() > before.mean() + 0.1
    assert after.mean() < held.mean() - 0.1


async def test_a_gain_of_nothing_ends_blinking(call: Call) -> None:
    await call.slide("blink", 0)
    await call.slide("gaze", 0)
    await call.page.wait_for_timeout(1000)
    assert shapes(await call.motion(6), *BLINK).max() < 0.3
    await call.slide("blink", 2)
    assert shapes(await call.motion(7), *BLINK).max() > 0.7
    await call.page.click("#gains-reset")


async def test_eyes_and_head_go_where_they_are_told(call: Call) -> None:
    await call.page.click("[data-look='1']")
    right = turn(await call.motion(5))
    await call.page.click("[data-look='-1']")
    left = turn(await call.motion(5))
    await call.page.click("[data-look='0']")
    # Who speaks also looks at the viewer in between.
    assert np.percentile(right, 90) > 0.3 and np.percentile(left, 10) < -0.3


async def test_a_still_camera_stands(call: Call) -> None:
    await call.page.click(".option:has([value=still])")
    await call.page.wait_for_timeout(3000)
    still = (await call.motion(3))["camera"]
    assert np.ptp(still, axis=0).max() < 2e-3
    await call.page.click(".option:has([value=subtle])")


async def test_a_listener_keeps_its_mouth_shut(call: Call) -> None:
    speaking = shapes(await call.motion(3), "jawOpen")
    await call.page.click(".option:has([value=listener])")
    await call.page.wait_for_timeout(1000)
    listening = shapes(await call.motion(4), "jawOpen")
    await call.page.click(".option:has([value=speaker])")
    assert np.percentile(speaking, 90) > 0.1
    assert np.percentile(listening, 90) < 0.3 * np.percentile(speaking, 90)


async def test_what_cannot_be_is_refused_and_said(call: Call) -> None:
    assert await asyncio.to_thread(call.post, type="emotion", name="bored") == 422
    await call.page.evaluate("""channel.send('{"type": "behaviour", "blink": 7}')""")
    await call.page.wait_for_selector("#behaviour-said:not([hidden])")
    assert "from 0 to 2" in await call.page.inner_text("#behaviour-said")
    assert await call.page.evaluate("visavis.state()") == "live"


async def test_http_moves_the_same_face(call: Call) -> None:
    cue = {"name": "surprised", "amount": 1, "seconds": 4, "override": True}
    before = shapes(await call.motion(1), "browInnerUp")
    assert await asyncio.to_thread(lambda: call.post(type="emotion", **cue)) == 204
    await call.page.wait_for_timeout(1000)
    assert shapes(await call.motion(1.5), "browInnerUp").mean() > before.mean() + 0.1


async def test_nothing_comes_once_the_curves_are_closed(call: Call) -> None:
    await call.page.click("#curves-open")
    await call.page.wait_for_timeout(1500)
    await call.page.evaluate("heard.length = 0")
    await call.page.wait_for_timeout(500)
    assert not await call.page.evaluate("heard.filter(({ type }) => type === 'motion').length")
