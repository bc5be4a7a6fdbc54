"""The baseline of `benchmarks.latency` and `benchmarks.network`: our engine over aiortc as it is.

The page, the voice, the engine in its worker and the playout that keeps lips and sound together are
the same. Jitter buffer, decoding, encoders, rate control, reports and what happens on losses are
aiortc's own, and nobody has touched them. The engine's pictures come decoded from its worker, which
costs the baseline 2 ms of processor time for each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from numpy.typing import NDArray

from benchmarks.browser import ROOT
from engine.options import SessionOptions
from engine.timeline import SAMPLE_RATE
from engine.units import AudioUnit, Unit, VideoUnit
from server.placement.base import EngineSession
from server.placement.local import LocalPlacement
from server.playout import Playout, PlayoutDriver
from server.rtc import hooks
from server.rtc.sdp import normalised
from server.session import STATUS_INTERVAL, ThroughTime

RATE = 48_000
PACKET = RATE // 50
CHOSEN = ("look_ahead_ms", "quality", "seed")
"""Fields of the page's offer that are heeded."""

Pcm = NDArray[np.int16]


class Outgoing(MediaStreamTrack):
    """Frames for one of aiortc's encoders, as soon as they are given."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__()
        self._frames: asyncio.Queue[av.AudioFrame | av.VideoFrame] = asyncio.Queue()

    def put(self, frame: av.AudioFrame | av.VideoFrame) -> None:
        """Send a frame."""
        self._frames.put_nowait(frame)

    async def recv(self) -> av.AudioFrame | av.VideoFrame:
        """The next frame."""
        return await self._frames.get()


class Voice:
    """The microphone's sound in media time: what is lost is silence, so that time goes on."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._kept = np.zeros(0, np.int16)

    def heard(self, frame: av.AudioFrame) -> Pcm:
        """A decoded frame as mono, after silence for what is missing, a second at most."""
        channels = len(frame.layout.channels)
        pcm = np.ascontiguousarray(frame.to_ndarray().reshape(-1, channels)[:, 0])
        missing = 0 if self._next is None else min(RATE, max(0, frame.pts - self._next))
        self._next = frame.pts + len(pcm)
        block = np.concatenate([np.zeros(missing, np.int16), pcm])
        self._kept = np.concatenate([self._kept, block])
        return block

    def take(self, unit: AudioUnit) -> av.AudioFrame:
        """What was heard for the next of the engine's units of sound."""
        count = unit.duration * RATE // SAMPLE_RATE
        pcm, self._kept = self._kept[:count], self._kept[count:]
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = unit.time * RATE // SAMPLE_RATE
        return frame


class Call:
    """One call: aiortc's decoder, the engine, the playout, aiortc's encoders."""

    def __init__(self, connection: RTCPeerConnection, engine: EngineSession) -> None:
        self.sound, self.picture = Outgoing("audio"), Outgoing("video")
        self._connection = connection
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._voice = Voice()
        self._decoder = av.CodecContext.create("h264", "r")
        self._decoder.thread_count = 1  # with more, it keeps a picture back
        self._playout = Playout()
        self._driver = PlayoutDriver(self._playout, self._release)
        self._through = ThroughTime()
        self._channel: RTCDataChannel | None = None
        self._tasks: list[asyncio.Task[None]] = []
        connection.on("track", self._track)
        connection.on("datachannel", self._opened)
        connection.on("connectionstatechange", self._settle)

    def begin(self) -> None:
        """Once the offer is applied."""
        for transceiver in self._connection.getTransceivers():
            if transceiver.kind == "audio":
                self._note_arrivals(transceiver.receiver)
        self._tasks += [asyncio.create_task(self._forward()), asyncio.create_task(self._report())]

    async def end(self) -> None:
        """Free everything."""
        self._driver.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()
        await self._engine.close()

    def _note_arrivals(self, receiver: RTCRtpReceiver) -> None:
        """Look at packets as they come, for the page's read-out; nothing is changed."""
        original = hooks.existing(receiver, hooks.RECEIVER_RTP_IN)

        async def handle(packet: RtpPacket, arrival_time_ms: int) -> None:
            self._through.arrived(PACKET, self._loop.time())
            await original(packet, arrival_time_ms=arrival_time_ms)

        hooks.replace(receiver, hooks.RECEIVER_RTP_IN, handle)

    def _track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._tasks.append(asyncio.create_task(self._listen(track)))

    def _opened(self, channel: RTCDataChannel) -> None:
        self._channel = channel

    def _settle(self) -> None:
        if self._connection.connectionState == "connected":
            self._playout.settle(self._loop.time())

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                self._engine.push(self._voice.heard(await track.recv()))
        except MediaStreamError:
            return

    async def _forward(self) -> None:
        async for unit in self._engine.units():
            self._driver.offer(unit)

    def _release(self, unit: Unit) -> None:
        if isinstance(unit, AudioUnit):
            self._through.left(unit.time, self._loop.time())
            self.sound.put(self._voice.take(unit))
        elif isinstance(unit, VideoUnit):
            for frame in self._decoder.decode(av.Packet(unit.payload)):
                frame.pts, frame.time_base = unit.time, Fraction(1, SAMPLE_RATE)
                self.picture.put(frame)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(STATUS_INTERVAL)
            if self._channel is not None and self._channel.readyState == "open":
                told = {"type": "status", "pipeline_ms": self._through.median_ms()}
                self._channel.send(json.dumps(told))


