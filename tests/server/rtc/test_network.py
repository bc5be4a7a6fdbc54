"""Ports, STUN, TURN: what is accepted, and credentials as relays compute them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time

import pytest
from aioice import stun, turn

from engine.errors import InvalidInput
from server.rtc.network import CREDENTIAL_LIFETIME, IceServer, IceServers, Network, parse_ports
from tests.network.coturn import coturn, needs_coturn


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("udp_ports", {"udp_ports": (80, 50_000)}),
        ("udp_ports", {"udp_ports": (50_100, 50_000)}),
        ("udp_ports", {"udp_ports": (50_000, 70_000)}),
        ("stun", {"stun": ("stun.example",)}),
        ("stun", {"stun": ("turn:stun.example",)}),
        ("stun", {"stun": ('stun:a.example>; rel="x"',)}),
        ("turn", {"turn": ("turn:a.example?transport=sctp",), "turn_secret": "s"}),
        ("turn", {"turn": ("stun:a.example",), "turn_secret": "s"}),
        ("turn_secret", {"turn": ("turn:a.example",)}),
        ("turn", {"turn_secret": "s"}),
    ],
)
def test_what_is_refused(field, values):
    with pytest.raises(InvalidInput) as error:
        Network(**values)
    assert error.value.field == field and error.value.remedy


def test_what_is_accepted():
    Network()
    Network(
        udp_ports=(50_000, 50_000),
        stun=("stun:a.example", "stun:192.0.2.1:3478", "stuns:[2001:db8::1]:5349"),
        turn=("turn:a.example:3478?transport=udp", "turns:a.example?transport=tcp"),
        turn_secret="s",
    )


@pytest.mark.parametrize("text", ["", "5", "5-", "a-b", "1-2-3", "-1-5", "50000 - 50100"])
def test_ports_that_are_none(text):
    with pytest.raises(InvalidInput):
        parse_ports(text)


def test_credentials_are_those_that_relays_compute():
    network = Network(stun=("stun:a.example",), turn=("turn:a.example",), turn_secret="s3cret")
    servers = IceServers(network, lambda: 1_000_000.7)
    open_, relay = servers.issue()
    assert open_ == IceServer("stun:a.example")
    expiry, _, name = relay.username.partition(":")
    assert int(expiry) == 1_000_000 + CREDENTIAL_LIFETIME and name
    digest = hmac.new(b"s3cret", relay.username.encode(), hashlib.sha1).digest()
    assert relay.credential == base64.b64encode(digest).decode()
    assert servers.issue()[1].username != relay.username


def test_nothing_to_tell():
    assert IceServers(Network(), lambda: 0.0).issue() == []


@needs_coturn
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_coturn_takes_the_credentials_and_no_others(transport):
    async with coturn("s3cret") as port:
        network = Network(turn=(f"turn:127.0.0.1:{port}",), turn_secret="s3cret")
        (relay,) = IceServers(network, time.time).issue()

        async def allocate(password):
            made, _ = await turn.create_turn_endpoint(
                asyncio.DatagramProtocol,
                server_addr=("127.0.0.1", port),
                username=relay.username,
                password=password,
                transport=transport,
            )
            made.close()

        await allocate(relay.credential)
        with pytest.raises(stun.TransactionFailed):
            await allocate("wrong")
