"""Whole sessions, with real peers and a fake engine."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re

import aiohttp
import pytest
from aiortc import VideoStreamTrack

from engine.options import SessionOptions
from server.admission import Admission
from server.app import ADMISSION, REGISTRY
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.rtc import connection as connection_module
from server.rtc import hooks, line, liveness
from server.rtc.call import Call
from server.rtc.connection import PeerStats
from server.rtc.network import Network
from server.rtc.peer import Peer
from server.session import Session
from server.through_time import ThroughTime
from tests.server.clients import Caller, loudness
from tests.server.conftest import serving

SMALL = {"width": 96, "height": 64}


async def call(url, **offer):
    return await Caller(url, **SMALL).call(**offer)


async def seen(caller):
    await caller.until(lambda c: c.pictures and len(c.sound) > 5)


async def freed(app, placement, seconds=5):
    async with asyncio.timeout(seconds):
        while len(app[REGISTRY]) or app[ADMISSION].taken or placement.sessions:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("mime_types", "codec"),
    [(("video/h264", "video/rtx"), "h264"), (("video/vp8", "video/rtx"), "vp8")],
)
async def test_voice_and_picture_come_back(server, placement, mime_types, codec):
    caller = Caller(server[1], **SMALL, look_ahead_ms=40, fps=30, seed=7)
    await caller.call(codecs=mime_types)
    assert caller.answer["video"] == {"codec": codec, "width": 96, "height": 64, "fps": 30}
    stages = caller.answer["delay"]["stages"]
    assert stages[0] == {"stage": "look-ahead", "ms": 40.0}
    assert caller.answer["delay"]["total_ms"] == sum(stage["ms"] for stage in stages)
    assert placement.sessions[0].options == SessionOptions(
        look_ahead_ms=40, width=96, height=64, fps=30, seed=7, video_codec=codec
    )
    await caller.until(lambda c: len(c.pictures) > 10 and max(map(loudness, c.sound)) > 0.1)
    assert (caller.pictures[0].width, caller.pictures[0].height) == (96, 64)
    await caller.close()


async def test_the_page_is_told_of_speech_and_of_delay(server):
    caller = await call(server[1])
    await caller.until(lambda c: {m["type"] for m in c.messages} >= {"speech", "status"})
    speech = next(m for m in caller.messages if m["type"] == "speech")
    assert speech["active"] is True and speech["time"] > 0
    await caller.until(lambda c: any(m.get("pipeline_ms") for m in c.messages))
    status = caller.messages[-1]
    told = {"type", "pipeline_ms", "late_frames", "dropped", "concealed_ms", "picture"}
    assert set(status) == told
    await caller.close()


async def test_units_are_told_to_those_who_subscribed(server, placement):
    caller = await call(server[1])
    await seen(caller)
    assert not {m["type"] for m in caller.messages} & {"motion", "phone"}
    caller.channel.send('{"type": "subscribe", "units": ["motion"]}')
    await caller.until(lambda c: sum(m["type"] == "motion" for m in c.messages) > 5)
    times = [m["time"] for m in caller.messages if m["type"] == "motion"]
    assert times == [times[0] + 320 * k for k in range(len(times))]
    caller.channel.send('{"type": "subscribe", "units": []}')
    await caller.until(lambda c: placement.sessions[0].motion_units is False)
    await caller.close()


async def test_units_may_be_subscribed_to_in_the_offer(server):
    caller = Caller(server[1], **SMALL, phone_units=True)
    await caller.call()
    await caller.until(lambda c: any(m.get("phone") == "AA" for m in c.messages))
    phone = next(m for m in caller.messages if m.get("phone") == "AA")
    assert (phone["type"], phone["viseme"], phone["confidence"]) == ("phone", "aa", 1.0)
    assert phone["time"] % 6400 == 0
    await caller.close()


async def test_articulation_may_be_changed_in_the_call(server, placement):
    caller = Caller(server[1], **SMALL, articulation=1.2)
    await caller.call()
    assert placement.sessions[0].options.articulation == 1.2
    await caller.until(lambda c: c.channel.readyState == "open")
    caller.channel.send('{"type": "articulation", "value": 0.4}')
    await caller.until(lambda c: {"articulation": 0.4} in placement.sessions[0].controls)
    await caller.close()


async def test_what_a_client_says_wrongly_is_answered_and_harms_nobody(server, placement):
    caller = await call(server[1])
    await caller.until(lambda c: c.channel.readyState == "open")
    caller.channel.send("nonsense")
    await caller.until(lambda c: any(m["type"] == "refused" for m in c.messages))
    refusal = next(m for m in caller.messages if m["type"] == "refused")
    assert refusal["field"] == "message" and refusal["remedy"]
    count = len(caller.pictures)
    await caller.until(lambda c: len(c.pictures) > count + 3)
    await caller.close()


async def test_many_wishes_at_once_are_one_control(placement):
    options = SessionOptions(**SMALL)
    engine = await placement.open(options)
    call = Call(Network(), Admission(1).enter())
    session = Session("id", engine, options, call)
    for number in range(300):
        call._message(f'{{"type": "articulation", "value": {number / 300}}}')
    call._message('{"type": "subscribe", "units": ["phones"]}')
    task = asyncio.create_task(session._keep_time())
    while not engine.controls:
        await asyncio.sleep(0)
    task.cancel()
    (control,) = engine.controls
    assert control == {"articulation": 299 / 300, "motion_units": False, "phone_units": True}
    await session.close()


async def test_it_lives_before_the_first_word_and_without_a_channel(server, placement):
    caller = Caller(server[1], **SMALL)

    async def mute():
        await asyncio.sleep(3600)

    caller.microphone.recv = mute
    await caller.call(channel=False)
    await caller.until(lambda c: len(c.pictures) > 3 and len(c.sound) > 10)
    await caller.close()


async def test_the_first_picture_is_a_keyframe_made_for_it(server, placement):
    caller = await call(server[1])
    await seen(caller)
    assert {"keyframe": True} in placement.sessions[0].controls
    await caller.close()


async def test_sections_in_any_order(server):
    caller = Caller(server[1], **SMALL)
    caller.connection.createDataChannel("other")
    caller.connection.addTransceiver("video", direction="recvonly")
    caller.connection.addTransceiver(caller.microphone, direction="sendrecv")
    caller.connection.on("track", caller._watch)
    await caller.connection.setLocalDescription(await caller.connection.createOffer())

    async def made(**_):
        return caller.connection.localDescription.sdp

    caller.offer = made
    await caller.call()
    await seen(caller)
    await caller.close()


async def test_a_browser_that_hides_its_addresses(server):
    caller = Caller(server[1], **SMALL)
    honest = await caller.offer()
    hidden = re.sub(r"(a=candidate:.*) [0-9a-f.:]+ (\d+ typ)", r"\1 0c8f3f2e-1234.local \2", honest)
    assert hidden.count(".local") == honest.count("a=candidate:") > 0

    async def made(**_):
        return hidden

    caller.offer = made
    await caller.call()
    await seen(caller)
    await caller.close()


async def test_sections_that_leave_the_transport_to_the_first(server):
    """As Firefox offers with the bundle policy "max-bundle"."""
    caller = Caller(server[1], **SMALL)
    first, *others = re.split(r"(?=m=)", await caller.offer())[1:]
    head = caller.connection.localDescription.sdp.split("m=", 1)[0]
    shared = r"a=(ice-|fingerprint|setup|rtcp|candidate|end-of).*\r\n"
    lean = [
        re.sub(r"^(m=\w+) \d+", r"\1 0", re.sub(shared, "", other)) + "a=bundle-only\r\n"
        for other in others
    ]

    async def made(**_):
        return head + first + "".join(lean)

    caller.offer = made
    await caller.call()
    await seen(caller)
    await caller.close()


async def test_video_that_nobody_asked_for_is_not_taken(server):
    caller = Caller(server[1], **SMALL)
    await caller.call(video="sendrecv")
    picture = next(t for t in caller.connection.getTransceivers() if t.kind == "video")
    picture.sender.replaceTrack(VideoStreamTrack())
    assert picture.currentDirection == "recvonly"
    await seen(caller)
    await caller.close()


async def test_delete_frees_at_once(server, placement):
    app, url = server
    caller = await call(url)
    await seen(caller)
    address = f"{url}/session/{caller.answer['session']}"
    async with aiohttp.ClientSession() as http:
        async with http.delete(address) as response:
            assert response.status == 204
        assert len(app[REGISTRY]) == 0 and app[ADMISSION].taken == 0 and not placement.sessions
        await caller.until(lambda c: c.connection.connectionState == "closed")
        async with http.delete(address) as response:
            assert response.status == 404
    await caller.close()


async def test_a_peer_that_leaves_frees_its_place(server, placement):
    caller = await call(server[1])
    await seen(caller)
    await caller.close()
    await freed(server[0], placement)


async def test_a_lost_worker_ends_the_session_only(server, placement):
    app, url = server
    lost, other = await call(url), await call(url)
    await lost.until(lambda c: c.messages)
    await seen(other)
    placement.sessions[0].lose()
    await lost.until(lambda c: {"type": "error", "code": "worker_lost"} in c.messages)
    async with asyncio.timeout(5):
        while len(app[REGISTRY]) > 1:
            await asyncio.sleep(0.01)
    count = len(other.pictures)
    await other.until(lambda c: len(c.pictures) > count + 3)
    await lost.close()
    await other.close()


async def test_an_offer_that_never_connects_is_given_up(server, placement, monkeypatch):
    monkeypatch.setattr(liveness, "CONNECT_TIMEOUT", 0.2)
    caller = Caller(server[1], **SMALL)
    body = {"sdp": await caller.offer(), "type": "offer"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server[1]}/offer", json=body) as response,
    ):
        assert response.status == 200
    await caller.close()
    await freed(server[0], placement)


async def test_a_peer_that_falls_silent_is_given_up(server, placement, monkeypatch):
    monkeypatch.setattr(liveness, "SILENT_TIMEOUT", 0.2)
    monkeypatch.setattr(line, "KEPT", line.SILENT_TIMEOUT + 0.2)

    async def nothing_new(peer):
        return PeerStats(7, None)

    monkeypatch.setattr(Peer, "stats", nothing_new)
    caller = await call(server[1])
    await freed(server[0], placement)
    await caller.close()


@pytest.mark.parametrize("limit", ["MAX_SOURCES", "MAX_UNORDERED"])
async def test_a_peer_that_sends_without_measure_is_ended(server, placement, monkeypatch, limit):
    monkeypatch.setattr(hooks, limit, -1)
    caller = await call(server[1])
    await freed(server[0], placement)
    await caller.close()


async def test_a_peer_that_opens_channel_after_channel_is_ended(server, placement, monkeypatch):
    monkeypatch.setattr(connection_module, "MAX_CHANNELS", 3)
    caller = Caller(server[1], **SMALL)
    for number in range(3):
        caller.connection.createDataChannel(f"other {number}")
    await caller.call()
    await freed(server[0], placement)
    await caller.close()


async def test_stopping_the_server_frees_everything():
    placement = FakePlacement()
    async with serving(ServerConfig(), placement) as (app, url):
        caller = await call(url)
        await seen(caller)
    assert len(app[REGISTRY]) == 0 and placement.closed and not placement.sessions
    await caller.close()


async def test_twenty_connections_leave_nothing_behind(server, placement):
    app, url = server
    counts = []
    for index in range(21):
        caller = await call(url)
        await seen(caller)
        await caller.close()
        await freed(app, placement)
        if index in (0, 20):
            gc.collect()
            await asyncio.sleep(0.05)
            own = (len(os.listdir(f"/proc/self/{kind}")) for kind in ("task", "fd"))
            counts.append((len(asyncio.all_tasks()), *own))
    (tasks, threads, files), after = counts[0], counts[1]
    assert after[0] <= tasks and after[1] <= threads and after[2] <= files + 2


async def test_addresses_and_keys_are_not_logged(server, placement, caplog):
    with caplog.at_level(logging.DEBUG):
        caller = await call(server[1])
        await seen(caller)
        await caller.close()
        await freed(server[0], placement)
    text = caplog.text
    assert "candidate" not in text and "fingerprint" not in text and "ice-pwd" not in text


def test_through_time_is_that_of_the_sample():
    through = ThroughTime()
    assert through.median_ms() is None
    for index in range(10):
        through.arrived(960, 1.0 + index * 0.02)
    for index in range(10):
        through.left(index * 320, 1.1 + index * 0.02)
    assert through.median_ms() == pytest.approx(100)


def test_through_time_knows_of_what_the_engine_dropped():
    through = ThroughTime()
    for index in range(100):
        through.arrived(960, 1.0 + index * 0.02)
    through.skipped(50 * 320)
    for index in range(50):
        through.left(index * 320, 2.1 + index * 0.02)
    assert through.median_ms() == pytest.approx(100)
