"""The last links: a real WebRTC call, from a peer as a browser is one, that speaks and looks."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import av
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from server.diagnosis.links import Link, failed, ok, skipped
from server.diagnosis.speech import Pcm, loudness, phrase
from server.ingest import BLOCK, INPUT_RATE
from server.rtc import hooks
from server.rtc.network import IceServer

NAMES = ("server", "offer and answer", "ICE and DTLS", "voice up", "voice back", "pictures back")
CONNECT_S = 12.0
HEARD_S = 8.0
SEEN_S = 8.0
WATCHED_S = 2.0
"""Seconds over which pictures are counted."""

LEVEL = 0.02
"""Root mean square of 20 ms, of 1, from which sound that comes back is that of the voice."""

OFFER_S = 20.0
FEW = 0.5
"""Share of the pictures that were promised below which they are too few."""


class Failure(Exception):
    """A link failed, and with it all that follow."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found, self.remedy = found, remedy


class Call:
    """One call to the server at ``url``; ``token`` is the server's, if it has one."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self.ice: list[IceServer] = []
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._voice = _Voice(phrase())
        self._answer: dict[str, Any] = {}
        self._heard_at: float | None = None
        self._back_at: float | None = None
        self._pictures: list[float] = []
        self._size = ""
        self._level = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def examine(self) -> list[Link]:
        """One finding for each of ``NAMES``."""
        steps: list[Callable[[aiohttp.ClientSession], Awaitable[str]]] = [
            self._reach,
            self._offer,
            self._connect,
            self._speak,
            self._hear,
            self._see,
        ]
        links: list[Link] = []
        timeout = aiohttp.ClientTimeout(total=OFFER_S)
        async with aiohttp.ClientSession(headers=self._headers, timeout=timeout) as http:
            try:
                for name, step in zip(NAMES, steps, strict=True):
                    begun = time.perf_counter()
                    try:
                        found = await step(http)
                        links.append(ok(name, found, 1000 * (time.perf_counter() - begun)))
                    except Failure as failure:
                        links.append(failed(name, failure.found, failure.remedy))
                        if name in NAMES[:3]:
                            break
            finally:
                await self._hang_up(http)
        return links + [skipped(name, f"needs: {links[-1].name}") for name in NAMES[len(links) :]]

    async def _reach(self, http: aiohttp.ClientSession) -> str:
        ready = await self._request(http, "GET", "/readyz", ("status", "sessions", "limit"))
        if ready.get("status") != "ready":
            raise Failure(f"the server is {ready.get('status')}", "wait, or start it again")
        servers = await self._request(http, "GET", "/ice", ("iceServers",))
        self.ice = [
            IceServer(one["urls"], one.get("username"), one.get("credential"))
            for one in servers["iceServers"]
        ]
        return f"ready, {ready['sessions']} of {ready['limit']} places taken"

    async def _offer(self, http: aiohttp.ClientSession) -> str:
        peer = self._connection
        peer.addTransceiver(self._voice, direction="sendrecv")
        peer.addTransceiver("video", direction="recvonly")
        channel = peer.createDataChannel("visavis")
        channel.on("message", self._told)
        peer.on("track", self._watch)
        if _is_here(self.url):
            hooks.offer_loopback(peer)
        await peer.setLocalDescription(await peer.createOffer())
        body = {"sdp": peer.localDescription.sdp, "type": "offer"}
        self._answer = await self._request(
            http, "POST", "/offer", ("sdp", "session", "video"), body
        )
        video = self._answer["video"]
        return f"{video['codec']}, {video['width']}x{video['height']}, {video['fps']} a second"

    async def _connect(self, _: aiohttp.ClientSession) -> str:
        done = asyncio.Event()
        peer = self._connection
        peer.on("connectionstatechange", done.set)
        await peer.setRemoteDescription(RTCSessionDescription(self._answer["sdp"], "answer"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_S):
                while peer.connectionState not in ("connected", "failed", "closed"):
                    done.clear()
                    await done.wait()
        if peer.connectionState != "connected":
            remedy = (
                "no UDP gets through: open --udp-ports in the firewall; behind address translation "
                "also --stun; where callers may send none, --turn"
            )
            raise Failure(f"no connection within {CONNECT_S:.0f} s", remedy)
        return "connected over UDP"

    async def _speak(self, _: aiohttp.ClientSession) -> str:
        await self._until(lambda: self._heard_at is not None, HEARD_S)
        if self._heard_at is None:
            raise Failure(
                f"the server heard no speech in {HEARD_S:.0f} s of it",
                "packets do not reach it: see 'ICE and DTLS' and the server's log",
            )
        return "the server heard speech"

    async def _hear(self, _: aiohttp.ClientSession) -> str:
        await self._until(lambda: self._back_at is not None, HEARD_S)
        if self._back_at is None:
            raise Failure("no voice came back", "see 'microphone packets' and the server's log")
        began = self._voice.began_before(self._back_at)
        return f"{1000 * (self._back_at - began):.0f} ms after it was said, level {self._level:.2f}"

    async def _see(self, _: aiohttp.ClientSession) -> str:
        await self._until(lambda: bool(self._pictures), SEEN_S)
        if not self._pictures:
            remedy = "see 'renderer' and 'video encoder', or the server's log"
            raise Failure(f"no picture within {SEEN_S:.0f} s", remedy)
        seen = len(self._pictures)
        await asyncio.sleep(WATCHED_S)
        rate = (len(self._pictures) - seen) / WATCHED_S
        told = f"{rate:.0f} a second, {self._size}"
        if rate < FEW * self._answer["video"]["fps"]:
            remedy = "the machine or the network is too slow: --quality low, a smaller --size"
            raise Failure(told, remedy)
        return told

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    await asyncio.sleep(0.01)

    def _told(self, text: str | bytes) -> None:
        message = json.loads(text)
        if message.get("type") == "speech" and message["active"] and self._heard_at is None:
            self._heard_at = time.perf_counter()

    def _watch(self, track: MediaStreamTrack) -> None:
        take = self._listen if track.kind == "audio" else self._look
        self._tasks.append(asyncio.create_task(_drain(track, take)))

    def _listen(self, frame: av.AudioFrame) -> None:
        level = loudness(frame.to_ndarray())
        self._level = max(level, self._level)
        if level > LEVEL and self._back_at is None:
            self._back_at = time.perf_counter()

    def _look(self, frame: av.VideoFrame) -> None:
        self._pictures.append(time.perf_counter())
        self._size = f"{frame.width}x{frame.height}"

    async def _request(
        self,
        http: aiohttp.ClientSession,
        verb: str,
        path: str,
        wanted: tuple[str, ...],
        body: object = None,
    ) -> dict[str, Any]:
        try:
            async with http.request(verb, self.url + path, json=body) as answer:
                told: Any = await answer.json(content_type=None)
                if not isinstance(told, dict):
                    raise ValueError("no JSON object")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            remedy = "check that it runs there: visavis serve"
            raise Failure(f"{self.url} does not answer: {error}", remedy) from None
        except ValueError:
            remedy = "give the address of `visavis serve`"
            raise Failure(f"{self.url} is no Visavis server", remedy) from None
        if answer.status >= 400:
            said = told.get("error")
            said = said if isinstance(said, dict) else {}
            remedy = str(said.get("remedy") or "see the server's log")
            remedy = "give it with --token" if answer.status == 401 else remedy
            raise Failure(f"{answer.status}: {said.get('message', '')}", remedy)
        if missing := [name for name in wanted if name not in told]:
            remedy = "give the address of `visavis serve`, of the same version"
            raise Failure(f"{path} says nothing of {', '.join(missing)}", remedy)
        return told

    async def _hang_up(self, http: aiohttp.ClientSession) -> None:
        if session := self._answer.get("session"):
            with contextlib.suppress(Failure):
                await self._end(http, session)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._voice.stop()
        await self._connection.close()

    async def _end(self, http: aiohttp.ClientSession, session: str) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with http.delete(f"{self.url}/session/{session}"):
                pass


class _Voice(MediaStreamTrack):
    """Says the same again and again, in real time."""

    kind = "audio"

    def __init__(self, pcm: Pcm) -> None:
        super().__init__()
        self._pcm = pcm
        self._sent = 0
        self._began: float | None = None
        self._loud_at = int(np.argmax(np.abs(pcm) > LEVEL * 32767)) / INPUT_RATE

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, when they are due."""
        now = time.perf_counter()
        if self._began is None:
            self._began = now
        await asyncio.sleep(self._began + self._sent / INPUT_RATE - now)
        start = self._sent % len(self._pcm)
        frame = av.AudioFrame.from_ndarray(
            self._pcm[None, start : start + BLOCK], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = INPUT_RATE, self._sent
        frame.time_base = Fraction(1, INPUT_RATE)
        self._sent += BLOCK
        return frame

    def began_before(self, at: float) -> float:
        """When the voice that was heard at ``at`` had become loud at its source."""
        assert self._began is not None
        turn = len(self._pcm) / INPUT_RATE
        turns = max(0, int((at - self._began - self._loud_at) // turn))
        return self._began + turns * turn + self._loud_at


async def _drain(track: MediaStreamTrack, take: Callable[[Any], None]) -> None:
    with contextlib.suppress(MediaStreamError):
        while True:
            take(await track.recv())


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
