"""A UDP relay with a bad network in it: no root, no kernel modules, both ends on this machine.

A WebRTC client is led through it by its answer: `Relay.reroute` replaces the server's candidates
(RFC 8839, section 5.1) with the relay's own address. The offer must lose its candidates
(`without_candidates`), or the server would find the direct way; it learns of the client from the
checks that come through the relay, as a peer-reflexive candidate (RFC 8445, section 7.3.1.3).
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Callable
from types import TracebackType

from tests.network.link import Impairment, Link

Address = tuple[str, int]
_CANDIDATE = re.compile(
    r"^a=candidate:\S+ 1 udp \d+ (?P<host>[\d.]+) (?P<port>\d+) typ host.*$", re.I | re.M
)
_ANY_CANDIDATE = re.compile(r"^a=(candidate:.*|end-of-candidates)\r?\n", re.M)
_OURS = "a=candidate:1 1 udp 2130706431 {} {} typ host"


class Relay:
    """Passes datagrams between one client and one server: ``up`` to the server, ``down`` back.

    Each answer that is rerouted has a way of its own through the same network. An asynchronous
    context: its sockets are open inside, on an address of this machine that the
    server offers. ``up`` and ``down`` may be replaced while it runs.
    """

    def __init__(self, up: Impairment, down: Impairment, seed: int = 1) -> None:
        self.up = Link(up, 2 * seed)
        self.down = Link(down, 2 * seed + 1)
        self._loop = asyncio.get_running_loop()
        self._ways: list[_Way] = []
        self.began = self._loop.time()

    async def __aenter__(self) -> Relay:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for way in self._ways:
            way.close()

    def restart(self, up: Impairment, down: Impairment, seed: int = 1) -> None:
        """Another network from now on; the times of its outages count from now."""
        self.began = self._loop.time()
        self.up, self.down = Link(up, 2 * seed), Link(down, 2 * seed + 1)

    async def reroute(self, answer: str) -> str:
        """The server's answer with the relay's address in place of the server's."""
        found = _CANDIDATE.search(answer)
        if found is None:
            raise ValueError("the answer has no IPv4 host candidate to relay to")
        way = _Way((found["host"], int(found["port"])), self._carry)
        self._ways.append(way)
        host, port = await way.open()
        lines = _ANY_CANDIDATE.sub("", answer).split("\r\n")
        return "\r\n".join(
            f"{line}\r\n{_OURS.format(host, port)}" if line.startswith("a=mid:") else line
            for line in lines
        )

    def _carry(self, upwards: bool, data: bytes, deliver: Callable[[bytes], None]) -> None:
        now = self._loop.time()
        at = (self.up if upwards else self.down).pass_on(len(data), now - self.began)
        if at is not None:
            self._loop.call_at(self.began + at, deliver, data)


class _Way:
    """Two sockets: one that the client knows, one that the ``server`` does."""

    def __init__(
        self, server: Address, carry: Callable[[bool, bytes, Callable[[bytes], None]], None]
    ) -> None:
        self._server = server
        self._carry = carry
        self._client: Address | None = None
        self._sides: list[asyncio.DatagramTransport] = []

    async def open(self) -> Address:
        """The address for the client."""
        for receive in (self._from_client, self._from_server):
            side, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                functools.partial(_Side, receive), local_addr=(self._server[0], 0)
            )
            self._sides.append(side)
        host, port = self._sides[0].get_extra_info("sockname")[:2]
        return host, port

    def close(self) -> None:
        for side in self._sides:
            side.close()

    def _from_client(self, data: bytes, address: Address) -> None:
        self._client = address
        self._carry(True, data, self._to_server)

    def _from_server(self, data: bytes, _: Address) -> None:
        self._carry(False, data, self._to_client)

    def _to_server(self, data: bytes) -> None:
        if not self._sides[1].is_closing():
            self._sides[1].sendto(data, self._server)

    def _to_client(self, data: bytes) -> None:
        if self._client is not None and not self._sides[0].is_closing():
            self._sides[0].sendto(data, self._client)


def without_candidates(offer: str) -> str:
    """An offer that tells no addresses, as a browser's does before any is gathered."""
    return _ANY_CANDIDATE.sub("", offer)


class _Side(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, Address], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, address: Address) -> None:
        self._receive(data, address)
