"""The call of ``visavis doctor``: real peers, a real server, a fake engine, and what breaks."""

from __future__ import annotations

import json

import pytest
from aiohttp import web
from typer.testing import CliRunner

from engine.errors import WorkerLost
from engine.options import SessionOptions
from server import doctor
from server.app import ADMISSION, REGISTRY
from server.cli import app as cli
from server.config import ServerConfig
from server.diagnosis import call, chain, links
from server.placement.fake import FakePlacement
from server.rtc.peer import Peer
from tests.server.conftest import serving

SMALL = SessionOptions(width=96, height=64)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for name, seconds in {
        "CONNECT_S": 1.5,
        "HEARD_S": 3.0,
        "SEEN_S": 3.0,
        "WATCHED_S": 0.5,
        "FEW": 0.1,
    }.items():
        monkeypatch.setattr(call, name, seconds)


def by_name(found):
    return {link.name: link for link in found}


async def test_a_call_that_works_leaves_nothing_behind():
    placement = FakePlacement()
    async with serving(ServerConfig(defaults=SMALL), placement) as (app, url):
        found = await chain.examine_server(url, None, lambda what: None)
        assert not len(app[REGISTRY]) and not app[ADMISSION].taken and not placement.sessions
    assert [link.name for link in found] == [*call.NAMES, "STUN and TURN"]
    assert [link.state for link in found[:6]] == ["ok"] * 6, found
    assert all(link.ms is not None for link in found[:6])


async def test_the_whole_chain_on_this_machine(monkeypatch):
    monkeypatch.setattr(chain.engine, "examine", lambda *_: [links.ok("renderer", "fine")])
    told = []
    config = ServerConfig(defaults=SMALL)
    found = await chain.examine_machine(config, FakePlacement(), told.append)
    assert links.sound(found), found
    assert len(told) == 3
    assert {"renderer", "UDP ports", *call.NAMES} <= set(by_name(found))


async def test_a_server_that_is_not_there():
    found = by_name(await chain.examine_server("http://127.0.0.1:9", None, lambda what: None))
    assert found["server"].state == "failed" and "visavis serve" in found["server"].remedy
    assert {found[name].state for name in call.NAMES[1:]} == {"skipped"}


async def test_something_else_at_that_address():
    app = web.Application()

    async def page(_):
        return web.Response(text="<html>")

    app.router.add_get("/readyz", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    found = by_name(await chain.examine_server(url, None, lambda what: None))
    await runner.cleanup()
    assert "no Visavis server" in found["server"].found


async def test_a_server_that_asks_for_a_token():
    config = ServerConfig(defaults=SMALL, token="of-nobody-else")
    async with serving(config, FakePlacement()) as (_, url):
        refused = by_name(await chain.examine_server(url, None, lambda what: None))
        assert refused["server"].state == "failed" and "--token" in refused["server"].remedy
        found = await chain.examine_server(url, "of-nobody-else", lambda what: None)
    assert links.sound(found), found


async def test_no_way_through(monkeypatch):
    answer = Peer.answer

    async def unreachable(peer, offer, *, loopback):
        sdp = await answer(peer, offer, loopback=loopback)
        return "\r\n".join(line for line in sdp.split("\r\n") if "candidate" not in line)

    monkeypatch.setattr(Peer, "answer", unreachable)
    monkeypatch.setattr("aioice.ice.Connection.check_incoming", lambda *_: None)
    async with serving(ServerConfig(defaults=SMALL), FakePlacement()) as (_, url):
        found = by_name(await chain.examine_server(url, None, lambda what: None))
    assert found["ICE and DTLS"].state == "failed" and "--turn" in found["ICE and DTLS"].remedy
    assert found["pictures back"].state == "skipped"


async def test_a_server_that_hears_nothing_still_shows_its_picture(monkeypatch):
    monkeypatch.setattr("server.rtc.call.Call._packet", lambda *_: None)
    async with serving(ServerConfig(defaults=SMALL), FakePlacement()) as (_, url):
        found = by_name(await chain.examine_server(url, None, lambda what: None))
    assert found["voice up"].state == found["voice back"].state == "failed"
    assert found["pictures back"].state == "ok"


async def test_workers_that_do_not_start_are_a_finding(monkeypatch):
    class Broken(FakePlacement):
        async def start(self):
            raise WorkerLost("it did not start")

    monkeypatch.setattr(chain.engine, "examine", lambda *_: [])
    found = await chain.examine_machine(ServerConfig(), Broken(), lambda what: None)
    assert by_name(found)["server"].state == "failed"


def test_a_failed_link_is_told_and_exits_with_1(monkeypatch):
    async def examine(*_):
        return [links.ok("server", "ready", 3.2), links.failed("ICE and DTLS", "none", "open it")]

    monkeypatch.setattr(chain, "examine_server", examine)
    shown = CliRunner().invoke(cli, ["doctor", "--url", "http://nowhere"])
    assert shown.exit_code == 1 and "→ open it" in shown.stdout and "in 3 ms" in shown.stdout
    told = CliRunner().invoke(cli, ["doctor", "--url", "http://nowhere", "--json"])
    body = json.loads(told.stdout)
    assert (
        told.exit_code == 1 and body["healthy"] is False and body["links"][1]["state"] == "failed"
    )
    assert not doctor.healthy([], [links.failed("a", "b", "c")])


READY = {"status": "ready", "sessions": 0, "limit": 1}


@pytest.mark.parametrize(
    ("answers", "name", "told"),
    [
        ({"/readyz": ["ready"]}, "server", "no Visavis server"),
        ({"/readyz": {"error": "broken"}}, "server", "500"),
        ({"/readyz": {"status": "ready"}}, "server", "sessions, limit"),
        ({"/readyz": READY, "/ice": {}}, "server", "iceServers"),
        (
            {"/readyz": READY, "/ice": {"iceServers": []}, "/offer": {"session": "x"}},
            "offer and answer",
            "sdp, video",
        ),
    ],
)
async def test_a_server_of_another_kind_is_a_finding(answers, name, told):
    app = web.Application()
    for path, answer in answers.items():

        async def say(_, answer=answer):
            return web.json_response(answer, status=500 if "error" in answer else 200)

        app.router.add_route("*", path, say)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found = await call.Call(f"http://127.0.0.1:{runner.addresses[0][1]}").examine()
    await runner.cleanup()
    assert by_name(found)[name].state == "failed" and told in by_name(found)[name].found
