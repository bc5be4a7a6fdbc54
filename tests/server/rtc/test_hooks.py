"""aiortc's private parts that we rely on: each is there, and each hook takes effect."""

from __future__ import annotations

import aiortc
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.codecs import CODECS
from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RtcpPsfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
)

from engine.errors import BackendUnavailable
from server.rtc import hooks

RECEIVER_NAMES = [hooks.RECEIVER_JITTER_BUFFER, hooks.RECEIVER_NACK, hooks.RECEIVER_RTP_IN]


@pytest.fixture
async def transceiver():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection.addTransceiver("audio")
    await connection.close()


def test_the_pinned_minor_version_is_installed():
    assert aiortc.__version__.startswith("1.16.")


@pytest.mark.parametrize("name", RECEIVER_NAMES)
async def test_receiver_has(transceiver, name):
    assert hasattr(transceiver.receiver, name)


@pytest.mark.parametrize(
    "name",
    [
        hooks.SENDER_KEYFRAME,
        hooks.SENDER_RTCP_IN,
        hooks.SENDER_RTCP_OUT,
        hooks.SENDER_LAST_REPORT,
    ],
)
async def test_sender_has(transceiver, name):
    assert hasattr(transceiver.sender, name)


async def test_a_missing_name_fails_loudly(transceiver):
    del transceiver.receiver.__dict__[hooks.RECEIVER_JITTER_BUFFER]
    with pytest.raises(BackendUnavailable, match="jitter_buffer is gone"):
        hooks.deliver_packets(transceiver.receiver, print)


async def test_packets_reach_the_sink_on_arrival(transceiver):
    receiver, got = transceiver.receiver, []
    hooks.deliver_packets(receiver, got.append)
    receiver._RTCRtpReceiver__codecs[111] = CODECS["audio"][0]
    packet = RtpPacket(payload_type=111, sequence_number=7, timestamp=5, payload=b"sound")
    await receiver._handle_rtp_packet(packet, arrival_time_ms=0)
    assert got == [packet]


async def test_packets_of_ever_new_sources_end_it(transceiver):
    receiver, got, ends = transceiver.receiver, [], []
    hooks.deliver_packets(receiver, got.append)
    hooks.limit_sources(receiver, lambda: ends.append(1))
    receiver._RTCRtpReceiver__codecs[111] = CODECS["audio"][0]
    for ssrc in [*range(hooks.MAX_SOURCES), 0, hooks.MAX_SOURCES, 1]:
        packet = RtpPacket(payload_type=111, ssrc=ssrc, payload=b"sound")
        await receiver._handle_rtp_packet(packet, arrival_time_ms=0)
    assert [packet.ssrc for packet in got] == [*range(hooks.MAX_SOURCES), 0, 1]
    assert ends == [1]


async def test_chunks_far_beyond_the_window_end_it():
    connection, got, ends = RTCPeerConnection(RTCConfiguration(iceServers=[])), [], []
    connection.createDataChannel("data")
    sctp = connection.sctp

    async def keep(chunk):
        got.append(chunk)

    setattr(sctp, hooks.SCTP_DATA_IN, keep)
    hooks.limit_backlog(sctp, lambda: ends.append(1))
    await sctp._receive_data_chunk("within")
    setattr(sctp, hooks.SCTP_WINDOW, -hooks.MAX_OVERDRAWN - 1)
    await sctp._receive_data_chunk("too many bytes")
    setattr(sctp, hooks.SCTP_WINDOW, 0)
    await sctp._receive_data_chunk("within again")
    setattr(sctp, hooks.SCTP_UNORDERED, set(range(hooks.MAX_UNORDERED + 1)))
    await sctp._receive_data_chunk("too many after a gap")
    await connection.close()
    assert got == ["within", "within again"] and ends == [1, 1]


async def test_lost_packets_are_asked_for_but_not_old_ones(transceiver):
    hooks.request_retransmissions(transceiver.receiver, lambda: 0.05, lambda: 0.0)
    generator = getattr(transceiver.receiver, hooks.RECEIVER_NACK)
    assert isinstance(generator, NackGenerator)
    generator.add(RtpPacket(sequence_number=65_530))
    assert generator.add(RtpPacket(sequence_number=65_533))
    assert generator.missing == {65_531, 65_532}
    generator.add(RtpPacket(sequence_number=65_531))
    assert generator.missing == {65_532}
    for step in range(1, 20):
        generator.add(RtpPacket(sequence_number=(65_533 + step) % 65_536))
    assert generator.missing == set()


