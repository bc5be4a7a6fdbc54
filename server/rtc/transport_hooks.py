"""The private parts of aiortc and aioice that concern the way: certificates and sockets.

Held by ``tests/server/rtc/test_transport_hooks.py``, as those in ``hooks`` are by theirs.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from aioice import Candidate, ice
from aioice.candidate import candidate_foundation, candidate_priority
from aiortc import RTCPeerConnection

from engine.errors import BackendUnavailable
from server.rtc.hooks import ICE_CONNECTION, ICE_GATHER, existing, replace

CERTIFICATES = "_RTCPeerConnection__certificates"
CERTIFICATE_CONTEXT = "_create_ssl_context"
ICE_PROTOCOLS = "_protocols"
ICE_STUN_SERVER = "stun_server"
ICE_CHECK_IN = "request_received"
ICE_MODULE = ("StunProtocol", "server_reflexive_candidate")

STUN_TIMEOUT = 1.0
"""Seconds that an answer waits for a STUN server; aioice waits five."""

RECEIVE_BUFFER = 1 << 20
"""Bytes that a socket may hold while the event loop is busy; Linux' default is a fifth of it."""

CIPHERS = b":".join(
    f"ECDHE-{key}-{cipher}".encode()
    for cipher in ("AES128-GCM-SHA256", "CHACHA20-POLY1305", "AES256-GCM-SHA384", "AES128-SHA")
    for key in ("ECDSA", "RSA")
)
"""For DTLS with either kind of certificate; RFC 8827, section 6.5, asks for the first."""


def accept_rsa_certificates(connection: RTCPeerConnection) -> None:
    """Also shake hands with those whose certificate is RSA, as GStreamer's is.

    Ours is EC P-256. The suite names the kind of the DTLS server's key, and the other side is the
    server whenever it leaves that to us. Call it before the remote description.
    """
    for certificate in existing(connection, CERTIFICATES):
        replace(
            certificate,
            CERTIFICATE_CONTEXT,
            _with_ciphers(existing(certificate, CERTIFICATE_CONTEXT)),
        )


def _with_ciphers(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(srtp_profiles: object) -> Any:  # noqa: ANN401
        context = original(srtp_profiles)
        context.set_cipher_list(CIPHERS)
        return context

    return create


def on_ice_check(connection: RTCPeerConnection, callback: Callable[[], None]) -> None:
    """Call ``callback`` on each check of the other side, by which it also shows that it still wants
    what it gets (RFC 7675, section 5.1). Call it after the remote description.
    """
    for agent in {id(agent): agent for agent in _agents(connection)}.values():
        replace(agent, ICE_CHECK_IN, _told(existing(agent, ICE_CHECK_IN), callback))


def _agents(connection: RTCPeerConnection) -> Iterator[Any]:
    for transceiver in connection.getTransceivers():
        gatherer = transceiver.receiver.transport.transport.iceGatherer
        yield existing(gatherer, ICE_CONNECTION)


def _told(original: Callable[..., None], callback: Callable[[], None]) -> Callable[..., None]:
    def received(*arguments: object) -> None:
        callback()
        original(*arguments)

    return received


def own_sockets(connection: RTCPeerConnection, ports: tuple[int, int] | None) -> None:
    """Take media sockets from these ports, any if None; wait less for STUN than aioice does.

    Raises BackendUnavailable, when the local description is set, if none of them is free. Call it
    before the local description, and before ``offer_loopback``.
    """
    for name in ICE_MODULE:
        existing(ice, name)
    for agent in _agents(connection):
        existing(agent, ICE_PROTOCOLS)
        existing(agent, ICE_STUN_SERVER)
        replace(agent, ICE_GATHER, _with_sockets(agent, ports))


def _with_sockets(
    agent: Any,  # noqa: ANN401
    ports: tuple[int, int] | None,
) -> Callable[..., Awaitable[Any]]:
    first, last = ports or (0, 0)

    async def gather(component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]:
        protocols = []
        for address in addresses:
            bound = _bind(address, first, last)
            if bound is not None:
                protocols.append(await _host_protocol(agent, component, bound))
        if addresses and not protocols:
            shown = (
                "no UDP port is free" if ports is None else f"none from {first} to {last} is free"
            )
            raise BackendUnavailable("UDP port", shown, "give more with --udp-ports")
        getattr(agent, ICE_PROTOCOLS).extend(protocols)
        hosts = [protocol.local_candidate for protocol in protocols]
        return hosts + await _reflexive(protocols, getattr(agent, ICE_STUN_SERVER))

    return gather


def _bind(address: str, first: int, last: int) -> socket.socket | None:
    """A socket on some free port; starting anywhere, as a port just left may still be spoken to."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    count = last - first + 1
    start = random.randrange(count)
    bound = socket.socket(family, socket.SOCK_DGRAM)
    bound.setblocking(False)
    for step in range(count):
        try:
            bound.bind((address, first + (start + step) % count))
        except OSError:
            continue
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        return bound
    bound.close()
    return None


async def _host_protocol(agent: Any, component: int, bound: socket.socket) -> Any:  # noqa: ANN401
    host, port = bound.getsockname()[:2]
    _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: ice.StunProtocol(agent), sock=bound
    )
    protocol.local_candidate = Candidate(
        foundation=candidate_foundation("host", "udp", host),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=host,
        port=port,
        type="host",
    )
    return protocol


async def _reflexive(protocols: list[Any], server: tuple[str, int] | None) -> list[Candidate]:
    """What a STUN server sees of the IPv4 sockets, if it answers in time."""
    if server is None:
        return []
    asked = [
        asyncio.ensure_future(ice.server_reflexive_candidate(protocol, server))
        for protocol in protocols
        if ":" not in protocol.local_candidate.host
    ]
    if not asked:
        return []
    done, late = await asyncio.wait(asked, timeout=STUN_TIMEOUT)
    for task in late:
        task.cancel()
    return [task.result()[0] for task in done if task.exception() is None]
