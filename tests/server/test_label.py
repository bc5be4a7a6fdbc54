"""What tells programs that a session is synthetic, and that no caller can change it."""

from __future__ import annotations

import aiohttp
import pytest

from engine import worker
from engine.options import SessionOptions
from engine.render.badge import Badge, as_text
from server.label import release
from server.placement.local import LocalPlacement
from tests.server.clients import Caller


async def test_whoever_joins_is_told(server) -> None:
    caller = await Caller(server[1], width=96, height=64).call()
    generator = f"Visavis {release()}"
    assert (caller.answer["synthetic"], caller.answer["generator"]) == (True, generator)
    await caller.until(lambda c: c.messages)
    assert caller.messages[0] == {"type": "about", "synthetic": True, "generator": generator}
    await caller.close()


async def test_a_caller_cannot_ask_for_another_badge(server) -> None:
    body = {"type": "offer", "sdp": "v=0", "badge": "off"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server[1]}/offer", json=body) as answer,
    ):
        assert answer.status == 400 and (await answer.json())["error"]["field"] == "badge"
    assert not [name for name in SessionOptions.__slots__ if "badge" in name]


@pytest.mark.parametrize("badge", [None, Badge("Live", "top-left", 0.6)])
def test_workers_are_told_of_the_operator_s_badge(badge) -> None:
    placement = LocalPlacement(1, badge=badge)
    assert as_text(badge) in placement._arguments
    assert worker._options(list(placement._arguments)).badge == badge


def test_a_worker_that_is_told_nothing_shows_the_badge() -> None:
    assert worker._options([]).badge == Badge()
