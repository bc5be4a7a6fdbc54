"""Another character, place and shape in the middle of a call, with a real server and browser."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import psutil
import pytest
import pytest_asyncio

from benchmarks import browser, syllables
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.test_live import free_port

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.skipif(
        shutil.which("chromium") is None, reason=f"no browser: {CHROMIUM} is not installed"
    ),
    pytest.mark.asyncio(loop_scope="module"),
]

SIDE = 16
PICTURE = """async (side) => {
  await new Promise((shown) => video.requestVideoFrameCallback(shown));
  const pen = new OffscreenCanvas(side, side).getContext("2d");
  pen.drawImage(video, 0, 0, side, side);
  return [...pen.getImageData(0, 0, side, side).data];
}"""
HEARD = """async () => {
  for (const report of (await visavis.pc.getStats()).values())
    if (report.type === "inbound-rtp" && report.kind === "audio")
      return [report.packetsReceived, report.totalAudioEnergy];
}"""
PATIENCE_S = 20
GREEN = (0, 177, 64)


class Call:
    """A page in a call with the server ``pid``."""

    def __init__(self, page: Any, pid: int) -> None:
        self.page = page
        self.pid = pid

    async def picture(self) -> np.ndarray:
        """What is on screen, (SIDE, SIDE, 3), stretched to a square."""
        pixels = await self.page.evaluate(PICTURE, SIDE)
        return np.array(pixels).reshape(SIDE, SIDE, 4)[..., :3].astype(float)

    async def choose(self, name: str, value: str) -> None:
        """Click on a choice and wait until the server shows it."""
        await self.page.click(f".option:has([name={name}][value='{value}'])")
        await self.page.wait_for_selector("#look.pending")
        await self.page.wait_for_selector("#look:not(.pending)", timeout=1000 * PATIENCE_S)

    async def picture_that(self, fits: Callable[[np.ndarray], object]) -> np.ndarray:
        """The first picture that fits: it takes its time from the server to the screen."""
        async with asyncio.timeout(PATIENCE_S):
            while not fits(picture := await self.picture()):
                await asyncio.sleep(0.1)
        return picture


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def call(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Call]:
    microphone = tmp_path_factory.mktemp("microphone") / "speech.wav"
    syllables.write_wav(microphone, syllables.train(12)[0])
    spoken = f"--use-file-for-fake-audio-capture={microphone}"
    async with (
        browser.server(free_port(), "--size", "256x256", "--quality", "low") as serving,
        playwright.async_playwright() as started,
    ):
        chromium = await started.chromium.launch(
            executable_path=str(CHROMIUM), args=[*FLAGS, spoken]
        )
        context = await chromium.new_context(permissions=["microphone"])
        page = await context.new_page()
        await page.goto(serving.url)
        await page.wait_for_selector(".has-look")
        await page.click("#start")
        await page.wait_for_function("visavis.state() === 'live'", timeout=20_000)
        await page.wait_for_timeout(1000)
        yield Call(page, serving.pid)
        await chromium.close()


def unlike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) largest difference of a channel, 0..255."""
    return np.abs(one - other).max(axis=2)


CORNER = np.s_[: SIDE // 4, : SIDE // 8]
FACE = np.s_[SIDE // 3 : 2 * SIDE // 3, SIDE // 3 : 2 * SIDE // 3]


async def test_the_place_changes_behind_the_same_face(call: Call) -> None:
    before = await call.picture()
    await call.choose("set", "transparent")
    after = await call.picture_that(lambda p: np.abs(p[CORNER].mean((0, 1)) - GREEN).max() < 12)
    assert unlike(before, after)[CORNER].min() > 40
    assert np.median(unlike(before, after)[FACE]) < 30


async def test_the_character_changes(call: Call) -> None:
    before, again = await call.picture(), await call.picture()
    await call.choose("avatar", "amara")
    least = max(20, 3 * unlike(before, again)[FACE].mean())
    await call.picture_that(lambda picture: unlike(before, picture)[FACE].mean() > least)


async def test_the_shape_changes_and_the_stage_with_it(call: Call) -> None:
    start = await call.page.locator("#start").bounding_box()
    await call.choose("shape", "9:16")
    upright = "Math.abs(video.videoWidth / video.videoHeight - 9 / 16) < 0.01"
    await call.page.wait_for_function(upright, timeout=1000 * PATIENCE_S)
    stage = await call.page.locator("#stage").bounding_box()
    assert stage["width"] / stage["height"] == pytest.approx(9 / 16, abs=0.01)
    assert await call.page.locator("#start").bounding_box() == start


async def test_the_voice_goes_on_in_the_same_call(call: Call) -> None:
    await call.page.evaluate("video.muted = false")
    packets, energy = await call.page.evaluate(HEARD)
    for name, value in (("framing", "close"), ("avatar", "nora"), ("shape", "1:1")):
        await call.choose(name, value)
        more, louder = await call.page.evaluate(HEARD)
        assert more > packets, "sound comes while things change"
        packets = more
    assert louder > energy
    stats = await call.page.evaluate("visavis.stats()")
    assert stats["reconnects"] == 0 and stats["problem"] is None
    assert (stats["picture"]["quality"], stats["picture"]["changes"]) == ("low", 0)


async def test_the_look_outlives_a_worker(call: Call) -> None:
    (worker,) = [
        process
        for process in psutil.Process(call.pid).children()
        if "engine.worker" in process.cmdline()
    ]
    worker.kill()
    psutil.wait_procs([worker])
    # The next worker may go on with the session before the page gives up its call, or after.
    await call.page.wait_for_function(
        "visavis.stats().reconnects <= 1 && visavis.state() === 'live'",
        timeout=2000 * PATIENCE_S,
    )
    await call.page.evaluate(
        "new Promise((shown) => document.querySelector('video').requestVideoFrameCallback(shown))"
    )
    await call.picture_that(lambda p: np.abs(p[CORNER].mean((0, 1)) - GREEN).max() < 12)
