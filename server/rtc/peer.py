"""The connection of one who speaks: microphone in, and for a caller picture and sound out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiortc import RTCDataChannel, RTCRtpReceiver, RTCRtpSender
from aiortc.rtp import RtpPacket

from server.label import ABOUT
from server.rtc import hooks, playout_delay, sender_hooks
from server.rtc.connection import Connection, PeerStats
from server.rtc.downlink import Downlink
from server.rtc.network import Network
from server.rtc.offer import OfferedMedia
from server.rtc.reorder import answer_time
from server.rtc.sdp import resilient
from server.rtc.tracks import UnitTrack, VideoUnitTrack

CHANNEL = "visavis"
MAX_CHANNEL_BACKLOG = 64 * 1024
"""Bytes waiting in the data channel above which messages are not sent."""


@dataclass(frozen=True, slots=True)
class PeerCallbacks:
    """What a connection reports: packets, wishes of the receiver, the end.

    ``downlink`` hears what the receiver says of its network; ``due(track)`` is asked for the time
    at which the track's last unit was due, None before one; ``message`` gets whatever the other
    side says on the data channel.
    """

    packet: Callable[[RtpPacket], None]
    message: Callable[[str | bytes], None]
    downlink: Downlink
    due: Callable[[UnitTrack], float | None]
    now: Callable[[], float]
    ended: Callable[[str], None]


class Peer(Connection):
    """A caller: speaks, hears and sees, and may open the data channel.

    ``audio`` and ``video`` are what goes to them.
    """

    def __init__(
        self, audio: UnitTrack, video: VideoUnitTrack, callbacks: PeerCallbacks, network: Network
    ) -> None:
        super().__init__(network, callbacks.ended)
        self.unsent = 0
        self._callbacks = callbacks
        self._channel: RTCDataChannel | None = None
        self.audio = audio
        self.video = video
        self._round_trip: float | None = None

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """Apply the offer and return the SDP answer; raises MalformedOffer.

        ``loopback`` says that the browser runs on this machine. Where the offer only sends, as
        one of WHIP does, nothing is sent back.
        """
        if offer.sends_only:
            return await self._answer_publisher(offer, loopback=loopback)
        playout_delay.offer_extension()
        audio = self._connection.addTransceiver(self.audio, direction="sendrecv")
        video = self._connection.addTransceiver(self.video, direction="sendonly")
        audio.setCodecPreferences(list(offer.audio_preferences))
        video.setCodecPreferences(list(offer.video_preferences))

        def offered() -> None:
            self._hear(audio.receiver)
            self._report(audio.sender, video.sender)

        return resilient(await self._negotiate(offer.sdp, offered, loopback=loopback))

    async def _answer_publisher(self, offer: OfferedMedia, *, loopback: bool) -> str:
        audio = self._connection.addTransceiver("audio", direction="recvonly")
        audio.setCodecPreferences(list(offer.audio_preferences))
        # RFC 9725, section 4.4.3: no section is refused alone. A camera's packets go nowhere.
        others = [
            self._connection.addTransceiver("video", direction="recvonly")
            for _ in range(offer.video_codec is not None)
        ]

        def offered() -> None:
            self._hear(audio.receiver)
            for other in others:
                hooks.deliver_packets(other.receiver, lambda packet: None)
                hooks.limit_sources(other.receiver, self._too_many_sources)

        return resilient(await self._negotiate(offer.sdp, offered, loopback=loopback))

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
        stats = await super().stats()
        self._round_trip = stats.round_trip
        return stats

    async def close(self) -> None:
        """End the connection; sockets, threads and tasks of aiortc are gone afterwards."""
        self.audio.stop()
        self.video.stop()
        await super().close()
        self._channel = None

    def _hear(self, receiver: RTCRtpReceiver) -> None:
        hooks.deliver_packets(receiver, self._callbacks.packet)
        hooks.request_retransmissions(receiver, self._patience, self._callbacks.now)
        hooks.limit_sources(receiver, self._too_many_sources)

    def _patience(self) -> float:
        return answer_time(self._round_trip)

    def _too_many_sources(self) -> None:
        self._ended("too many sources of sound")

    def _report(self, sound: RTCRtpSender, picture: RTCRtpSender) -> None:
        calls = self._callbacks
        downlink = calls.downlink
        hooks.on_keyframe_request(picture, downlink.keyframe_wanted)
        hooks.on_bitrate_estimate(picture, downlink.estimated)
        sender_hooks.on_loss(picture, downlink.lost)
        sender_hooks.limit_resending(
            picture,
            downlink.may_resend_picture,
            downlink.too_much_lost,
            lambda: self.video.last_keyframe,
        )
        sender_hooks.limit_resending(sound, downlink.may_resend_sound, lambda: None)
        sender_hooks.pace(picture, downlink.pause)
        playout_delay.tell_delay(picture, downlink.even)
        sender_hooks.on_answer(picture, downlink.answered, calls.now)
        hooks.report_due_time(sound, lambda: calls.due(self.audio), calls.now)
        hooks.report_due_time(picture, lambda: calls.due(self.video), calls.now)

    def _take_channel(self, channel: RTCDataChannel) -> bool:
        if channel.label != CHANNEL or self._channel is not None:
            return False
        self._channel = channel
        channel.on("message", self._callbacks.message)
        self.send(ABOUT)
        return True
