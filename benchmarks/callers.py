"""Callers that cost next to nothing: real WebRTC connections that speak and count what comes back.

What a caller says was encoded before the first call, and what it gets is decrypted, counted and, by
who is asked to, kept to be looked at afterwards. Nothing is encoded or decoded while others are
measured, so that a caller takes a small part of what its session costs the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Self

import aiohttp
import av
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtp import RtpPacket

from engine.encode.opus import PACKET, RATE, OpusEncoder
from engine.errors import VisavisError
from engine.speech.audio import PCM
from server.rtc import hooks

PICTURE_CLOCK = 90_000
"""Ticks a second of a picture's timestamp (RFC 6184, section 8.1)."""

SOUND_CLOCK = 48_000
"""The same of sound's (RFC 7587, section 4.1)."""

_VOICE_BITRATE = 32_000
_ESTIMATES = ("goog-remb", "abs-send-time")
"""What a caller does not offer: aiortc would estimate the network's bandwidth from how late packets
come, and take a busy machine for a narrow network."""


def encoded(voice: PCM) -> list[bytes]:
    """The voice as Opus packets of 20 ms, as a browser would send it."""
    encoder = OpusEncoder(_VOICE_BITRATE)
    starts = range(0, len(voice) - PACKET + 1, PACKET)
    return [encoder.encode(voice[start : start + PACKET]) for start in starts]


class Voice(MediaStreamTrack):
    """Opus packets in real time, again and again, beginning with number ``first``.

    ``lags`` has by how many seconds each was sent later than it should have been.
    """

    kind = "audio"

    def __init__(self, packets: Sequence[bytes], first: int = 0) -> None:
        super().__init__()
        self._packets, self._first, self._sent = packets, first, 0
        self._start: float | None = None
        self.lags: list[float] = []

    async def recv(self) -> Any:  # noqa: ANN401 (aiortc also takes what is encoded)
        """The next packet when its time has come."""
        loop = asyncio.get_running_loop()
        self._start = loop.time() if self._start is None else self._start
        due = self._start + self._sent * PACKET / RATE
        await asyncio.sleep(due - loop.time())
        self.lags.append(loop.time() - due)
        packet = av.Packet(self._packets[(self._first + self._sent) % len(self._packets)])
        packet.pts, packet.time_base = self._sent * PACKET, Fraction(1, RATE)
        self._sent += 1
        return packet


class Caller:
    """One call: an async context from the offer to the end of the session.

    ``pictures`` and ``sounds`` have by timestamp when the last packet of each came, on the loop's
    clock, since ``reset``. With ``keep`` the payloads of all pictures since the first are kept:
    ``kept`` counts them, and ``decoded`` tells how many can be seen.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        packets: Sequence[bytes],
        first: int = 0,
        keep: bool = False,
    ) -> None:
        self._http, self._keep = http, keep
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._session = ""
        self._payloads: list[bytes] = []
        self.voice = Voice(packets, first)
        self.pictures: dict[int, float] = {}
        self.sounds: dict[int, float] = {}
        self.kept = 0

    def reset(self) -> None:
        """Count from now on."""
        self.pictures.clear()
        self.sounds.clear()
        self.voice.lags.clear()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        connection = self._connection
        sound = connection.addTransceiver(self.voice, direction="sendrecv")
        picture = connection.addTransceiver("video", direction="recvonly")
        _prefer_h264(picture)
        hooks.deliver_packets(
            sound.receiver, lambda packet: self.sounds.update({packet.timestamp: loop.time()})
        )
        hooks.deliver_packets(picture.receiver, lambda packet: self._picture(packet, loop.time()))
        await connection.setLocalDescription(await connection.createOffer())
        body = {"sdp": _without_estimates(connection.localDescription.sdp), "type": "offer"}
        async with self._http.post("/offer", json=body) as response:
            if response.status != 200:
                text = await response.text()
                await connection.close()
                raise VisavisError(f"/offer answered {response.status}: {text}")
            answer = await response.json()
        self._session = answer["session"]
        await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._http.delete(f"/session/{self._session}"):
            await self._connection.close()

    def _picture(self, packet: RtpPacket, now: float) -> None:
        self.pictures[packet.timestamp] = now
        if self._keep:
            self._payloads.append(packet.payload)
            self.kept += packet.marker

    def decoded(self) -> int:
        """How many of all pictures kept decode and show something."""
        decoder = av.CodecContext.create("h264", "r")
        stream = b"".join(H264PayloadDescriptor.parse(payload)[1] for payload in self._payloads)
        packets = [*decoder.parse(stream), *decoder.parse()]
        frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
        return sum(frame.to_ndarray(format="gray").std() > _BLANK for frame in frames)


_BLANK = 5.0
"""Standard deviation of a picture's brightness, of 255, below which nothing is to be seen."""


def _prefer_h264(picture: RTCRtpTransceiver) -> None:
    codecs = RTCRtpSender.getCapabilities("video").codecs
    picture.setCodecPreferences([one for one in codecs if one.mimeType.lower() == "video/h264"])


def _without_estimates(sdp: str) -> str:
    lines = sdp.splitlines(keepends=True)
    return "".join(line for line in lines if not any(name in line for name in _ESTIMATES))
