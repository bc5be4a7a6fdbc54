"""Motion out, as a part of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from server.admission import Registry
from server.motion_out.sender import Receiver
from server.motion_out.vmc_endpoint import Station, Vmc, VmcEndpoint
from server.motion_out.websocket import MotionSocket
from server.session import Session
from server.signaling.access import Access

INTERVAL = 0.2
"""Seconds between two looks who is to be shown over ``--vmc``."""


def add_motion(
    app: web.Application, access: Access, sessions: Registry[Session], receiver: Receiver | None
) -> None:
    """Serve sessions' motion; ``receiver`` is shown one session after another while the app runs.

    Starting the app raises InvalidInput if there can be no such receiver.
    """
    vmc = Vmc()
    endpoint = VmcEndpoint(access, sessions, vmc)
    app.router.add_get("/session/{id}/motion", MotionSocket(access, sessions).get)
    app.router.add_post("/session/{id}/vmc", endpoint.post)
    app.router.add_get("/session/{id}/vmc", endpoint.get)
    app.router.add_delete("/session/{id}/vmc", endpoint.delete)
    if receiver is None:
        return
    station = Station(receiver, vmc)

    async def watch() -> None:
        while True:
            await station.look(sessions.running)
            await asyncio.sleep(INTERVAL)

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        await station.check()
        task = asyncio.create_task(watch(), name="vmc")
        yield
        task.cancel()
        await asyncio.wait([task])

    app.cleanup_ctx.append(lifetime)
