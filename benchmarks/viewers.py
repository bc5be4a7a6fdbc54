"""What it costs that many watch one session: processor time of the server, and what arrives.

A voice comes in over WHIP; those who watch do so over WHEP, as real WebRTC connections that count
packets and decode nothing, in a process apart from the server's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import aiohttp
import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtp import RtpPacket
from numpy.typing import NDArray

from benchmarks import browser, syllables
from benchmarks.report import write_report
from benchmarks.voice import RATE
from engine.errors import VisavisError
from engine.options import SessionOptions
from server.rtc import hooks

_BLOCK = RATE // 50
_SETTLE_S = 4.0
"""From the last viewer's answer to the first second that counts."""

_CLOCKS = {"audio": 48_000, "video": 90_000}
_TICKS = os.sysconf("SC_CLK_TCK")


def main(
    counts: tuple[int, ...] = (1, 5, 20),
    seconds: float = 15.0,
    port: int = 8195,
    json_path: Path | None = None,
) -> list[dict[str, Any]]:
    """Measure each number of viewers, print a table, write JSON; returns the rows.

    Percent are of one core; the pictures and sound packets are those of the viewer who got least.
    """
    rows = asyncio.run(_measure(counts, seconds, port))
    options = SessionOptions()
    settings = {
        "size": f"{options.width}x{options.height}",
        "fps": options.fps,
        "codec": options.video_codec,
        "bitrate": options.bitrate,
        "seconds": seconds,
    }
    write_report("viewers", settings, rows, json_path)
    return rows


async def _measure(counts: tuple[int, ...], seconds: float, port: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        options = ("--workers", "1", "--max-viewers", str(max(counts)))
        serving = await stack.enter_async_context(browser.server(port, *options))
        http = await stack.enter_async_context(aiohttp.ClientSession(serving.url))
        await stack.enter_async_context(Speaker(http))
        viewers: list[Viewer] = []
        for count in sorted(counts):
            while len(viewers) < count:
                viewers.append(await stack.enter_async_context(Viewer(http)))
            await asyncio.sleep(_SETTLE_S)
            rows.append(await _row(viewers, serving.pid, seconds))
    for row in rows:
        row["times_one"] = row["total_pct"] / rows[0]["total_pct"]
    return rows


async def _row(viewers: list[Viewer], pid: int, seconds: float) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    began, before = loop.time(), _spent(pid)
    for viewer in viewers:
        viewer.reset()
    await asyncio.sleep(seconds)
    took, after = loop.time() - began, _spent(pid)
    server, engine = (
        100 * (late - early) / took for early, late in zip(before, after, strict=True)
    )
    return {
        "viewers": len(viewers),
        "server_pct": server,
        "engine_pct": engine,
        "total_pct": server + engine,
        "pictures_per_s": min(len(viewer.pictures) for viewer in viewers) / took,
        "sounds_per_s": min(viewer.sounds for viewer in viewers) / took,
    }


def _spent(pid: int) -> tuple[float, float]:
    """Processor seconds of the server and of its workers until now (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _processor_s(str(pid)), sum(_processor_s(child) for child in children)


def _processor_s(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Side:
    """A connection that is made by an exchange over HTTP and ended by another."""

    endpoint = ""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._made = ""
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    def _prepare(self) -> None:
        """Add what is offered."""

    def _agreed(self) -> None:
        """Before anything arrives."""

    async def __aenter__(self) -> Self:
        self._prepare()
        await self.connection.setLocalDescription(await self.connection.createOffer())
        offer = self.connection.localDescription.sdp
        headers = {"Content-Type": "application/sdp"}
        async with self._http.post(self.endpoint, data=offer, headers=headers) as response:
            answer = await response.text()
            if response.status != 201:
                await self.connection.close()
                raise VisavisError(f"{self.endpoint} answered {response.status}: {answer}")
            self._made = response.headers["Location"]
        self._agreed()
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._http.delete(self._made):
            await self.connection.close()


class Speaker(Side):
    """Says the benchmark's syllables over WHIP."""

    endpoint = "/whip/bench"

    def _prepare(self) -> None:
        self.connection.addTransceiver(_Voice(), direction="sendonly")


class Viewer(Side):
    """Watches over WHEP; ``pictures`` and ``sounds`` count since ``reset``."""

    endpoint = "/whep/bench"

    def __init__(self, http: aiohttp.ClientSession) -> None:
        super().__init__(http)
        self._arrived: dict[str, list[tuple[float, int]]] = {"audio": [], "video": []}
        self._began: dict[str, int] = {}
        self.reset()

    @property
    def pictures(self) -> set[int]:
        """Their timestamps."""
        return {timestamp for _, timestamp in self._arrived["video"]}

    @property
    def sounds(self) -> int:
        """Packets of sound."""
        return len(self._arrived["audio"])

    def reset(self) -> None:
        """Count from now on."""
        for arrived in self._arrived.values():
            arrived.clear()

    def ages(self, kind: str) -> NDArray[np.float64]:
        """Arrival less media time of each packet, in seconds, from an origin of each kind's own."""
        clock, arrived = _CLOCKS[kind], self._arrived[kind]
        if arrived:
            self._began.setdefault(kind, arrived[0][1])
        # Timestamps have 32 bits (RFC 3550, section 5.1): half a day in them is at most as much.
        since = [(stamp - self._began[kind]) % (1 << 32) for _, stamp in arrived]
        signed = [ticks - (1 << 32) * (ticks >= 1 << 31) for ticks in since]
        pairs = zip(arrived, signed, strict=True)
        return np.array([at - ticks / clock for (at, _), ticks in pairs], float)

    def _prepare(self) -> None:
        for kind in ("audio", "video"):
            self.connection.addTransceiver(kind, direction="recvonly")

    def _agreed(self) -> None:
        for transceiver in self.connection.getTransceivers():
            hooks.deliver_packets(transceiver.receiver, self._sink(transceiver.kind))

    def _sink(self, kind: str) -> Callable[[RtpPacket], None]:
        loop, arrived = asyncio.get_running_loop(), self._arrived[kind]
        return lambda packet: arrived.append((loop.time(), packet.timestamp))


class _Voice(MediaStreamTrack):
    """The benchmark's syllables, again and again, in real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._pcm = syllables.train(30)[0]
        self._sent = 0
        self._start: float | None = None

    async def recv(self) -> av.AudioFrame:
        now = asyncio.get_running_loop().time()
        self._start = now if self._start is None else self._start
        await asyncio.sleep(self._start + self._sent / RATE - now)
        at = self._sent % (len(self._pcm) - _BLOCK)
        frame = av.AudioFrame.from_ndarray(
            self._pcm[None, at : at + _BLOCK], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, Fraction(1, RATE)
        self._sent += _BLOCK
        return frame


if __name__ == "__main__":
    main()
