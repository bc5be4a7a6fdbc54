"""A stand-in for the server: the page's contract without an engine behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

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
from av import CodecContext, VideoFrame

from engine.behaviour import Behaviour

WEB = Path(__file__).parents[2] / "web"


def _titled(*names: str, **more: object) -> list[dict[str, object]]:
    return [{"name": name, "title": name.capitalize(), **more} for name in names]


LOOK = ("avatar", "set", "light", "framing")
LOOKS: dict[str, Any] = {
    "avatars": _titled("nora", "theo", thumbnail="looks/picture?width=160&height=160"),
    "sets": _titled("gradient", "studio", "plain", thumbnail="looks/picture?width=160&height=120"),
    "lights": _titled("auto", "soft"),
    "framings": _titled("close", "portrait", "bust"),
    "qualities": _titled("auto", "low", "medium", "high"),
    "shapes": [
        {"name": "1:1", "title": "Square", "width": 128, "height": 128},
        {"name": "9:16", "title": "Upright", "width": 96, "height": 170},
    ],
    "defaults": {
        **{"avatar": "nora", "set": "gradient", "light": "auto", "framing": "portrait"},
        **{"shape": "1:1", "quality": "auto"},
    },
}
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


def png(picture: np.ndarray) -> bytes:
    """A picture (h, w, 3) uint8 RGB as a file."""
    encoder = CodecContext.create("png", "w")
    encoder.height, encoder.width = picture.shape[:2]
    encoder.pix_fmt, encoder.time_base = "rgb24", Fraction(1)
    frame = VideoFrame.from_ndarray(picture, format="rgb24")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HOST_ADDRESSES = aioice.ice.get_host_addresses  # restored when a stub stops


@dataclass
class StubServer:
    """Serves the page on loopback; tests read ``offers``, ``heard`` and ``ended`` and turn its
    knobs. ``kept`` is what comes by itself: how long the page keeps sound and picture.
    """

    refusal: web.Response | None = None
    token: str | None = None
    ice: list[dict[str, str]] = field(default_factory=list)
    offers: list[dict[str, object]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    trickled: list[tuple[str | None, str]] = field(default_factory=list)
    calls: dict[str, RTCPeerConnection] = field(default_factory=dict)
    replaced: list[RTCPeerConnection] = field(default_factory=list)
    pictures: list[MovingPicture] = field(default_factory=list)
    channels: list[object] = field(default_factory=list)
    heard: list[dict[str, object]] = field(default_factory=list)
    kept: list[dict[str, object]] = field(default_factory=list)
    looks: dict[str, Any] | None = field(default_factory=lambda: LOOKS)
    stills: list[dict[str, str]] = field(default_factory=list)
    articulation: float = 1.0
    behaviour: dict[str, object] = field(default_factory=lambda: asdict(Behaviour()))
    picture: type[MovingPicture] = MovingPicture
    port: int = 0

    async def start(self, port: int = 0) -> None:
        """Listens; ``port`` 0 takes a free one."""
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._index)
        app.router.add_static("/web", WEB)
        app.router.add_get("/looks", self._looks)
        app.router.add_get("/looks/picture", self._still)
        app.router.add_get("/ice", self._ice)
        app.router.add_post("/offer", self._offer)
        app.router.add_delete("/session/{id}", self._end)
        app.router.add_patch("/session/{id}", self._trickle)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", port).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        """Closes every call and stops listening."""
        await asyncio.gather(*(call.close() for call in [*self.calls.values(), *self.replaced]))
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
        channel.on("message", lambda text: self._note(json.loads(text)))

    def _note(self, message: dict[str, object]) -> None:
        (self.kept if message["type"] == "receiver" else self.heard).append(message)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        guarded = request.path == "/ice" or request.method in ("POST", "DELETE")
        given = request.headers.get("Authorization")
        if guarded and self.token is not None and given != f"Bearer {self.token}":
            raise web.HTTPUnauthorized
        return await handler(request)

    async def _ice(self, request: web.Request) -> web.Response:
        return web.json_response({"iceServers": self.ice})

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(WEB / "index.html")

    async def _looks(self, request: web.Request) -> web.Response:
        if self.looks is None:
            raise web.HTTPNotFound
        return web.json_response(self.looks)

    async def _still(self, request: web.Request) -> web.Response:
        self.stills.append(dict(request.query))
        picture = np.full((*(int(request.query[side]) for side in ("height", "width")), 3), 90)
        return web.Response(body=png(picture.astype(np.uint8)), content_type="image/png")

    async def _offer(self, request: web.Request) -> web.StreamResponse:
        offer = await request.json()
        self.offers.append(offer)
        if self.refusal is not None:
            body, headers = self.refusal.body, dict(self.refusal.headers)
            headers.pop("Content-Length", None)
            return web.Response(body=body, status=self.refusal.status, headers=headers)
        session = str(offer.get("resume", f"s{len(self.offers)}"))
        if "resume" in offer and session not in self.calls:
            error = {"code": "not_found", "message": "it has ended", "remedy": "offer anew"}
            return web.json_response({"error": error}, status=404)
        call = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        picture, drain = self.picture(), MediaBlackhole()
        call.on("track", drain.addTrack)
        call.on("datachannel", self._listen)
        call.addTrack(AudioStreamTrack())
        call.addTrack(picture)
        await call.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        await drain.start()
        await call.setLocalDescription(await call.createAnswer())
        if session in self.calls:
            self.replaced.append(self.calls[session])
        self.calls[session] = call
        self.pictures.append(picture)
        return web.json_response(
            headers={"ETag": f'"ice of {session}"'},
            data={
                "sdp": call.localDescription.sdp,
                "type": "answer",
                "session": session,
                "articulation": self.articulation,
                "behaviour": {
                    name: offer.get(name, value) for name, value in self.behaviour.items()
                },
                "role": offer.get("role", "speaker"),
                "look": {name: value for name, value in LOOKS["defaults"].items() if name in LOOK},
                "quality": "auto",
                "delay": {"stages": STAGES, "total_ms": 80.0},
                "video": {"codec": "vp8", "width": picture.size, "height": picture.size, "fps": 30},
            },
        )

    async def _trickle(self, request: web.Request) -> web.Response:
        self.trickled.append((request.headers.get("If-Match"), await request.text()))
        return web.Response(status=204)

    async def _end(self, request: web.Request) -> web.Response:
        session = request.match_info["id"]
        self.ended.append(session)
        if call := self.calls.pop(session, None):
            await call.close()
        return web.Response(status=204)
