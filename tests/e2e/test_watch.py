"""The page that watches, in a real browser: an agent speaks, who has the address sees it."""

from __future__ import annotations

from typing import Any

import pytest

from server.config import ServerConfig
from server.placement.fake import FakePlacement
from tests.e2e.conftest import CHROMIUM, each_fixture
from tests.server.agent.test_document import client
from tests.server.agents import agent, tone
from tests.server.conftest import serving

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
LIVE = "document.body.dataset.phase === 'live'"
HEARD = """
async () => {
  for (const report of (await visavis.pc.getStats()).values())
    if (report.type === "inbound-rtp" && report.kind === "audio") return report.totalAudioEnergy;
}
"""


@each_fixture
async def page(browser: Any) -> Any:
    context = await browser.new_context()
    page = await context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    await context.close()


async def test_whoever_has_the_address_sees_and_hears(page: Any) -> None:
    async with serving(ServerConfig(), FakePlacement()) as (_, url):
        await page.goto(f"{url}/watch/news")
        assert "Waiting" in await page.inner_text("#state")
        async with agent(url, "name=news&width=256&height=256") as speaker:
            assert speaker.session["watch_url"] == "/watch/news"
            await page.wait_for_function(LIVE, timeout=10_000)
            assert await page.evaluate("document.querySelector('video').muted")
            await page.click("#sound")
            assert not await page.evaluate("document.querySelector('video').muted")
            await page.wait_for_selector("#sound", state="hidden")
            await speaker.append(tone(0.6))
            await speaker.commit()
            await speaker.until("output_audio_buffer.stopped")
            await page.wait_for_function(f"({HEARD})().then((energy) => energy > 0.001)")
            await speaker.socket.close()
        assert not page.errors


async def test_who_was_there_first_waits_for_the_next(page: Any) -> None:
    async with serving(ServerConfig(), FakePlacement()) as (_, url):
        async with agent(url, "name=news&width=256&height=256") as speaker:
            await page.goto(f"{url}/watch/news")
            await page.wait_for_function(LIVE, timeout=10_000)
            session = speaker.session["id"]
            answer = await page.request.delete(f"{url}/session/{session}")
            assert answer.status == 204
        await page.wait_for_function("document.body.dataset.phase === 'waiting'", timeout=10_000)
        async with agent(url, "name=news&width=256&height=256"):
            await page.wait_for_function(LIVE, timeout=10_000)
        assert not page.errors


SPEAK = """
async ([code, server]) => {
  const { speak } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return speak(server, Int16Array.from({ length: 12000 }, (_, n) => 8000 * Math.sin(n / 9)));
}
"""


async def test_the_client_in_the_document(page: Any) -> None:
    async with serving(ServerConfig(), FakePlacement()) as (_, url):
        await page.goto(url)
        assert await page.evaluate(SPEAK, [client("js"), url]) == 500


async def test_a_page_gives_the_token_as_a_subprotocol(page: Any) -> None:
    async with serving(ServerConfig(token="a/token+of=="), FakePlacement()) as (_, url):
        await page.goto(url)
        connect = """
        (server) => new Promise((done) => {
          const token = btoa("a/token+of==").replaceAll("+", "-").replaceAll("/", "_");
          const protocols = ["realtime", "bearer." + token.replaceAll("=", "")];
          const socket = new WebSocket(`${server.replace(/^http/, "ws")}/v1/realtime`, protocols);
          socket.onmessage = ({ data }) => done(JSON.parse(data).type);
          socket.onclose = () => done("closed");
        })
        """
        assert await page.evaluate(connect, url) == "session.created"
