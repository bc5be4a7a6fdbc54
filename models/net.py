"""The phoneme network: a causal temporal convolutional network (Bai, Kolter and Koltun 2018).

It runs at 20 ms steps on pairs of 10 ms log-mel frames. One trunk feeds several heads; the head
with a delay of d frames is trained to name the frames that lie d frames back, so it looks ahead
by d frames, and all look-aheads come out of one network at the cost of the widest output layer.

A step is computed as matrix products, a row for each stream. A convolution that gives one position
is the product of its taps with its weights, and a product for several streams reads the weights
once, where a convolution would read them for each: on a CPU that is most of what a step costs.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from engine.phones import PHONES
from engine.speech.features import MELS

FRAMES = 2
"""Log-mel frames in one step."""

FRAME_MS = 10
KERNEL = 3

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class NetConfig:
    """Shape of the network: trunk width, dilation of each block in steps, look-aheads in ms."""

    channels: int = 224
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 1, 2, 4, 8)
    heads_ms: tuple[int, ...] = (0, 20, 40, 60, 80, 120)

    @property
    def delays(self) -> tuple[int, ...]:
        """Delay of each head in 10 ms frames."""
        return tuple(ms // FRAME_MS for ms in self.heads_ms)

    @property
    def state_sizes(self) -> list[tuple[int, int]]:
        """(channels, steps) of the past that each convolution keeps, in order of use.

        In the flat state the oldest step of each lies first, so that a step moves whole blocks.
        """
        past = KERNEL - 1
        blocks = [(self.channels, past * dilation) for dilation in self.dilations]
        return [(FRAMES * MELS, past), *blocks]

    @property
    def state_size(self) -> int:
        """Floats in the flat state."""
        return sum(channels * steps for channels, steps in self.state_sizes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for checkpoints and the manifest."""
        return asdict(self)


