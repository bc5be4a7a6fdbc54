"""The relay between two sockets, and what it does to an answer."""

from __future__ import annotations

import asyncio

import pytest

from tests.network.link import Impairment
from tests.network.relay import Relay, without_candidates

ANSWER = "\r\n".join(
    [
        "v=0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        "a=candidate:7 1 udp 2130706431 127.0.0.1 {port} typ host",
        "a=candidate:8 1 udp 1694498815 192.0.2.1 4000 typ srflx raddr 127.0.0.1 rport 4000",
        "a=end-of-candidates",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "a=mid:1",
        "",
    ]
)


class Socket(asyncio.DatagramProtocol):
    def __init__(self):
        self.got = asyncio.Queue()

    def datagram_received(self, data, address):
        self.got.put_nowait((data, address))


@pytest.fixture
async def sockets():
    loop, opened = asyncio.get_running_loop(), []
    for _ in range(2):
        opened.append(await loop.create_datagram_endpoint(Socket, local_addr=("127.0.0.1", 0)))
    yield opened
    for transport, _ in opened:
        transport.close()


async def led(relay, server):
    """The address of the relay, from the answer that it changed."""
    answer = await relay.reroute(ANSWER.format(port=server.get_extra_info("sockname")[1]))
    lines = [line.split() for line in answer.splitlines() if line.startswith("a=candidate")]
    assert len(lines) == 2 and lines[0] == lines[1] and "end-of-candidates" not in answer
    return lines[0][4], int(lines[0][5])


async def test_datagrams_pass_both_ways(sockets):
    (client, heard), (server, served) = sockets
    async with asyncio.timeout(5), Relay(Impairment(), Impairment()) as relay:
        client.sendto(b"question", await led(relay, server))
        data, address = await served.got.get()
        server.sendto(b"answer", address)
        assert data == b"question" and (await heard.got.get())[0] == b"answer"
        assert (relay.up.sent, relay.down.sent) == (1, 1)


async def test_each_direction_has_its_own_faults(sockets):
    (client, heard), (server, served) = sockets
    async with asyncio.timeout(5), Relay(Impairment(), Impairment(loss=1)) as relay:
        client.sendto(b"question", await led(relay, server))
        _, address = await served.got.get()
        server.sendto(b"answer", address)
        while not relay.down.lost:
            await asyncio.sleep(0)
        assert heard.got.empty()
        relay.restart(Impairment(), Impairment())
        server.sendto(b"again", address)
        assert (await heard.got.get())[0] == b"again"


def test_an_offer_is_stripped_of_its_addresses():
    assert "candidate" not in without_candidates(ANSWER)
    assert without_candidates(ANSWER).count("a=mid") == 2