class Stock:
    """Answers the page's offers, one call at a time."""

    def __init__(self) -> None:
        self._placement = LocalPlacement(1)
        self._call: Call | None = None

    async def start(self, _: web.Application) -> None:
        """Make ready."""
        await self._placement.start()

    async def stop(self, _: web.Application) -> None:
        """Free everything."""
        await self._hang_up()
        await self._placement.close()

    async def offer(self, request: web.Request) -> web.Response:
        """The page's offer."""
        await self._hang_up()
        body = await request.json()
        options = SessionOptions(**{name: body[name] for name in CHOSEN if name in body})
        engine = await self._placement.open(options)
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._call = call = Call(connection, engine)
        offer = RTCSessionDescription(normalised(body["sdp"]), "offer")
        await connection.setRemoteDescription(offer)
        connection.addTrack(call.sound)
        connection.addTrack(call.picture)
        _prefer_h264(connection)
        call.begin()
        hooks.offer_loopback(connection)  # or a browser on a machine without a network finds none
        await connection.setLocalDescription(await connection.createAnswer())
        return web.json_response(_answer(connection.localDescription.sdp, options, engine))

    async def end(self, _: web.Request) -> web.Response:
        """The page's DELETE."""
        await self._hang_up()
        return web.Response(status=204)

    async def _hang_up(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            await call.end()


def _prefer_h264(connection: RTCPeerConnection) -> None:
    for transceiver in connection.getTransceivers():
        if transceiver.kind == "video":
            codecs = RTCRtpSender.getCapabilities("video").codecs
            wanted = ("video/h264", "video/rtx")
            transceiver.setCodecPreferences(
                [codec for codec in codecs if codec.mimeType.lower() in wanted]
            )


def _answer(sdp: str, options: SessionOptions, engine: EngineSession) -> dict[str, Any]:
    size = {"width": options.width, "height": options.height}
    return {
        "type": "answer",
        "sdp": sdp,
        "session": "stock",
        "video": {"codec": options.video_codec, **size, "fps": options.fps},
        "delay": {
            "stages": [{"stage": delay.stage, "ms": delay.ms} for delay in engine.delays],
            "total_ms": sum(delay.ms for delay in engine.delays),
        },
    }


async def _index(request: web.Request) -> web.FileResponse:
    return web.FileResponse(ROOT / "web" / "index.html")


def main(port: int) -> None:
    """Serve until told to stop."""
    stock = Stock()
    app = web.Application()
    app.on_startup.append(stock.start)
    app.on_shutdown.append(stock.stop)
    app.router.add_get("/", _index)
    app.router.add_post("/offer", stock.offer)
    app.router.add_delete("/session/{id}", stock.end)
    app.router.add_static("/web", ROOT / "web")
    web.run_app(app, host="127.0.0.1", port=port, print=None, shutdown_timeout=0.5)


if __name__ == "__main__":
    main(int(sys.argv[1]))