async def test_what_does_not_come_is_asked_for_again(transceiver):
    now = [0.0]
    hooks.request_retransmissions(transceiver.receiver, lambda: 0.05, lambda: now[0])
    generator = getattr(transceiver.receiver, hooks.RECEIVER_NACK)
    asked = []
    for number in (1, 2, 4, 5, 6, 7, 3, 8, 9, 10, 11):
        now[0] += 0.02
        asked.append(generator.add(RtpPacket(sequence_number=number)))
    assert asked == [False, False, True, False, False, True, False, False, False, False, False]


async def test_losses_of_a_source_that_counts_from_below_are_asked_for(transceiver):
    hooks.request_retransmissions(transceiver.receiver, lambda: 0.05, lambda: 0.0)
    generator = getattr(transceiver.receiver, hooks.RECEIVER_NACK)
    generator.add(RtpPacket(ssrc=1, sequence_number=30_000))
    assert generator.add(RtpPacket(ssrc=1, sequence_number=30_002))
    assert not generator.add(RtpPacket(ssrc=2, sequence_number=100))
    assert generator.add(RtpPacket(ssrc=2, sequence_number=102))
    assert generator.missing == {101}


async def test_a_jump_in_the_sequence_is_not_walked_through(transceiver):
    class Noted(set):
        count = 0

        def add(self, number):
            self.count += 1
            super().add(number)

    hooks.request_retransmissions(transceiver.receiver, lambda: 0.05, lambda: 0.0)
    generator = getattr(transceiver.receiver, hooks.RECEIVER_NACK)
    generator.add(RtpPacket(sequence_number=60_000))
    noted = generator.missing = Noted()
    assert generator.add(RtpPacket(sequence_number=20_000))
    assert noted.count == hooks.NACK_REACH
    assert generator.missing == set(range(20_000 - hooks.NACK_REACH, 20_000))


async def test_keyframe_requests_and_estimates_are_heard(transceiver):
    sender, wanted, estimates = transceiver.sender, [], []
    hooks.on_keyframe_request(sender, lambda: wanted.append(1))
    hooks.on_bitrate_estimate(sender, estimates.append)
    await sender._handle_rtcp_packet(
        RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=sender._ssrc)
    )
    fci = pack_remb_fci(500_000, [sender._ssrc])
    for content in (fci, b"REMB", b"REMB\1\0\0\0"):
        await sender._handle_rtcp_packet(
            RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=content)
        )
    assert wanted == [1]
    assert estimates == [pytest.approx(500_000, rel=0.01)]


async def test_reports_state_the_due_time(transceiver, monkeypatch):
    sender, sent, due = transceiver.sender, [], [None]

    async def capture(packets):
        sent.append(packets[0].sender_info.ntp_timestamp)

    monkeypatch.setattr(sender, hooks.SENDER_RTCP_OUT, capture)
    monkeypatch.setattr(hooks.clock, "current_ntp_time", lambda: 1000 << 32)
    hooks.report_due_time(sender, lambda: due[0], lambda: 50.0)

    async def report():
        info = RtcpSenderInfo(ntp_timestamp=1, rtp_timestamp=2, packet_count=3, octet_count=4)
        await sender._send_rtcp([RtcpSrPacket(ssrc=1, sender_info=info)])

    await report()
    due[0] = 49.75
    await report()
    assert sent == [1, (1000 << 32) - (1 << 30)]
    assert getattr(sender, hooks.SENDER_LAST_REPORT) == (sent[1] >> 16) & 0xFFFFFFFF


async def test_loopback_is_gathered_besides_the_rest():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio")
    hooks.offer_loopback(connection)
    hooks.offer_loopback(connection)
    await connection.setLocalDescription(await connection.createOffer())
    candidates = [
        line for line in connection.localDescription.sdp.splitlines() if "candidate:" in line
    ]
    await connection.close()
    assert sum(" 127.0.0.1 " in line for line in candidates) == 1
