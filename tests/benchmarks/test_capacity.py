"""``bench capacity`` sees what its callers get, and what that takes."""

from __future__ import annotations

import asyncio
import os
import time

import aiohttp
import pytest

from benchmarks import capacity, speech, spending
from benchmarks.browser import Serving
from benchmarks.callers import Caller, encoded
from benchmarks.capacity_plot import draw
from engine.errors import VisavisError
from engine.options import SessionOptions
from server.admission import RETRY_AFTER
from server.app import REGISTRY
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.placement.local import LocalPlacement
from tests.server.conftest import serving

SMALL = SessionOptions(width=64, height=64, quality="low")


@pytest.fixture(scope="module")
def packets():
    return encoded(speech.voice(2.0)[0])


async def test_callers_come_get_sound_and_pictures_that_decode_and_go(packets):
    config = ServerConfig(max_sessions=1, defaults=SMALL)
    async with serving(config, LocalPlacement(1)) as (app, url), aiohttp.ClientSession(url) as http:
        async with Caller(http, packets, keep=True) as caller:
            async with asyncio.timeout(30):
                while len(caller.pictures) < 10 or len(caller.sounds) < 10:
                    await asyncio.sleep(0.02)
            with pytest.raises(VisavisError, match=f"503.*at_capacity.*{RETRY_AFTER}"):
                await Caller(http, packets).__aenter__()
            kept, decoded = caller.kept, caller.decoded()
            assert 0 <= kept - decoded <= 1, "the last may not be whole yet"
            assert len(set(caller.pictures.values())) > 5
            caller.reset()
            assert not caller.pictures and not caller.sounds
        assert len(app[REGISTRY]) == 0


async def test_a_ramp_ends_one_after_the_knee_or_at_the_most(packets):
    config = ServerConfig(max_sessions=3)
    async with serving(config, FakePlacement()) as (_, url):
        settings = capacity.Settings(most=2, settle=0.05, seconds=0.2)
        ramp = capacity.Ramp(settings, Serving(url, os.getpid()), packets)
        async with capacity.AsyncExitStack() as stack:
            await ramp.climb(stack)
        assert {row["sessions"] for row in ramp.rows} <= {0, 1, 2}
        assert ramp.rows[0]["held"] and ramp.rows[0]["session_pct"] is None
        assert all(set(capacity.COLUMNS) <= set(row) for row in ramp.rows)


def test_processor_time_is_told_apart():
    before = spending.spent(os.getpid())
    began = time.process_time()
    while time.process_time() - began < 0.1:
        pass
    shares = spending.between(before, spending.spent(os.getpid()))
    assert shares.callers_pct > 0 and shares.memory_mb > 20
    line = "cpu  100 20 30 4000 50 6 7 8 9 10\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
    assert spending.machine_s(line) * os.sysconf("SC_CLK_TCK") == 100 + 20 + 30 + 6 + 7 + 8


def test_a_plot_is_drawn_though_nothing_held(tmp_path):
    rows = [
        {"sessions": n, "held": n < held, "interval_p95_ms": 40.0 * n, "left_out_pct": 3.0 * n}
        | {"session_pct": 40.0 if n else None, "memory_mb": 300.0 + 20 * n}
        for held in (1, 3)
        for n in range(4)
    ]
    settings = {"quality": "low", "workers": 1, "fps": 25}
    draw(
        [{"settings": settings, "rows": half} for half in (rows[:4], rows[4:])], tmp_path / "p.png"
    )
    assert (tmp_path / "p.png").stat().st_size > 10_000
