"""WHIP and WHEP clients for tests: real aiortc peers, and the exchange as the documents have it."""

from __future__ import annotations

from contextlib import asynccontextmanager

import aiohttp
from aiortc import RTCSessionDescription

from tests.server.clients import Caller, video_capabilities

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"


class Side(Caller):
    """One who publishes or watches: ``post`` its offer, and it is connected."""

    path = ""

    async def taken(self, answer):
        """What of the answer it takes in."""
        return answer

    async def post(self, path=None, *, headers=None, **offer):
        sdp = await self.offer(**offer)
        sent = {"Content-Type": SDP, **(headers or {})}
        address = self.url + (path or self.path)
        async with (
            aiohttp.ClientSession() as http,
            http.post(address, data=sdp, headers=sent) as response,
        ):
            self.answer, self.headers = await response.text(), response.headers
            assert response.status == 201, self.answer
        self.made = self.url + self.headers["Location"]
        taken = await self.taken(self.answer)
        await self.connection.setRemoteDescription(RTCSessionDescription(taken, "answer"))
        return self


class Publisher(Side):
    """Sends a tone, and with ``video`` whatever that track shows."""

    path = "/whip/news?width=96&height=64"

    async def offer(self, *, video=None):
        self.connection.addTransceiver(self.microphone, direction="sendonly")
        if video is not None:
            self.connection.addTransceiver(video, direction="sendonly")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp


class Watcher(Side):
    """Receives."""

    path = "/whep/news"

    async def offer(self, *, kinds=("audio", "video"), codecs=None):
        for kind in kinds:
            made = self.connection.addTransceiver(kind, direction="recvonly")
            if kind == "video" and codecs is not None:
                made.setCodecPreferences(video_capabilities(*codecs))
        self.connection.on("track", self._watch)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp


@asynccontextmanager
async def broadcast(url, **offer):
    """A publisher on ``/whip/news`` for the time being."""
    publisher = await Publisher(url).post(**offer)
    try:
        yield publisher
    finally:
        await publisher.close()


async def refused(response, status, code):
    body = await response.json()
    assert response.status == status, body
    assert body["error"]["code"] == code and body["error"]["message"]
    return body["error"]


async def offer_of(kind, url):
    side = kind(url)
    sdp = await side.offer()
    await side.close()
    return sdp
