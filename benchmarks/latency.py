"""Mic to screen and mic to speaker, in a real Chromium, by stage.

The microphone says /sipa/ again and again. It is *heard* when the page's own audio graph hears its
start and *spoken* when the remote track plays that. It is *shown* when the mouth in the decoded
picture has opened half way to /a/; the engine's own curve says how far from the vowel's start that
pose belongs, and that much is taken off, so that what remains is delay and not motion.
A frame counts at the middle of its time on screen, as it was drawn for the middle of its interval.

The same is done with the same engine over aiortc as it is: what this transport is worth.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import browser, syllables
from benchmarks.report import save_report, show, shown
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.render.renderer import Renderer
from engine.timeline import SAMPLE_RATE

_WARM_UP_S = 4.0
_LONGEST_S = 0.85
"""What starts later than this, or opens later than this after /a/, belongs to the next /sipa/."""

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class System:
    """What is measured: a server, "visavis" or "aiortc" as `benchmarks.stock` has it."""

    server: str
    look_ahead_ms: int

    @property
    def name(self) -> str:
        """For a heading."""
        return f"{TITLES[self.server]}, {self.look_ahead_ms} ms ahead"


TITLES = {"visavis": "Visavis", "aiortc": "engine over aiortc"}


def main(
    look_ahead_ms: tuple[int, ...] = (60, 0),
    seconds: float = 30.0,
    runs: int = 3,
    port: int = 8191,
    json_path: Path | None = None,
    baseline: bool = True,
) -> list[dict[str, Any]]:
    """Measure, print a table, write JSON; returns the rows.

    The ``baseline``, at the first look-ahead, takes its turn in every round of runs: what else the
    machine does then disturbs all alike.
    """
    options = SessionOptions()
    box = browser.mouth_box(options.width, options.height)
    systems = [System("visavis", ahead) for ahead in look_ahead_ms]
    if baseline:
        systems.append(System("aiortc", look_ahead_ms[0]))
    poses_s = {ahead: half_open_s(ahead, box) for ahead in look_ahead_ms}
    found: dict[System, list[dict[str, Any]]] = {system: [] for system in systems}
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "syllables.wav"
        pcm, _ = syllables.train(120)
        syllables.write_wav(microphone, pcm)
        for _ in range(runs):
            for system in systems:
                pose_s = poses_s[system.look_ahead_ms]
                found[system].append(
                    asyncio.run(_run(port, microphone, seconds, box, system, pose_s))
                )
    rows = [row for system in systems for row in _rows(system, found[system])]
    settings = {
        "size": f"{options.width}x{options.height}",
        "fps": options.fps,
        "codec": options.video_codec,
        "seconds": seconds,
        "runs": runs,
        "browser": browser.version(),
    }
    side_by_side(systems, rows)
    save_report("latency", settings, rows, json_path)
    return rows


def side_by_side(systems: list[System], rows: list[dict[str, Any]]) -> None:
    """Print one table, a column for each system: medians, and how far the figures reach."""
    columns = {"what": "ms, median (5 % – 95 %; of stages: least – most)"}
    lines: dict[str, dict[str, str]] = {}
    for system in systems:
        columns[system.name] = system.name
        for row in rows:
            if (row["server"], row["look_ahead_ms"]) == (system.server, system.look_ahead_ms):
                other_unit = f", {row['unit']}" if row["unit"] not in ("", "ms") else ""
                line = lines.setdefault(row["what"], {"what": row["what"] + other_unit})
                line[system.name] = _cell(row)
    show("bench latency", columns, list(lines.values()))


def _cell(row: dict[str, Any]) -> str:
    low, middle, high = (row[name] for name in ("p5", "p50", "p95"))
    return shown(middle) if low == high else f"{shown(middle)} ({shown(low)} – {shown(high)})"


async def _run(
    port: int, microphone: Path, seconds: float, box: browser.Box, system: System, pose_s: float
) -> dict[str, Any]:
    async with serving(system.server, port) as running:
        visit = browser.visit(
            running.url, microphone, seconds + _WARM_UP_S, box, system.look_ahead_ms
        )
        recording = await visit
        memory = {"memory_mb": running.memory_mb()}
    return analyse(recording, pose_s, 1 / SessionOptions().fps) | memory


def serving(server: str, port: int) -> AbstractAsyncContextManager[browser.Serving]:
    """A fresh server, "visavis" or "aiortc", with one worker."""
    if server == "visavis":
        return browser.server(port, "--workers", "1")
    return browser.serving(port, "-m", "benchmarks.stock", str(port))


def half_open_s(look_ahead_ms: int, box: browser.Box) -> float:
    """Seconds from the voice of /a/ to the pose in which the mouth is half open; may be negative.

    Measured on drawn pictures in the very way in which the page measures the decoded ones.
    """
    pcm, openings = syllables.train(8)
    engine = Engine.load()
    session = engine.session(SessionOptions(look_ahead_ms=look_ahead_ms), sink="motion")
    session.push(pcm)
    session.flush()
    poses = session.curves()
    found = []
    with Renderer(engine.head, 256, 256) as renderer:
        for opening in openings[1:5]:
            near = [p for p in poses if -0.1 < p.time / SAMPLE_RATE - opening < 0.3]
            times = np.array([p.time / SAMPLE_RATE - opening for p in near])
            found.append(rise(times, np.array([openness(renderer.rgb(p), box) for p in near])))
    return float(np.nanmedian(found))


def openness(picture: NDArray[np.uint8], box: browser.Box) -> float:
    """Share of the mouth's box that is dark, as probe.js has it."""
    height, width = picture.shape[:2]
    x, y, w, h = box
    rows = slice(int(y * height), int((y + h) * height))
    luma = picture[rows, int(x * width) : int((x + w) * width)] @ np.array([0.3, 0.59, 0.11])
    return float(np.mean(luma < 0.4 * np.median(luma)))


