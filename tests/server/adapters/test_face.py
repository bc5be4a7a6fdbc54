"""A program's face: a real server with a fake engine, over real sockets."""

from __future__ import annotations

import asyncio

import pytest
from av import AudioFrame, VideoFrame

from engine.errors import AtCapacity
from server.adapters.face import Face, FaceError, Finished, Started
from server.config import ServerConfig
from tests.server.agents import tone
from tests.server.conftest import serving

SMALL = {"width": 96, "height": 64}


async def until(face, kind, seconds=10):
    """All that it shows, up to the first of a kind."""
    shown = []
    async with asyncio.timeout(seconds):
        async for one in face:
            shown.append(one)
            if isinstance(one, kind):
                return shown
    raise AssertionError("it ended")


@pytest.mark.parametrize(("rate", "channels"), [(22_050, 1), (48_000, 2)])
async def test_sound_in_pictures_and_sound_out(server, rate, channels):
    async with Face(server[1], **SMALL) as face:
        await until(face, VideoFrame)
        await face.append(tone(0.4, rate).repeat(channels).tobytes(), rate, channels)
        await face.end()
        started = (await until(face, Started))[-1]
        shown = await until(face, Finished)
        assert shown[-1].item == started.item and not shown[-1].interrupted
        assert shown[-1].seconds == pytest.approx(0.4, abs=0.001)
        sounds = [one for one in shown if isinstance(one, AudioFrame)]
        assert max(abs(frame.to_ndarray()).max() for frame in sounds) > 4000
        pictures = [one for one in shown if isinstance(one, VideoFrame)]
        assert {(picture.width, picture.height) for picture in pictures} == {(96, 64)}


async def test_it_is_interrupted(server):
    async with Face(server[1], **SMALL) as face:
        assert await face.interrupt() is None
        await face.append(tone(5.0, 16_000).tobytes(), 16_000)
        await until(face, Started)
        await asyncio.sleep(0.3)
        cut = await face.interrupt()
        assert cut is not None and cut.interrupted and 0.2 < cut.seconds < 2
        assert (await until(face, Finished))[-1] == cut


async def test_what_nobody_takes_is_left_out_but_not_what_happened(server):
    async with Face(server[1], **SMALL) as face:
        await face.append(tone(2.0, 48_000).tobytes(), 48_000)
        await face.end()
        await asyncio.sleep(3.2)
        assert face.dropped
        assert isinstance((await until(face, Started))[-1], Started)
        assert (await until(face, Finished))[-1].seconds == 2.0


async def test_there_may_be_no_face(placement):
    async with serving(ServerConfig(max_sessions=1), placement) as (_, url), Face(url, **SMALL):
        with pytest.raises(AtCapacity):
            async with Face(url):
                pass
    for server in (url, "http://127.0.0.1:9"):
        with pytest.raises(FaceError, match="no server"):
            async with Face(server):
                pass


async def test_it_ends_with_its_session(server, placement):
    async with Face(server[1], **SMALL) as face:
        await until(face, VideoFrame)
        placement.sessions[0].lose()
        async with asyncio.timeout(10):
            async for _ in face:
                pass
