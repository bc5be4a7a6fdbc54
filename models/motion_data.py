"""What the motion network is shown: speech heard as a session hears it, and the mouth that goes
with it.

Utterances of one speaker are joined with pauses into streams, altered like a room and a microphone
would, and heard hop by hop through the engine's own hearing. The mouth comes from the teacher on
the exact phone times, or from capture, whose unknown channels are NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from engine.face import Floats
from engine.motion.articulation import features_of
from engine.phones import PHONES
from engine.speech.features import LogMel
from engine.speech.hearing import Hearing
from engine.speech.phonemes import PhonemeModel, priming_frames
from engine.stopwatch import Stopwatch
from engine.timeline import HOP, MOTION_HOP, SAMPLE_RATE
from models.augment import altered
from models.corpus import Segment, Utterance
from models.net import PhonemeNet
from models.teacher import teach

STREAM_S = 25.0
PAUSE_S = (0.15, 1.6)
LEAD_S = (0.3, 1.5)
"""Quiet before a stream and after it."""

FRAMES_PER_HOP = 2


@dataclass(frozen=True)
class Shown:
    """``features`` (T, F) as :func:`engine.motion.articulation.features_of` gives them, frame by
    frame, and ``targets`` (T, len(CHANNELS)): row t is the pose at media time (t + 1) * 10 ms."""

    features: Floats
    targets: Floats


@dataclass(frozen=True)
class MotionFile:
    """Many streams end to end, as float16, and the frames at which they begin."""

    features: NDArray[np.float16]
    targets: NDArray[np.float16]
    starts: NDArray[np.int64]

    @staticmethod
    def gather(shown: Iterable[Shown]) -> MotionFile:
        """All of them in one."""
        pairs = [(s.features.astype(np.float16), s.targets.astype(np.float16)) for s in shown]
        lengths = [len(features) for features, _ in pairs]
        return MotionFile(
            np.concatenate([features for features, _ in pairs]),
            np.concatenate([targets for _, targets in pairs]),
            np.cumsum([0, *lengths[:-1]]),
        )

    def save(self, path: Path) -> None:
        """Write to ``path`` (.npz), whole or not at all."""
        part = path.with_suffix(".part.npz")
        np.savez(part, features=self.features, targets=self.targets, starts=self.starts)
        part.replace(path)

    @staticmethod
    def load(path: Path) -> MotionFile:
        """What :meth:`save` wrote."""
        with np.load(path) as data:
            return MotionFile(data["features"], data["targets"], data["starts"])


def shown(
    net: PhonemeNet, utterance: Utterance, others: Sequence[Utterance], choice: Generator
) -> Shown:
    """A stream through a random room and microphone, and the teacher's mouth for it."""
    sound, segments = altered(utterance, others, choice)
    features, effort = heard(in_one_go(net, sound), sound)
    return Shown(features, poses(teach(segments, len(features) + 1, np.append(effort, effort[-1]))))


def inputs(samples: NDArray[np.int16]) -> Floats:
    """(T, F) features of a recording, int16 at 16 kHz, by the shipped phoneme network."""
    return heard(_shipped(), samples.astype(np.float32) / 32768)[0]


def heard(model: PhonemeModel, sound: Floats) -> tuple[Floats, Floats]:
    """(T, F) features of ``sound`` at 16 kHz and (T,) effort, T even: whole hops only."""
    hearing = Hearing(model, Stopwatch())
    features, effort = [], []
    for start in range(0, len(sound) - HOP + 1, HOP):
        hop = hearing.analyse(sound[start : start + HOP].astype(np.float32))
        features.append(features_of(hop))
        effort.append(hop.prosody.effort)
    return np.concatenate(features), np.repeat(np.array(effort, np.float32), FRAMES_PER_HOP)


def in_one_go(net: PhonemeNet, sound: Floats) -> PhonemeModel:
    """A model that has already heard ``sound`` and gives its posteriors step by step: what the
    network itself would say, many times faster."""
    frames = len(sound) // HOP * FRAMES_PER_HOP
    features = LogMel().push(sound[: frames * MOTION_HOP].astype(np.float32))
    whole = np.concatenate([priming_frames(), features])
    with torch.no_grad():
        posteriors = net(torch.from_numpy(whole)[None]).softmax(dim=-1)[0].numpy()
    said = posteriors[:, -frames:].reshape(len(posteriors), -1, FRAMES_PER_HOP, len(PHONES))
    nothing = np.zeros((1, 0), np.float32)
    return PhonemeModel(_Replay(said.swapaxes(0, 1)), net.config.heads_ms, nothing)


class _Replay:
    """A stepped model whose answers, (steps, heads, 2, 40), are known beforehand."""

    backend, batches = "known", (1, 1)

    def __init__(self, answers: Floats) -> None:
        self._answers = iter(answers)

    def initial_state(self, streams: int) -> Floats:
        return np.zeros((streams, 0), np.float32)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        return next(self._answers)[None], state


def poses(curves: Floats) -> Floats:
    """(T, K) poses at frame edges (t + 1) * 10 ms from (T + 1, K) curves at frame centres."""
    between: Floats = (curves[:-1] + curves[1:]) / 2
    return between


def streams(utterances: Sequence[Utterance], choice: Generator) -> Iterator[Utterance]:
    """Utterances of a speaker joined, with pauses, into streams of some 25 s."""
    joined: list[Utterance] = []
    length = 0.0
    for utterance in utterances:
        if joined and (joined[0].speaker != utterance.speaker or length > STREAM_S):
            yield _joined(joined, choice)
            joined, length = [], 0.0
        joined.append(utterance)
        length += len(utterance.samples) / SAMPLE_RATE
    if joined:
        yield _joined(joined, choice)


def _joined(utterances: Sequence[Utterance], choice: Generator) -> Utterance:
    parts: list[NDArray[np.int16]] = []
    segments: list[Segment] = []
    at = 0.0

    def rest(seconds: float) -> None:
        nonlocal at
        samples = np.zeros(round(seconds * SAMPLE_RATE), np.int16)
        parts.append(samples)
        segments.append(Segment(at, at + len(samples) / SAMPLE_RATE, "SIL"))
        at = segments[-1].end

    rest(choice.uniform(*LEAD_S))
    for utterance in utterances:
        parts.append(utterance.samples)
        segments += [Segment(s.start + at, s.end + at, s.phone) for s in utterance.segments]
        at += len(utterance.samples) / SAMPLE_RATE
        rest(choice.uniform(*PAUSE_S))
    rest(choice.uniform(*LEAD_S))
    return Utterance(np.concatenate(parts), segments, utterances[0].speaker)


@lru_cache(maxsize=1)
def _shipped() -> PhonemeModel:
    return PhonemeModel.load()
