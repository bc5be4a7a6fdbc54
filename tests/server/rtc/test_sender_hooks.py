"""aiortc's private parts on the way out: each is there, and each hook takes effect."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtp import (
    RTCP_RTPFB_NACK,
    RTP_HISTORY_SIZE,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtpPacket,
)

from engine.errors import BackendUnavailable
from server.rtc import hooks, sender_hooks

NAMES = (
    sender_hooks.SENDER_SSRC,
    sender_hooks.SENDER_HISTORY,
    sender_hooks.SENDER_RESEND,
    sender_hooks.SENDER_NEXT,
)


@pytest.fixture
async def sender():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection.addTransceiver("video").sender
    await connection.close()


@pytest.mark.parametrize("name", NAMES)
async def test_sender_has(sender, name):
    assert hasattr(sender, name)


async def test_transport_has(sender):
    assert hasattr(sender.transport, sender_hooks.TRANSPORT_SEND)
    assert sender_hooks.HISTORY_SIZE == RTP_HISTORY_SIZE


async def test_a_missing_name_fails_loudly(sender):
    del sender.__dict__[sender_hooks.SENDER_HISTORY]
    with pytest.raises(BackendUnavailable, match="history is gone"):
        sender_hooks.limit_resending(sender, bool, print)


def report(ssrc, fraction):
    return RtcpReceiverInfo(
        ssrc=ssrc,
        fraction_lost=fraction,
        packets_lost=0,
        highest_sequence=0,
        jitter=0,
        lsr=0,
        dlsr=0,
    )


async def test_losses_of_this_sender_are_heard_and_the_statistics_still_kept(sender):
    heard = []
    sender_hooks.on_loss(sender, heard.append)
    reports = [report(sender._ssrc + 1, 200), report(sender._ssrc, 64)]
    await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=reports))
    assert heard == [0.25]
    assert f"remote-inbound-rtp_{id(sender)}" in await sender.getStats()


def nack(sender, *lost):
    return RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=sender._ssrc, lost=list(lost))


@pytest.fixture
def resent(sender):
    """What is sent again, of the packets 100 to 109 of 50 bytes."""
    numbers = []

    async def resend(number):
        numbers.append(number)

    setattr(sender, sender_hooks.SENDER_RESEND, resend)
    history = getattr(sender, sender_hooks.SENDER_HISTORY)
    for number in range(100, 110):
        packet = RtpPacket(sequence_number=number, payload=bytes(50))
        packet.extensions.abs_send_time = 1
        history[number] = packet
    return numbers


async def test_what_is_asked_for_is_sent_again_with_the_time_of_now(sender, resent, monkeypatch):
    monkeypatch.setattr(sender_hooks.clock, "current_ntp_time", lambda: 77 << 14)
    sender_hooks.limit_resending(sender, lambda size: True, lambda: pytest.fail("exceeded"))
    await sender._handle_rtcp_packet(nack(sender, 101, 103))
    assert resent == [101, 103]
    history = getattr(sender, sender_hooks.SENDER_HISTORY)
    assert [history[n].extensions.abs_send_time for n in (101, 102, 103)] == [77, 1, 77]


@pytest.mark.parametrize("lost", [(101, 102, 103, 104), (101, 102, 103, 400), (101, 102, 103, 230)])
async def test_what_is_gone_or_too_much_is_not(sender, resent, lost):
    budget, exceeded = [50, 50, 50], []
    allowed = lambda size: bool(budget) and budget.pop() == size  # noqa: E731
    sender_hooks.limit_resending(sender, allowed, lambda: exceeded.append(1))
    await sender._handle_rtcp_packet(nack(sender, *lost))
    assert resent == [101, 102, 103] and exceeded == [1]


async def test_what_came_before_a_keyframe_is_least_important(sender, resent):
    frames, keyframe = [b"first", b"later"], [True]
    history = getattr(sender, sender_hooks.SENDER_HISTORY)

    async def next_frame(codec):
        return SimpleNamespace(payloads=[frames.pop(0)])

    setattr(sender, sender_hooks.SENDER_NEXT, next_frame)
    budget = [1] * 4
    allowed = lambda size: bool(budget) and bool(budget.pop())  # noqa: E731
    sender_hooks.limit_resending(
        sender, allowed, lambda: pytest.fail("exceeded"), lambda: keyframe.pop()
    )
    history[105].payload = (await sender._next_encoded_frame(None)).payloads[0]
    keyframe.append(False)
    history[107].payload = (await sender._next_encoded_frame(None)).payloads[0]
    await sender._handle_rtcp_packet(nack(sender, 20, 103, 104, 105, 106, 108))
    assert resent == [105, 106, 108, 103]


async def test_round_trips_are_measured_by_frequent_reports(sender):
    now, trips, sent = [100.0], [], []

    async def send(packets):
        sent.extend(packets)

    async def next_frame(codec):
        return codec

    setattr(sender, sender_hooks.SENDER_RTCP_OUT, send)
    setattr(sender, sender_hooks.SENDER_NEXT, next_frame)
    sender_hooks.on_answer(sender, trips.append, lambda: now[0])
    setattr(sender, sender_hooks.SENDER_PACKETS, 7)
    for number in range(10):
        setattr(sender, sender_hooks.SENDER_NTP_TIME, (number << 32) + 5)
        assert await sender._next_encoded_frame(number) == number
        now[0] += 0.04
    assert len(sent) == 3 and all(report.sender_info.packet_count == 7 for report in sent)
    answer = RtcpReceiverInfo(
        ssrc=getattr(sender, sender_hooks.SENDER_SSRC),
        fraction_lost=0,
        packets_lost=0,
        highest_sequence=0,
        jitter=0,
        lsr=sent[-1].sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF,
        dlsr=65536 // 10,
    )
    now[0] = 100.36 + 0.25
    for _ in range(2):
        await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[answer]))
    assert trips == [pytest.approx(0.15, abs=0.001)]


async def test_an_answer_before_the_senders_own_first_report(sender):
    sent = []

    async def send(packets):
        sent.extend(packets)

    async def next_frame(codec):
        return codec

    setattr(sender, sender_hooks.SENDER_RTCP_OUT, send)
    setattr(sender, sender_hooks.SENDER_NEXT, next_frame)
    now = [100.0]
    sender_hooks.on_answer(sender, lambda seconds: None, lambda: now[0])
    hooks.report_due_time(sender, lambda: now[0], lambda: now[0])
    setattr(sender, sender_hooks.SENDER_PACKETS, 7)
    setattr(sender, sender_hooks.SENDER_NTP_TIME, 5 << 32)
    now[0] += 1
    await sender._next_encoded_frame(None)
    answer = RtcpReceiverInfo(
        ssrc=getattr(sender, sender_hooks.SENDER_SSRC),
        fraction_lost=0,
        packets_lost=0,
        highest_sequence=0,
        jitter=0,
        lsr=sent[-1].sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF,
        dlsr=1,
    )
    await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[answer]))


async def test_media_waits_and_reports_do_not(sender, monkeypatch):
    sent, slept = [], []

    async def send(data):
        sent.append(data)

    async def sleep(seconds):
        slept.append(seconds)

    transport = SimpleNamespace(**{sender_hooks.TRANSPORT_SEND: send})
    monkeypatch.setattr(type(sender), "transport", property(lambda self: transport))

    async def next_frame(codec):
        return codec

    setattr(sender, sender_hooks.SENDER_NEXT, next_frame)
    sender_hooks.pace(sender, lambda size: size / 100)
    monkeypatch.setattr(sender_hooks.asyncio, "sleep", sleep)

    def media_of(frame):
        return bytes(4) + bytes([0, 0, 0, frame]) + b"media"

    async def media():
        for frame in (1, 2):
            assert await sender._next_encoded_frame(frame) == frame
            await transport._send_rtp(media_of(frame))

    await asyncio.create_task(media())
    await transport._send_rtp(b"report")
    assert sent == [media_of(1), media_of(2), b"report"]
    assert slept == [0.13, 0.13]
    assert getattr(sender, sender_hooks.SENDER_RTP_TIME) == 2
