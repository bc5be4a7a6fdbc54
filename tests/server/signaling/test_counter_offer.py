"""A viewer whose offer lacks a codec gets one of ours (draft-ietf-wish-whep-03, section 4.2.2)."""

from __future__ import annotations

import asyncio
import contextlib
import re

import pytest
from aiortc import RTCSessionDescription

from server import audience
from server.config import ServerConfig
from server.rtc.network import Network
from server.signaling.broadcast import SEATS, VIEWERS
from tests.server.broadcast import FRAGMENT, SDP, Watcher, broadcast, offer_of, refused
from tests.server.conftest import serving

VP8 = "/whip/news?video_codec=vp8&width=96&height=64"
H264 = "/whip/news?video_codec=h264&width=96&height=64"


@contextlib.asynccontextmanager
async def countered(url, http, change=("VP8/", "VP9/")):
    """The 406 to an offer that has been changed."""
    sdp = (await offer_of(Watcher, url)).replace(*change)
    async with http.post(f"{url}/whep/news", data=sdp, headers={"Content-Type": SDP}) as response:
        yield response


class Taker(Watcher):
    """Answers the server's offer."""

    async def take(self, response):
        self.made = self.url + response.headers["Location"]
        self.connection.on("track", self._watch)
        offer = RTCSessionDescription(await response.text(), "offer")
        await self.connection.setRemoteDescription(offer)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp


@pytest.mark.parametrize(
    ("path", "change", "codec"),
    [
        (VP8, ("VP8/", "VP9/"), "VP8"),
        (H264, ("H264/", "H265/"), "H264"),
        (VP8, ("opus/", "G7/"), "VP8"),
    ],
)
async def test_the_player_answers_and_watches(server, http, path, change, codec):
    app, url = server
    async with broadcast(url, path=path):
        async with countered(url, http, change) as response:
            assert response.status == 406 and response.headers["Content-Type"] == SDP
            assert response.headers["Location"].startswith("/whep/news/")
            assert response.headers["ETag"] and SDP in response.headers["Accept-Patch"]
            offer = await response.text()
            assert offer.count("a=sendonly") == offer.count("a=rtcp-mux-only") == 2
            assert f"{codec}/90000" in offer and "opus/48000" in offer
            player = Taker(url)
            answer = await player.take(response)
        headers = {"Content-Type": SDP}
        async with http.patch(player.made, data=answer, headers=headers) as response:
            assert response.status == 204 and await response.text() == ""
        await player.until(lambda p: len(p.pictures) > 2 and len(p.sound) > 5)
        async with http.patch(player.made, data=answer, headers=headers) as response:
            await refused(response, 409, "in_use")
        async with http.delete(player.made) as response:
            assert response.status == 200
        assert len(app[VIEWERS]) == app[SEATS].taken == 0
        await player.close()


async def test_candidates_follow_an_answer(server, http):
    async with broadcast(server[1], path=VP8):
        async with countered(server[1], http) as response:
            tag, player = response.headers["ETag"], Taker(server[1])
            answer = await player.take(response)
        lines = answer.splitlines()
        later = [line for line in lines if line.startswith("a=candidate")]
        early = [line for line in lines if "candidate" not in line]
        headers = {"Content-Type": SDP}
        body = "\r\n".join([*early, ""])
        assert (await http.patch(player.made, data=body, headers=headers)).status == 204
        headers = {"Content-Type": FRAGMENT, "If-Match": tag}
        body = "\r\n".join([*(line for line in early if "a=ice-" in line)][:2] + later)
        assert (await http.patch(player.made, data=body, headers=headers)).status == 204
        await player.until(lambda p: p.pictures)
        await player.close()


