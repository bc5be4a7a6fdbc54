"""From nothing to feature files, step by step; a step whose result is in the cache is skipped.

``cache/speech/NAME.npz`` holds speech with phone times, ``cache/features/NAME.npz`` its augmented
log-mel frames and labels. Delete a file to have it made again.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from engine.face import Floats
from engine.timeline import SAMPLE_RATE
from models import corpus, speech_data
from models.augment import Labels, augmented, clatter, quiet
from models.corpus import PHONE_INDEX, Utterance
from models.dataset import FeatureFile, Source
from models.prose import SentenceSource
from models.synthesis import SECONDS_PER_SENTENCE, VOICES, SynthesiserMissing, Voice

SYNTHESISED_HOURS = 5.0
SYNTHESISED_RENDITIONS = 1
RECORDED_RENDITIONS = 4
RECORDED_WEIGHT = 2.5
"""Relative to synthesised speech, per hour of speech (not of renditions)."""

QUIET_MINUTES = 40
CLATTER_MINUTES = 60
STRETCH_S = 6.0

Say = Callable[[str], None]


def prepare(cache: Path, hours: float, say: Say, aligned: Path | None = None) -> list[Source]:
    """Make what is missing in ``cache``; the sources that training can draw from.

    ``aligned`` is the recordings' newer alignment, if there is one.
    """
    (cache / "features").mkdir(parents=True, exist_ok=True)
    sources = []
    recorded = _recorded(cache, aligned, say)
    if recorded is not None:
        weight = RECORDED_WEIGHT / RECORDED_RENDITIONS
        sources.append(Source("recorded", recorded, weight, 0.0))
    for voice, speech in synthesised(cache, hours, say):
        file = _features(cache, voice.name, speech, SYNTHESISED_RENDITIONS, say)
        weight = voice.weight / SYNTHESISED_RENDITIONS
        sources.append(Source(voice.name, file, weight, voice.shift_ms))
    sources.append(Source("quiet", _rooms(cache, "quiet", quiet, QUIET_MINUTES, say), 1.0, 0.0))
    clatters = _rooms(cache, "clatter", clatter, CLATTER_MINUTES, say)
    sources.append(Source("clatter", clatters, 1.0, 0.0))
    return sources


def synthesised(cache: Path, hours: float, say: Say) -> list[tuple[Voice, Path]]:
    """Each voice that this machine has, and its speech in the cache."""
    (cache / "speech").mkdir(parents=True, exist_ok=True)
    made = ((voice, _synthesised(cache, voice, hours, say)) for voice in VOICES)
    return [(voice, speech) for voice, speech in made if speech is not None]


def _synthesised(cache: Path, voice: Voice, hours: float, say: Say) -> Path | None:
    path = cache / "speech" / f"{voice.name}.npz"
    if path.exists():
        return path
    count = max(1, round(hours * voice.share * 3600 / SECONDS_PER_SENTENCE))
    seed = _seed(voice.name)
    try:
        sentences = SentenceSource(seed)
        utterances = voice.make(sentences, count, random.Random(seed))
    except SynthesiserMissing as missing:
        say(f"{voice.name}: skipped, {missing}")
        return None
    corpus.save(path, utterances)
    hours_made = sum(len(utterance.samples) for utterance in utterances) / SAMPLE_RATE / 3600
    say(f"{voice.name}: {hours_made:.2f} h of speech, from {sentences.summary}")
    return path


def _features(cache: Path, name: str, speech: Path, renditions: int, say: Say) -> Path:
    path = cache / "features" / f"{name}.npz"
    if not path.exists():
        _write(path, corpus.load(speech), renditions, say)
    return path


def _recorded(cache: Path, aligned: Path | None, say: Say) -> Path | None:
    path = cache / "features" / ("recorded.npz" if aligned is None else "recorded-aligned.npz")
    if not path.exists():
        try:
            utterances = speech_data.utterances(held_out=False, aligned=aligned)
        except FileNotFoundError as missing:
            say(f"recorded: skipped, {missing.filename} is not there")
            return None
        _write(path, utterances, RECORDED_RENDITIONS, say)
    return path


def _write(path: Path, utterances: Sequence[Utterance], renditions: int, say: Say) -> None:
    choice = np.random.default_rng(_seed(path.stem))
    rendered = (
        augmented(utterance, utterances, choice)
        for utterance in utterances
        for _ in range(renditions)
    )
    _save(path, rendered, say)


def _rooms(
    cache: Path,
    name: str,
    make: Callable[[float, np.random.Generator], Floats],
    minutes: float,
    say: Say,
) -> Path:
    """Stretches in which nobody speaks."""
    path = cache / "features" / f"{name}.npz"
    if not path.exists():
        choice = np.random.default_rng(_seed(name))
        rooms = (make(STRETCH_S, choice) for _ in range(int(minutes * 60 / STRETCH_S)))
        silence = PHONE_INDEX["SIL"]
        _save(path, ((room, np.full(len(room), silence, np.int8)) for room in rooms), say)
    return path


def _save(path: Path, rendered: Iterable[tuple[np.ndarray, Labels]], say: Say) -> None:
    file = FeatureFile.gather(rendered)
    file.save(path)
    say(f"{path.stem}: {len(file.labels) / 360_000:.2f} h of frames")


def _seed(name: str) -> int:
    return zlib.crc32(name.encode())
