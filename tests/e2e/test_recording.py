"""The record button, in a real browser against the real server on a fake engine."""

from __future__ import annotations

import shutil

import pytest

from server.config import ServerConfig
from server.outputs.allowed import Allowed
from server.placement.fake import FakePlacement
from tests.e2e.conftest import CHROMIUM, Visit
from tests.server.conftest import serving
from tests.server.media import media

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]


async def in_call(browser, url):
    page = await browser.new_page(permissions=["microphone"])
    visited = Visit(page)
    await page.goto(url)
    assert await page.is_hidden("#record")
    await page.click("#start")
    await visited.reaches("live")
    return visited


async def test_a_call_is_recorded_by_the_button_and_by_its_key(browser, tmp_path):
    folder = tmp_path / "takes"
    folder.mkdir()
    config = ServerConfig(max_sessions=2, outputs=Allowed(record=folder))
    async with serving(config, FakePlacement()) as (_, url):
        visited = await in_call(browser, url)
        page = visited.page
        await page.keyboard.press("r")
        await page.wait_for_selector('#record[aria-pressed="true"]')
        await page.wait_for_function("document.querySelector('#record').innerText >= '0:01'")
        assert "Stop recording" in (await page.get_attribute("#record", "aria-label") or "")
        await page.click("#record")
        await page.wait_for_selector('#record[aria-pressed="false"]')
        (path,) = folder.iterdir()
        assert path.name in await page.inner_text("#record-said")
        assert len(media(str(path)).pictures) >= 20
        shutil.rmtree(folder)
        await page.click("#record")
        await page.wait_for_selector("#record-said.alert")
        assert "make the folder" in await page.inner_text("#record-said")
        await page.click("#start")
        await page.wait_for_selector("#record", state="hidden")
        assert [error for error in visited.errors if "507" not in error] == []
        await page.close()


async def test_there_is_no_button_where_nothing_is_recorded(browser):
    async with serving(ServerConfig(max_sessions=2), FakePlacement()) as (_, url):
        visited = await in_call(browser, url)
        assert await visited.page.is_hidden("#record")
        assert not [request for request in visited.requests if "recording" in request.split("/")]
        await visited.page.close()
