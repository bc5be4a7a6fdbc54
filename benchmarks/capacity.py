"""How many can talk at once: callers come one by one until pictures no longer come as they should.

The server is as a user runs it, and callers are real WebRTC connections (`benchmarks.callers`) that
say recorded speech in real time, each its own part of it. So all is measured that a session costs:
transport, playout, hearing, moving, drawing, encoding. Callers take some of the same machine; how
much is told (``callers_pct``), as is what other programs took (``others_pct``).

After each newcomer some seconds do not count, in which the quality dial finds its step. A number of
sessions that does not hold is tried once more, as anybody's burst spoils a few seconds; one more
than the first that never holds is measured, to see how it gives way.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import browser
from benchmarks.callers import PICTURE_CLOCK, SOUND_CLOCK, Caller, encoded
from benchmarks.knee import Flow, flow, holds, knee, uneven, worst
from benchmarks.report import save_report, show, shown
from benchmarks.speech import voice
from benchmarks.spending import Shares, between, spent
from engine.encode.opus import PACKET
from server.config import default_workers
from server.placement.base import MOST_SESSIONS

_VOICE_S = 60.0
_APART = 373
"""Packets of 20 ms between where two callers begin in the speech."""

_TRIALS = 2

COLUMNS = {
    "sessions": "sessions",
    "held": "held",
    "interval_p95_ms": "interval p95 ms",
    "left_out_pct": "left out %",
    "steps": "quality",
    "session_pct": "CPU % each",
    "server_pct": "server %",
    "workers_pct": "workers %",
    "session_mb": "MB each",
    "callers_pct": "callers %",
    "others_pct": "others %",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked for.

    quality, size, fps  of every session, as `visavis serve` takes them
    workers             engine processes; None for the server's own choice
    most                no more sessions than this
    settle, seconds     after a newcomer, how long nothing counts, and how long it does
    """

    quality: str = "auto"
    size: str = "512x512"
    fps: int = 25
    workers: int | None = None
    most: int = MOST_SESSIONS
    settle: float = 5.0
    seconds: float = 10.0

    @property
    def options(self) -> tuple[str, ...]:
        """For `visavis serve`."""
        given = ("--quality", self.quality, "--size", self.size, "--fps", str(self.fps))
        return given if self.workers is None else (*given, "--workers", str(self.workers))


def main(settings: Settings, json_path: Path | None = None, port: int = 8191) -> dict[str, Any]:
    """Ramp up, print rows and knee, write JSON; returns its settings and rows."""
    spoken, kind = voice(_VOICE_S)
    room, seen, rows = asyncio.run(_measure(settings, encoded(spoken), port))
    found = asdict(settings) | {
        "workers": settings.workers or default_workers(),
        "voice": kind,
        "knee": knee(rows),
        "room": room,
        "session_pct_differs_by": uneven(rows),
        "pictures_that_decode_pct": 100 * seen,
    }
    show(f"bench capacity --quality {settings.quality}", COLUMNS, rows)
    print(f"knee: {found['knee']}; --max-sessions auto makes room for {room}")
    save_report("capacity", found, rows, json_path)
    return {"settings": found, "rows": rows}


async def _measure(
    settings: Settings, packets: list[bytes], port: int
) -> tuple[int, float, list[dict[str, Any]]]:
    """The room that the server finds, the share of pictures that can be seen, and the rows."""
    async with (
        browser.server(port, *settings.options) as serving,
        aiohttp.ClientSession(serving.url) as http,
    ):
        room = await _ready(http)
    most = ("--max-sessions", str(MOST_SESSIONS))
    async with browser.server(port, *settings.options, *most) as serving, AsyncExitStack() as stack:
        ramp = Ramp(settings, serving, packets)
        await ramp.climb(stack)
        first = ramp.callers[0]
        return room, first.decoded() / first.kept, ramp.rows


