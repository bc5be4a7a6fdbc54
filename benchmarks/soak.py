"""A long call in real time: what drifts, what grows, what breaks. ``visavis bench soak``.

A real Chromium speaks /sipa/ into the page, as in `benchmarks.latency`, minute after minute; or a
voice comes in over WHIP and somebody watches over WHEP, both without a browser (``peers``). A page
that fails is opened anew and told of. The verdict is `benchmarks.steadiness`'s.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import aiohttp
import numpy as np
from numpy.typing import NDArray

from benchmarks import browser, latency, steadiness, syllables
from benchmarks.report import save_report, show, shown
from benchmarks.steadiness import Finding
from benchmarks.viewers import Speaker, Viewer
from engine.errors import VisavisError
from engine.options import SessionOptions

Series = NDArray[np.float64]
LOOK_AHEAD_MS = 60
PATIENCE_S = 30.0
"""For an answer of the page."""

PAUSE_S = 3.0
"""Before another call is made: a server that is ending has ended by then."""

TRIALS = 3
"""Calls on end that bring nothing, after which no more are made."""

_EDGE_S = 0.3

COLUMNS = {
    "minute": "min",
    "sync_ms": "sync ms",
    "sound_p50_ms": "sound p50",
    "sound_p95_ms": "p95",
    "picture_p50_ms": "picture p50",
    "picture_p95_ms": "p95",
    "frozen_s": "frozen s",
    "concealed_ms": "conc. ms",
    "fps": "fps",
    "server_mb": "server MB",
    "workers_mb": "worker MB",
    "files": "files",
    "threads": "threads",
}
MEASURED = tuple(COLUMNS)[1:9]
_WIDTH = 7


@dataclass
class Run:
    """What is known so far. ``sync`` has hours since the start and milliseconds."""

    started: float = field(default_factory=time.monotonic)
    rows: list[dict[str, Any]] = field(default_factory=list)
    sync: list[tuple[float, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first: float | None = None

    @property
    def hours(self) -> float:
        """Since the start."""
        return (time.monotonic() - self.started) / 3600

    def add(self, measured: dict[str, float], health: dict[str, float]) -> None:
        """Another minute; what could not be measured is nan."""
        minute = {"minute": round(60 * self.hours, 1), **dict.fromkeys(MEASURED, float("nan"))}
        row = minute | measured | health
        self.rows.append(row)
        print("  ".join(f"{shown(row[name]):>{_WIDTH}}" for name in COLUMNS), flush=True)

    def keep(self, said: Series, apart: Series) -> None:
        """How far the picture was behind the sound, in ms, at these times of the day."""
        self.first = said[0] if self.first is None else self.first
        self.sync += zip((said - self.first) / 3600, apart, strict=True)

    def note(self, what: str) -> None:
        """Something that should not have happened."""
        self.notes.append(f"{what} after {60 * self.hours:.0f} min")
        print(f"! {self.notes[-1]}", flush=True)


def main(
    minutes: float = 60.0,
    peers: bool = False,
    port: int = 8197,
    json_path: Path | None = None,
    window_s: float = 60.0,
) -> bool:
    """Soak, print a line for each ``window_s`` and the verdict, write JSON; whether all held."""
    print("  ".join(f"{heading:>{_WIDTH}}"[-11:] for heading in COLUMNS.values()), flush=True)
    run = Run()
    try:
        asyncio.run(_soak(run, minutes, peers, port, window_s))
    except KeyboardInterrupt:
        print("stopped early")
    findings = judged(run)
    rows = [{"what": f.what, "found": f.found, "verdict": f.verdict} for f in findings]
    show("soak", {"what": "what", "found": "found", "verdict": "verdict"}, rows)
    settings = {
        "minutes": minutes,
        "window_s": window_s,
        "client": "aiortc peers over WHIP and WHEP" if peers else browser.version(),
        "look_ahead_ms": LOOK_AHEAD_MS,
        "findings": [asdict(finding) for finding in findings],
    }
    save_report("soak", settings, run.rows, json_path)
    return steadiness.passed(findings)


def judged(run: Run) -> list[Finding]:
    """What the run says."""
    hours = [row["minute"] / 60 for row in run.rows]

    def kept(name: str) -> list[float]:
        return [row[name] for row in run.rows]

    drift = steadiness.steady(
        "sound and picture stay together",
        "ms",
        steadiness.DRIFT_LIMIT,
        [at for at, _ in run.sync],
        [ms for _, ms in run.sync],
    )
    growth = [
        ("delay of the picture", "ms", steadiness.LATENCY_LIMIT, "picture_p50_ms"),
        ("delay of the sound", "ms", steadiness.LATENCY_LIMIT, "sound_p50_ms"),
        ("memory of the server", "MB", steadiness.MEMORY_LIMIT, "server_mb"),
        ("memory of the worker", "MB", steadiness.MEMORY_LIMIT, "workers_mb"),
    ]
    return [
        drift,
        *(
            steadiness.steady(f"{what} does not grow", unit, limit, hours, kept(name), False)
            for what, unit, limit, name in growth
        ),
        steadiness.no_more("open files", kept("files")),
        steadiness.no_more("threads", kept("threads")),
        steadiness.none_of("faults", run.notes),
    ]


class Client(Protocol):
    """Somebody in a call, for as long as its context lasts."""

    async def __aenter__(self) -> Self:
        """Call."""

    async def __aexit__(self, *_: object) -> None:
        """Leave."""

    async def measure(self, run: Run) -> dict[str, float]:
        """What has been since the last time, by the names of ``MEASURED``."""


async def _soak(run: Run, minutes: float, peers: bool, port: int, window_s: float) -> None:
    async with browser.server(port, "--workers", "1") as serving:
        with tempfile.TemporaryDirectory() as folder:
            make = _peers(serving.url) if peers else _page(serving.url, Path(folder))
            run.started, fruitless = time.monotonic(), 0
            while (left := minutes / 60 - run.hours) > 0 and fruitless < TRIALS:
                before = len(run.rows)
                try:
                    async with make() as client, asyncio.timeout(3600 * left + PATIENCE_S):
                        await _stay(run, client, serving, minutes, window_s)
                except VisavisError:
                    raise
                except Exception as error:  # whatever a browser or the network comes up with
                    run.note(f"{type(error).__name__}: {str(error).partition(chr(10))[0][:60]}")
                    await asyncio.sleep(PAUSE_S)
                    if not serving.alive():
                        run.note("the server had ended")
                        return
                fruitless = fruitless + 1 if len(run.rows) == before else 0


async def _stay(
    run: Run, client: Client, serving: browser.Serving, minutes: float, window_s: float
) -> None:
    while 60 * run.hours < minutes - 0.01:
        await asyncio.sleep(window_s)
        async with asyncio.timeout(PATIENCE_S):
            run.add(await client.measure(run), serving.health())


def _page(url: str, folder: Path) -> Callable[[], Client]:
    microphone = folder / "syllables.wav"
    syllables.write_wav(microphone, syllables.train(120)[0])
    options = SessionOptions()
    box = browser.mouth_box(options.width, options.height)
    pose_s = latency.half_open_s(LOOK_AHEAD_MS, box)
    return lambda: _Page(url, microphone, box, pose_s)


class _Page:
    """The page in a browser."""

    def __init__(self, url: str, microphone: Path, box: browser.Box, pose_s: float) -> None:
        self._opening = browser.opened(url, microphone, LOOK_AHEAD_MS)
        self._box = box
        self._pose_s = pose_s

    async def __aenter__(self) -> Self:
        self._page = await self._opening.__aenter__()
        try:
            await browser.begin(self._page, self._box)
            self._before = await browser.statistics(self._page)
        except BaseException:
            await self._opening.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opening.__aexit__(None, None, None)

    async def measure(self, run: Run) -> dict[str, float]:
        """From the voice and the lips."""
        if not await browser.is_probed(self._page):
            run.note("the page called anew")
            await browser.probe(self._page, self._box)
            self._before = await browser.statistics(self._page)
            return {}
        recording = await browser.take(self._page, self._before, 0.0)
        self._before = recording.stats[1]
        return of_recording(recording, self._pose_s, run)


def of_recording(recording: browser.Recording, pose_s: float, run: Run) -> dict[str, float]:
    """The figures of some time; its syllables go to ``run.sync``."""
    found = latency.analyse(recording, pose_s, 1 / SessionOptions().fps, _EDGE_S)
    measured = {
        "frozen_s": float(found["frozen_s"]),
        "concealed_ms": float(found["concealed_ms"]),
        "fps": float(found["frames_per_s"]),
    }
    if not found["said"]:
        return measured
    sound, picture = np.array(found["sound"]), np.array(found["picture"])
    run.keep(np.array(found["said"]), picture - sound)
    for name, delays in (("sound", sound), ("picture", picture)):
        for share in (50, 95):
            measured[f"{name}_p{share}_ms"] = float(np.percentile(delays, share))
    return measured | {"sync_ms": float(np.median(picture - sound))}


def _peers(url: str) -> Callable[[], Client]:
    return lambda: _Peers(url)


class _Peers:
    """A voice over WHIP, and one who watches it over WHEP and counts."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._left = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(aiohttp.ClientSession(self._url))
            await stack.enter_async_context(Speaker(http))
            self._viewer = await stack.enter_async_context(Viewer(http))
            self._left = stack.pop_all()
        self._since = time.monotonic()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._left.aclose()

    async def measure(self, run: Run) -> dict[str, float]:
        """From the packets' arrival: sync is the change since the start, of picture to sound."""
        took, viewer, now = time.monotonic() - self._since, self._viewer, time.time()
        self._since += took
        delays = [viewer.ages(kind) for kind in ("video", "audio")]
        fps = len(viewer.pictures) / took
        viewer.reset()
        if not all(len(ages) for ages in delays):
            raise VisavisError("nothing arrives any more")
        apart = 1000 * float(np.median(delays[0]) - np.median(delays[1]))
        self._first = getattr(self, "_first", apart)
        run.keep(np.array([now]), np.array([apart - self._first]))
        return {"sync_ms": apart - self._first, "fps": fps}


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
