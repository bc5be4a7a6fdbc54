"""STUN and TURN are really asked: what answers, what refuses and what is not there."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from aioice import stun

from server.diagnosis import network
from server.rtc.network import IceServer, Network


class Answering(asyncio.DatagramProtocol):
    """A STUN server; with ``error`` it refuses."""

    def __init__(self, error=None):
        self.error = error

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        asked = stun.parse_message(data)
        kind = stun.Class.ERROR if self.error else stun.Class.RESPONSE
        told = stun.Message(
            message_method=asked.message_method,
            message_class=kind,
            transaction_id=asked.transaction_id,
        )
        if self.error:
            told.attributes["ERROR-CODE"] = (self.error, "no")
        else:
            told.attributes["XOR-MAPPED-ADDRESS"] = ("192.0.2.7", 4000)
        self.transport.sendto(bytes(told), address)


@contextlib.asynccontextmanager
async def answering(**how):
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Answering(**how), local_addr=("127.0.0.1", 0)
    )
    yield transport.get_extra_info("sockname")[1]
    transport.close()


async def asked(url, **credentials):
    (link,) = await network.ice_servers([IceServer(url, **credentials)])
    assert link.name == url
    return link


async def test_a_stun_server_tells_our_address():
    async with answering() as port:
        link = await asked(f"stun:127.0.0.1:{port}")
    assert (link.state, link.found) == ("ok", "sees this machine as 192.0.2.7")
    assert link.ms is not None


async def test_a_relay_that_refuses_the_secret():
    async with answering(error=403) as port:
        link = await asked(f"turn:127.0.0.1:{port}", username="1:a", credential="b")
    assert link.state == "failed" and "403" in link.found and "--turn-secret" in link.remedy


@pytest.mark.parametrize("scheme", ["stun", "turn"])
async def test_nobody_there(monkeypatch, scheme):
    monkeypatch.setattr(network, "PATIENCE", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        link = await asked(
            f"{scheme}:127.0.0.1:{deaf.getsockname()[1]}", username="1:a", credential="b"
        )
    assert link.state == "failed" and "no answer" in link.found and "firewall" in link.remedy


async def test_a_relay_over_tcp_that_does_not_run():
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    link = await asked(f"turn:127.0.0.1:{port}?transport=tcp", username="1:a", credential="b")
    assert link.state == "failed" and link.remedy


async def test_none_is_no_failure():
    (link,) = await network.ice_servers([])
    assert link.state == "skipped" and link.found


def test_ports_are_tried(monkeypatch):
    monkeypatch.setattr(network, "get_host_addresses", lambda **_: ["127.0.0.1"])
    assert network.udp_ports(Network()).state == "ok"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        link = network.udp_ports(Network(udp_ports=(port, port)))
    assert link.state == "failed" and "--udp-ports" in link.remedy
