"""How the phoneme network learns: what it is shown, and what counts how much."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from engine.phones import PHONES, VISEME_OF, viseme_matrix
from models.corpus import UNKNOWN
from models.dataset import Excerpts, Source
from models.loop import Loop, Say, Schedule
from models.net import NetConfig, PhonemeNet

LEARNING_RATE = 2e-3
LATER_RATE = 1.2e-3
"""Of a network that has been trained before and is shown better labels."""

EXCERPTS, FRAMES = 16, 600
LABEL_SMOOTHING = 0.05
VISEME_WEIGHT = {"PP": 1.8, "FF": 1.6, "TH": 1.3, "SIL": 0.6}
"""Frames of lip sounds count more, since the eye misses a closure sooner than any other error;
silence counts less, since a mouth that stops in mid-word is worse than one that closes late."""

HEAD_WEIGHT = {0: 0.6, 20: 0.8}
"""The head without look-ahead guesses more than it hears; it shall not rule the trunk."""

VISEME_SHARE = 0.5
"""Part of the loss that asks for the viseme, against 1 for the phone."""

_VISEMES = torch.from_numpy(viseme_matrix())
_VISEME_INDEX = _VISEMES.argmax(dim=1)


def train(
    sources: Sequence[Source],
    minutes: float,
    cache: Path,
    say: Say,
    start: PhonemeNet | None = None,
) -> PhonemeNet:
    """A network trained for ``minutes``, from nothing or from ``start``.

    Resumes what an interrupted run left in ``cache``.
    """
    torch.manual_seed(0)
    net = start or PhonemeNet(NetConfig())
    rate = LATER_RATE if start else LEARNING_RATE
    loop = Loop(net, Schedule(minutes, rate), cache / "unfinished.pt", say)
    excerpts = Excerpts(sources, seed=loop.progress.steps)
    if start is None and loop.progress.steps == 0:
        mean, deviation = excerpts.statistics()
        net.mean.copy_(torch.from_numpy(mean))
        net.deviation.copy_(torch.from_numpy(deviation))
    loop.run(lambda: batch_loss(net, excerpts))
    return net


def batch_loss(net: PhonemeNet, excerpts: Excerpts) -> Tensor:
    """The loss on a fresh batch."""
    features, labels = excerpts.batch(EXCERPTS, FRAMES)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(torch.from_numpy(features))
    return loss_of(logits, torch.from_numpy(labels), net.config, phone_weights())


def phone_weights() -> Tensor:
    """(40,) how much a frame of each phone counts."""
    return torch.tensor([VISEME_WEIGHT.get(VISEME_OF[phone], 1.0) for phone in PHONES])


def loss_of(logits: Tensor, labels: Tensor, config: NetConfig, weights: Tensor) -> Tensor:
    """Cross-entropy of phones and of visemes between logits (N, heads, T, 40) and labels (N, T).

    A head with a delay of d frames speaks at frame t about frame t - d. The viseme's part makes a
    confusion that can be seen cost more than one that cannot.
    """
    true = torch.stack([functional.pad(labels, (d, -d), value=UNKNOWN) for d in config.delays], 1)
    counted = (true >= 0).float() * _head_shares(config)
    true = true.clamp(min=0)
    scale = counted * weights[true]
    logarithms = functional.log_softmax(logits.float(), dim=-1)
    said = logarithms.gather(-1, true[..., None])[..., 0]
    phone = (1 - LABEL_SMOOTHING) * said + LABEL_SMOOTHING * logarithms.mean(dim=-1)
    alike = logarithms.exp() @ _VISEMES
    viseme = alike.gather(-1, _VISEME_INDEX[true][..., None])[..., 0].clamp(min=1e-4).log()
    return -((phone + VISEME_SHARE * viseme) * scale).sum() / scale.sum().clamp(min=1e-6)


def _head_shares(config: NetConfig) -> Tensor:
    """(heads, 1) how much each head counts."""
    return torch.tensor([[HEAD_WEIGHT.get(ms, 1.0)] for ms in config.heads_ms])
