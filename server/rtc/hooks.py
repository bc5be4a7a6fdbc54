"""Every place where aiortc's private parts are used, each checked before use.

aiortc 1.16 has no public way to receive packets without its jitter buffer, to hear what the
receiver asks for, or to say when media was due. The names below are private: the version is
pinned, ``tests/server/rtc/test_hooks.py`` guards each one, and a missing name raises
``BackendUnavailable`` instead of failing quietly.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from typing import Any

from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCSctpTransport, clock
from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpSrPacket,
    RtpPacket,
    unpack_remb_fci,
)
from aiortc.utils import uint16_add, uint16_gt

from engine.errors import BackendUnavailable

RECEIVER_JITTER_BUFFER = "_RTCRtpReceiver__jitter_buffer"
RECEIVER_NACK = "_RTCRtpReceiver__nack_generator"
RECEIVER_RTP_IN = "_handle_rtp_packet"
SENDER_KEYFRAME = "_send_keyframe"
SENDER_RTCP_IN = "_handle_rtcp_packet"
SENDER_RTCP_OUT = "_send_rtcp"
SENDER_LAST_REPORT = "_RTCRtpSender__lsr"
SCTP_DATA_IN = "_receive_data_chunk"
SCTP_WINDOW = "_advertised_rwnd"
SCTP_UNORDERED = "_sack_misordered"
ICE_CONNECTION = "_connection"
ICE_GATHER = "get_component_candidates"

NACK_REACH = 12
"""Packets (240 ms) after which a lost one is no longer asked for."""

MAX_SOURCES = 16
"""SSRCs of one microphone; a browser has one and may change it. aiortc keeps a record of each for
ever, and its reports, which hold 31 (RFC 3550, section 6.4.2), break and then block its end."""

MAX_OVERDRAWN = 64 * 1024
MAX_UNORDERED = 4096
"""Bytes beyond the receive window, and chunks after a gap: more than SCTP's rules (RFC 9260,
sections 6.1 and 7.2) let a sender have on the way. aiortc would keep any number."""

LOOPBACK = "127.0.0.1"


def deliver_packets(receiver: RTCRtpReceiver, sink: Callable[[RtpPacket], None]) -> None:
    """Give every RTP packet to ``sink`` on arrival; aiortc buffers and decodes none of them.

    Its buffer holds four packets (80 ms) always, and fourteen (280 ms) after one loss.
    """
    replace(receiver, RECEIVER_JITTER_BUFFER, _Tap(sink))


def request_retransmissions(
    receiver: RTCRtpReceiver,
    patience: Callable[[], float],
    now: Callable[[], float],
) -> None:
    """Send a NACK (RFC 4585, section 6.2.1) for audio packets that are missing.

    It is repeated after ``patience`` seconds on the clock ``now``: requests get lost as well.
    """
    replace(receiver, RECEIVER_NACK, _RecentNack(patience, now))


def limit_sources(receiver: RTCRtpReceiver, exceeded: Callable[[], None]) -> None:
    """Call ``exceeded`` on packets from more than ``MAX_SOURCES`` sources, and drop these."""
    original: Callable[..., Awaitable[None]] = existing(receiver, RECEIVER_RTP_IN)
    sources: set[int] = set()

    async def handle(packet: RtpPacket, arrival_time_ms: int) -> None:
        if packet.ssrc not in sources:
            if len(sources) >= MAX_SOURCES:
                exceeded()
                return
            sources.add(packet.ssrc)
        await original(packet, arrival_time_ms=arrival_time_ms)

    replace(receiver, RECEIVER_RTP_IN, handle)


def limit_backlog(sctp: RTCSctpTransport, exceeded: Callable[[], None]) -> None:
    """Call ``exceeded`` on data channel chunks sent far beyond the receive window; drop these."""
    original: Callable[[object], Awaitable[None]] = existing(sctp, SCTP_DATA_IN)

    async def receive(chunk: object) -> None:
        overdrawn = -existing(sctp, SCTP_WINDOW) > MAX_OVERDRAWN
        if overdrawn or len(existing(sctp, SCTP_UNORDERED)) > MAX_UNORDERED:
            exceeded()
            return
        await original(chunk)

    replace(sctp, SCTP_DATA_IN, receive)


def on_keyframe_request(sender: RTCRtpSender, callback: Callable[[], None]) -> None:
    """Call ``callback`` on PLI and FIR (RFC 4585, section 6.3.1; RFC 5104, section 4.3.1)."""
    replace(sender, SENDER_KEYFRAME, callback)


def on_bitrate_estimate(sender: RTCRtpSender, callback: Callable[[int], None]) -> None:
    """Call ``callback`` with bits per second on REMB (draft-alvestrand-rmcat-remb-03)."""
    original: Callable[[AnyRtcpPacket], Awaitable[None]] = existing(sender, SENDER_RTCP_IN)

    async def handle(packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            try:
                callback(unpack_remb_fci(packet.fci)[0])
            except (ValueError, struct.error):
                return
        else:
            await original(packet)

    replace(sender, SENDER_RTCP_IN, handle)


def report_due_time(
    sender: RTCRtpSender, due: Callable[[], float | None], now: Callable[[], float]
) -> None:
    """Let sender reports (RFC 3550, section 6.4.1) state when the last unit was *due*.

    aiortc states when it was sent, which makes a receiver take every delay in sending for an
    offset between sound and picture. ``due`` gives the due time of the unit sent last, None
    before the first, on the clock ``now``.
    """
    original: Callable[[list[AnyRtcpPacket]], Awaitable[None]] = existing(sender, SENDER_RTCP_OUT)
    existing(sender, SENDER_LAST_REPORT)

    async def send(packets: list[AnyRtcpPacket]) -> None:
        report, due_at = packets[0], due()
        if isinstance(report, RtcpSrPacket) and due_at is not None:
            ntp = clock.current_ntp_time() + round((due_at - now()) * (1 << 32))
            report.sender_info.ntp_timestamp = ntp
            setattr(sender, SENDER_LAST_REPORT, (ntp >> 16) & 0xFFFFFFFF)
        await original(packets)

    replace(sender, SENDER_RTCP_OUT, send)


def offer_loopback(connection: RTCPeerConnection) -> None:
    """Also gather 127.0.0.1, which aioice leaves out, for a browser on this machine.

    A machine without a network has no other address. Call it before the local description.
    """
    for transceiver in connection.getTransceivers():
        gatherer = transceiver.receiver.transport.transport.iceGatherer
        ice = existing(gatherer, ICE_CONNECTION)
        if LOOPBACK in getattr(ice, "visavis_addresses", ()):
            continue
        ice.visavis_addresses = (LOOPBACK,)
        replace(ice, ICE_GATHER, _with_loopback(existing(ice, ICE_GATHER)))


def _with_loopback(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def gather(component: int, addresses: list[str], timeout: int = 5) -> Any:  # noqa: ANN401
        others = [address for address in addresses if address != LOOPBACK]
        return await original(component=component, addresses=[LOOPBACK, *others], timeout=timeout)

    return gather


class _Tap:
    """Stands where the jitter buffer was: passes packets on, never has a frame."""

    def __init__(self, sink: Callable[[RtpPacket], None]) -> None:
        self._sink = sink

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        self._sink(packet)
        return False, None


class _RecentNack(NackGenerator):
    """Asks only for what may still arrive in time; aiortc asks for the last 128 packets."""

    def __init__(self, patience: Callable[[], float], now: Callable[[], float]) -> None:
        super().__init__()
        self._source: int | None = None
        self._patience = patience
        self._now = now
        self._asked_at: dict[int, float] = {}

    def add(self, packet: RtpPacket) -> bool:
        """Note a packet; whether it is time to ask for those that are missing."""
        if packet.ssrc != self._source:  # it counts from anywhere, perhaps from far below
            self._source, self.max_seq = packet.ssrc, None
            self.missing.clear()
        newest = uint16_add(packet.sequence_number, -NACK_REACH - 1)
        if self.max_seq is not None and uint16_gt(newest, self.max_seq):
            self.max_seq = newest  # or up to 32767 packets would be noted, to be forgotten at once
        super().add(packet)
        now, patience = self._now(), self._patience()
        asked = {seq: at for seq, at in self._asked_at.items() if seq in self.missing}
        due = any(now - asked.get(seq, float("-inf")) >= patience for seq in self.missing)
        self._asked_at = dict.fromkeys(self.missing, now) if due else asked
        return due

    def truncate(self) -> None:
        if self.max_seq is None:
            return
        oldest = uint16_add(self.max_seq, -NACK_REACH)
        self.missing = {seq for seq in self.missing if not uint16_gt(oldest, seq)}


def existing(target: object, name: str) -> Any:  # noqa: ANN401
    """A private part; BackendUnavailable, naming it, where it is gone."""
    try:
        return getattr(target, name)
    except AttributeError:
        raise BackendUnavailable(
            "aiortc", f"{type(target).__name__}.{name} is gone", "install aiortc 1.16"
        ) from None


def replace(target: object, name: str, value: object) -> None:
    """Put something in the place of a private part."""
    existing(target, name)
    setattr(target, name, value)
