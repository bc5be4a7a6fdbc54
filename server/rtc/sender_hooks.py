"""aiortc's private parts on the way out, besides those in `server.rtc.hooks`: losses, what is sent
again, how fast packets leave. The same rules: names guarded by tests, a missing one is an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiortc import RTCRtpSender, clock
from aiortc.rtp import (
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
)
from aiortc.utils import uint16_gt

from server.rtc.hooks import SENDER_RTCP_IN, SENDER_RTCP_OUT, existing, replace

SENDER_SSRC = "_ssrc"
SENDER_HISTORY = "_RTCRtpSender__rtp_history"
SENDER_RESEND = "_retransmit"
SENDER_NEXT = "_next_encoded_frame"
SENDER_RTP_TIME = "_RTCRtpSender__rtp_timestamp"
SENDER_NTP_TIME = "_RTCRtpSender__ntp_timestamp"
SENDER_REPORTED_AT = "_RTCRtpSender__lsr_time"
SENDER_PACKETS = "_RTCRtpSender__packet_count"
SENDER_OCTETS = "_RTCRtpSender__octet_count"
TRANSPORT_SEND = "_send_rtp"
HISTORY_SIZE = 128
"""Packets that aiortc keeps to send again: over a second of picture, 2.5 s of sound."""


def on_loss(sender: RTCRtpSender, callback: Callable[[float], None]) -> None:
    """Call ``callback`` with the share of packets that each receiver report (RFC 3550, section
    6.4.2) tells lost since the one before.
    """
    original: Callable[[AnyRtcpPacket], Awaitable[None]] = existing(sender, SENDER_RTCP_IN)
    source = existing(sender, SENDER_SSRC)

    async def handle(packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == source:
                    callback(report.fraction_lost / 256)
        await original(packet)

    replace(sender, SENDER_RTCP_IN, handle)


REPORT_INTERVAL = 0.1
"""Seconds between sender reports at least: aiortc's own come once a second, too seldom to see a
queue before it is full. Browsers answer five times a second, and should have a fresh one then."""

REMEMBERED = 32
"""Reports whose answer is waited for."""


def on_answer(
    sender: RTCRtpSender, callback: Callable[[float], None], now: Callable[[], float]
) -> None:
    """Send a report (RFC 3550, section 6.4.1) after a picture each ``REPORT_INTERVAL``, and call
    ``callback`` with the round trip of each that a receiver report answers, in seconds of ``now``.

    Call it before `hooks.report_due_time`: reports are known by the time that they state.
    """
    _Answers(sender, callback, now)


class _Answers:
    def __init__(
        self, sender: RTCRtpSender, callback: Callable[[float], None], now: Callable[[], float]
    ) -> None:
        self._sender, self._callback, self._now = sender, callback, now
        self._source = existing(sender, SENDER_SSRC)
        self._out: Callable[[list[AnyRtcpPacket]], Awaitable[None]]
        self._out = existing(sender, SENDER_RTCP_OUT)
        self._in: Callable[[AnyRtcpPacket], Awaitable[None]] = existing(sender, SENDER_RTCP_IN)
        self._next: Callable[[object], Awaitable[object]] = existing(sender, SENDER_NEXT)
        self._left: dict[int, float] = {}
        self._reported_at = now()
        for name in (SENDER_RTP_TIME, SENDER_NTP_TIME, SENDER_PACKETS, SENDER_OCTETS):
            existing(sender, name)
        existing(sender, SENDER_REPORTED_AT)
        replace(sender, SENDER_RTCP_OUT, self._send)
        replace(sender, SENDER_RTCP_IN, self._receive)
        replace(sender, SENDER_NEXT, self._next_frame)

    async def _send(self, packets: list[AnyRtcpPacket]) -> None:
        if isinstance(packets[0], RtcpSrPacket):
            self._left[packets[0].sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF] = self._now()
            if len(self._left) > REMEMBERED:
                del self._left[next(iter(self._left))]
        await self._out(packets)

    async def _receive(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                left = self._left.pop(report.lsr, None) if report.ssrc == self._source else None
                if left is not None:
                    self._callback(max(0.0, self._now() - left - report.dlsr / 65536))
        await self._in(packet)

    async def _next_frame(self, codec: object) -> object:
        packets = existing(self._sender, SENDER_PACKETS)
        if packets and self._now() - self._reported_at >= REPORT_INTERVAL:
            self._reported_at = self._now()
            told = RtcpSenderInfo(
                ntp_timestamp=existing(self._sender, SENDER_NTP_TIME),
                rtp_timestamp=existing(self._sender, SENDER_RTP_TIME),
                packet_count=packets & 0xFFFFFFFF,
                octet_count=existing(self._sender, SENDER_OCTETS) & 0xFFFFFFFF,
            )
            report = RtcpSrPacket(ssrc=self._source, sender_info=told)
            # aiortc measures its round trip from the last report, and fails if it knows of none.
            replace(self._sender, SENDER_REPORTED_AT, clock.current_datetime().timestamp())
            await existing(self._sender, SENDER_RTCP_OUT)([report])
        return await self._next(codec)


def limit_resending(
    sender: RTCRtpSender,
    allowed: Callable[[int], bool],
    exceeded: Callable[[], None],
    keyframe: Callable[[], bool] = lambda: False,
) -> None:
    """Send again what a NACK (RFC 4585, section 6.2.1) asks for if it is all there and ``allowed``
    says yes to each packet's bytes; at the first that is not, call ``exceeded`` and leave the rest.

    ``keyframe`` says whether the picture handed over last is one: what came before it is sent after
    the rest, or not at all, since few receivers need it.
    """
    resender = _Resender(sender, allowed, exceeded)
    next_frame: Callable[[object], Awaitable[Any]] = existing(sender, SENDER_NEXT)
    rtcp_in: Callable[[AnyRtcpPacket], Awaitable[None]] = existing(sender, SENDER_RTCP_IN)

    async def next_noted(codec: object) -> Any:  # noqa: ANN401
        frame = await next_frame(codec)
        if frame is not None and keyframe():
            resender.begin(frame.payloads[0])
        return frame

    async def handle(packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            await resender.resend(packet.lost)
        else:
            await rtcp_in(packet)

    replace(sender, SENDER_NEXT, next_noted)
    replace(sender, SENDER_RTCP_IN, handle)


class _Resender:
    """Answers NACKs out of what a sender keeps."""

    def __init__(
        self, sender: RTCRtpSender, allowed: Callable[[int], bool], exceeded: Callable[[], None]
    ) -> None:
        self._history: dict[int, RtpPacket] = existing(sender, SENDER_HISTORY)
        self._send: Callable[[int], Awaitable[None]] = existing(sender, SENDER_RESEND)
        self._allowed = allowed
        self._exceeded = exceeded
        self._first: bytes | None = None

    def begin(self, payload: bytes) -> None:
        """The packet with this very payload begins a keyframe."""
        self._first = payload

    async def resend(self, numbers: list[int]) -> None:
        """Send these again; each with the time of now, or it would look long delayed to whoever
        estimates the network by it.
        """
        begin = next((p.sequence_number for p in self._history.values() if self._begins(p)), None)

        def old(number: int) -> bool:
            return begin is not None and uint16_gt(begin, number)

        for number in sorted(numbers, key=old):
            kept = self._history.get(number % HISTORY_SIZE)
            known = kept is not None and kept.sequence_number == number
            if kept is not None and known and self._allowed(len(kept.payload)):
                if kept.extensions.abs_send_time is not None:
                    kept.extensions.abs_send_time = (clock.current_ntp_time() >> 14) & 0xFFFFFF
                await self._send(number)
            elif not old(number):
                self._exceeded()
                return

    def _begins(self, packet: RtpPacket) -> bool:
        return packet.payload is self._first


def pace(sender: RTCRtpSender, pause: Callable[[int], float]) -> None:
    """After each packet of media, wait for as many seconds as ``pause`` says for its bytes.

    Reports and what is sent again do not wait: they are sent by those who also receive.
    """
    original: Callable[[object], Awaitable[object]] = existing(sender, SENDER_NEXT)
    begun = False

    async def next_frame(codec: object) -> object:
        nonlocal begun
        if not begun:  # only now is it sure which transport is used, and which task uses it
            begun = True
            _slow_down(sender, asyncio.current_task(), pause)
        return await original(codec)

    replace(sender, SENDER_NEXT, next_frame)


def _slow_down(sender: RTCRtpSender, task: object, pause: Callable[[int], float]) -> None:
    transport = sender.transport
    original: Callable[[bytes], Awaitable[None]] = existing(transport, TRANSPORT_SEND)

    async def send(data: bytes) -> None:
        await original(data)
        if asyncio.current_task() is task and (seconds := pause(len(data))) > 0:
            # aiortc notes it when this returns. A report that leaves before that would tell the
            # due time of this picture for the timestamp of the one before.
            replace(sender, SENDER_RTP_TIME, int.from_bytes(data[4:8], "big"))
            await asyncio.sleep(seconds)

    replace(transport, TRANSPORT_SEND, send)
