"""Speech with phone times: what synthesisers and recordings become, and how it is kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.face import Floats
from engine.phones import PHONES
from engine.timeline import MOTION_HOP, SAMPLE_RATE

PHONE_INDEX = {phone: index for index, phone in enumerate(PHONES)}
UNKNOWN = -1
"""Label of a frame whose phone is not known; it does not count in training or evaluation."""


class Segment(NamedTuple):
    """A phone and when it sounds, in seconds."""

    start: float
    end: float
    phone: str


@dataclass(frozen=True)
class Utterance:
    """``samples`` int16 at 16 kHz and the phones in them, in order."""

    samples: NDArray[np.int16]
    segments: Sequence[Segment]
    speaker: str

    @property
    def floats(self) -> Floats:
        """The samples as float32 in [-1, 1]."""
        return self.samples.astype(np.float32) / 32768


def frame_labels(segments: Sequence[Segment], frames: int) -> NDArray[np.int8]:
    """(frames,) phone index at each 10 ms frame's centre; UNKNOWN where no segment is."""
    labels = np.full(frames, UNKNOWN, np.int8)
    per_second = SAMPLE_RATE / MOTION_HOP
    for segment in segments:
        first, stop = (
            min(max(int(np.ceil(edge * per_second - 0.5)), 0), frames)
            for edge in (segment.start, segment.end)
        )
        labels[first:stop] = PHONE_INDEX[segment.phone]
    return labels


def save(path: Path, utterances: Sequence[Utterance]) -> None:
    """Write utterances to ``path`` (.npz), whole or not at all."""
    rows = [
        (index, segment.start, segment.end, PHONE_INDEX[segment.phone])
        for index, utterance in enumerate(utterances)
        for segment in utterance.segments
    ]
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        samples=np.concatenate([utterance.samples for utterance in utterances]),
        lengths=np.array([len(utterance.samples) for utterance in utterances]),
        speakers=np.array([utterance.speaker for utterance in utterances]),
        segments=np.array(rows, np.float64),
    )
    part.replace(path)


def load(path: Path) -> list[Utterance]:
    """The utterances in a file that :func:`save` wrote."""
    with np.load(path) as data:
        samples, lengths = data["samples"], data["lengths"]
        speakers, rows = data["speakers"], data["segments"]
    stops = np.cumsum(lengths)
    bounds = np.searchsorted(rows[:, 0], np.arange(len(lengths) + 1))
    return [
        Utterance(
            samples[stop - length : stop],
            [
                Segment(float(row[1]), float(row[2]), PHONES[int(row[3])])
                for row in rows[bounds[index] : bounds[index + 1]]
            ],
            str(speakers[index]),
        )
        for index, (stop, length) in enumerate(zip(stops, lengths, strict=True))
    ]
