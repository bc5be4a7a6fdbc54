"""Delays that were put in are read out again, with the engine's own mouth as the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from benchmarks import latency, syllables
from benchmarks.browser import Recording
from tests.benchmarks.test_syllables import aperture, half_open_ms

FRAME_S = 1 / 25
CLOCK_S = 1_700_000_000.0
_BUFFER = ("jitterBufferDelay", "jitterBufferEmittedCount")
COUNTS = {
    "audio": (*_BUFFER, "concealedSamples"),
    "video": (*_BUFFER, "framesDecoded", "totalDecodeTime", "totalFreezesDuration"),
}


@dataclass(frozen=True)
class Heard:
    """Some seconds of the benchmark's voice, and what the engine's mouth does."""

    pcm: np.ndarray
    openings: list[float]
    times: np.ndarray
    aperture: np.ndarray


@pytest.fixture(scope="module")
def heard() -> Heard:
    pcm, openings = syllables.train(12)
    return Heard(pcm, openings, *aperture(pcm, 60))


def recording(heard: Heard, sound_s: float, picture_s: float) -> Recording:
    """A visit in which the voice and the picture came so late."""
    blocks = heard.pcm[: len(heard.pcm) // 240 * 240].reshape(-1, 240) / 32768
    level = np.sqrt(np.mean(blocks**2, axis=1))
    at = CLOCK_S + np.arange(1, len(level) + 1) * 0.005
    centres = np.arange(FRAME_S / 2, heard.times[-1], FRAME_S)
    dark = 0.12 * np.interp(centres, heard.times, heard.aperture)
    shown = CLOCK_S + centres - FRAME_S / 2 + picture_s
    frames = np.column_stack([shown, dark, shown, shown])
    microphone, speaker = np.column_stack([at, level]), np.column_stack([at + sound_s, level])
    stats = (_stats(0, 0.0), _stats(100, 10_000.0))
    return Recording(microphone, speaker, frames, stats, {}, 0.5)


def _stats(count: int, at_ms: float) -> dict[str, Any]:
    counts = {kind: dict.fromkeys(names, count) for kind, names in COUNTS.items()}
    return {"at": at_ms, **counts}


@pytest.mark.parametrize(("sound_s", "picture_s"), [(0.05, 0.06), (0.18, 0.17), (0.4, 0.55)])
def test_delays_of_voice_and_mouth_are_found(
    heard: Heard, sound_s: float, picture_s: float
) -> None:
    pose_ms, _ = half_open_ms(heard.times, heard.aperture, heard.openings)
    visit = recording(heard, sound_s, picture_s)
    found = latency.analyse(visit, float(np.median(pose_ms)) / 1000, FRAME_S)
    after_the_warm_up = [o for o in heard.openings if o - syllables.OPENING_S > 4]
    assert len(found["picture"]) == len(after_the_warm_up) > 4
    assert np.median(found["sound"]) == pytest.approx(1000 * sound_s, abs=3)
    assert np.median(found["picture"]) == pytest.approx(1000 * picture_s, abs=15)


def test_the_rise_is_the_one_to_the_widest_opening() -> None:
    times = np.arange(12) / 10
    values = np.array([0, 0.6, 0.6, 0, 0, 0.2, 0.8, 1.0, 0.9, 0.6, 0.1, 0])
    assert latency.rise(times, values) == pytest.approx(0.55)


@pytest.mark.parametrize("values", [np.full(9, 0.3), np.linspace(1, 0, 9)])
def test_what_does_not_open_has_no_rise(values: np.ndarray) -> None:
    assert np.isnan(latency.rise(np.arange(9) / 10, values))


def test_the_table_has_a_column_for_each_system_and_fits(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    systems = [latency.System("visavis", 60), latency.System("visavis", 0)]
    systems.append(latency.System("aiortc", 60))
    rows = []
    for number, system in enumerate(systems):
        run = dict.fromkeys(latency._STAGES, 10.0 + number) | dict.fromkeys(latency._HEALTH, 1.0)
        run |= {"picture": [150.0 + number, 160.0], "sound": [155.0, 165.0], "rtt_ms": float("nan")}
        rows += latency._rows(system, [run])
    latency.side_by_side(systems, rows)
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    assert "over aiortc" in told and "155 (150 – 160)" in told and "–" in told
    assert told.count("microphone to screen") == 1 and "click to first frame" in told
    ours = [row for row in rows if row["what"] == "· decoding a picture"]
    assert [row["p50"] for row in ours] == [10.0, 11.0, 12.0]
    assert [row["server"] for row in ours] == ["visavis", "visavis", "aiortc"]
