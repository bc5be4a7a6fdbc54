"""WHIP and WHEP by the letter: what is answered to whom, with which status and headers."""

from __future__ import annotations

import asyncio

import pytest
from aiortc import RTCPeerConnection

from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.rtc.network import Network
from server.signaling.broadcast import SEATS, VIEWERS
from tests.server.broadcast import (
    FRAGMENT,
    SDP,
    Publisher,
    Watcher,
    broadcast,
    offer_of,
    refused,
)
from tests.server.conftest import serving

ENDPOINTS = [("/whip/news", Publisher), ("/whep/news", Watcher)]


# --- POST ---


@pytest.mark.parametrize("kind", [Publisher, Watcher])
async def test_what_is_made_is_told_as_the_documents_say(server, kind):
    async with broadcast(server[1], path="/whip/news") as publisher:
        side = publisher if kind is Publisher else await Watcher(server[1]).post()
        assert side.headers["Content-Type"] == SDP
        assert side.headers["ETag"].startswith('"') and len(side.headers["ETag"]) > 10
        assert side.headers["Location"].startswith(f"{kind.path.partition('?')[0]}/")
        assert side.headers["Accept-Patch"] == FRAGMENT
        assert "a=candidate:" in side.answer
        await side.close()


@pytest.mark.parametrize(
    ("path", "kind", "offered", "answered"),
    [
        ("/whip/other", Publisher, "a=sendonly", "a=recvonly"),
        ("/whep/news", Watcher, "a=recvonly", "a=sendonly"),
    ],
)
async def test_media_goes_one_way_even_if_both_are_offered(
    server, http, path, kind, offered, answered
):
    async with broadcast(server[1]):
        sdp = (await offer_of(kind, server[1])).replace(offered, "a=sendrecv")
        headers = {"Content-Type": SDP}
        async with http.post(server[1] + path, data=sdp, headers=headers) as response:
            answer = await response.text()
        assert response.status == 201 and answered in answer and "a=sendrecv" not in answer


async def test_a_voice_without_a_name_gets_one(server):
    publisher = await Publisher(server[1]).post("/whip")
    name = publisher.headers["Location"].split("/")[2]
    watcher = await Watcher(server[1]).post(f"/whep/{name}")
    await watcher.until(lambda w: w.pictures)
    await watcher.close()
    await publisher.close()


@pytest.mark.parametrize(("path", "kind"), ENDPOINTS)
@pytest.mark.parametrize(
    ("body", "sent", "status", "code"),
    [
        (b"v=0", "application/json", 415, "unsupported_type"),
        (b"v=0", "", 415, "unsupported_type"),
        (b"", SDP, 400, "malformed"),
        (b"\xff\xfe", SDP, 400, "malformed"),
        (b"m=nonsense", SDP, 400, "malformed"),
        (b"x" * 70_000, SDP, 413, "too_large"),
    ],
)
async def test_bodies_that_are_no_offers(
    server, placement, http, path, kind, body, sent, status, code
):
    async with broadcast(server[1]):
        opened = len(placement.opened)
        path = path.replace("whip/news", "whip/other")
        headers = {"Content-Type": sent} if sent else {}
        async with http.post(server[1] + path, data=body, headers=headers) as response:
            await refused(response, status, code)
        assert len(placement.opened) == opened and len(server[0][VIEWERS]) == 0


async def test_a_name_is_of_one_voice(server, http):
    async with broadcast(server[1]):
        sdp = await offer_of(Publisher, server[1])
        headers = {"Content-Type": SDP}
        async with http.post(f"{server[1]}/whip/news", data=sdp, headers=headers) as response:
            await refused(response, 409, "in_use")


async def test_two_at_once_do_not_get_the_same_name(server, http):
    offers = [await offer_of(Publisher, server[1]) for _ in range(2)]
    headers = {"Content-Type": SDP}
    answers = await asyncio.gather(
        *(http.post(f"{server[1]}/whip/news", data=sdp, headers=headers) for sdp in offers)
    )
    assert sorted(answer.status for answer in answers) == [201, 409]


