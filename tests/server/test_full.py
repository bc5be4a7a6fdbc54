"""A server that is full: whoever comes is told when to come again, and whoever talks sees nothing.

Real callers (`benchmarks.callers`) on a real worker, as many as it said that it has room for.
What comes before and during a rush at the door is compared; no time is held against a number.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import aiohttp

from benchmarks import speech
from benchmarks.callers import PICTURE_CLOCK, SOUND_CLOCK, Caller, encoded
from benchmarks.knee import Flow, flow, worst
from engine.encode.opus import PACKET
from engine.options import SessionOptions
from server.admission import RETRY_AFTER
from server.app import ADMISSION, REGISTRY
from server.config import ServerConfig
from server.placement.local import LocalPlacement
from tests.server.clients import Caller as Newcomer
from tests.server.conftest import serving

MOST = 3
"""Callers at most: they take turns with the server in one process here."""

WINDOW_S = 2.0
MORE_MISSING, LONGER = 0.15, 4.0
"""Of what is due, and times the 95th percentile of the interval between pictures: by so much a rush
may make it worse, as other tests may run beside this one."""


async def seen(callers: list[Caller]) -> tuple[Flow, Flow]:
    """Pictures and sound of who fares worst, in a while from now."""
    for caller in callers:
        caller.reset()
    await asyncio.sleep(WINDOW_S)
    pictures = worst([flow(one.pictures, 25, PICTURE_CLOCK, WINDOW_S) for one in callers])
    sound_rate = SOUND_CLOCK / PACKET
    return pictures, worst([flow(one.sounds, sound_rate, SOUND_CLOCK, WINDOW_S) for one in callers])


async def rush(url: str, http: aiohttp.ClientSession, over: asyncio.Event) -> int:
    """Newcomers one after the other until it is over; all are refused, and told when to return."""
    newcomer = Newcomer(url)
    body = {"sdp": await newcomer.offer(), "type": "offer"}
    refused = 0
    while not over.is_set():
        async with http.post("/offer", json=body) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == str(RETRY_AFTER)
            assert (await answer.json())["error"]["code"] == "at_capacity"
        refused += 1
        await asyncio.sleep(0.02)
    await newcomer.connection.close()
    return refused


async def test_whoever_talks_sees_nothing_of_those_who_are_refused():
    defaults = SessionOptions(width=64, height=64, quality="low")
    packets = encoded(speech.voice(4.0)[0])
    placement = LocalPlacement(1)
    async with AsyncExitStack() as stack:
        config = ServerConfig(defaults=defaults)
        app, url = await stack.enter_async_context(serving(config, placement))
        admission = app[ADMISSION]
        admission.limit = room = min(MOST, admission.limit)
        http = await stack.enter_async_context(aiohttp.ClientSession(url))
        callers = [
            await stack.enter_async_context(Caller(http, packets, 37 * number))
            for number in range(room)
        ]
        async with asyncio.timeout(30):
            while min(len(caller.pictures) for caller in callers) < 10:
                await asyncio.sleep(0.02)
        before = await seen(callers)
        over = asyncio.Event()
        rushing = asyncio.create_task(rush(url, http, over))
        during = await seen(callers)
        over.set()
        assert await rushing == admission.refused > 1
        for early, late in zip(before, during, strict=True):
            assert late.left_out < early.left_out + MORE_MISSING
            assert late.p95 < LONGER * early.p95
        assert len(app[REGISTRY]) == len(placement._workers[0].sessions) == room, "none was begun"
        assert admission.entered == room
