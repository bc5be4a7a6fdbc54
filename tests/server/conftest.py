from __future__ import annotations

import contextlib

import pytest
from aiohttp import web

from server.app import create_app
from server.config import ServerConfig
from server.placement.fake import FakePlacement


@contextlib.asynccontextmanager
async def serving(config, placement):
    app = create_app(config, placement)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield app, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory, monkeypatch):
    """What a server keeps for itself goes nowhere near whoever runs the tests."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / "data"))


@pytest.fixture
def placement():
    return FakePlacement()


@pytest.fixture
async def server(placement):
    """(app, url) of a server with two places on a fake placement."""
    async with serving(ServerConfig(max_sessions=2), placement) as running:
        yield running
