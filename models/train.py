"""Train the phoneme network from nothing: ``python -m models.train --minutes 35``.

Synthesises and collects speech, makes features, trains on one core, exports, evaluates. Every
result stays in the cache, and a step whose result is there is skipped; training itself resumes
from its last checkpoint. What this machine lacks (a synthesiser, the recordings) is named and
done without.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from engine.phones import PHONES, VISEME_OF, viseme_matrix
from engine.runtime.weights import WEIGHTS
from models.corpus import UNKNOWN
from models.dataset import Excerpts, Source
from models.export import export, load_checkpoint, save_checkpoint
from models.net import NetConfig, PhonemeNet
from models.prepare import SYNTHESISED_HOURS, prepare

VERSION = "1.0"
LEARNING_RATE = 2e-3
WARM_UP_STEPS = 100
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

SAVE_EVERY_S = 120
REPORT_EVERY = 200


@dataclass
class Progress:
    """How far training is: seconds spent and steps done."""

    seconds: float = 0.0
    steps: int = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=35, help="training time (default 35)")
    parser.add_argument("--hours", type=float, default=SYNTHESISED_HOURS, help="speech to make")
    parser.add_argument("--cache", type=Path, default=Path("build/train"), help="working folder")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where the result goes")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    options.cache.mkdir(parents=True, exist_ok=True)
    checkpoint = options.cache / "phonemes.pt"
    if checkpoint.exists():
        _say(f"{checkpoint} is there: not trained again")
    else:
        sources = prepare(options.cache, options.hours, _say)
        save_checkpoint(train(sources, options.minutes, options.cache), checkpoint)
    export(load_checkpoint(checkpoint), VERSION, options.weights)
    _evaluate(options.weights)


def train(sources: Sequence[Source], minutes: float, cache: Path) -> PhonemeNet:
    """A network trained for ``minutes``; resumes what an interrupted run left in ``cache``."""
    torch.manual_seed(0)
    net = PhonemeNet(NetConfig())
    optimiser = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=1e-3)
    unfinished = cache / "unfinished.pt"
    progress = _resume(unfinished, net, optimiser)
    excerpts = Excerpts(sources, seed=progress.steps)
    if progress.steps == 0:
        mean, deviation = excerpts.statistics()
        net.mean.copy_(torch.from_numpy(mean))
        net.deviation.copy_(torch.from_numpy(deviation))
    weights = phone_weights()
    net.train()
    started = time.monotonic() - progress.seconds
    saved = progress.seconds
    running = math.nan
    while progress.seconds < minutes * 60:
        _set_rate(optimiser, progress, minutes * 60)
        loss = _train_step(net, optimiser, excerpts, weights)
        running = loss if math.isnan(running) else 0.98 * running + 0.02 * loss
        progress.steps += 1
        progress.seconds = time.monotonic() - started
        if progress.steps % REPORT_EVERY == 0:
            _say(f"{progress.seconds / 60:.1f} min, step {progress.steps}, loss {running:.3f}")
        if progress.seconds - saved > SAVE_EVERY_S:
            _suspend(unfinished, net, optimiser, progress)
            saved = progress.seconds
    unfinished.unlink(missing_ok=True)
    return net.eval()


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


def _train_step(
    net: PhonemeNet, optimiser: torch.optim.Optimizer, excerpts: Excerpts, weights: Tensor
) -> float:
    features, labels = excerpts.batch(EXCERPTS, FRAMES)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(torch.from_numpy(features))
    loss = loss_of(logits, torch.from_numpy(labels), net.config, weights)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimiser.step()
    return loss.item()


def _set_rate(optimiser: torch.optim.Optimizer, progress: Progress, seconds: float) -> None:
    """Linear warm-up, then a cosine to a hundredth."""
    cosine = 0.5 * (1 + math.cos(math.pi * progress.seconds / seconds)) + 0.01
    rate = LEARNING_RATE * min(1.0, (progress.steps + 1) / WARM_UP_STEPS) * cosine
    for group in optimiser.param_groups:
        group["lr"] = rate


def _suspend(
    path: Path, net: PhonemeNet, optimiser: torch.optim.Optimizer, progress: Progress
) -> None:
    part = path.with_suffix(".part")
    state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), **vars(progress)}
    torch.save(state, part)
    part.replace(path)


def _resume(path: Path, net: PhonemeNet, optimiser: torch.optim.Optimizer) -> Progress:
    if not path.exists():
        return Progress()
    saved = torch.load(path, weights_only=True)
    net.load_state_dict(saved["net"])
    optimiser.load_state_dict(saved["optimiser"])
    _say(f"going on from {saved['seconds'] / 60:.1f} min")
    return Progress(saved["seconds"], saved["steps"])


def _evaluate(weights: Path) -> None:
    from models.evaluate import evaluate_and_record

    try:
        evaluate_and_record(weights)
    except FileNotFoundError as missing:
        _say(f"not evaluated: {missing.filename} is not there")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
