"""A real Chromium in front of a real server: speak into the page, record what comes back."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.avatar.rig import load_head
from engine.errors import BackendUnavailable, VisavisError
from engine.face import FaceFrame, weights
from engine.render.renderer import Renderer

PROBE = Path(__file__).with_name("probe.js")
ROOT = Path(__file__).resolve().parents[1]
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",  # without one, an emulated GPU draws the page at twice the processor time
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
if TYPE_CHECKING:
    from playwright.async_api import Page

Box = tuple[float, float, float, float]
Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recording:
    """What one visit gave. Times in seconds since the epoch, ascending.

    microphone, speaker  (N, 2) time, level
    frames               (N, 4) time shown, share of dark pixels at the mouth, received, presented
    stats                getStats figures at the start and at the end
    state                the page's own read-out
    first_frame_s        from the click to the first picture
    """

    microphone: Series
    speaker: Series
    frames: Series
    stats: tuple[dict[str, Any], dict[str, Any]]
    state: dict[str, Any]
    first_frame_s: float


def chromium() -> str:
    """The browser's path; BackendUnavailable if there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise BackendUnavailable("chromium", "it is not installed", "run: apt-get install chromium")
    return found


def version() -> str:
    """The browser's name and version."""
    told = subprocess.run([chromium(), "--version"], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def mouth_box(width: int, height: int) -> Box:
    """x, y, width, height (0..1 of the picture) of what opening the mouth changes."""
    opened = FaceFrame.neutral()
    opened.blendshapes[:] = weights(jawOpen=0.7)
    with Renderer(load_head(), width, height) as renderer:
        closed_picture = renderer.rgb(FaceFrame.neutral()).astype(np.int32)
        change = np.abs(renderer.rgb(opened).astype(np.int32) - closed_picture).sum(axis=2)
    rows, columns = np.nonzero(change > 60)
    left, right = np.percentile(columns, (3, 97)) / width
    top, bottom = np.percentile(rows, (3, 97)) / height
    return float(left), float(top), float(right - left), float(bottom - top)


@dataclass(frozen=True, slots=True)
class Serving:
    """A running ``visavis serve``."""

    url: str
    pid: int

    def memory_mb(self) -> float:
        """Memory of the server and its workers in megabytes (Linux): the proportional set size, in
        which a page of a library that both have mapped counts once and not twice.
        """
        return sum(map(_proportional_mb, self._processes()))

    def alive(self) -> bool:
        """Whether it still runs."""
        return Path(f"/proc/{self.pid}/maps").exists()

    def health(self) -> dict[str, float]:
        """Memory of the server and of its workers, files open and threads of all (Linux)."""
        server, *workers = self._processes()
        files, threads = (
            sum(len(list(Path(f"/proc/{pid}/{kind}").iterdir())) for pid in (server, *workers))
            for kind in ("fd", "task")
        )
        return {
            "server_mb": _proportional_mb(server),
            "workers_mb": sum(map(_proportional_mb, workers)),
            "files": files,
            "threads": threads,
        }

    def _processes(self) -> list[str]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [str(self.pid), *children]


def _proportional_mb(pid: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


@asynccontextmanager
async def server(port: int, *options: str) -> AsyncIterator[Serving]:
    """``visavis serve`` as a user runs it, in a process of its own."""
    command = ("-m", "server.cli", "serve", "--port", str(port), *options)
    async with serving(port, *command) as running:
        yield running


@asynccontextmanager
async def serving(port: int, *arguments: str) -> AsyncIterator[Serving]:
    """Python with these arguments, in a process of its own, once it listens on ``port``."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_open(port, process)
        yield Serving(f"http://localhost:{port}/", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_open(port: int, process: asyncio.subprocess.Process) -> None:
    for _ in range(300):
        if process.returncode is not None:
            raise VisavisError(
                f"the server ended with exit code {process.returncode}; "
                "run `visavis serve` to see why"
            )
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise VisavisError("the server did not start within 30 s")


async def _nothing(page: Page) -> None:
    """Leave the page as it is."""


async def visit(
    url: str,
    microphone: Path,
    seconds: float,
    box: Box,
    look_ahead_ms: int,
    prepare: Callable[[Page], Awaitable[None]] = _nothing,
) -> Recording:
    """Open the page with a WAV as the microphone, press Start, and record for a while.

    ``prepare`` is given the page before anything is loaded.
    """
    async with opened(url, microphone, look_ahead_ms, prepare) as page:
        first_frame = await begin(page, box)
        before = await statistics(page)
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            await asyncio.sleep(0.5)
        return await take(page, before, first_frame)


@asynccontextmanager
async def opened(
    url: str,
    microphone: Path,
    look_ahead_ms: int,
    prepare: Callable[[Page], Awaitable[None]] = _nothing,
) -> AsyncIterator[Page]:
    """A browser with the page in it, ready to be started."""
    try:
        from playwright.async_api import async_playwright
    except ImportError as error:
        raise BackendUnavailable(
            "playwright", "it is not installed", 'run: pip install -e ".[dev]"'
        ) from error
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"],
            ignore_default_args=["--mute-audio"],
        )
        try:
            page = await browser.new_page()
            await prepare(page)
            await page.add_init_script(path=PROBE)
            await page.goto(url)
            await page.evaluate(
                "ms => localStorage.setItem('visavis.look-ahead', ms)", look_ahead_ms
            )
            await page.reload()
            yield page
        finally:
            await browser.close()


_CLICK = """
() => new Promise((resolve, reject) => {
  const video = document.querySelector('video');
  const clicked = performance.now();
  video.requestVideoFrameCallback(now => resolve((now - clicked) / 1000));
  document.querySelector('#start').click();
  setTimeout(() => reject(new Error('no picture within 20 s')), 20000);
})
"""


_PROBE_CALL = """
async box => { window.visavisProbedCall = window.visavis.pc; await window.visavisProbe(box); }
"""
_TAKE = """
() => {
  const probe = window.visavisProbed;
  const tick = Date.now();
  while (Date.now() === tick);
  return {
    frames: probe.frames.splice(0),
    microphone: probe.sound.microphone.splice(0),
    speaker: probe.sound.speaker.splice(0),
    adjusted: Date.now() - performance.timeOrigin - performance.now(),
  };
}
"""
"""Also how far the system's clock, by which sound is told, has been set apart from the page's since
it was loaded."""


async def begin(page: Page, box: Box) -> float:
    """Press Start and record from now on; seconds to the first picture."""
    first_frame: float = await page.evaluate(_CLICK)
    await probe(page, box)
    return first_frame


async def probe(page: Page, box: Box) -> None:
    """Record the call that there is now."""
    await page.evaluate(_PROBE_CALL, list(box))


async def is_probed(page: Page) -> bool:
    """Whether the call is still the one that is recorded."""
    same: bool = await page.evaluate("window.visavis.pc === window.visavisProbedCall")
    return same


async def statistics(page: Page) -> dict[str, Any]:
    """getStats figures of the call that is recorded."""
    found: dict[str, Any] = await page.evaluate("window.visavisProbed.stats()")
    return found


async def take(page: Page, before: dict[str, Any], first_frame: float) -> Recording:
    """What has been recorded since the last time, ``before`` being the figures of then."""
    after = await statistics(page)
    state = await page.evaluate("window.visavis.stats()")
    data = await page.evaluate(_TAKE)
    told = [[x or np.nan for x in row] for row in data["frames"]]
    frames = np.array(told, float).reshape(-1, 4)
    frames[:, 1] = [row[1] for row in data["frames"]]
    frames[:, [0, 2, 3]] = (frames[:, [0, 2, 3]] + data["adjusted"]) / 1000
    offset = _clock_offset(data["microphone"] + data["speaker"])
    sound = {name: _levels(data[name], offset) for name in ("microphone", "speaker")}
    return Recording(
        sound["microphone"], sound["speaker"], frames, (before, after), state, first_frame
    )


def _clock_offset(points: list[list[float]]) -> float:
    """Epoch seconds of the audio context's time 0: no block is processed before its time."""
    return float(min(now / 1000 - at for at, _, now in points))


def _levels(points: list[list[float]], offset: float) -> Series:
    return np.array([[at + offset, level] for at, level, _ in points], float)


def onsets(sound: Series, threshold: float = 0.02, quiet_s: float = 0.2) -> Series:
    """Times at which a sound starts after at least ``quiet_s`` of quiet."""
    times, last_loud = [], -np.inf
    for at, level in sound:
        if level > threshold:
            if at - last_loud > quiet_s:
                times.append(at)
            last_loud = at
    return np.array(times)
