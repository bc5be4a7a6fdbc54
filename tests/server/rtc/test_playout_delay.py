from __future__ import annotations

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import HeaderExtensions, unpack_header_extensions

from engine.options import SessionOptions
from server.rtc import playout_delay
from server.rtc.downlink import CALM, Downlink


def milliseconds(told: bytes) -> tuple[int, int]:
    """Least and most delay, by the extension's own description."""
    number = int.from_bytes(told, "big")
    return (number >> 12) * 10, (number & 0xFFF) * 10


def test_what_is_told_is_at_once_or_smoothed_within_limits():
    assert milliseconds(playout_delay.AT_ONCE) == (0, 0)
    least, most = milliseconds(playout_delay.SMOOTHED)
    assert 0 < least <= 20 and 80 <= most <= 150


async def negotiated(uris: tuple[str, ...]) -> RTCPeerConnection:
    """An answerer that sends video to one who offers these extensions for it."""
    offerer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    answerer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    offerer.addTransceiver("video", direction="recvonly")
    offer = await offerer.createOffer()
    lines = [line for line in offer.sdp.splitlines() if playout_delay.URI not in line]
    at = next(i for i, line in enumerate(lines) if line.startswith("a=extmap"))
    lines[at:at] = [f"a=extmap:{9 + i} {uri}" for i, uri in enumerate(uris)]
    playout_delay.offer_extension()
    transceiver = answerer.addTransceiver("video", direction="sendonly")
    even = {"now": True}
    playout_delay.tell_delay(transceiver.sender, lambda: even["now"])
    await answerer.setRemoteDescription(RTCSessionDescription("\r\n".join(lines) + "\r\n", "offer"))
    await answerer.setLocalDescription(await answerer.createAnswer())
    await offerer.close()
    answerer.even = even
    return answerer


def told(answerer: RTCPeerConnection) -> dict[int, bytes]:
    """The extensions, by number, that a packet of the answerer's would carry."""
    sender = answerer.getTransceivers()[0].sender
    extensions = getattr(sender, playout_delay.SENDER_EXTENSIONS)
    transceiver = answerer.getTransceivers()[0]
    extensions.configure(
        type("Parameters", (), {"headerExtensions": transceiver._headerExtensions})
    )
    return dict(unpack_header_extensions(*extensions.set(HeaderExtensions(mid="0"))))


async def test_packets_carry_what_the_network_is_like():
    answerer = await negotiated((playout_delay.URI,))
    assert f"a=extmap:9 {playout_delay.URI}" in answerer.localDescription.sdp
    assert told(answerer)[9] == playout_delay.AT_ONCE
    answerer.even["now"] = False
    assert told(answerer)[9] == playout_delay.SMOOTHED
    assert b"0" in told(answerer).values()  # what aiortc itself tells is still there
    await answerer.close()


async def test_who_does_not_know_it_is_told_nothing():
    answerer = await negotiated(())
    assert playout_delay.URI not in answerer.localDescription.sdp
    assert set(told(answerer).values()) == {b"0"}
    await answerer.close()


@pytest.mark.parametrize(
    ("trips", "loss", "even"),
    [
        ([0.010, 0.012] * 50, 0.0, True),
        ([0.050, 0.053] * 50, 0.0, True),
        ([0.050, 0.080] * 50, 0.0, False),
        ([0.010, 0.012] * 50, 0.05, False),
    ],
)
def test_an_even_way_is_one_without_jitter_loss_and_queues(trips, loss, even):
    now = 0.0
    downlink = Downlink(SessionOptions(), lambda **settings: None, lambda: now)
    downlink.opened()
    for trip in trips:
        now += 0.2
        downlink.answered(trip)
        downlink.lost(loss)
        downlink.estimated(10_000_000)
        downlink.even()  # as each packet asks
    assert downlink.even() is even


def test_a_network_is_even_again_after_some_calm():
    now = 0.0
    downlink = Downlink(SessionOptions(), lambda **settings: None, lambda: now)
    downlink.opened()
    told = []
    for trip in [0.01] * 60 + [0.2] + [0.01] * 80:
        now += 0.1
        downlink.answered(trip)
        downlink.estimated(10_000_000)
        told.append(downlink.even())
    assert all(told[:60]) and not told[60] and told[-1]
    uneven = told.index(False), len(told) - told[::-1].index(False)
    assert not any(told[slice(*uneven)]), "once, and not to and fro"
    assert uneven[1] - uneven[0] >= 10 * CALM - 1
