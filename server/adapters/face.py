"""A face for programs: sound in, pictures and sound out, with word of what has been played.

The client side of ``/v1/realtime`` and WHEP in one, on which the adapters to other frameworks
stand. It runs wherever the framework does; the server may be another machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler, VideoFrame

from engine.errors import AtCapacity, VisavisError

RATE = 48_000
_PIECE = RATE
"""Bytes sent at a time: half a second."""

_MOST = 100
"""Frames that may wait to be taken: two seconds of sound, or of pictures what is between."""

_ANSWER_S = 5.0


@dataclass(frozen=True, slots=True)
class Started:
    """The first sound of what was said last leaves the server."""

    item: str


@dataclass(frozen=True, slots=True)
class Finished:
    """It has been played, or ``interrupted``, after so many ``seconds`` of it."""

    item: str
    seconds: float
    interrupted: bool


Shown = VideoFrame | AudioFrame | Started | Finished


class FaceError(VisavisError):
    """The server has refused something, or is gone."""


class Face:
    """A face of one server, as an async context manager; iterate over it for what it shows.

    ``server`` is its address, ``token`` what it asks for, ``options`` are fields of the query as
    docs/realtime.md has them: avatar, width, height and so on. AtCapacity or FaceError if there is
    none to be had. What nobody takes is left out, oldest first, and counted in ``dropped``.
    """

    def __init__(self, server: str, *, token: str | None = None, **options: str | int) -> None:
        self._server = server.rstrip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._options = {**options, "sample_rate": RATE}
        self._stack = AsyncExitStack()
        self._shown: asyncio.Queue[Shown | None] = asyncio.Queue(_MOST)
        self._cleared: asyncio.Queue[Finished | None] = asyncio.Queue()
        self._resampler: tuple[tuple[int, int], AudioResampler] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._saying = asyncio.Lock()
        self.dropped = 0
        self.session: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._connect()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def append(self, pcm: bytes, rate: int, channels: int = 1) -> None:
        """Say this: PCM16, interleaved, at any rate. Waits where the server has enough."""
        kind = rate, channels
        layout = "mono" if channels == 1 else "stereo"
        frame = AudioFrame.from_ndarray(
            np.frombuffer(pcm, "<i2").astype(np.int16)[None], format="s16", layout=layout
        )
        frame.sample_rate = rate
        async with self._saying:
            if self._resampler is None or self._resampler[0] != kind:
                await self._flush()
                self._resampler = kind, AudioResampler("s16", "mono", RATE)
            await self._send(self._resampler[1].resample(frame))

    async def end(self) -> None:
        """What was said is complete."""
        async with self._saying:
            await self._flush()
            await self._socket.send_json({"type": "input_audio_buffer.commit"})

    async def interrupt(self) -> Finished | None:
        """Stop at once; what was cut off and after how much of it, None if nothing was said."""
        async with self._saying:
            self._resampler = None
            await self._socket.send_json({"type": "response.cancel"})
        async with asyncio.timeout(_ANSWER_S):
            return await self._cleared.get()

    async def tell(self, **event: object) -> None:
        """Any other event: ``type="emotion", name="joy"``."""
        await self._socket.send_json(event)

    async def __aiter__(self) -> AsyncIterator[Shown]:
        """Pictures and sound as they come, and what happens between; ends with the session."""
        while (shown := await self._shown.get()) is not None:
            yield shown

    async def _flush(self) -> None:
        if self._resampler is not None:
            last, self._resampler = self._resampler[1], None
            await self._send(last.resample(None))

    async def _send(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            pcm = frame.to_ndarray().astype("<i2").tobytes()
            for start in range(0, len(pcm), _PIECE):
                await self._socket.send_bytes(pcm[start : start + _PIECE])

    async def _connect(self) -> None:
        http = await self._stack.enter_async_context(aiohttp.ClientSession(headers=self._headers))
        try:
            joining = http.ws_connect(f"{self._server}/v1/realtime", params=self._options)
            self._socket = await self._stack.enter_async_context(joining)
        except aiohttp.WSServerHandshakeError as error:
            if error.status == 503:
                retry = int(error.headers["Retry-After"]) if error.headers else 1
                raise AtCapacity(0, retry) from error
            raise FaceError(f"the server answers with {error.status}") from error
        except aiohttp.ClientError as error:
            raise FaceError(f"there is no server at {self._server}") from error
        created = await self._socket.receive_json()
        self.session = created["session"]
        await self._watch(http)
        self._tasks.append(asyncio.create_task(self._listen()))

    async def _watch(self, http: aiohttp.ClientSession) -> None:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._stack.push_async_callback(connection.close)
        connection.on("track", self._follow)
        for kind in ("audio", "video"):
            connection.addTransceiver(kind, direction="recvonly")
        await connection.setLocalDescription(await connection.createOffer())
        async with http.post(
            self._server + self.session["whep_url"],
            data=connection.localDescription.sdp,
            headers={"Content-Type": "application/sdp"},
        ) as response:
            if response.status != 201:
                raise FaceError(f"the server shows nothing: it answers with {response.status}")
            answer = RTCSessionDescription(await response.text(), "answer")
        await connection.setRemoteDescription(answer)

    def _follow(self, track: MediaStreamTrack) -> None:
        async def follow() -> None:
            try:
                while True:
                    frame = await track.recv()
                    if isinstance(frame, VideoFrame | AudioFrame):
                        self._put(frame)
            except MediaStreamError:
                return

        self._tasks.append(asyncio.create_task(follow()))

    async def _listen(self) -> None:
        try:
            async for message in self._socket:
                self._heard(message.json())
        finally:
            self._put(None)

    def _heard(self, event: dict[str, Any]) -> None:
        kind, item = event["type"], event.get("item_id")
        if kind == "output_audio_buffer.started":
            self._put(Started(str(item)))
        elif kind == "output_audio_buffer.stopped":
            self._put(Finished(str(item), event["audio_end_ms"] / 1000, interrupted=False))
        elif kind == "output_audio_buffer.cleared":
            cut = None
            if item is not None:
                cut = Finished(item, event["audio_end_ms"] / 1000, interrupted=True)
                self._put(cut)
            self._cleared.put_nowait(cut)

    def _put(self, shown: Shown | None) -> None:
        """Keep it, before all else what has happened."""
        if self._shown.full():
            kept = [self._shown.get_nowait() for _ in range(self._shown.qsize())]
            media = next(
                (n for n, one in enumerate(kept) if isinstance(one, VideoFrame | AudioFrame)), 0
            )
            del kept[media]
            self.dropped += 1
            for one in kept:
                self._shown.put_nowait(one)
        self._shown.put_nowait(shown)