async def test_a_viewer_who_comes_before_the_voice(server, http):
    sdp = await offer_of(Watcher, server[1])
    headers = {"Content-Type": SDP}
    async with http.post(f"{server[1]}/whep/news", data=sdp, headers=headers) as response:
        await refused(response, 409, "not_live")
        assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("path", "kind", "given", "instead"),
    [
        ("/whip/other", Publisher, "a=sendonly", "a=recvonly"),
        ("/whip/other", Publisher, "opus/", "G722/"),
        ("/whep/news", Watcher, "a=recvonly", "a=sendonly"),
        ("/whep/news", Watcher, "a=recvonly", "a=inactive"),
        ("/whip/other?look_ahead_ms=161", Publisher, "", ""),
        ("/whip/other?look_ahead_ms=many", Publisher, "", ""),
        ("/whip/other?motion_units=1", Publisher, "", ""),
        ("/whip/other?colour=red", Publisher, "", ""),
    ],
)
async def test_offers_that_cannot_be_served(server, http, path, kind, given, instead):
    async with broadcast(server[1]):
        sdp = (await offer_of(kind, server[1])).replace(given or "\0", instead)
        headers = {"Content-Type": SDP}
        async with http.post(server[1] + path, data=sdp, headers=headers) as response:
            error = await refused(response, 422, "unusable")
        assert error["remedy"]


async def test_a_full_house(placement, http):
    async with serving(ServerConfig(max_sessions=1, max_viewers=1), placement) as (_, url):
        voice, view = await offer_of(Publisher, url), await offer_of(Watcher, url)
        async with broadcast(url):
            watcher = await Watcher(url).post()
            for path, sdp in (("/whip/other", voice), ("/whep/news", view)):
                async with http.post(
                    url + path, data=sdp, headers={"Content-Type": SDP}
                ) as response:
                    await refused(response, 503, "at_capacity")
                    assert int(response.headers["Retry-After"]) > 0
            await watcher.close()


async def test_media_comes_from_the_ports_that_are_open_and_no_port_is_503(placement, http):
    network = Network(udp_ports=(50_990, 50_990))
    async with (
        serving(ServerConfig(network=network), placement) as (app, url),
        broadcast(url) as publisher,
    ):
        lines = [line.split() for line in publisher.answer.splitlines() if "candidate:" in line]
        assert lines and {words[5] for words in lines} == {"50990"}
        sdp = await offer_of(Watcher, url)
        headers = {"Content-Type": SDP}
        async with http.post(f"{url}/whep/news", data=sdp, headers=headers) as response:
            error = await refused(response, 503, "unavailable")
        assert "--udp-ports" in error["remedy"] and app[SEATS].taken == 0


@pytest.mark.parametrize(("path", "kind"), ENDPOINTS)
async def test_an_answer_that_fails_leaves_nothing(
    server, placement, http, monkeypatch, path, kind
):
    async def fail(peer, description):
        raise ValueError("what aiortc says")

    app, url = server
    async with broadcast(url):
        sdp = await offer_of(kind, url)
        path = path.replace("whip/news", "whip/other")
        with monkeypatch.context() as broken:
            broken.setattr(RTCPeerConnection, "setRemoteDescription", fail)
            for _ in range(3):
                async with http.post(
                    url + path, data=sdp, headers={"Content-Type": SDP}
                ) as response:
                    await refused(response, 400, "malformed")
        assert len(placement.sessions) == 1
        assert len(app[VIEWERS]) == 0 and app[SEATS].taken == 0


# --- the other verbs ---


async def test_verbs(server, http):
    async with broadcast(server[1]) as publisher:
        for url in (f"{server[1]}/whip", f"{server[1]}/whip/news", f"{server[1]}/whep/news"):
            assert (await http.get(url)).status == 204
            for verb in ("PUT", "PATCH", "DELETE"):
                answer = await http.request(verb, url)
                await refused(answer, 405, "method_not_allowed")
                assert "POST" in answer.headers["Allow"]
            answer = await http.options(url)
            assert answer.status == 200 and answer.headers["Accept-Post"] == SDP
        assert (await http.get(publisher.made)).status == 204
        await refused(await http.put(publisher.made), 405, "method_not_allowed")
        answer = await http.options(publisher.made)
        assert answer.status == 200 and answer.headers["Accept-Patch"] == FRAGMENT


async def test_stopping_the_server_ends_viewers_too():
    placement = FakePlacement()
    async with serving(ServerConfig(), placement) as (app, url):
        publisher = await Publisher(url).post()
        watcher = await Watcher(url).post()
        await watcher.until(lambda w: w.pictures)
    assert len(app[VIEWERS]) == 0 and app[SEATS].taken == 0 and not placement.sessions
    await watcher.close()
    await publisher.close()
