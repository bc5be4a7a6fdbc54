"""How the motion network learns: excerpts of what was heard and of the mouth that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.avatar.lips import LipMeasure
from engine.avatar.rig import load_head
from engine.face import Floats
from engine.motion.articulation import ACOUSTICS
from engine.motion.channels import CHANNELS, CONTACTS, WEIGHTS, arkit_matrix
from engine.phones import PHONES
from models.loop import Loop, Say, Schedule
from models.metrics import VOWELS
from models.motion_data import MotionFile
from models.motion_net import MotionConfig, MotionNet

LEARNING_RATE = 3e-3
FINE_TUNING_RATE = 3e-4
EXCERPTS, FRAMES = 24, 400
WARM_UP = 100
"""Frames at the start of an excerpt that do not count: their past is missing."""

CHANNEL_WEIGHT = {"jawOpen": 4.0, "mouthPucker": 2.0, "mouthFunnel": 2.0, "mouthClose": 3.0}
"""How much an error in a channel is seen, against 1 for the others."""

LIPS_SHARE = 2.0
"""Part of the loss that compares the lips' geometry, against 1 for the channels."""

VELOCITY_SHARE = 4.0
"""Part that compares changes from frame to frame: dynamics, not only positions."""

CONTACT_SHARE = 0.1
HELD_SHARE, HELD_STEPS = 0.2, (5, 90)
"""Part of the excerpts in which a vowel is held for so many steps of 20 ms: people sing, and say
"aaah"; read speech has none of it."""

_IS_VOWEL = np.array([phone in VOWELS for phone in PHONES])
_CONTACT_WEIGHT = torch.tensor([1.5, 1.0, 1.0])


@dataclass(frozen=True)
class MotionSource:
    """A file and how often training picks it, relative to its length."""

    name: str
    path: Path
    weight: float


class MotionExcerpts:
    """Random excerpts of all sources, by length times weight."""

    def __init__(self, sources: Sequence[MotionSource], seed: int) -> None:
        self._choice = np.random.default_rng(seed)
        self._files = [MotionFile.load(source.path) for source in sources]
        sizes = [
            len(file.features) * source.weight
            for file, source in zip(self._files, sources, strict=True)
        ]
        self._odds = np.array(sizes) / sum(sizes)

    def batch(self, size: int, frames: int) -> tuple[Floats, Floats]:
        """Features (size, frames, F) and targets (size, frames, K), NaN where unknown."""
        drawn = [self._excerpt(frames) for _ in range(size)]
        features, targets = zip(*drawn, strict=True)
        return np.stack(features).astype(np.float32), np.stack(targets).astype(np.float32)

    def _excerpt(self, frames: int) -> tuple[Floats, Floats]:
        file = self._files[self._choice.choice(len(self._files), p=self._odds)]
        # A step of the network is two frames: excerpts begin where steps do.
        start = 2 * int(self._choice.integers((len(file.features) - frames) // 2))
        stop = start + frames
        order = np.arange(frames)
        if self._choice.random() < HELD_SHARE:
            order = _with_a_vowel_held(file.features[start:stop], self._choice)
        return file.features[start:stop][order], file.targets[start:stop][order]


def _with_a_vowel_held(
    features: NDArray[np.float16], choice: np.random.Generator
) -> NDArray[np.int64]:
    """(T,) which frame comes when, if somebody holds a vowel on which all heads agree."""
    frames = len(features)
    heads = features[:, : -len(ACOUSTICS)].reshape(frames, -1, len(PHONES)).argmax(axis=2)
    vowel = _IS_VOWEL[heads[:, 0]] & (heads == heads[:, :1]).all(axis=1)
    steps = np.flatnonzero(vowel[0::2] & vowel[1::2])
    if not len(steps):
        return np.arange(frames)
    at = 2 * int(choice.choice(steps))
    held = np.tile([at, at + 1], int(choice.integers(*HELD_STEPS)))
    return np.concatenate([np.arange(at), held, np.arange(at, frames)])[:frames]


def train(
    sources: Sequence[MotionSource],
    minutes: float,
    cache: Path,
    say: Say,
    start: MotionNet | None = None,
) -> MotionNet:
    """A network trained for ``minutes``, from nothing or, more gently, from ``start``."""
    torch.manual_seed(0)
    net = start or MotionNet(MotionConfig())
    rate = FINE_TUNING_RATE if start else LEARNING_RATE
    loop = Loop(net, Schedule(minutes, rate), cache / "unfinished-motion.pt", say)
    excerpts = MotionExcerpts(sources, seed=loop.progress.steps)
    loop.run(lambda: batch_loss(net, excerpts))
    return net


def batch_loss(net: MotionNet, excerpts: MotionExcerpts) -> Tensor:
    """The loss on a fresh batch."""
    features, targets = excerpts.batch(EXCERPTS, FRAMES)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = net(torch.from_numpy(features))
    return loss_of(outputs.float(), torch.from_numpy(targets), net.config)


def loss_of(outputs: Tensor, targets: Tensor, config: MotionConfig) -> Tensor:
    """Distance of outputs (N, heads, T, K) from the poses (N, T, K) that each head speaks of."""
    unknown = torch.nan
    due = [functional.pad(targets, (0, 0, d, -d), value=unknown) for d in config.delays]
    true = torch.stack(due, 1)[:, :, WARM_UP:]
    said = outputs[:, :, WARM_UP:]
    known = ~true.isnan()
    true = torch.where(known, true, said.detach())
    count = len(config.weights)
    error = (said[..., :count] - true[..., :count]) * known[..., :count]
    scale = channel_weights(config)
    place = (scale * error.square()).mean()
    velocity = (scale * error.diff(dim=2).square()).mean()
    whole = known[..., :count].all(dim=-1, keepdim=True)
    lips = ((error * whole) @ lips_matrix(config.weights)).square().mean()
    contacts = functional.binary_cross_entropy_with_logits(
        said[..., count:], true[..., count:].clamp(0, 1), reduction="none"
    )
    contact = (contacts * known[..., count:] * _CONTACT_WEIGHT).mean()
    return place + VELOCITY_SHARE * velocity + LIPS_SHARE * lips + CONTACT_SHARE * contact


def channel_weights(config: MotionConfig) -> Tensor:
    """(weights,) how much an error in each channel counts."""
    return torch.tensor([CHANNEL_WEIGHT.get(name, 1.0) for name in config.weights])


@lru_cache(maxsize=2)
def lips_matrix(weights: tuple[str, ...] = WEIGHTS) -> Tensor:
    """(weights, 3): aperture, rounding and labiodental of the default head's lips per unit of each
    channel, by small changes around an ordinary open mouth."""
    measure = LipMeasure(load_head())
    ordinary = np.full(len(weights), 0.05, np.float32)
    ordinary[weights.index("jawOpen")] = 0.3
    step = 0.1
    moved = np.concatenate([ordinary[None], ordinary + step * np.eye(len(weights))])
    lips = measure.measure((moved @ arkit_matrix(weights)).astype(np.float32))
    series = np.stack([lips["aperture"], lips["rounding"], lips["labiodental"]], axis=1)
    return torch.from_numpy(((series[1:] - series[0]) / step).astype(np.float32))


assert len(CONTACTS) == len(_CONTACT_WEIGHT)
assert CHANNELS == WEIGHTS + CONTACTS
