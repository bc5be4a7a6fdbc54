"""A voice goes in over WHIP, many watch over WHEP: with real peers and a fake engine."""

from __future__ import annotations

import asyncio
import gc
import os
import re

import aiohttp
import pytest
from aiortc import VideoStreamTrack

from server.app import ADMISSION, REGISTRY
from server.signaling.broadcast import SEATS, VIEWERS
from tests.server.broadcast import SDP, Publisher, Watcher, broadcast
from tests.server.clients import Caller, loudness


async def seen(watcher):
    await watcher.until(lambda w: len(w.pictures) > 2 and len(w.sound) > 5)


async def left(app):
    async with asyncio.timeout(5):
        while len(app[VIEWERS]) or app[SEATS].taken:
            await asyncio.sleep(0.01)


async def freed(app, placement):
    await left(app)
    async with asyncio.timeout(5):
        while len(app[REGISTRY]) or app[ADMISSION].taken or placement.sessions:
            await asyncio.sleep(0.01)


async def test_a_published_voice_is_heard_and_seen(server, placement):
    app, url = server
    async with broadcast(url) as publisher:
        assert "a=recvonly" in publisher.answer and "a=sendonly" not in publisher.answer
        watcher = await Watcher(url).post()
        assert watcher.answer.count("a=sendonly") == 2
        for answer in (publisher.answer, watcher.answer):
            assert "useinbandfec=1" in answer and re.search(r"a=rtcp-fb:\d+ nack\r\n", answer)
        await seen(watcher)
        await watcher.until(lambda w: loudness(w.sound[-1]) > 0.1)
        assert watcher.pictures[0].width == 96
        await watcher.close()
        await left(app)
        assert len(placement.sessions) == 1
    await freed(app, placement)


async def test_one_encoding_for_many(server, placement):
    app, url = server
    async with broadcast(url):
        watchers = [await Watcher(url).post() for _ in range(4)]
        await asyncio.gather(*(seen(watcher) for watcher in watchers))
        assert len(placement.opened) == 1 and len(app[VIEWERS]) == 4
        await watchers[0].close()
        counts = [len(watcher.pictures) for watcher in watchers[1:]]
        for watcher, count in zip(watchers[1:], counts, strict=True):
            await watcher.until(lambda w, n=count: len(w.pictures) > n + 3)
            await watcher.close()
    await freed(app, placement)


async def test_a_call_can_be_watched_and_not_by_its_id(server):
    url = server[1]
    caller = await Caller(url, width=96, height=64).call()
    with pytest.raises(AssertionError, match="not_live"):
        await Watcher(url).post(f"/whep/{caller.answer['session']}")
    watcher = await Watcher(url).post(f"/whep/{caller.answer['watch']}")
    await seen(watcher)
    await watcher.close()
    await caller.close()


async def test_a_camera_is_taken_and_not_shown(server):
    async with broadcast(server[1], video=VideoStreamTrack()) as publisher:
        assert publisher.answer.count("a=recvonly") == 2
        watcher = await Watcher(server[1]).post()
        await seen(watcher)
        await watcher.close()


async def test_a_camera_in_a_codec_that_cannot_be_answered(server, placement):
    publisher = Publisher(server[1])
    sdp = await publisher.offer(video=VideoStreamTrack())
    sdp = sdp.replace("VP8/", "AV1/").replace("H264/", "H265/")
    async with aiohttp.ClientSession() as http:
        headers = {"Content-Type": SDP}
        async with http.post(f"{server[1]}/whip/news", data=sdp, headers=headers) as response:
            assert response.status == 422
            assert "send no video" in (await response.json())["error"]["remedy"]
    await publisher.close()
    assert placement.opened == []


@pytest.mark.parametrize("shared", ["fingerprint", "fingerprint|setup|ice-ufrag|ice-pwd"])
async def test_offers_that_say_once_what_holds_for_all(server, shared):
    """As libdatachannel writes them, and with it OBS: attributes before the first section."""
    publisher = Publisher(server[1])
    plain = await publisher.offer(video=VideoStreamTrack())
    head, *sections = re.split(r"(?=m=)", plain)
    moved = dict.fromkeys(re.findall(rf"a=(?:{shared}):.*\r\n", plain))
    lean = [re.sub(rf"a=(?:{shared}):.*\r\n", "", section) for section in sections]

    async def written(**_):
        return "".join([head, "a=group:LS 0 1\r\n", *moved, *lean])

    publisher.offer = written
    await publisher.post()
    watcher = await Watcher(server[1]).post()
    await seen(watcher)
    await watcher.close()
    await publisher.close()


async def test_viewers_leave_no_trace(server):
    app, url = server
    counts = []
    async with broadcast(url):
        for index in range(9):
            watcher = await Watcher(url).post()
            await watcher.until(lambda w: w.pictures)
            await watcher.close()
            await left(app)
            if index in (0, 8):
                gc.collect()
                await asyncio.sleep(0.05)
                own = (len(os.listdir(f"/proc/self/{kind}")) for kind in ("task", "fd"))
                counts.append((len(asyncio.all_tasks()), *own))
    (tasks, threads, files), after = counts
    assert after[0] <= tasks and after[1] <= threads + 1 and after[2] <= files + 2


async def test_sound_alone_and_pictures_alone(server):
    async with broadcast(server[1]):
        hears = await Watcher(server[1]).post(kinds=("audio",))
        sees = await Watcher(server[1]).post(kinds=("video",))
        await hears.until(lambda w: len(w.sound) > 5)
        await sees.until(lambda w: len(w.pictures) > 2)
        await hears.close()
        await sees.close()


async def test_viewers_leave_when_the_voice_does(server, placement):
    app, url = server
    publisher = await Publisher(url).post()
    watcher = await Watcher(url).post()
    await seen(watcher)
    async with aiohttp.ClientSession() as http, http.delete(publisher.made) as response:
        assert response.status == 200
    await watcher.until(lambda w: w.connection.connectionState == "closed")
    await freed(app, placement)
    again = await Publisher(url).post()
    for one in (publisher, watcher, again):
        await one.close()


async def test_a_viewer_who_deletes_leaves_the_others(server, placement):
    app, url = server
    async with broadcast(url):
        one, other = await Watcher(url).post(), await Watcher(url).post()
        await asyncio.gather(seen(one), seen(other))
        async with aiohttp.ClientSession() as http:
            async with http.delete(one.made) as response:
                assert response.status == 200
            assert len(app[VIEWERS]) == 1
            async with http.delete(one.made) as response:
                assert response.status == 404
        count = len(other.pictures)
        await other.until(lambda w: len(w.pictures) > count + 3)
        await one.close()
        await other.close()
