"""The clients of ``bench viewers`` count what arrives, and the processor time is the processes'."""

from __future__ import annotations

import asyncio
import os
import time

import aiohttp
import pytest

from benchmarks import viewers
from engine.errors import VisavisError
from server.app import REGISTRY
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.signaling.broadcast import VIEWERS
from tests.server.conftest import serving


async def test_speaker_and_viewers_come_count_and_go():
    async with serving(ServerConfig(), FakePlacement()) as (app, url):
        async with (
            aiohttp.ClientSession(url) as http,
            viewers.Speaker(http),
            viewers.Viewer(http) as one,
            viewers.Viewer(http) as other,
        ):
            async with asyncio.timeout(10):
                while min(len(v.pictures) for v in (one, other)) < 5 or one.sounds < 10:
                    await asyncio.sleep(0.02)
            one.reset()
            assert not one.pictures and other.pictures
        assert len(app[REGISTRY]) == len(app[VIEWERS]) == 0


async def test_a_refusal_is_told():
    async with (
        serving(ServerConfig(), FakePlacement()) as (_, url),
        aiohttp.ClientSession(url) as http,
    ):
        with pytest.raises(VisavisError, match="/whep/bench answered 409"):
            await viewers.Viewer(http).__aenter__()


def test_processor_time_is_that_of_the_process():
    own, before = str(os.getpid()), time.process_time()
    difference = viewers._processor_s(own) - before
    while time.process_time() - before < 0.1:
        pass
    assert viewers._processor_s(own) - time.process_time() == pytest.approx(difference, abs=0.05)


def test_ages_have_one_origin_though_timestamps_begin_again():
    viewer = viewers.Viewer.__new__(viewers.Viewer)
    viewer._began = {}
    start = (1 << 32) - 90_000
    stamps = [(start + 3600 * k) % (1 << 32) for k in range(100)]
    viewer._arrived = {"video": [(5 + 0.04 * k + 0.001 * (k % 2), s) for k, s in enumerate(stamps)]}
    ages = viewer.ages("video")
    assert ages.min() == pytest.approx(5.0) and ages.max() == pytest.approx(5.001)
    viewer._arrived = {"video": [(9.1, (stamps[-1] + 3600) % (1 << 32))]}
    assert viewer.ages("video") == pytest.approx([5.1])
