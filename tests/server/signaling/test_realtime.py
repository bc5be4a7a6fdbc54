"""``/v1/realtime``: a real client's voice, played by a server with a fake engine."""

from __future__ import annotations

import asyncio

import pytest

from server.app import ADMISSION, REGISTRY
from tests.server.agents import SMALL, agent, tone
from tests.server.broadcast import Watcher
from tests.server.clients import loudness


async def test_a_voice_gets_a_face(server, placement):
    _, url = server
    async with agent(url) as speaker:
        watcher = await Watcher(url).post(speaker.session["whep_url"])
        await watcher.until(lambda c: len(c.pictures) > 3 and len(c.sound) > 5)
        await speaker.append(tone(1.0))
        await speaker.commit()
        committed = await speaker.until("input_audio_buffer.committed")
        assert committed["samples"] == 24_000
        started = await speaker.until("output_audio_buffer.started")
        stopped = await speaker.until("output_audio_buffer.stopped")
        assert started["item_id"] == stopped["item_id"] == committed["item_id"]
        assert (stopped["samples"], stopped["audio_end_ms"]) == (24_000, 1000.0)
        assert max(map(loudness, watcher.sound)) > 0.1
        await watcher.close()
