"""Who may publish and watch: the token, pages of other origins, and what is told to whom."""

from __future__ import annotations

import aiohttp
import pytest

from server.config import ServerConfig
from server.rtc.network import Network, turn_password
from tests.server.broadcast import SDP, Publisher, Watcher, refused
from tests.server.conftest import serving

TOKEN = "a-token-of-nobody"
ELSEWHERE = "https://player.example"
ENDPOINTS = [("/whip/news", Publisher), ("/whep/news", Watcher)]


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
