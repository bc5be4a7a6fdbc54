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
    RtcpSrPacket,
    RtpPacket,
)
from aiortc.utils import uint16_gt

from server.rtc.hooks import SENDER_RTCP_IN, existing, replace

SENDER_SSRC = "_ssrc"
SENDER_HISTORY = "_RTCRtpSender__rtp_history"
SENDER_RESEND = "_retransmit"
SENDER_NEXT = "_next_encoded_frame"
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
            _slow_down(sender.transport, asyncio.current_task(), pause)
        return await original(codec)

    replace(sender, SENDER_NEXT, next_frame)


def _slow_down(transport: object, task: object, pause: Callable[[int], float]) -> None:
    original: Callable[[bytes], Awaitable[None]] = existing(transport, TRANSPORT_SEND)

    async def send(data: bytes) -> None:
        await original(data)
        if asyncio.current_task() is task and (seconds := pause(len(data))) > 0:
            await asyncio.sleep(seconds)

    replace(transport, TRANSPORT_SEND, send)
