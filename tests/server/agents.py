"""An agent for tests: a real WebSocket client of ``/v1/realtime``."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json

import aiohttp
import numpy as np
import pytest

SMALL = "width=96&height=64"


class Agent:
    """One socket; ``events`` holds all that came."""

    def __init__(self, socket):
        self.socket = socket
        self.events = []
        self.closed = None
        self._reading = asyncio.create_task(self._read())

    async def _read(self):
        async for message in self.socket:
            self.events.append(json.loads(message.data))
        self.closed = self.socket.close_code

    def of(self, kind):
        return [event for event in self.events if event["type"] == kind]

    async def until(self, kind, count=1, seconds=10):
        """The ``count``-th event of a kind."""
        async with asyncio.timeout(seconds):
            while len(self.of(kind)) < count:
                await asyncio.sleep(0.005)
        return self.of(kind)[count - 1]

    async def say(self, kind, **fields):
        await self.socket.send_json({"type": kind, **fields})

    async def append(self, pcm):
        audio = base64.b64encode(pcm.astype("<i2").tobytes()).decode()
        await self.say("input_audio_buffer.append", audio=audio)

    async def sounds(self, pcm):
        await self.socket.send_bytes(pcm.astype("<i2").tobytes())

    async def commit(self):
        await self.say("input_audio_buffer.commit")

    async def refused(self, count=1):
        return (await self.until("error", count))["error"]

    async def close(self):
        await self.socket.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


@contextlib.asynccontextmanager
async def agent(url, query=SMALL, **options):
    """An agent, and its ``session`` as it was told of it."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}/v1/realtime?{query}", **options) as socket,
    ):
        joined = Agent(socket)
        joined.session = (await joined.until("session.created"))["session"]
        try:
            yield joined
        finally:
            await joined.close()


def tone(seconds, rate=24_000, frequency=440, level=8000):
    time = np.arange(round(seconds * rate)) / rate
    return np.round(level * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


async def join_refused(url, query=SMALL, **options):
    """Status and error of a connection that is refused before it is one."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as failed:
            await http.ws_connect(f"{url}/v1/realtime?{query}", **options)
        return failed.value
