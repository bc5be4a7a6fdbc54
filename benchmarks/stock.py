"""What aiortc does as it is: the baseline of `benchmarks.network`.

The page, the voice and the pictures are the same; jitter buffer, encoders, rate control, reports
and pacing are aiortc's own. There is no engine: the pictures were drawn before, and the voice goes
back as it came, so its delays lack what the engine adds.
"""

from __future__ import annotations

import asyncio
import sys
from fractions import Fraction

import av
import numpy as np
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaRelay
from numpy.typing import NDArray

from benchmarks import syllables
from benchmarks.browser import ROOT
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.render.renderer import Renderer
from server.rtc import hooks
from server.rtc.sdp import normalised

_SECONDS = 4
_OPTIONS = SessionOptions()


def pictures() -> list[NDArray[np.uint8]]:
    """A head that says /sipa/, as RGB pictures at 25 per second."""
    engine = Engine.load()
    session = engine.session(_OPTIONS, sink="motion")
    session.push(syllables.train(_SECONDS)[0])
    poses = session.curves()[:: 100 // _OPTIONS.fps]
    with Renderer(engine.head, _OPTIONS.width, _OPTIONS.height) as renderer:
        return [renderer.rgb(pose).copy() for pose in poses]


class Pictures(MediaStreamTrack):
    """The pictures again and again, in real time."""

    kind = "video"

    def __init__(self, loop: list[NDArray[np.uint8]]) -> None:
        super().__init__()
        self._loop = loop
        self._count = 0
        self._begun: float | None = None

    async def recv(self) -> av.VideoFrame:
        """The next picture, when it is due."""
        now = asyncio.get_running_loop().time()
        self._begun = now if self._begun is None else self._begun
        await asyncio.sleep(self._begun + self._count / _OPTIONS.fps - now)
        frame = av.VideoFrame.from_ndarray(self._loop[self._count % len(self._loop)], "rgb24")
        frame.pts, frame.time_base = self._count, Fraction(1, _OPTIONS.fps)
        self._count += 1
        return frame


class Stock:
    """Answers the page's offer with an `RTCPeerConnection` that nobody has touched."""

    def __init__(self, loop: list[NDArray[np.uint8]]) -> None:
        self._loop = loop
        self._connection: RTCPeerConnection | None = None

    async def offer(self, request: web.Request) -> web.Response:
        """The page's offer; one call at a time."""
        await self.end(None)
        body = await request.json()
        self._connection = connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        relay = MediaRelay()

        @connection.on("track")
        def heard(track: MediaStreamTrack) -> None:
            if track.kind == "audio":
                connection.addTrack(relay.subscribe(track))

        await connection.setRemoteDescription(
            RTCSessionDescription(normalised(body["sdp"]), "offer")
        )
        connection.addTrack(Pictures(self._loop))
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "video":
                codecs = RTCRtpSender.getCapabilities("video").codecs
                wanted = ("video/h264", "video/rtx")
                transceiver.setCodecPreferences(
                    [codec for codec in codecs if codec.mimeType.lower() in wanted]
                )
        hooks.offer_loopback(connection)  # or a browser on a machine without a network finds none
        await connection.setLocalDescription(await connection.createAnswer())
        video = {"codec": "h264", "width": _OPTIONS.width, "height": _OPTIONS.height, "fps": 25}
        return web.json_response(
            {
                "type": "answer",
                "sdp": connection.localDescription.sdp,
                "session": "stock",
                "video": video,
                "delay": {"stages": [], "total_ms": 0},
            }
        )

    async def end(self, request: web.Request | None) -> web.Response:
        """The page's DELETE."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        return web.Response(status=204)


async def _index(request: web.Request) -> web.FileResponse:
    return web.FileResponse(ROOT / "web" / "index.html")


def main(port: int) -> None:
    """Serve until told to stop."""
    stock = Stock(pictures())
    app = web.Application()
    app.router.add_get("/", _index)
    app.router.add_post("/offer", stock.offer)
    app.router.add_delete("/session/{id}", stock.end)
    app.router.add_static("/web", ROOT / "web")
    web.run_app(app, host="127.0.0.1", port=port, print=None, shutdown_timeout=0.5)


if __name__ == "__main__":
    main(int(sys.argv[1]))
