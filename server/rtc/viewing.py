"""The connection of one who only watches: picture and sound out, nothing in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiortc import RTCRtpSender
from aiortc.rtcrtpparameters import RTCRtpCodecCapability

from server.rtc import hooks, sender_hooks
from server.rtc.connection import Connection
from server.rtc.network import Network
from server.rtc.offer import OfferedMedia, preferences
from server.rtc.sdp import exclusive, resilient
from server.rtc.tracks import AudioUnitTrack, UnitTrack, VideoUnitTrack


@dataclass(frozen=True, slots=True)
class ViewingCallbacks:
    """What such a connection reports; ``due`` and ``now`` as in ``PeerCallbacks``.

    A keyframe is needed where pictures were left out here, wanted where the viewer says so or
    misses more than ``may_resend`` says may be sent again; ``pause`` gives the seconds to wait
    after so many bytes of picture.
    """

    opened: Callable[[], None]
    keyframe_needed: Callable[[], None]
    keyframe_wanted: Callable[[], None]
    bitrate_estimated: Callable[[int], None]
    lost: Callable[[float], None]
    may_resend: Callable[[int], bool]
    may_resend_sound: Callable[[int], bool]
    pause: Callable[[int], float]
    due: Callable[[UnitTrack], float | None]
    now: Callable[[], float]
    ended: Callable[[str], None]


class Viewing(Connection):
    """Sends what is put into ``audio`` and ``video``, as far as the other side takes them.

    First ``answer``, or with ``offers`` first ``offer`` and then ``accept``.
    """

    def __init__(
        self, callbacks: ViewingCallbacks, network: Network, *, offers: bool = False
    ) -> None:
        super().__init__(network, callbacks.ended, offers=offers)
        self.audio = AudioUnitTrack()
        self.video = VideoUnitTrack(callbacks.keyframe_needed, callbacks.opened)
        self._callbacks = callbacks

    async def answer(self, offer: OfferedMedia, *, loopback: bool) -> str:
        """Apply the offer and return the SDP answer; raises MalformedOffer."""
        senders = self._add(offer.audio_preferences, offer.video_preferences)

        def offered() -> None:
            for track, sender in senders:
                self._report(track, sender)

        return resilient(await self._negotiate(offer.sdp, offered, loopback=loopback))

    async def offer(self, codec: str, *, loopback: bool) -> str:
        """An SDP offer of sound and of pictures in ``codec``."""
        for track, sender in self._add(preferences("audio", "opus"), preferences("video", codec)):
            self._report(track, sender)
        return exclusive(resilient(await self._propose(loopback=loopback)))

    async def accept(self, answer: str) -> None:
        """Connect by a checked answer to our offer; raises MalformedOffer."""
        await self._conclude(answer)

    async def close(self) -> None:
        """End the connection; sockets, threads and tasks of aiortc are gone afterwards."""
        self.audio.stop()
        self.video.stop()
        await super().close()

    def _add(
        self,
        audio: Sequence[RTCRtpCodecCapability],
        video: Sequence[RTCRtpCodecCapability],
    ) -> list[tuple[UnitTrack, RTCRtpSender]]:
        """Add what there are codecs for."""
        senders: list[tuple[UnitTrack, RTCRtpSender]] = []
        for track, codecs in ((self.audio, audio), (self.video, video)):
            if codecs:
                transceiver = self._connection.addTransceiver(track, direction="sendonly")
                transceiver.setCodecPreferences(list(codecs))
                senders.append((track, transceiver.sender))
        return senders

    def _report(self, track: UnitTrack, sender: RTCRtpSender) -> None:
        calls = self._callbacks
        if track is self.video:
            hooks.on_keyframe_request(sender, calls.keyframe_wanted)
            hooks.on_bitrate_estimate(sender, calls.bitrate_estimated)
            sender_hooks.on_loss(sender, calls.lost)
            sender_hooks.limit_resending(
                sender, calls.may_resend, calls.keyframe_wanted, lambda: self.video.last_keyframe
            )
            sender_hooks.pace(sender, calls.pause)
        else:
            sender_hooks.limit_resending(sender, calls.may_resend_sound, lambda: None)
        hooks.report_due_time(sender, lambda: calls.due(track), calls.now)