async def test_one_kind_may_be_declined(server, http):
    async with broadcast(server[1], path=VP8):
        async with countered(server[1], http) as response:
            player = Taker(server[1])
            answer = await player.take(response)
        head, audio, video = answer.partition("m=audio")[0], *answer.split("m=")[1:]
        answer = head + "m=" + audio + "m=" + video.replace("a=recvonly", "a=inactive")
        headers = {"Content-Type": SDP}
        assert (await http.patch(player.made, data=answer, headers=headers)).status == 204
        await player.until(lambda p: len(p.sound) > 5)
        assert not player.pictures
        await player.close()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ((r"(?s).*", "m=nonsense"), 400, "malformed"),
        (("a=ice-ufrag", "a=nothing"), 400, "malformed"),
        (("a=recvonly", "a=sendrecv"), 422, "unusable"),
        (("a=recvonly", "a=inactive"), 422, "unusable"),
        (("VP8/", "VP9/"), 422, "unusable"),
        ((r"m=video \d+", "m=video 0"), 422, "unusable"),
    ],
)
async def test_an_answer_of_no_use_leaves_the_offer_open(server, http, change, status, code):
    async with broadcast(server[1], path=VP8):
        async with countered(server[1], http) as response:
            player = Taker(server[1])
            answer = await player.take(response)
        headers = {"Content-Type": SDP}
        bad = re.sub(*change, answer)
        async with http.patch(player.made, data=bad, headers=headers) as response:
            await refused(response, status, code)
        async with http.patch(player.made, data="", headers={"Content-Type": "text/plain"}) as r:
            await refused(r, 415, "unsupported_type")
        assert (await http.patch(player.made, data=answer, headers=headers)).status == 204
        await player.until(lambda p: p.pictures)
        await player.close()


async def test_an_offer_without_an_answer_ends(server, http, monkeypatch):
    monkeypatch.setattr(audience, "OFFER_LIFETIME", 0.2)
    app, url = server
    async with broadcast(url, path=VP8), countered(url, http) as response:
        assert response.status == 406 and len(app[VIEWERS]) == 1
        async with asyncio.timeout(5):
            while app[VIEWERS]:
                await asyncio.sleep(0.02)
        made = url + response.headers["Location"]
        answered = await http.patch(made, data="v=0", headers={"Content-Type": SDP})
        await refused(answered, 404, "not_found")


async def test_an_offer_may_be_declined(server, http):
    app, url = server
    async with broadcast(url, path=VP8), countered(url, http) as response:
        assert (await http.delete(url + response.headers["Location"])).status == 200
        assert app[SEATS].taken == 0


async def test_a_full_house_offers_nothing(placement, http):
    async with (
        serving(ServerConfig(max_viewers=0), placement) as (_, url),
        broadcast(url, path=VP8),
        countered(url, http) as response,
    ):
        await refused(response, 503, "at_capacity")


async def test_a_seat_without_an_answer_is_for_whoever_comes(placement, http):
    async with (
        serving(ServerConfig(max_viewers=1), placement) as (app, url),
        broadcast(url, path=VP8),
    ):
        async with countered(url, http) as first:
            assert first.status == 406 and app[SEATS].taken == 0
        async with countered(url, http) as response:
            player = Taker(url)
            answer = await player.take(response)
        async with asyncio.timeout(5):
            while len(app[VIEWERS]) > 1:
                await asyncio.sleep(0.02)
        headers = {"Content-Type": SDP}
        assert (await http.delete(url + first.headers["Location"])).status == 404
        assert (await http.patch(player.made, data=answer, headers=headers)).status == 204
        async with countered(url, http) as response:
            await refused(response, 503, "at_capacity")
        await player.until(lambda p: p.pictures)
        await player.close()


async def test_one_port_is_enough(placement, http):
    network = Network(udp_ports=(50_980, 50_981))
    async with (
        serving(ServerConfig(network=network), placement) as (_, url),
        broadcast(url, path=VP8),
        countered(url, http) as response,
    ):
        lines = [line for line in (await response.text()).splitlines() if "candidate:" in line]
        assert response.status == 406 and lines


async def test_what_an_address_takes(server, http):
    async with broadcast(server[1], path=VP8), countered(server[1], http) as response:
        answer = await http.options(server[1] + response.headers["Location"])
        assert answer.headers["Accept-Patch"] == f"{FRAGMENT}, {SDP}"
        watcher = await Watcher(server[1]).post()
        async with http.patch(watcher.made, data="v=0", headers={"Content-Type": SDP}) as refusal:
            await refused(refusal, 409, "in_use")
        await watcher.close()
