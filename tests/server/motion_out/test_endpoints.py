"""Motion over the network: WebSocket and VMC, of real sessions on a fake engine."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket

import aiohttp
import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import AsyncIOOSCUDPServer

from engine.errors import InvalidInput
from engine.face import ARKIT
from server.config import ServerConfig
from server.motion_out import websocket
from server.motion_out.sender import Receiver, VmcSender
from tests.server.clients import Caller
from tests.server.conftest import serving
from tests.server.motion_out.test_feed import pose
from tests.server.signaling.test_offer import refused

SMALL = {"width": 96, "height": 64}


@contextlib.asynccontextmanager
async def receiving():
    """A VMC receiver as python-osc makes one: its port, and the messages that came."""
    told = []
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *arguments: told.append((address, arguments)))
    server = AsyncIOOSCUDPServer(("127.0.0.1", 0), dispatcher, asyncio.get_running_loop())
    transport, _ = await server.create_serve_endpoint()
    try:
        yield transport.get_extra_info("sockname")[1], told
    finally:
        transport.close()


@pytest.fixture
async def caller(server):
    caller = await Caller(server[1], **SMALL).call()
    yield caller
    await caller.close()


@pytest.fixture
def address(server, caller):
    return f"{server[1]}/session/{caller.answer['session']}"


async def until(condition, seconds=10):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def told_off(placement):
    """The worker tells no motion any more."""
    await until(lambda: placement.sessions[0].motion_units is False)


# --- WebSocket ---


async def test_motion_is_read_line_by_line_for_as_long_as_somebody_reads(
    address, caller, http, placement
):
    async with http.ws_connect(f"{address}/motion") as one:
        assert (await one.receive_json())["type"] == "schema"
        async with http.ws_connect(f"{address}/motion") as other:
            lines = [await other.receive_json() for _ in range(6)][1:]
        first = lines[0]["time"]
        assert [line["time"] for line in lines] == [first + 320 * k for k in range(5)]
        assert len(lines[0]["blendshapes"]) == 52
        await one.receive_json()
        assert placement.sessions[0].motion_units is True
    await told_off(placement)
    assert not [m for m in caller.messages if m["type"] == "motion"], "nobody asked on the channel"


async def test_the_caller_s_own_subscription_outlives_a_reader(address, caller, http, placement):
    await caller.until(lambda c: c.channel.readyState == "open")
    caller.channel.send('{"type": "subscribe", "units": ["motion"]}')
    async with http.ws_connect(f"{address}/motion") as reader:
        await reader.receive_json()
    count = len(caller.messages)
    await caller.until(lambda c: [m["type"] for m in c.messages[count:]].count("motion") > 5)
    assert placement.sessions[0].motion_units is True


async def test_readers_are_told_of_the_end(address, caller, http):
    async with http.ws_connect(f"{address}/motion") as reader:
        await reader.receive_json()
        async with http.delete(address) as response:
            assert response.status == 204
        async for _ in reader:
            pass
        assert reader.close_code == 1000


async def test_what_cannot_be_read_is_refused(address, server, http, monkeypatch):
    async with http.get(f"{address}/motion") as response:
        await refused(response, 426, "upgrade_required")
    async with http.get(f"{server[1]}/session/nobody/motion") as response:
        await refused(response, 404, "not_found")
    monkeypatch.setattr(websocket, "MOST", 1)
    async with http.ws_connect(f"{address}/motion"):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await http.ws_connect(f"{address}/motion")


async def test_a_page_sends_the_token_as_a_subprotocol(placement, http):
    async with serving(ServerConfig(token="a-shared-secret"), placement) as (_, url):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await http.ws_connect(f"{url}/session/any/motion")
        token = base64.urlsafe_b64encode(b"a-shared-secret").decode().rstrip("=")
        with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
            protocols = ("motion", f"bearer.{token}")
            await http.ws_connect(f"{url}/session/any/motion", protocols=protocols)


# --- VMC ---


async def test_a_vtuber_program_is_sent_the_motion(address, http, placement):
    async with receiving() as (port, told):
        async with http.post(f"{address}/vmc", json={"host": "127.0.0.1", "port": port}) as answer:
            assert answer.status == 201
            where = {"host": "127.0.0.1", "port": port, "names": "perfect-sync"}
            assert await answer.json() == where | {"sent": 0, "failed": 0, "trouble": None}
        await until(lambda: sum(address == "/VMC/Ext/Blend/Apply" for address, _ in told) > 5)
        names = {arguments[0] for address, arguments in told if address == "/VMC/Ext/Blend/Val"}
        assert names == {name[0].upper() + name[1:] for name in ARKIT}
        bones = {arguments[0] for address, arguments in told if address == "/VMC/Ext/Bone/Pos"}
        assert {"Head", "Neck", "LeftEye", "RightEye"} <= bones
        times = [arguments[0] for address, arguments in told if address == "/VMC/Ext/T"]
        assert times == pytest.approx([times[0] + 0.02 * k for k in range(len(times))], abs=1e-4)
        async with http.get(f"{address}/vmc") as answer:
            assert (await answer.json())["sent"] > 5
        async with http.delete(f"{address}/vmc") as answer:
            assert answer.status == 204
        await told_off(placement)
    for verb in ("GET", "DELETE"):
        async with http.request(verb, f"{address}/vmc") as answer:
            await refused(answer, 404, "not_found")


async def test_another_receiver_takes_the_place_of_the_first(address, http):
    async with receiving() as (first, _), receiving() as (second, told):
        for port, names in ((first, "perfect-sync"), (second, "arkit")):
            body = {"host": "localhost", "port": port, "names": names}
            async with http.post(f"{address}/vmc", json=body) as answer:
                assert answer.status == 201
        await until(lambda: any(arguments[:1] == ("jawOpen",) for _, arguments in told))
        async with http.get(f"{address}/vmc") as answer:
            assert (await answer.json())["port"] == second


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"[]", 400, "malformed", "body"),
        (b"{", 400, "malformed", "body"),
        (b"{}", 422, "unusable", "host"),
        (b'{"host": "no.such.machine.invalid"}', 422, "unusable", "host"),
        (b'{"host": "127.0.0.1", "port": 0}', 422, "unusable", "port"),
        (b'{"host": "127.0.0.1", "port": "39539"}', 422, "unusable", "port"),
        (b'{"host": "127.0.0.1", "names": "vrm"}', 422, "unusable", "names"),
        (b'{"host": "127.0.0.1", "speed": 1}', 422, "unusable", "speed"),
        (b'{"host": "255.255.255.255"}', 422, "unusable", "host"),
    ],
)
async def test_receivers_that_there_cannot_be_are_refused(address, http, body, status, code, field):
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{address}/vmc", data=body, headers=headers) as response:
        error = await refused(response, status, code)
    assert error["field"] == field and error["remedy"]


async def test_a_stranger_may_not_have_packets_sent_to_others(address, http):
    """Behind a proxy everybody seems to be on this machine."""
    headers = {"X-Forwarded-For": "203.0.113.5"}
    body = {"host": "203.0.113.7"}
    async with http.post(f"{address}/vmc", json=body, headers=headers) as response:
        await refused(response, 403, "forbidden")


async def test_a_receiver_that_is_not_there_harms_nobody(address, caller, http):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with http.post(f"{address}/vmc", json={"host": "127.0.0.1", "port": port}) as answer:
        assert answer.status == 201
    count = len(caller.pictures)
    await caller.until(lambda c: len(c.pictures) > count + 5)
    async with http.get(f"{address}/vmc") as answer:
        told = await answer.json()
    assert told["failed"] > 0 and "refused" in told["trouble"]


async def test_the_server_s_own_receiver_is_shown_one_caller_after_another(placement):
    async with receiving() as (port, told):
        config = ServerConfig(max_sessions=2, vmc=Receiver("127.0.0.1", port))
        async with serving(config, placement) as (_, url):
            first = await Caller(url, **SMALL).call()
            await until(lambda: told)
            second = await Caller(url, **SMALL).call()
            await until(lambda: len(second.pictures) > 3)
            assert [session.motion_units for session in placement.opened] == [True, False]
            await first.close()
            await until(lambda: placement.opened[1].motion_units)
            await second.close()


async def test_a_server_does_not_start_for_a_receiver_that_there_cannot_be(placement):
    config = ServerConfig(vmc=Receiver("no.such.machine.invalid"))
    with pytest.raises(InvalidInput, match="no machine of this name"):
        async with serving(config, placement):
            pass


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:39540", "127.0.0.1", 39540),
        ("studio.local", "studio.local", 39539),
        ("[::1]:5000", "::1", 5000),
    ],
)
def test_receivers_are_written_as_host_and_port(text, host, port):
    assert Receiver.parse(text) == Receiver(host, port)


@pytest.mark.parametrize("text", ["", "a b", ":39539", "host:port", "host:99999", "::1:5"])
def test_other_texts_name_no_receiver(text):
    with pytest.raises(InvalidInput):
        Receiver.parse(text)


async def test_sending_never_waits():
    """A full buffer of the network costs poses, not time."""
    receiver = Receiver("127.0.0.1", 9)
    sender = VmcSender(receiver, await receiver.address())

    class Full:
        def send(self, _):
            raise BlockingIOError(11, "Resource temporarily unavailable")

    sender._socket.close()
    sender._socket = Full()
    sender.put(pose(0))
    assert (sender.sent, sender.failed) == (0, 1)