class Stepping(Protocol):
    """A network that can be run step by step."""

    def step(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs and next state (N, S) for one step of features and state (N, S)."""
        ...


class CausalConv(nn.Module):
    """A dilated convolution with batch normalisation that sees the present and the past only."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        super().__init__()
        self.past = (KERNEL - 1) * dilation
        self.conv = nn.Conv1d(inputs, outputs, KERNEL, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, window: Tensor) -> Tensor:
        """(N, outputs, T) for a window (N, inputs, past + T)."""
        return functional.relu(self.norm(self.conv(window)))

    def step(self, taps: Tensor, _: Tensor) -> Tensor:
        """(N, outputs) for the KERNEL positions that it sees, side by side, oldest first."""
        return functional.relu(self.norm(product(self.conv, taps)))


class Block(nn.Module):
    """A residual block: dilated convolution, then a mixing of channels."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.causal = CausalConv(channels, channels, dilation)
        self.mix = nn.Conv1d(channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, window: Tensor) -> Tensor:
        """(N, channels, T) for a window (N, channels, past + T)."""
        present = window[:, :, self.causal.past :]
        return functional.relu(present + self.norm(self.mix(self.causal(window))))

    def step(self, taps: Tensor, present: Tensor) -> Tensor:
        """(N, channels) for the positions that the convolution sees; the last is ``present``."""
        mixed = product(self.mix, self.causal.step(taps, present))
        return functional.relu(present + self.norm(mixed))


class PhonemeNet(nn.Module):
    """Logits of 40 phones for each look-ahead, from raw log-mel frames."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(MELS))
        self.register_buffer("deviation", torch.ones(MELS))
        self.stem = CausalConv(FRAMES * MELS, config.channels)
        self.blocks = nn.ModuleList(Block(config.channels, d) for d in config.dilations)
        heads = len(config.heads_ms)
        self.heads = nn.Conv1d(config.channels, heads * FRAMES * len(PHONES), 1)

    def forward(self, features: Tensor) -> Tensor:
        """(N, heads, T, 40) logits for a whole signal (N, T, 40), T even; nothing before it."""
        hidden = over_whole(self.layers(), self.stack(features))
        return self.unstack(self.heads(hidden))

    def step(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Posteriors (N, heads, 2, 40) and next state (N, S) for one step (N, 2, 40)."""
        normal = ((features - self.mean) / self.deviation).reshape(-1, FRAMES * MELS)
        hidden, following = advance(self.layers(), self.config.state_sizes, normal, state)
        shape = (-1, len(self.config.heads_ms), FRAMES, len(PHONES))
        logits = product(self.heads, hidden).reshape(shape)
        return functional.softmax(logits, dim=-1), following

    def layers(self) -> Sequence[nn.Module]:
        """The layers that keep a past, in order."""
        return [self.stem, *self.blocks]

    def stack(self, features: Tensor) -> Tensor:
        """(N, 80, T / 2) normalised steps of frames (N, T, 40)."""
        normal = (features - self.mean) / self.deviation
        return normal.reshape(-1, features.shape[1] // FRAMES, FRAMES * MELS).transpose(1, 2)

    def unstack(self, outputs: Tensor) -> Tensor:
        """(N, heads, T, 40) from the heads' output (N, heads * 2 * 40, T / 2)."""
        heads = len(self.config.heads_ms)
        split = outputs.reshape(-1, heads, FRAMES, len(PHONES), outputs.shape[2])
        return split.permute(0, 1, 4, 2, 3).reshape(
            -1, heads, FRAMES * outputs.shape[2], len(PHONES)
        )


class Step(nn.Module):
    """A network as a function of one step and a flat state: what is exported."""

    def __init__(self, net: Stepping) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs and next state; see the network's ``step``."""
        return self.net.step(features, state)


def over_whole(layers: Sequence[nn.Module], hidden: Tensor) -> Tensor:
    """(N, C, T) through layers that keep a past, for a whole signal with nothing before it."""
    for layer in layers:
        hidden = layer(functional.pad(hidden, (past_of(layer), 0)))
    return hidden


def advance(
    layers: Sequence[nn.Module], sizes: Sequence[tuple[int, int]], hidden: Tensor, state: Tensor
) -> tuple[Tensor, Tensor]:
    """One step (N, C) through the same layers, with their pasts in a flat state (N, S).

    ``sizes`` are the (channels, steps) that each layer keeps. Returns what comes out and the next
    state.
    """
    following = []
    start = 0
    for layer, (channels, steps) in zip(layers, sizes, strict=True):
        stop = start + channels * steps
        apart = channels * past_of(layer) // (KERNEL - 1)
        past = [state[:, at : at + channels] for at in range(start, stop, apart)]
        following += [state[:, start + channels : stop], hidden]
        hidden = layer.step(torch.cat([*past, hidden], dim=1), hidden)  # type: ignore[operator]
        start = stop
    return hidden, torch.cat(following, dim=1)


def product(conv: nn.Conv1d, taps: Tensor) -> Tensor:
    """(N, outputs) at one position, where ``taps`` (N, kernel * inputs) lie, oldest first."""
    weight = conv.weight.transpose(1, 2).reshape(conv.out_channels, -1)
    return functional.linear(taps, weight, conv.bias)


def folded(net: Net) -> Net:
    """A copy in which each normalisation is part of the convolution before it.

    As it computes when it is not trained; statistics of what it will learn then change nothing.
    """
    net = copy.deepcopy(net).eval()
    for module in net.modules():
        name = "mix" if isinstance(module, Block) else "conv"
        norm = getattr(module, "norm", None)
        if isinstance(norm, nn.BatchNorm1d):
            setattr(module, name, fuse_conv_bn_eval(getattr(module, name), norm))
            module.norm = nn.Identity()
    return net


def past_of(layer: nn.Module) -> int:
    """Steps of the past that a layer with a causal convolution needs."""
    causal = layer.causal if isinstance(layer, Block) else layer
    assert isinstance(causal, CausalConv)
    return causal.past
