"""Frames and labels on disk, and the random excerpts of them that training is shown."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.face import Floats
from engine.speech.features import MELS
from models.augment import Labels
from models.corpus import PHONE_INDEX, UNKNOWN
from models.metrics import VOWELS

WARM_UP = 90
"""Frames at the start of an excerpt that do not count: their past is missing (it is heard at run
time), unless the excerpt starts with quiet, as a session does."""

QUIET_START_SHARE = 0.35
QUIET_START_FRAMES = (4, 120)
HELD_SHARE, HELD_FRAMES, SHORTEST_HELD = 0.2, (20, 250), 6
"""Part of the excerpts in which a vowel is held, for how long, and how long it was at least: people
say "sooo" and "aaah", and sing; read speech has none of it."""

_VOWELS = frozenset(PHONE_INDEX[phone] for phone in VOWELS)
MASKED_SHARE = 0.3
MASKED_BANDS = 5
FRAME_MS = 10


@dataclass(frozen=True)
class FeatureFile:
    """``features`` (T, 40) float16 and ``labels`` (T,) int8 of many utterances end to end.

    ``starts`` are the frames at which utterances begin.
    """

    features: NDArray[np.float16]
    labels: Labels
    starts: NDArray[np.int64]

    @staticmethod
    def gather(rendered: Iterable[tuple[Floats, Labels]]) -> FeatureFile:
        """All the (features, labels) pairs in one."""
        pairs = [(frames.astype(np.float16), labels) for frames, labels in rendered]
        lengths = [len(labels) for _, labels in pairs]
        return FeatureFile(
            np.concatenate([frames for frames, _ in pairs]),
            np.concatenate([labels for _, labels in pairs]),
            np.cumsum([0, *lengths[:-1]]),
        )

    def save(self, path: Path) -> None:
        """Write to ``path`` (.npz), whole or not at all."""
        part = path.with_suffix(".part.npz")
        np.savez(part, features=self.features, labels=self.labels, starts=self.starts)
        part.replace(path)

    @staticmethod
    def load(path: Path) -> FeatureFile:
        """What :meth:`save` wrote."""
        with np.load(path) as data:
            return FeatureFile(data["features"], data["labels"], data["starts"])


@dataclass(frozen=True)
class Source:
    """A feature file and its part in training: see :class:`models.synthesis.Voice`."""

    name: str
    path: Path
    weight: float
    shift_ms: float


class Excerpts:
    """Random excerpts of all sources, by length times weight."""

    def __init__(self, sources: Sequence[Source], seed: int) -> None:
        self._choice = np.random.default_rng(seed)
        self._files = [FeatureFile.load(source.path) for source in sources]
        self._shifts = [source.shift_ms / FRAME_MS for source in sources]
        sizes = [
            len(file.labels) * source.weight
            for file, source in zip(self._files, sources, strict=True)
        ]
        self._odds = np.array(sizes) / sum(sizes)
        quiet = [source.name for source in sources].index("quiet")
        self._quiet = self._files[quiet]

    def statistics(self) -> tuple[Floats, Floats]:
        """(40,) mean and (40,) standard deviation of the features."""
        sample = np.concatenate([file.features[::50] for file in self._files]).astype(np.float32)
        return sample.mean(axis=0), sample.std(axis=0)

    def batch(self, size: int, frames: int) -> tuple[Floats, NDArray[np.int64]]:
        """Features (size, frames, 40) and labels (size, frames), UNKNOWN where not to count."""
        features = np.empty((size, frames, MELS), np.float32)
        labels = np.empty((size, frames), np.int64)
        for row in range(size):
            self._fill(features[row], labels[row])
        return features, labels

    def _fill(self, features: Floats, labels: NDArray[np.int64]) -> None:
        choice, frames = self._choice, len(labels)
        index = choice.choice(len(self._files), p=self._odds)
        file = self._files[index]
        quiet_frames = 0
        if choice.random() < QUIET_START_SHARE:
            quiet_frames = int(choice.integers(*QUIET_START_FRAMES))
            start = min(int(choice.choice(file.starts)), len(file.labels) - frames)
        else:
            start = int(choice.integers(len(file.labels) - frames))
        features[:] = file.features[start : start + frames]
        labels[:] = file.labels[self._shifted(index, start, frames)]
        if quiet_frames:
            self._begin_quietly(features, labels, quiet_frames)
        else:
            labels[:WARM_UP] = UNKNOWN
        if choice.random() < HELD_SHARE:
            order = with_a_sound_held(labels, choice)
            features[:], labels[:] = features[order], labels[order]
        if choice.random() < MASKED_SHARE:
            band = int(choice.integers(0, MELS - MASKED_BANDS))
            width = int(choice.integers(1, MASKED_BANDS + 1))
            features[:, band : band + width] = (features.min() + features.mean()) / 2

    def _shifted(self, index: int, start: int, frames: int) -> NDArray[np.int64]:
        """Where the labels of an excerpt are found: a shift of half a frame is rounded at random,
        so that it holds on average."""
        shift = int(np.floor(self._shifts[index] + self._choice.random()))
        last = len(self._files[index].labels) - 1
        return np.clip(np.arange(start, start + frames) - shift, 0, last)

    def _begin_quietly(self, features: Floats, labels: NDArray[np.int64], frames: int) -> None:
        """Put a quiet room before the speech, which moves towards the end by ``frames``."""
        features[frames:] = features[: len(features) - frames].copy()
        labels[frames:] = labels[: len(labels) - frames].copy()
        start = int(self._choice.integers(len(self._quiet.labels) - frames))
        features[:frames] = self._quiet.features[start : start + frames]
        labels[:frames] = PHONE_INDEX["SIL"]


def with_a_sound_held(labels: NDArray[np.int64], choice: np.random.Generator) -> NDArray[np.int64]:
    """(T,) which frame comes when, if somebody holds one of the vowels: its frames to and fro."""
    frames = len(labels)
    edges = np.flatnonzero(np.diff(labels, prepend=-2, append=-2))
    spans = [
        (int(start), int(stop))
        for start, stop in itertools.pairwise(edges)
        if labels[start] in _VOWELS and stop - start >= SHORTEST_HELD
    ]
    if not spans:
        return np.arange(frames)
    start, stop = spans[int(choice.integers(len(spans)))]
    core = np.arange(start + 1, stop - 1)
    there_and_back = np.concatenate([core, core[::-1]])
    held = np.resize(there_and_back, len(core) + int(choice.integers(*HELD_FRAMES)))
    return np.concatenate([np.arange(start + 1), held, np.arange(stop - 1, frames)])[:frames]
