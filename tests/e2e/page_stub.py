"""A stand-in for the server: the page's contract without an engine behind it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path

import aioice.ice
import numpy as np
from aiohttp import web
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import VideoFrame

WEB = Path(__file__).parents[2] / "web"
STAGES = [{"stage": "look-ahead", "ms": 60.0}, {"stage": "frame centre", "ms": 20.0}]


class MovingPicture(VideoStreamTrack):
    """A grey square whose brightness changes; stands still for good once ``frozen``."""

    def __init__(self, size: int = 128) -> None:
        super().__init__()
        self.size = size
        self.frozen = asyncio.Event()
        self.count = 0

    def picture(self) -> np.ndarray:
        """The next picture, (size, size, 3) uint8 RGB."""
        shade = 60 + self.count * 8 % 120
        return np.full((self.size, self.size, 3), shade, np.uint8)

    async def recv(self) -> VideoFrame:
        if self.frozen.is_set():
            await asyncio.Future()
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame.from_ndarray(self.picture(), format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        self.count += 1
        return frame


HOST_ADDRESSES = aioice.ice.get_host_addresses  # restored when a stub stops


@dataclass
class StubServer:
    """Serves the page on loopback; tests read ``offers``, ``heard`` and ``ended`` and turn its
    knobs.
    """

    refusal: web.Response | None = None
    offers: list[dict[str, object]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    calls: dict[str, RTCPeerConnection] = field(default_factory=dict)
    pictures: list[MovingPicture] = field(default_factory=list)
    channels: list[object] = field(default_factory=list)
    heard: list[dict[str, object]] = field(default_factory=list)
    articulation: float = 1.0
    picture: type[MovingPicture] = MovingPicture
    port: int = 0

    async def start(self, port: int = 0) -> None:
        """Listens; ``port`` 0 takes a free one."""
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
        app = web.Application()
        app.router.add_get("/", self._index)
        app.router.add_static("/web", WEB)
        app.router.add_post("/offer", self._offer)
        app.router.add_delete("/session/{id}", self._end)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", port).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        """Closes every call and stops listening."""
        await asyncio.gather(*(call.close() for call in self.calls.values()))
        await self.runner.cleanup()
        aioice.ice.get_host_addresses = HOST_ADDRESSES

    def refuse(self, status: int, **headers: str) -> None:
        """Answers the next offers with an error."""
        code = "at_capacity" if status == 503 else "malformed"
        error = {
            "code": code,
            "field": "sdp",
            "value": "…",
            "remedy": "offer audio",
            "message": "no audio",
        }
        self.refusal = web.json_response({"error": error}, status=status, headers=headers)

    def tell(self, **message: object) -> None:
        """Sends a message over the newest data channel."""
        self.channels[-1].send(json.dumps(message))  # type: ignore[attr-defined]

    def _listen(self, channel: RTCDataChannel) -> None:
        self.channels.append(channel)
        channel.on("message", lambda text: self.heard.append(json.loads(text)))

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(WEB / "index.html")

    async def _offer(self, request: web.Request) -> web.StreamResponse:
        offer = await request.json()
        self.offers.append(offer)
        if self.refusal is not None:
            body, headers = self.refusal.body, dict(self.refusal.headers)
            headers.pop("Content-Length", None)
            return web.Response(body=body, status=self.refusal.status, headers=headers)
        call = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        picture, drain = self.picture(), MediaBlackhole()
        call.on("track", drain.addTrack)
        call.on("datachannel", self._listen)
        call.addTrack(AudioStreamTrack())
        call.addTrack(picture)
        await call.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        await drain.start()
        await call.setLocalDescription(await call.createAnswer())
        session = f"s{len(self.offers)}"
        self.calls[session] = call
        self.pictures.append(picture)
        return web.json_response(
            {
                "sdp": call.localDescription.sdp,
                "type": "answer",
                "session": session,
                "articulation": self.articulation,
                "delay": {"stages": STAGES, "total_ms": 80.0},
                "video": {"codec": "vp8", "width": picture.size, "height": picture.size, "fps": 30},
            }
        )

    async def _end(self, request: web.Request) -> web.Response:
        session = request.match_info["id"]
        self.ended.append(session)
        if call := self.calls.pop(session, None):
            await call.close()
        return web.Response(status=204)
