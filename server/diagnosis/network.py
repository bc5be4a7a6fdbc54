"""The links between here and there: UDP ports, STUN and TURN servers, each really asked."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import time
from collections.abc import Sequence
from typing import cast

from aioice import stun, turn
from aioice.ice import get_host_addresses

from server.diagnosis.links import Link, failed, ok, skipped
from server.rtc.network import IceServer, Network

PATIENCE = 4.0
"""Seconds for an answer of a STUN or TURN server; five requests of STUN fit in."""

DEFAULT_PORTS = {"stun": 3478, "turn": 3478, "stuns": 5349, "turns": 5349}
_URL = re.compile(r"(?P<scheme>stuns?|turns?):(?P<host>\[[^\]]+\]|[^:?]+)(?::(?P<port>\d+))?")


def udp_ports(network: Network) -> Link:
    """Whether media ports can be had, on every address of this machine."""
    name = "UDP ports"
    addresses = get_host_addresses(use_ipv4=True, use_ipv6=True) or ["127.0.0.1"]
    first, last = network.udp_ports or (0, 0)
    free, reason = 0, ""
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for port in range(first, last + 1):
            with socket.socket(family, socket.SOCK_DGRAM) as trial:
                try:
                    trial.bind((address, port))
                    free += 1
                except OSError as error:
                    reason = error.strerror or str(error)
                    if error.errno == errno.EMFILE:
                        break
    shown = "any" if network.udp_ports is None else f"{first}-{last}"
    total = len(addresses) * (last - first + 1)
    if free == 0:
        remedy = "choose others with --udp-ports, or end what uses them"
        return failed(name, f"none of {shown} can be used: {reason}", remedy)
    told = "any that is free" if network.udp_ports is None else f"{free} of {total} in {shown} free"
    return ok(name, f"{told}, on {len(addresses)} addresses")


async def ice_servers(servers: Sequence[IceServer]) -> list[Link]:
    """One finding for each STUN and TURN server; one that says so where there is none."""
    if not servers:
        return [skipped("STUN and TURN", "none is set: callers must reach this machine directly")]
    return list(await asyncio.gather(*(_asked(server) for server in servers)))


async def _asked(server: IceServer) -> Link:
    found = _URL.match(server.url)
    if found is None:
        return failed(server.url, "not understood", "give a URL such as stun:stun.example.org:3478")
    scheme, host = found["scheme"], found["host"].strip("[]")
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    if scheme == "stuns":
        return skipped(server.url, "STUN over TLS is for browsers alone")
    ask = _bind if scheme == "stun" else _allocate
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            address = await _resolved(host, port)
            told = await ask(server, address)
    except socket.gaierror as error:
        return failed(server.url, f"{host} has no address: {error.strerror}", "check the name")
    except stun.TransactionFailed as error:
        return failed(server.url, _refusal(error), _remedy(error))
    except (OSError, TimeoutError, stun.TransactionTimeout) as error:
        reason = getattr(error, "strerror", None) or "no answer"
        remedy = f"check that it runs, and that firewalls let port {port} through"
        return failed(server.url, f"{host}:{port}: {reason}", remedy)
    return ok(server.url, told, 1000 * (time.perf_counter() - begun))


async def _resolved(host: str, port: int) -> tuple[str, int]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return str(found[0][4][0]), port


async def _bind(_: IceServer, address: tuple[str, int]) -> str:
    """A binding request (RFC 8489, section 2), and what the server sees of us."""
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(_Client, remote_addr=address)
    try:
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        answer = await client.request(request, address)
    finally:
        transport.close()
    seen = answer.attributes.get("XOR-MAPPED-ADDRESS") or answer.attributes.get("MAPPED-ADDRESS")
    return "answers" if seen is None else f"sees this machine as {seen[0]}"


async def _allocate(server: IceServer, address: tuple[str, int]) -> str:
    """An allocation with the credentials that callers get (RFC 8656, section 3.1)."""
    transport, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        address,
        server.username,
        server.credential,
        ssl=server.url.startswith("turns:"),
        transport="tcp" if "tcp" in server.url or server.url.startswith("turns:") else "udp",
    )
    try:
        relayed = transport.get_extra_info("sockname")
        return f"relays from {relayed[0]}:{relayed[1]}"
    finally:
        transport.close()


class _Client(asyncio.DatagramProtocol):
    """Asks over one socket; aioice repeats requests and pairs answers."""

    def __init__(self) -> None:
        self._asked: dict[bytes, stun.Transaction] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    async def request(self, request: stun.Message, address: tuple[str, int]) -> stun.Message:
        """The answer; raises TransactionFailed or TransactionTimeout."""
        transaction = stun.Transaction(request, address, self)
        self._asked[request.transaction_id] = transaction
        answer, _ = await transaction.run()
        return answer

    def send_stun(self, message: stun.Message, _: tuple[str, int]) -> None:
        """For the transaction."""
        self._transport.sendto(bytes(message))

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """An answer, or something else, which is left alone."""
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        transaction = self._asked.get(message.transaction_id)
        if transaction is not None:
            transaction.response_received(message, address)


def _refusal(error: stun.TransactionFailed) -> str:
    return f"refuses with error {error.response.error_code}"


def _remedy(error: stun.TransactionFailed) -> str:
    if error.response.error_code in (401, 403, 441):
        return "compare --turn-secret with the relay's static-auth-secret, and both clocks"
    return "see the relay's log"
