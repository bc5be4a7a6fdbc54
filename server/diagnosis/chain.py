"""The whole chain, link by link: on this machine, or at a server that runs elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from engine.errors import VisavisError
from server.app import create_app
from server.config import ServerConfig
from server.diagnosis import call, engine, network
from server.diagnosis.links import Link, failed, skipped
from server.placement.base import Placement
from server.rtc.network import IceServers

Progress = Callable[[str], None]


async def examine_machine(
    config: ServerConfig, placement: Placement, progress: Progress
) -> list[Link]:
    """Every link of a server with these settings, which is started for it on a port of its own."""
    progress("hearing, moving, drawing")
    links = await asyncio.to_thread(engine.examine, config.defaults, config.models, config.avatars)
    progress("UDP, STUN, TURN")
    links.append(network.udp_ports(config.network))
    links += await network.ice_servers(IceServers(config.network, time.time).issue())
    progress("a call to a server on this machine")
    try:
        async with _serving(config, placement) as url:
            links += await call.Call(url, config.token).examine()
    except VisavisError as error:
        remedy = getattr(error, "remedy", "") or "see the links above"
        links.append(failed(call.NAMES[0], str(error), remedy))
        links += [skipped(name, f"needs: {call.NAMES[0]}") for name in call.NAMES[1:]]
    return links


async def examine_server(url: str, token: str | None, progress: Progress) -> list[Link]:
    """What can be seen of a running server from here: its STUN and TURN servers, and a call."""
    progress(f"a call to {url}")
    one = call.Call(url, token)
    links = await one.examine()
    progress("STUN, TURN")
    return links + await network.ice_servers(one.ice)


@asynccontextmanager
async def _serving(config: ServerConfig, placement: Placement) -> AsyncIterator[str]:
    """The address of a server that runs as long as the context does."""
    runner = web.AppRunner(create_app(config, placement), access_log=None)
    try:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
