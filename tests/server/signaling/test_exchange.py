"""WHIP and WHEP by the letter: what is answered to whom, with which status and headers."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiortc import RTCPeerConnection

from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.rtc.network import Network, turn_password
from server.signaling.broadcast import SEATS, VIEWERS
from tests.server.broadcast import FRAGMENT, SDP, Publisher, Watcher, broadcast
from tests.server.conftest import serving

TOKEN = "a-token-of-nobody"
ELSEWHERE = "https://player.example"
ENDPOINTS = [("/whip/news", Publisher), ("/whep/news", Watcher)]


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def guarded(placement):
    """(url) of a server with a token, STUN and TURN."""
    network = Network(
        stun=("stun:stun.example:3478",),
        turn=("turn:turn.example:3478?transport=tcp",),
        turn_secret="s3cret",
    )
    config = ServerConfig(max_sessions=2, token=TOKEN, network=network)
    async with serving(config, placement) as (_, url):
        yield url


async def refused(response, status, code):
    body = await response.json()
    assert response.status == status, body
    assert body["error"]["code"] == code and body["error"]["message"]
    return body["error"]


async def offer_of(kind, url):
    side = kind(url)
    sdp = await side.offer()
    await side.close()
    return sdp


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


async def test_a_viewer_without_the_codec_that_is_sent(server, http):
    async with broadcast(server[1], path="/whip/news?video_codec=vp8&width=96&height=64"):
        sdp = (await offer_of(Watcher, server[1])).replace("VP8/", "VP9/")
        headers = {"Content-Type": SDP}
        async with http.post(f"{server[1]}/whep/news", data=sdp, headers=headers) as response:
            error = await refused(response, 406, "not_acceptable")
        assert "VP8" in error["remedy"]
        watcher = await Watcher(server[1]).post()
        await watcher.until(lambda w: w.pictures)
        await watcher.close()


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


# --- PATCH ---


async def patch(http, side, fragment, **headers):
    sent = {"Content-Type": FRAGMENT, "If-Match": side.headers["ETag"], **headers}
    kept = {name: value for name, value in sent.items() if value}
    return await http.patch(side.made, data=fragment, headers=kept)


def fragment_of(sdp):
    ufrag = next(line for line in sdp.splitlines() if line.startswith("a=ice-ufrag:"))
    candidates = [line for line in sdp.splitlines() if line.startswith("a=candidate:")]
    return "\r\n".join(
        [ufrag, "a=ice-pwd:0123456789012345678901", "m=audio 9 RTP/AVP 0", "a=mid:0", *candidates]
    )


@pytest.mark.parametrize("kind", [Publisher, Watcher])
async def test_candidates_that_come_later(server, http, kind):
    async with broadcast(server[1]) as publisher:
        side = publisher if kind is Publisher else await Watcher(server[1]).post()
        fragment = fragment_of(side.connection.localDescription.sdp)
        for text in (
            fragment,
            fragment + "\r\na=end-of-candidates\r\n",
            fragment + "\r\na=candidate:9 1 udp 99 0c8f3f2e-1234.local 4444 typ host",
            fragment + "\r\na=candidate:9 1 tcp 99 192.0.2.1 9 typ host tcptype active",
        ):
            response = await patch(http, side, text)
            assert response.status == 204 and "ETag" not in response.headers
        await side.close()


def without_candidates(sdp):
    lines = sdp.splitlines(True)
    return "".join(line for line in lines if "candidate" not in line)


async def test_a_connection_by_trickled_candidates_alone(server, http):
    """The viewer does not know where we are: only our checks can find the way."""
    async with broadcast(server[1]):
        watcher = Watcher(server[1])
        watcher.taken = without_candidates
        whole = await watcher.offer()

        async def bare(**_):
            return without_candidates(whole)

        watcher.offer = bare
        await watcher.post()
        assert (await patch(http, watcher, fragment_of(whole))).status == 204
        await watcher.until(lambda w: w.pictures)
        await watcher.close()


@pytest.mark.parametrize(
    ("change", "headers", "status", "code"),
    [
        ("", {"If-Match": None}, 428, "precondition_required"),
        ("", {"If-Match": '"stale"'}, 412, "precondition_failed"),
        ("", {"Content-Type": "application/sdp"}, 415, "unsupported_type"),
        ("restart", {"If-Match": "*"}, 422, "unusable"),
        ("restart", {}, 422, "unusable"),
        ("no fragment", {}, 400, "malformed"),
        ("empty", {}, 400, "malformed"),
        ("bad candidate", {}, 400, "malformed"),
        ("two sessions", {}, 400, "malformed"),
    ],
)
async def test_patches_that_are_refused_and_harm_nobody(
    server, http, change, headers, status, code
):
    async with broadcast(server[1]) as publisher:
        fragment = fragment_of(publisher.connection.localDescription.sdp)
        texts = {
            "": fragment,
            "restart": "a=ice-ufrag:newnew\r\na=ice-pwd:0123456789012345678901\r\n",
            "no fragment": "hello",
            "empty": "",
            "bad candidate": "a=candidate:1 1 udp",
            "two sessions": fragment + "\r\na=ice-ufrag:newnew",
        }
        await refused(await patch(http, publisher, texts[change], **headers), status, code)
        watcher = await Watcher(server[1]).post()
        await watcher.until(lambda w: w.pictures)
        await watcher.close()


async def test_what_there_is_not(server, http):
    for path in ("/whip/news/unknown", "/whep/news/unknown"):
        url = server[1] + path
        headers = {"Content-Type": FRAGMENT, "If-Match": '"x"'}
        await refused(await http.patch(url, data=b"a=mid:0", headers=headers), 404, "not_found")
        await refused(await http.delete(url), 404, "not_found")
        await refused(await http.get(url), 404, "not_found")
    await refused(await http.post(f"{server[1]}/whip/no:such:name", data=b""), 404, "not_found")


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


# --- who may ---


@pytest.mark.parametrize(("path", "kind"), ENDPOINTS)
@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
async def test_the_token_is_asked_for(guarded, placement, http, path, kind, given):
    headers = {"Content-Type": SDP} | ({} if given is None else {"Authorization": given})
    for verb, address in (("POST", path), ("DELETE", f"{path}/x"), ("PATCH", f"{path}/x")):
        response = await http.request(verb, guarded + address, data=b"v=0", headers=headers)
        await refused(response, 401, "unauthorised")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert placement.opened == []


async def test_with_the_token_all_goes(guarded):
    headers = {"Authorization": f"bearer {TOKEN}"}
    publisher = await Publisher(guarded).post(headers=headers)
    watcher = await Watcher(guarded).post(headers=headers)
    await watcher.until(lambda w: w.pictures)
    async with aiohttp.ClientSession(headers=headers) as http:
        assert (await http.delete(watcher.made)).status == 200
        assert (await http.delete(publisher.made)).status == 200
    await watcher.close()
    await publisher.close()


async def test_the_page_needs_the_token_too(guarded, http):
    for verb, path in (("POST", "/offer"), ("DELETE", "/session/x"), ("GET", "/ice")):
        response = await http.request(verb, guarded + path, json={})
        await refused(response, 401, "unauthorised")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    await refused(await http.post(f"{guarded}/offer", json={}, headers=headers), 400, "malformed")
    for path in ("/", "/healthz", "/looks"):
        assert (await http.get(guarded + path)).status == 200


async def test_ice_servers_with_credentials_that_a_relay_takes(guarded, http):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    stun, turn = (await (await http.get(f"{guarded}/ice", headers=headers)).json())["iceServers"]
    assert stun == {"urls": "stun:stun.example:3478"}
    assert turn["urls"] == "turn:turn.example:3478?transport=tcp"
    assert turn["credential"] == turn_password("s3cret", turn["username"])
    publisher = await Publisher(guarded).post(headers=headers)
    links = publisher.headers.getall("Link")
    assert links[0] == '<stun:stun.example:3478>; rel="ice-server"'
    assert links[1].startswith(
        '<turn:turn.example:3478?transport=tcp>; rel="ice-server"; username="'
    )
    assert links[1].endswith('credential-type="password"')
    await publisher.close()
    answer = await http.options(f"{guarded}/whip", headers=headers)
    assert len(answer.headers.getall("Link")) == 2
    await refused(await http.options(f"{guarded}/whip"), 401, "unauthorised")


async def test_a_browsers_preflight_needs_no_token_and_tells_no_secrets(guarded, http):
    asks = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
    for path in ("/whip/news", "/whep/news", "/whep/news/x"):
        answer = await http.options(guarded + path, headers=asks)
        assert answer.status == 200 and "Link" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
        allowed = answer.headers["Access-Control-Allow-Headers"]
        for name in ("Authorization", "Content-Type", "If-Match"):
            assert name in allowed


async def test_scripts_of_other_origins_may_read_what_they_need(guarded):
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": ELSEWHERE}
    publisher = await Publisher(guarded).post(headers=headers)
    exposed = publisher.headers["Access-Control-Expose-Headers"]
    assert {"Location", "ETag", "Link"} <= set(exposed.split(", "))
    await publisher.close()


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", "http://192.0.2.1", "https://[::1"])
async def test_without_a_token_pages_from_elsewhere_stay_out(server, placement, http, origin):
    headers = {"Content-Type": SDP, "Origin": origin}
    for path in ("/whip/news", "/whep/news"):
        response = await http.post(server[1] + path, data=b"v=0", headers=headers)
        error = await refused(response, 403, "forbidden")
        assert error["field"] == "Origin"
        assert "Access-Control-Allow-Origin" not in response.headers
    assert placement.opened == []


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:3000"])
async def test_pages_of_this_machine_are_let_in(server, origin):
    publisher = await Publisher(server[1]).post(headers={"Origin": origin})
    assert publisher.headers["Access-Control-Allow-Origin"] == origin
    await publisher.close()


async def test_nothing_secret_is_logged(guarded, caplog):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with caplog.at_level("DEBUG"):
        publisher = await Publisher(guarded).post(headers=headers)
        watcher = await Watcher(guarded).post(headers=headers)
        await watcher.until(lambda w: w.pictures)
        await watcher.close()
        await publisher.close()
    text = "".join(r.getMessage() for r in caplog.records if r.name.startswith("server"))
    assert TOKEN not in text and "ice-pwd" not in text
    assert publisher.made.rpartition("/")[2] not in text


async def test_stopping_the_server_ends_viewers_too():
    placement = FakePlacement()
    async with serving(ServerConfig(), placement) as (app, url):
        publisher = await Publisher(url).post()
        watcher = await Watcher(url).post()
        await watcher.until(lambda w: w.pictures)
    assert len(app[VIEWERS]) == 0 and app[SEATS].taken == 0 and not placement.sessions
    await watcher.close()
    await publisher.close()
