"""Over a real connection: a worker dies while somebody talks, and one caller too many comes."""

from __future__ import annotations

import asyncio
import os
import signal

import aiohttp

from engine.options import SessionOptions
from server.app import ADMISSION
from server.config import ServerConfig
from server.placement.local import LocalPlacement
from tests.server.clients import Caller
from tests.server.conftest import serving

SMALL = {"width": 96, "height": 64}


async def test_pictures_and_sound_go_on_after_a_worker_died_and_nobody_takes_the_place():
    placement = LocalPlacement(1)
    async with serving(ServerConfig(max_sessions=1), placement) as (_, url):
        caller = await Caller(url, **SMALL).call()
        await caller.until(lambda c: len(c.pictures) > 5 and len(c.sound) > 5, 30)
        heard, seen = caller.sound[-1].pts, caller.pictures[-1].pts
        os.kill(placement._workers[0]._process.pid, signal.SIGKILL)
        await refused(url)
        async with asyncio.timeout(30):
            while not placement.report().resumed:
                await asyncio.sleep(0.02)
        pictures, sound = len(caller.pictures), len(caller.sound)
        await caller.until(
            lambda c: len(c.pictures) > pictures + 10 and len(c.sound) > sound + 10, 30
        )
        times = [picture.pts for picture in caller.pictures]
        assert times == sorted(set(times)) and times[-1] > seen, "never back"
        assert caller.sound[-1].pts > heard
        assert not any(message["type"] == "error" for message in caller.messages)
        await caller.close()


async def refused(url):
    other = Caller(url, **SMALL)
    body = {"sdp": await other.offer(), "type": "offer", **SMALL}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/offer", json=body) as answer:
        assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
        assert (await answer.json())["error"]["code"] == "at_capacity"
    await other.connection.close()


async def test_room_is_measured_by_real_workers():
    config = ServerConfig(defaults=SessionOptions(**SMALL))
    async with serving(config, LocalPlacement(1)) as (app, _):
        assert 1 <= app[ADMISSION].limit <= 64
