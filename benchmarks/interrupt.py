"""Interrupting an agent: until the sound is gone and the mouth is shut, as a real browser has it.

An agent brings seconds of speech at once over ``/v1/realtime`` and cuts it off at a random moment;
a browser with the page that watches it records what it plays and how far the mouth is open.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from benchmarks import browser
from benchmarks.report import write_report
from benchmarks.speech import voice
from benchmarks.syllables import write_wav
from engine.options import SessionOptions

STILL = "head=0&body=0&camera=0&pauses=0"
"""The mouth is measured at a fixed place of the picture, so the head is held still."""

SPOKEN_S = 8.0
AFTER_S = 1.2
"""Of what follows an interruption, so much is looked at; the last third of it is rest."""

SHUT_S = 0.2

LOUD = 0.01
"""Root mean square, of 1, above which something is heard: speech has some 0.1."""

OPEN = 0.15
"""Share of the way from the mouth at rest to the mouth wide open at which it counts as open."""

_WATCHING = "document.body.dataset.phase === 'live' && document.querySelector('video').videoWidth"


def main(
    times: int = 20, look_ahead_ms: int = 60, port: int = 8196, json_path: Path | None = None
) -> list[dict[str, Any]]:
    """Interrupt so often, print a table, write JSON; returns its rows."""
    recording, cuts, told_ms = asyncio.run(_record(times, look_ahead_ms, port))
    frames = recording.frames[:, :2]
    wide = float(np.quantile(frames[:, 1], 0.95))
    waits = {
        "answer": np.array(told_ms),
        "sound gone": np.array([1000 * _gone(recording.speaker, cut, LOUD) for cut in cuts]),
        "mouth shut": np.array([1000 * _shut(frames, cut, wide) for cut in cuts]),
    }
    rows = [
        {
            "until": what,
            "median_ms": float(np.median(wait)),
            "p95_ms": float(np.quantile(wait, 0.95)),
            "most_ms": float(wait.max()),
        }
        for what, wait in waits.items()
    ]
    settings = {"times": times, "look_ahead_ms": look_ahead_ms, "browser": browser.version()}
    write_report("interrupt", settings, rows, json_path)
    return rows


async def _record(
    times: int, look_ahead_ms: int, port: int
) -> tuple[browser.Recording, list[float], list[float]]:
    options = SessionOptions()
    box = browser.mouth_box(options.width, options.height)
    with tempfile.TemporaryDirectory() as folder:
        silent = Path(folder) / "silence.wav"
        write_wav(silent, np.zeros(48_000, np.int16))
        async with (
            browser.server(port, "--workers", "1") as serving,
            aiohttp.ClientSession(serving.url) as http,
            http.ws_connect(
                f"/v1/realtime?sample_rate=48000&look_ahead_ms={look_ahead_ms}&{STILL}"
            ) as socket,
        ):
            created = await socket.receive_json()
            address = serving.url.rstrip("/") + created["session"]["watch_url"]
            async with browser.opened(address, silent, look_ahead_ms) as page:
                await page.wait_for_function(_WATCHING, timeout=20_000)
                await browser.probe(page, box)
                before = await browser.statistics(page)
                await asyncio.sleep(3.0)
                cuts, told_ms = await _interrupt(socket, times)
                return await browser.take(page, before, 0.0), cuts, told_ms


async def _interrupt(
    socket: aiohttp.ClientWebSocketResponse, times: int
) -> tuple[list[float], list[float]]:
    """Seconds since the epoch at which it was asked for, and milliseconds until the answer."""
    rng, (pcm, _) = np.random.default_rng(1), voice(60.0)
    cuts, told_ms = [], []
    for _ in range(times):
        start = int(rng.integers(0, len(pcm) - SPOKEN_S * 48_000))
        spoken = pcm[start : start + int(SPOKEN_S * 48_000)].astype("<i2")
        for second in np.split(spoken, int(SPOKEN_S)):
            await socket.send_bytes(second.tobytes())
        await socket.send_json({"type": "input_audio_buffer.commit"})
        await _event(socket, "output_audio_buffer.started")
        await asyncio.sleep(float(rng.uniform(1.5, 3.5)))
        cuts.append(time.time())
        await socket.send_json({"type": "response.cancel"})
        await _event(socket, "output_audio_buffer.cleared")
        told_ms.append(1000 * (time.time() - cuts[-1]))
        await asyncio.sleep(AFTER_S + 0.3)
    return cuts, told_ms


async def _event(socket: aiohttp.ClientWebSocketResponse, kind: str) -> None:
    async with asyncio.timeout(20):
        while (await socket.receive_json())["type"] != kind:
            pass


def _until(series: browser.Series, cut: float, start: float, end: float) -> browser.Series:
    """The points (time, value) from ``start`` to ``end`` seconds after a cut."""
    after = series[:, 0] - cut
    return series[(after >= start) & (after < end)]


def _gone(series: browser.Series, cut: float, threshold: float) -> float:
    """Seconds from a cut to the first point after the last above the threshold; 0 if none is."""
    after = _until(series, cut, 0, AFTER_S)
    above = np.flatnonzero(after[:, 1] > threshold)
    if not len(above):
        return 0.0
    following = min(above[-1] + 1, len(after) - 1)
    return float(after[following, 0] - cut)


def _shut(frames: browser.Series, cut: float, wide: float) -> float:
    """Seconds from a cut to the first picture of `SHUT_S` in which the mouth is as at rest.

    A mouth that breathes or presses its lips later on is no mouth that goes on to speak.
    """
    rest = float(np.median(_until(frames, cut, AFTER_S * 2 / 3, AFTER_S)[:, 1]))
    after = _until(frames, cut, 0, AFTER_S)
    still = after[:, 1] <= rest + OPEN * (wide - rest)
    for at, _ in after[still]:
        if still[(after[:, 0] >= at) & (after[:, 0] < at + SHUT_S)].all():
            return float(at - cut)
    return AFTER_S


if __name__ == "__main__":
    main()
