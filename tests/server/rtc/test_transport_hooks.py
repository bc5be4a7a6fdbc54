"""Private parts that concern the way: each is there, and each hook takes effect."""

from __future__ import annotations

import asyncio
import datetime
import socket

import pytest
from aioice import ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from engine.errors import BackendUnavailable
from server.rtc import hooks, transport_hooks
from tests.server.clients import Sine


@pytest.fixture
async def connection():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio")
    yield connection
    await connection.close()


def agent_of(connection):
    transport = connection.getTransceivers()[0].receiver.transport.transport
    return getattr(transport.iceGatherer, hooks.ICE_CONNECTION)


def certificate(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    today = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(today).not_valid_after(today + datetime.timedelta(9999))
    return RTCCertificate(key, made.sign(key, hashes.SHA256()))


KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
}


@pytest.mark.parametrize("name", transport_hooks.ICE_MODULE)
def test_aioice_has(name):
    assert hasattr(ice, name)


async def test_the_connection_has(connection):
    (held,) = getattr(connection, transport_hooks.CERTIFICATES)
    assert hasattr(held, transport_hooks.CERTIFICATE_CONTEXT)
    agent = agent_of(connection)
    names = (
        transport_hooks.ICE_PROTOCOLS,
        transport_hooks.ICE_STUN_SERVER,
        transport_hooks.ICE_CHECK_IN,
    )
    for name in names:
        assert hasattr(agent, name)


async def test_a_missing_name_fails_loudly(connection, monkeypatch):
    monkeypatch.delattr(ice, "StunProtocol")
    with pytest.raises(BackendUnavailable, match="StunProtocol is gone"):
        transport_hooks.own_sockets(connection, (50_000, 50_100))


@pytest.mark.parametrize("kind", KEYS)
async def test_a_server_with_any_certificate(kind):
    """The side that offers leaves the role open and thereby becomes the DTLS server."""
    offers, answers = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    setattr(offers, transport_hooks.CERTIFICATES, [certificate(KEYS[kind]())])
    transport_hooks.accept_rsa_certificates(offers)
    transport_hooks.accept_rsa_certificates(answers)
    offers.addTrack(Sine())
    await offers.setLocalDescription(await offers.createOffer())
    await answers.setRemoteDescription(RTCSessionDescription(offers.localDescription.sdp, "offer"))
    await answers.setLocalDescription(await answers.createAnswer())
    assert "a=setup:active" in answers.localDescription.sdp
    await offers.setRemoteDescription(RTCSessionDescription(answers.localDescription.sdp, "answer"))
    async with asyncio.timeout(10):
        while answers.connectionState != "connected":
            assert answers.connectionState != "failed"
            await asyncio.sleep(0.01)
    await offers.close()
    await answers.close()


async def test_checks_of_the_other_side_are_heard(connection):
    agent, passed, heard = agent_of(connection), [], []
    agent.request_received = lambda *arguments: passed.append(arguments)
    transport_hooks.on_ice_check(connection, lambda: heard.append(1))
    agent.request_received("message", ("192.0.2.1", 5000), "protocol")
    assert heard == [1] and passed == [("message", ("192.0.2.1", 5000), "protocol")]


def ports_in(sdp):
    lines = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate:")]
    return [int(words[5]) for words in lines if words[7] == "host"]


async def test_sockets_come_from_the_range(connection):
    transport_hooks.own_sockets(connection, (50_000, 50_009))
    hooks.offer_loopback(connection)
    await connection.setLocalDescription(await connection.createOffer())
    ports = ports_in(connection.localDescription.sdp)
    assert ports and all(50_000 <= port <= 50_009 for port in ports)


async def test_a_full_range_is_told(connection):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("", 0))
        port = taken.getsockname()[1]
        transport_hooks.own_sockets(connection, (port, port))
        agent = agent_of(connection)
        with pytest.raises(BackendUnavailable, match=f"none from {port} to {port} is free"):
            await agent.get_component_candidates(component=1, addresses=["127.0.0.1"])


async def test_the_public_address_is_asked_for(connection, monkeypatch):
    asked = []

    async def answered(protocol, server):
        asked.append(server)
        return "seen from outside", None

    monkeypatch.setattr(ice, "server_reflexive_candidate", answered)
    transport_hooks.own_sockets(connection, (50_000, 50_009))
    agent = agent_of(connection)
    agent.stun_server = ("stun.example.org", 3478)
    found = await agent.get_component_candidates(component=1, addresses=["127.0.0.1"])
    assert asked == [("stun.example.org", 3478)] and found[1:] == ["seen from outside"]


@pytest.mark.parametrize("ports", [None, (50_000, 50_009)])
async def test_a_stun_server_that_is_silent_costs_a_second_at_most(connection, monkeypatch, ports):
    async def silent(protocol, server):
        await asyncio.sleep(3600)

    monkeypatch.setattr(ice, "server_reflexive_candidate", silent)
    monkeypatch.setattr(transport_hooks, "STUN_TIMEOUT", 0.01)
    transport_hooks.own_sockets(connection, ports)
    agent = agent_of(connection)
    agent.stun_server = ("stun.example.org", 3478)
    found = await agent.get_component_candidates(component=1, addresses=["127.0.0.1"])
    assert len(found) == 1
