"""A whole session, with a real peer and a fake engine."""

from __future__ import annotations

import numpy as np

from tests.server.clients import Caller, loudness


async def test_voice_and_picture_come_back(server, placement):
    _, url = server
    caller = await Caller(url, width=128, height=96, look_ahead_ms=40).call()
    await caller.until(lambda c: len(c.pictures) > 10 and len(c.sound) > 40)
    await caller.until(lambda c: max(map(loudness, c.sound[-5:])) > 0.1)
    await caller.until(lambda c: any(m["type"] == "status" for m in c.messages))
    print(caller.messages[:5], caller.answer["delay"], caller.answer["video"])
    assert caller.pictures[0].width == 128 and caller.pictures[0].height == 96
    await caller.close()
