"""Milliseconds of processor time per 20 ms of voice and per picture, stage by stage.

Process time, all threads: what a session costs its worker, whatever else the machine does. The
voice is a recording where recordings lie beside the checkout, and syllables made by formula
elsewhere; a silent or an artificial voice costs much the same, for no stage skips work.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.report import write_report
from benchmarks.speech import voice
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.speech.audio import INPUT_HOP, INPUT_RATE, PCM
from engine.stopwatch import Stopwatch

HEARING = ("resample", "vad", "prosody", "features", "phonemes")
BEFORE_RENDERING = (*HEARING, "articulation", "motion")
PER_HOP = (*BEFORE_RENDERING, "opus")
PER_FRAME = ("render", "encode")
_WARM_UP_HOPS = 50


def main(seconds: float = 20, look_ahead_ms: int = 60, json_path: Path | None = None) -> None:
    """Time a session of ``seconds`` at 512x512; print a table and write JSON if asked."""
    options = SessionOptions(look_ahead_ms=look_ahead_ms)
    spoken, kind = voice(seconds + _WARM_UP_HOPS * INPUT_HOP / INPUT_RATE)
    spent = _times(options, spoken)
    before = np.sum([spent[stage] for stage in BEFORE_RENDERING], axis=0)
    rows = [
        *(_row(stage, "20 ms hop", spent[stage]) for stage in BEFORE_RENDERING),
        _row("all before rendering", "20 ms hop", before),
        _row("opus", "20 ms hop", spent["opus"]),
        *(_row(stage, "frame", spent[stage]) for stage in PER_FRAME),
        _row("render and encode", "frame", np.sum([spent[stage] for stage in PER_FRAME], axis=0)),
    ]
    settings = {
        "voice": kind,
        "seconds": seconds,
        "look_ahead_ms": look_ahead_ms,
        "picture": f"{options.width}x{options.height}",
        "fps": options.fps,
        "video_codec": options.video_codec,
    }
    write_report("engine", settings, rows, json_path)


def _times(options: SessionOptions, spoken: PCM) -> dict[str, np.ndarray]:
    """Seconds of each stage, once per hop or per frame, after a second to warm up."""
    stopwatch = Stopwatch(time.process_time)
    session = Engine.load().session(options, stopwatch=stopwatch)
    for start in range(0, len(spoken) - INPUT_HOP + 1, INPUT_HOP):
        if start == _WARM_UP_HOPS * INPUT_HOP:
            stopwatch.seconds.clear()
        session.push(spoken[start : start + INPUT_HOP])
    session.close()
    return {stage: np.array(stopwatch.seconds[stage]) for stage in (*PER_HOP, *PER_FRAME)}


def _row(stage: str, unit: str, seconds: np.ndarray) -> dict[str, str | float]:
    median, high = np.quantile(seconds, [0.5, 0.95]) * 1000
    return {"stage": stage, "per": unit, "median_ms": float(median), "p95_ms": float(high)}


if __name__ == "__main__":
    main()
