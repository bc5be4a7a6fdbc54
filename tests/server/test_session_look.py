"""Looks and sizes that change in a session, with real peers and a fake engine."""

from __future__ import annotations

import dataclasses

from engine.look import Look
from engine.options import SessionOptions
from server.config import ServerConfig
from tests.server.clients import Caller
from tests.server.conftest import serving

SMALL = {"width": 96, "height": 64}


async def call(url, **offer):
    return await Caller(url, **SMALL).call(**offer)


async def seen(caller):
    await caller.until(lambda c: c.pictures and len(c.sound) > 5)


async def test_a_look_may_be_asked_for_in_the_offer(server, placement):
    caller = Caller(server[1], **SMALL, avatar="theo", set="studio", quality="low")
    await caller.call()
    assert placement.sessions[0].options.look == Look("theo", "studio")
    assert caller.answer["look"] == dataclasses.asdict(Look("theo", "studio"))
    assert caller.answer["quality"] == "low"
    await caller.close()


async def test_look_and_size_may_be_changed_in_the_call(server, placement):
    caller = await call(server[1])
    await seen(caller)
    caller.channel.send('{"type": "look", "avatar": "theo", "framing": "bust"}')
    caller.channel.send('{"type": "size", "width": 64, "height": 96}')
    caller.channel.send('{"type": "quality", "value": "low"}')
    await caller.until(lambda c: c.pictures[-1].height == 96)
    await caller.until(lambda c: any(m["type"] == "look" for m in c.messages))
    look = next(m for m in caller.messages if m["type"] == "look")
    shown = {"avatar": "theo", "set": "gradient", "light": "auto", "framing": "bust"}
    assert look == {"type": "look", **shown, "quality": "low", "width": 64, "height": 96}
    sound = len(caller.sound)
    await caller.until(lambda c: len(c.sound) > sound + 10)
    await caller.close()


async def test_more_pixels_than_the_operator_wants_are_refused(placement):
    config = ServerConfig(defaults=SessionOptions(**SMALL), max_size=(128, 96))
    async with serving(config, placement) as (_, url):
        caller = await Caller(url, width=96, height=128).call()
        await caller.until(lambda c: c.channel.readyState == "open")
        caller.channel.send('{"type": "size", "width": 130, "height": 96}')
        await caller.until(lambda c: any(m["type"] == "refused" for m in c.messages))
        refused = next(m for m in caller.messages if m["type"] == "refused")
        assert refused["field"] == "size" and "128x96" in refused["remedy"]
        assert not any("width" in control for control in placement.sessions[0].controls)
        await caller.close()


async def test_what_the_engine_says_of_the_picture_is_passed_on(server, placement):
    caller = await call(server[1])
    await seen(caller)
    figures = {"width": 96, "height": 64, "step": "medium", "changes": 0}
    placement.sessions[0].tell("picture", **figures)
    await caller.until(lambda c: c.messages[-1].get("picture") == figures)
    placement.sessions[0].tell("refused", field="set", value="'x'", remedy="use gradient")
    await caller.until(lambda c: any(m["type"] == "refused" for m in c.messages))
    await caller.close()
