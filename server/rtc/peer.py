"""One WebRTC connection: microphone in, picture and sound out, one data channel."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.rtp import RtpPacket
from aiortc.stats import RTCRemoteInboundRtpStreamStats, RTCTransportStats

from server.rtc import hooks
from server.rtc.offer import CHECK_OFFER, MalformedOffer, OfferedMedia
from server.rtc.tracks import UnitTrack

CHANNEL = "visavis"
MAX_CHANNELS = 16
"""Data channels that one connection may try to open; the page opens one."""

MAX_CHANNEL_BACKLOG = 64 * 1024
"""Bytes waiting in the data channel above which messages are not sent."""

CLOSE_TIMEOUT = 5.0
_REFUSALS = (
    AssertionError,
    AttributeError,
    InternalError,
    InvalidAccessError,
    InvalidStateError,
    KeyError,
    OperationError,
    ValueError,
)
"""What aiortc raises when a description that parses makes no sense."""

log = logging.getLogger(__name__)
for _name in ("aiortc", "aioice"):  # below this they log SDP and addresses
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class PeerCallbacks:
    """What a connection reports: packets, wishes of the receiver, the end.

    ``due(track)`` is asked for the time at which the track's last unit was due, None before one;
    ``message`` gets whatever the other side says on the data channel.
    """

    packet: Callable[[RtpPacket], None]
    message: Callable[[str | bytes], None]
    keyframe_wanted: Callable[[], None]
    bitrate_estimated: Callable[[int], None]
    due: Callable[[UnitTrack], float | None]
    now: Callable[[], float]
    ended: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PeerStats:
    """Packets received since the start, and the round trip in seconds (None while unknown)."""

    packets_received: int
    round_trip: float | None


class Peer:
    """A connection from its offer to its end; ``close`` frees everything that it holds."""

    def __init__(self, audio: UnitTrack, video: UnitTrack, callbacks: PeerCallbacks) -> None:
        self.connected = asyncio.Event()
        self._callbacks = callbacks
        self._channel: RTCDataChannel | None = None
        self.unsent = 0
        self._channels = 0
        self._audio = audio
        self._video = video
        # Not MAX_BUNDLE: with it, aiortc 1.16 stops the shared transport when the offer's first
        # section is not our first transceiver. The offer's BUNDLE group joins them anyway.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._state_changed)
        self._connection.on("datachannel", self._channel_opened)

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """Apply the offer and return the SDP answer; raises MalformedOffer.

        ``loopback`` says that the browser runs on this machine.
        """
        connection = self._connection
        audio_out = connection.addTransceiver(self._audio, direction="sendrecv")
        video_out = connection.addTransceiver(self._video, direction="sendonly")
        audio_out.setCodecPreferences(list(offer.audio_preferences))
        video_out.setCodecPreferences(list(offer.video_preferences))
        try:
            await connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            self._hook(audio_out.receiver, audio_out.sender, video_out.sender)
            if loopback:
                hooks.offer_loopback(connection)
            await connection.setLocalDescription(await connection.createAnswer())
        except _REFUSALS as error:
            raise MalformedOffer("sdp", type(error).__name__, CHECK_OFFER) from None
        return connection.localDescription.sdp

    def send(self, message: Mapping[str, object]) -> bool:
        """Send JSON over the data channel; False when it is not open or does not keep up.

        ``unsent`` counts the messages that a channel that did not keep up was spared.
        """
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return False
        if channel.bufferedAmount > MAX_CHANNEL_BACKLOG:
            self.unsent += 1
            return False
        channel.send(json.dumps(message, separators=(",", ":")))
        return True

    async def stats(self) -> PeerStats:
        """What is known about the connection now."""
        received, round_trip = 0, None
        for entry in (await self._connection.getStats()).values():
            if isinstance(entry, RTCTransportStats):
                received = entry.packetsReceived
            elif isinstance(entry, RTCRemoteInboundRtpStreamStats):
                round_trip = entry.roundTripTime
        return PeerStats(received, round_trip)

    async def close(self) -> None:
        """End the connection; sockets, threads and tasks of aiortc are gone afterwards."""
        self._audio.stop()
        self._video.stop()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._connection.close()
        except TimeoutError:
            log.warning("a connection did not close within %.0f s", CLOSE_TIMEOUT)
        self._channel = None

    def _hook(self, receiver: RTCRtpReceiver, sound: RTCRtpSender, picture: RTCRtpSender) -> None:
        calls = self._callbacks
        hooks.deliver_packets(receiver, calls.packet)
        hooks.request_retransmissions(receiver)
        hooks.limit_sources(receiver, lambda: calls.ended("too many sources of sound"))
        if self._connection.sctp is not None:
            sctp = self._connection.sctp
            hooks.limit_backlog(sctp, lambda: calls.ended("too much on the data channel"))
        hooks.on_keyframe_request(picture, calls.keyframe_wanted)
        hooks.on_bitrate_estimate(picture, calls.bitrate_estimated)
        hooks.report_due_time(sound, lambda: calls.due(self._audio), calls.now)
        hooks.report_due_time(picture, lambda: calls.due(self._video), calls.now)

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self.connected.set()
        elif state in ("failed", "closed"):
            self._callbacks.ended(f"connection {state}")

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        self._channels += 1
        if self._channels > MAX_CHANNELS:
            self._callbacks.ended("too many data channels")
        if channel.label == CHANNEL and self._channel is None:
            self._channel = channel
            channel.on("message", self._callbacks.message)
        else:
            channel.close()
