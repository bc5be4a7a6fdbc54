"""The motion network: a causal temporal convolutional network from what is heard to the mouth.

It runs at 20 ms steps on pairs of 10 ms frames, like the phoneme network whose posteriors it
reads, and has a head for each look-ahead. Row r of step h of a head that looks ahead d frames is
the pose at media time (2h + 1 + r - d) * 10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.motion.articulation import ACOUSTICS
from engine.motion.channels import CONTACTS, WEIGHTS
from engine.phones import PHONES
from models.net import FRAME_MS, FRAMES, KERNEL, Block, CausalConv, advance, over_whole, product

DOUBT = 0.15
"""Share of its input that the network is not shown in training. Phones are surer on voices that the
phoneme network was trained on than on new ones, and no single one of them shall be relied on."""


@dataclass(frozen=True)
class MotionConfig:
    """Shape of the network; ``phoneme_heads_ms`` are those of the network that it reads."""

    channels: int = 96
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2)
    heads_ms: tuple[int, ...] = (0, 20, 40, 60, 80, 120, 160)
    phoneme_heads_ms: tuple[int, ...] = (0, 20, 40, 60, 80, 120)
    weights: tuple[str, ...] = WEIGHTS

    @property
    def features(self) -> int:
        """Values per 10 ms frame that go in."""
        return len(self.phoneme_heads_ms) * len(PHONES) + len(ACOUSTICS)

    @property
    def outputs(self) -> int:
        """Values per moment that come out: weights, then contacts."""
        return len(self.weights) + len(CONTACTS)

    @property
    def delays(self) -> tuple[int, ...]:
        """Delay of each head in 10 ms frames."""
        return tuple(ms // FRAME_MS for ms in self.heads_ms)

    @property
    def state_sizes(self) -> list[tuple[int, int]]:
        """(channels, steps) of the past that each convolution keeps, as in `NetConfig`."""
        past = KERNEL - 1
        return [(self.channels, past * dilation) for dilation in (1, *self.dilations)]

    @property
    def state_size(self) -> int:
        """Floats in the flat state."""
        return sum(channels * steps for channels, steps in self.state_sizes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for checkpoints and the manifest."""
        return asdict(self)


class MotionNet(nn.Module):
    """Weights (not yet clamped) and logits of contacts for each look-ahead."""

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        self.config = config
        self.doubt = nn.Dropout(DOUBT)
        self.entry = nn.Conv1d(FRAMES * config.features, config.channels, 1)
        self.stem = CausalConv(config.channels, config.channels)
        self.blocks = nn.ModuleList(Block(config.channels, d) for d in config.dilations)
        self.heads = nn.Conv1d(config.channels, len(config.heads_ms) * FRAMES * config.outputs, 1)
        with torch.no_grad():  # poses are small: training begins at a mouth that hardly moves
            self.heads.weight.mul_(0.1)
            self.heads.bias.zero_()

    def forward(self, features: Tensor) -> Tensor:
        """(N, heads, T, outputs) for whole signals (N, T, features), T even; quiet before them."""
        hidden = over_whole(self.layers(), self.enter(self.doubt(features)))
        return self.unstack(self.heads(hidden))

    def step(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Poses (N, heads, 2, outputs), weights and probabilities in [0, 1], and next state."""
        config = self.config
        entered = product(self.entry, features.reshape(-1, FRAMES * config.features)).relu()
        hidden, following = advance(self.layers(), config.state_sizes, entered, state)
        said = product(self.heads, hidden)
        shape = (-1, len(config.heads_ms), FRAMES, config.outputs)
        return self.bounded(said.reshape(shape)), following

    def bounded(self, outputs: Tensor) -> Tensor:
        """Weights clamped to [0, 1], contacts as probabilities."""
        count = len(self.config.weights)
        weights = outputs[..., :count].clamp(0, 1)
        return torch.cat([weights, outputs[..., count:].sigmoid()], dim=-1)

    def enter(self, features: Tensor) -> Tensor:
        """(N, channels, T / 2) of frames (N, T, features)."""
        pairs = features.reshape(-1, features.shape[1] // FRAMES, FRAMES * features.shape[2])
        return functional.relu(self.entry(pairs.transpose(1, 2)))

    def layers(self) -> Sequence[nn.Module]:
        """The layers that keep a past, in order."""
        return [self.stem, *self.blocks]

    def unstack(self, outputs: Tensor) -> Tensor:
        """(N, heads, T, outputs) from the heads' output (N, heads * 2 * outputs, T / 2)."""
        heads, width = len(self.config.heads_ms), self.config.outputs
        split = outputs.reshape(-1, heads, FRAMES, width, outputs.shape[2])
        return split.permute(0, 1, 4, 2, 3).reshape(-1, heads, FRAMES * outputs.shape[2], width)