def rise(times: Series, values: Series) -> float:
    """When the values, on their way to the largest, pass half way from the least; nan if flat.

    The last time that they do: what opened less before, as /i/ does, may have passed it as well.
    """
    low, high = float(values.min()), float(values.max())
    if high - low < 0.02:
        return float("nan")
    half = (low + high) / 2
    below = np.flatnonzero(values[: int(np.argmax(values))] <= half)
    if len(below) == 0:
        return float("nan")
    above = int(below[-1]) + 1
    before = values[above - 1]
    share = (half - before) / (values[above] - before)
    return float(times[above - 1] + share * (times[above] - times[above - 1]))


def analyse(
    recording: browser.Recording, pose_s: float, frame_s: float, warm_up_s: float = _WARM_UP_S
) -> dict[str, Any]:
    """Delays of every /sipa/ after the warm-up, in ms, when it was said, and the stages' means."""
    heard = browser.onsets(recording.microphone)
    spoken = browser.onsets(recording.speaker)
    heard = heard[heard > recording.microphone[0, 0] + warm_up_s]
    said, sound, picture = [], [], []
    shown = recording.frames[:, 0] + frame_s / 2
    for start in heard:
        after = spoken[(spoken > start) & (spoken < start + _LONGEST_S)]
        opening = start + syllables.OPENING_S
        near = (shown > opening - 0.05) & (shown < opening + _LONGEST_S)
        if len(after) and near.sum() > 4:
            said.append(start)
            sound.append(1000 * (after[0] - start))
            half_open = rise(shown[near], recording.frames[near, 1])
            picture.append(1000 * (half_open - opening - pose_s))
    kept = ~np.isnan(picture)
    return {
        "said": list(np.array(said)[kept]),
        "sound": list(np.array(sound)[kept]),
        "picture": list(np.array(picture)[kept]),
        "first_frame_ms": 1000 * recording.first_frame_s,
        **_stages(recording),
    }


def _stages(recording: browser.Recording) -> dict[str, float]:
    before, after = recording.stats
    page = recording.state

    def per(kind: str, total: str, count: str) -> float:
        change = {name: after[kind][name] - before[kind][name] for name in (total, count)}
        return 1000 * float(change[total]) / max(1, int(change[count]))

    seconds = (after["at"] - before["at"]) / 1000
    frames = after["video"]["framesDecoded"] - before["video"]["framesDecoded"]
    return {
        "declared_ms": _number(page.get("declared")),
        "pipeline_ms": _number(page.get("pipeline")),
        "rtt_ms": after.get("rtt_ms", float("nan")),
        "audio_jitter_buffer_ms": per("audio", "jitterBufferDelay", "jitterBufferEmittedCount"),
        "video_jitter_buffer_ms": per("video", "jitterBufferDelay", "jitterBufferEmittedCount"),
        "decode_ms": per("video", "totalDecodeTime", "framesDecoded"),
        "frames_per_s": frames / seconds,
        "frozen_s": after["video"]["totalFreezesDuration"]
        - before["video"]["totalFreezesDuration"],
        "concealed_ms": (after["audio"]["concealedSamples"] - before["audio"]["concealedSamples"])
        / 48,
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


_FROM_MICROPHONE = {
    "screen": "microphone to screen",
    "speaker": "microphone to speaker",
    "sync": "picture behind sound",
}
_STAGES = {
    "declared_ms": "· declared",
    "pipeline_ms": "· server, declared included",
    "rtt_ms": "· network, round trip",
    "video_jitter_buffer_ms": "· jitter buffer, picture",
    "audio_jitter_buffer_ms": "· jitter buffer, sound",
    "decode_ms": "· decoding a picture",
    "first_frame_ms": "click to first frame",
}
_HEALTH = {
    "frames_per_s": ("pictures decoded", "1/s"),
    "frozen_s": ("picture frozen", "s"),
    "concealed_ms": ("sound concealed", "ms"),
    "memory_mb": ("memory of server and worker", "MB"),
}


def _rows(system: System, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All runs of one system as rows of the report; stages are medians over the runs."""

    def row(what: str, unit: str, low: float, middle: float, high: float) -> dict[str, Any]:
        figures = {name: round(v, 1) for name, v in (("p5", low), ("p50", middle), ("p95", high))}
        return {**asdict(system), "what": what, "unit": unit, **figures}

    picture = np.concatenate([run["picture"] for run in runs])
    sound = np.concatenate([run["sound"] for run in runs])
    rows = []
    for name, values in (("screen", picture), ("speaker", sound), ("sync", picture - sound)):
        quantiles = np.percentile(values, (5, 50, 95)) if len(values) else [np.nan] * 3
        rows.append(row(_FROM_MICROPHONE[name], "ms", *quantiles))
    figures = [(name, what, "ms") for name, what in _STAGES.items()]
    figures += [(name, *what) for name, what in _HEALTH.items()]
    for name, what, unit in figures:
        values = [run[name] for run in runs]
        rows.append(row(what, unit, min(values), float(np.median(values)), max(values)))
    rows.append(row("syllables measured", "", *[len(picture)] * 3))
    return rows


if __name__ == "__main__":
    main()