class Ramp:
    """Callers of one server, more and more; ``rows`` has what has been measured."""

    def __init__(self, settings: Settings, serving: browser.Serving, packets: list[bytes]) -> None:
        self._settings, self._serving, self._packets = settings, serving, packets
        self.callers: list[Caller] = []
        self.rows: list[dict[str, Any]] = []

    async def climb(self, stack: AsyncExitStack) -> None:
        """Measure nobody, then one more each time, up to the second that does not hold."""
        http = await stack.enter_async_context(aiohttp.ClientSession(self._serving.url))
        await _ready(http)
        await asyncio.sleep(self._settings.settle)
        await self._window(http)
        for number in range(1, self._settings.most + 1):
            caller = Caller(http, self._packets, number * _APART, keep=number == 1)
            self.callers.append(await stack.enter_async_context(caller))
            await asyncio.sleep(self._settings.settle)
            for _ in range(_TRIALS):
                await self._window(http)
                if self.rows[-1]["held"]:
                    break
            if knee(self.rows) < number - 1:
                break

    async def _window(self, http: aiohttp.ClientSession) -> None:
        """Another row, after as many seconds as it takes."""
        for caller in self.callers:
            caller.reset()
        before = spent(self._serving.pid)
        await asyncio.sleep(self._settings.seconds)
        shares = between(before, spent(self._serving.pid))
        row = {"sessions": len(self.callers), **self._seen(), **self._cost(shares)}
        row["steps"] = await _steps(http)
        self.rows.append(row)
        told = {name: shown(row[name]) for name in ("interval_p95_ms", "left_out_pct")}
        print(
            f"{row['sessions']} sessions: p95 {told['interval_p95_ms']} ms, "
            f"{told['left_out_pct']} % left out, {shown(row['session_pct'])} % of a core each",
            flush=True,
        )

    def _seen(self) -> dict[str, Any]:
        """The worst that any caller saw and heard, and how late callers themselves were."""
        if not self.callers:
            return dict.fromkeys(_SEEN) | {"held": True}
        fps, seconds = self._settings.fps, self._settings.seconds
        flows = [flow(caller.pictures, fps, PICTURE_CLOCK, seconds) for caller in self.callers]
        sounds = worst(
            [
                flow(caller.sounds, SOUND_CLOCK / PACKET, SOUND_CLOCK, seconds)
                for caller in self.callers
            ]
        )
        pictures = worst(flows)
        lags = np.concatenate([caller.voice.lags for caller in self.callers])
        return dict(zip(_SEEN, _told(pictures, sounds, lags), strict=True)) | {
            "held": all(holds(one, fps) for one in flows)
        }

    def _cost(self, shares: Shares) -> dict[str, Any]:
        """Of everybody, and of each caller beyond what a server costs that nobody calls."""
        row: dict[str, Any] = asdict(shares)
        row |= {"session_pct": None, "session_mb": None}
        if self.callers:
            idle, count = self.rows[0], len(self.callers)
            before = idle["server_pct"] + idle["workers_pct"]
            row["session_pct"] = (shares.product_pct - before) / count
            row["session_mb"] = (shares.memory_mb - idle["memory_mb"]) / count
        return row


_SEEN = (
    *("interval_p50_ms", "interval_p95_ms", "interval_longest_ms"),
    *("left_out_pct", "fps", "sound_left_out_pct", "sound_longest_ms", "caller_lag_p95_ms"),
)


def _told(pictures: Flow, sounds: Flow, lags: np.ndarray) -> tuple[float, ...]:
    return (
        1000 * pictures.p50,
        1000 * pictures.p95,
        1000 * pictures.longest,
        100 * pictures.left_out,
        pictures.rate,
        100 * sounds.left_out,
        1000 * sounds.longest,
        1000 * float(np.quantile(lags, 0.95)),
    )


async def _ready(http: aiohttp.ClientSession) -> int:
    """Wait until workers have started, which is after the port is open; how much room there is."""
    async with http.get("/readyz") as response:
        return int((await response.json())["limit"])


async def _steps(http: aiohttp.ClientSession) -> str:
    """How many sessions are at which step of the quality dial, as "2 medium, 1 low"."""
    async with http.get("/metrics") as response:
        families = text_string_to_metric_families(await response.text())
    samples = [
        sample
        for family in families
        if family.name == "visavis_sessions_at_step"
        for sample in family.samples
    ]
    return ", ".join(f"{one.value:.0f} {one.labels['step']}" for one in samples if one.value)
