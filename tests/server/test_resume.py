"""Callers who call anew: the same session over another connection, for a while."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from server.app import ADMISSION, REGISTRY
from server.rtc import line, liveness
from server.rtc.connection import PeerStats
from server.rtc.peer import Peer
from tests.server.clients import Caller
from tests.server.test_session import SMALL, call, freed, seen


async def again(url, session, **offer):
    return await Caller(url, resume=session).call(**offer)


@pytest.fixture
def impatient(monkeypatch):
    """A server that takes a peer for gone after half a second, and waits as long for another."""
    monkeypatch.setattr(liveness, "SILENT_TIMEOUT", 0.5)
    monkeypatch.setattr(liveness, "POLL", 0.1)
    monkeypatch.setattr(line, "KEPT", 1.5)
    monkeypatch.setattr(line, "SILENT_TIMEOUT", 0.5)


@pytest.fixture
def silent(monkeypatch):
    """Connections that look dead once their server is told so."""
    dead, real = set(), Peer.stats

    async def stats(peer):
        return PeerStats(7, None) if peer in dead else await real(peer)

    monkeypatch.setattr(Peer, "stats", stats)
    return dead


async def test_the_same_session_over_another_connection(server, placement):
    app, url = server
    first = Caller(url, **SMALL, articulation=1.4, seed=7)
    await first.call()
    await seen(first)
    (engine,) = placement.sessions
    first.channel.send('{"type": "articulation", "value": 0.6}')
    await first.until(lambda c: {"articulation": 0.6} in engine.controls)
    pushed = engine.pushed
    second = await again(url, first.answer["session"])
    await seen(second)
    assert second.answer == first.answer | {"sdp": second.answer["sdp"], "articulation": 0.6}
    assert second.ice_session != first.ice_session
    assert len(placement.opened) == 1 and placement.sessions == [engine]
    assert engine.pushed > pushed, "media time goes on"
    assert app[ADMISSION].taken == len(app[REGISTRY]) == 1
    await first.until(lambda c: c.connection.connectionState == "closed")
    await second.until(lambda c: c.messages)
    await first.close()
    await second.close()
    await freed(app, placement)


async def test_the_old_connection_serves_until_the_new_one_is_up(server, placement):
    app, url = server
    first = await call(url)
    await seen(first)
    lost = Caller(url, resume=first.answer["session"])
    body = {"sdp": await lost.offer(), "type": "offer", **lost.fields}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/offer", json=body) as response:
        assert response.status == 200
    await lost.close()
    count = len(first.pictures)
    await first.until(lambda c: len(c.pictures) > count + 5)
    await first.close()
    await freed(app, placement)


async def test_a_session_without_a_connection_is_kept_for_its_caller(
    server, placement, impatient, silent
):
    app, url = server
    first = await call(url)
    await seen(first)
    session = app[REGISTRY].find(first.answer["session"])
    silent.add(session.connection)
    async with asyncio.timeout(5):
        while app[ADMISSION].taken:
            await asyncio.sleep(0.01)
    assert len(placement.sessions) == 1, "kept, though its place is for whoever comes"
    second = await again(url, session.id)
    assert app[ADMISSION].taken == 1
    await seen(second)
    await asyncio.sleep(1.5)
    count = len(second.pictures)
    await second.until(lambda c: len(c.pictures) > count + 3)
    await second.close()
    await first.close()
    await freed(app, placement)


async def test_it_is_not_kept_for_ever(server, placement, impatient, silent):
    app, url = server
    first = await call(url)
    await seen(first)
    session = app[REGISTRY].find(first.answer["session"])
    silent.add(session.connection)
    await freed(app, placement)
    async with aiohttp.ClientSession() as http:
        body = {"sdp": "v=0", "type": "offer", "resume": session.id}
        async with http.post(f"{url}/offer", json=body) as response:
            assert response.status == 404
            assert (await response.json())["error"]["field"] == "resume"
    await first.close()


async def test_a_newcomer_has_the_place_of_one_who_is_gone(server, placement, impatient, silent):
    app, url = server
    callers = [await call(url), await call(url)]
    for caller in callers:
        await seen(caller)
    gone, here = (app[REGISTRY].find(caller.answer["session"]) for caller in callers)
    silent.add(gone.connection)
    async with asyncio.timeout(5):
        while app[ADMISSION].taken == 2:
            await asyncio.sleep(0.01)
    newcomer = await call(url)
    await seen(newcomer)
    assert app[REGISTRY].find(gone.id) is None and app[REGISTRY].find(here.id) is here
    assert app[ADMISSION].taken == 2
    for caller in (*callers, newcomer):
        await caller.close()
    await freed(app, placement)


async def test_a_connection_that_comes_up_too_late_moves_nothing(server, placement):
    app, url = server
    first = await call(url)
    await seen(first)
    call_of_first = app[REGISTRY].find(first.answer["session"]).caller
    asked = len(placement.sessions[0].controls)
    late = call_of_first._connect()
    call_of_first._opened(late)
    assert call_of_first._line.current is not late
    await asyncio.sleep(0.05)
    assert not any("bitrate" in control for control in placement.sessions[0].controls[asked:])
    await late.close()
    await first.close()
    await freed(app, placement)


async def test_those_who_watch_notice_nothing(server, placement):
    _, url = server
    first = await call(url)
    await seen(first)
    watching = await _viewer(url, first.answer["watch"])
    second = await again(url, first.answer["session"])
    await seen(second)
    count = len(watching.pictures)
    await watching.until(lambda c: len(c.pictures) > count + 5)
    for caller in (watching, first, second):
        await caller.close()


async def _viewer(url, session):
    from aiortc import RTCSessionDescription

    viewer = Caller(url)
    for kind in ("audio", "video"):
        viewer.connection.addTransceiver(kind, direction="recvonly")
    viewer.connection.on("track", viewer._watch)
    await viewer.connection.setLocalDescription(await viewer.connection.createOffer())
    headers = {"Content-Type": "application/sdp"}
    offer = viewer.connection.localDescription.sdp
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/whep/{session}", data=offer, headers=headers) as response,
    ):
        assert response.status == 201, await response.text()
        answer = await response.text()
    await viewer.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await viewer.until(lambda c: len(c.pictures) > 3)
    return viewer


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"resume": "nobody"}, 404, "resume"),
        ({"resume": 5}, 404, "resume"),
        ({"resume": "nobody", "seed": 3}, 400, "seed"),
    ],
)
async def test_what_cannot_be_resumed_is_refused(server, fields, status, field):
    body = {"sdp": "v=0", "type": "offer", **fields}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server[1]}/offer", json=body) as response,
    ):
        assert response.status == status
        assert (await response.json())["error"]["field"] == field


async def test_another_codec_is_another_session(server):
    first = await Caller(server[1], **SMALL).call(codecs=("video/h264", "video/rtx"))
    other = Caller(server[1], resume=first.answer["session"])
    body = {
        "sdp": await other.offer(codecs=("video/vp8", "video/rtx")),
        "type": "offer",
        **other.fields,
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server[1]}/offer", json=body) as response,
    ):
        assert response.status == 406
    await other.close()
    await first.close()
