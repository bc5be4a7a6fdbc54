"""Recorded utterances with the times of their phones, where the recordings lie beside the checkout.

``SPEECH`` holds one Ogg Opus file per speaker and ``index.jsonl``: file, start and duration in
seconds, and ``phones`` as [start, end, ARPAbet] relative to the utterance.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from engine.speech.audio import INPUT_RATE, PCM
from tests.conftest import SPEECH


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """Mono int16 at 48 kHz and its phones, seconds from its first sample."""

    pcm: PCM
    phones: tuple[tuple[float, float, str], ...]

    @property
    def spoken(self) -> tuple[float, float]:
        """Start of the first sound and end of the last one."""
        sounds = [(start, end) for start, end, name in self.phones if name != "SIL"]
        return sounds[0][0], sounds[-1][1]


@cache
def utterances(count: int) -> tuple[Utterance, ...]:
    """The first long enough utterance of each of ``count`` speakers; skips without recordings."""
    index = SPEECH / "index.jsonl"
    if not index.exists():
        pytest.skip("no speech recordings beside this checkout")
    rows = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    first = {row["file"]: row for row in reversed(rows) if row["duration"] > 3}
    files = sorted(first)
    chosen = [first[file] for file in files[:: max(1, len(files) // count)][:count]]
    return tuple(
        Utterance(
            _decoded(SPEECH / row["file"], row["start"], row["duration"]),
            tuple((start, end, name) for start, end, name in row["phones"]),
        )
        for row in chosen
    )


def _decoded(path: Path, start: float, duration: float) -> PCM:
    """A part of a recording."""
    first, last = (round(seconds * INPUT_RATE) for seconds in (start, start + duration))
    resampler = av.AudioResampler(format="s16", layout="mono", rate=INPUT_RATE)
    parts: list[PCM] = []
    held = 0
    with av.open(str(path)) as container:
        for decoded in container.decode(audio=0):
            for frame in resampler.resample(decoded):
                parts.append(frame.to_ndarray().reshape(-1))
                held += len(parts[-1])
            if held >= last:
                break
    return np.concatenate(parts)[first:last]
