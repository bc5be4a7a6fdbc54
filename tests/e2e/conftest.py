"""A real browser that visits the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.page_stub import StubServer

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--host-resolver-rules=MAP insecure.test 127.0.0.1",
]

module_fixture = pytest_asyncio.fixture(loop_scope="module", scope="module")
each_fixture = pytest_asyncio.fixture(loop_scope="module")


@module_fixture
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as started:
        launched = await started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield launched
        await launched.close()


@each_fixture
async def server() -> AsyncIterator[StubServer]:
    stub = StubServer()
    await stub.start()
    yield stub
    await stub.stop()


class Visit:
    """One page in its own browser profile, with what it logged and requested."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self._log(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _log(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.errors.append(text)

    async def reaches(self, state: str, timeout_s: float = 10) -> None:
        await self.page.wait_for_function(
            "wanted => visavis.state() === wanted", arg=state, timeout=timeout_s * 1000
        )

    async def text(self, selector: str) -> str:
        return await self.page.inner_text(selector)

    async def js(self, expression: str) -> Any:
        return await self.page.evaluate(expression)


@each_fixture
async def visit(browser: Any, server: StubServer) -> AsyncIterator[Any]:
    contexts = []

    async def open_page(
        width: int = 1280, height: int = 800, microphone: bool = True, host: str = "127.0.0.1"
    ) -> Visit:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            permissions=["microphone"] if microphone else [],
        )
        contexts.append(context)
        visited = Visit(await context.new_page())
        await visited.page.goto(f"http://{host}:{server.port}/", wait_until="load")
        return visited

    yield open_page
    for context in contexts:
        await context.close()
