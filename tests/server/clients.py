"""A WebRTC client for tests: a real aiortc peer that speaks and watches."""

from __future__ import annotations

import asyncio
import contextlib
import json
from fractions import Fraction

import aiohttp
import av
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError


class Sine(MediaStreamTrack):
    """A tone, 20 ms at a time, in real time."""

    kind = "audio"

    def __init__(self, frequency=440.0, level=0.3):
        super().__init__()
        self.frequency, self.level, self.sent = frequency, level, 0
        self.start = None

    async def recv(self):
        loop = asyncio.get_running_loop()
        if self.start is None:
            self.start = loop.time()
        await asyncio.sleep(self.start + self.sent / 48_000 - loop.time())
        phase = 2 * np.pi * self.frequency * (self.sent + np.arange(960)) / 48_000
        pcm = (np.sin(phase) * self.level * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self.sent, Fraction(1, 48_000)
        self.sent += 960
        return frame


def video_capabilities(*mime_types):
    codecs = RTCRtpSender.getCapabilities("video").codecs
    return [codec for codec in codecs if codec.mimeType.lower() in mime_types]


class Caller:
    """One connection to the server under test."""

    def __init__(self, url, **fields):
        self.url, self.fields = url, fields
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Sine()
        self.sound, self.pictures, self.messages = [], [], []
        self.answer = None
        self.tasks = []

    async def offer(self, *, video="recvonly", codecs=None, channel=True):
        self.connection.addTransceiver(self.microphone, direction="sendrecv")
        picture = self.connection.addTransceiver("video", direction=video)
        if codecs is not None:
            picture.setCodecPreferences(video_capabilities(*codecs))
        if channel:
            self.channel = self.connection.createDataChannel("visavis")
            self.channel.on("message", lambda text: self.messages.append(json.loads(text)))
        self.connection.on("track", self._watch)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def call(self, **offer):
        body = {"sdp": await self.offer(**offer), "type": "offer", **self.fields}
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/offer", json=body) as r:
            assert r.status == 200, await r.text()
            self.answer, self.ice_session = await r.json(), r.headers["ETag"]
        await self.connection.setRemoteDescription(
            RTCSessionDescription(self.answer["sdp"], "answer")
        )
        return self

    async def until(self, condition, seconds=10):
        async with asyncio.timeout(seconds):
            while not condition(self):
                await asyncio.sleep(0.01)

    async def close(self):
        await self.connection.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _watch(self, track):
        kept = self.sound if track.kind == "audio" else self.pictures

        async def watch():
            with contextlib.suppress(MediaStreamError):
                while True:
                    kept.append(await track.recv())

        self.tasks.append(asyncio.ensure_future(watch()))


def loudness(frame):
    """Root mean square of an audio frame, of 1."""
    return float(np.sqrt(np.mean((frame.to_ndarray() / 32768) ** 2)))
