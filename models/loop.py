"""Training for a given time on one core, with a schedule, and resumed after an interruption."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

WARM_UP_STEPS = 100
LAST_RATE = 0.01
"""The rate at the end, relative to the highest."""

SAVE_EVERY_S = 120
REPORT_EVERY = 200
LARGEST_GRADIENT = 2.0

Say = Callable[[str], None]


@dataclass
class Progress:
    """How far training is: seconds spent and steps done."""

    seconds: float = 0.0
    steps: int = 0


@dataclass(frozen=True)
class Schedule:
    """``minutes`` of training, with a rate that rises to ``rate`` and falls like a cosine."""

    minutes: float
    rate: float

    def at(self, progress: Progress) -> float:
        """The learning rate now."""
        done = min(1.0, progress.seconds / (self.minutes * 60))
        cosine = 0.5 * (1 + math.cos(math.pi * done)) + LAST_RATE
        return self.rate * min(1.0, (progress.steps + 1) / WARM_UP_STEPS) * cosine


class Loop:
    """A network in training; what an interrupted run left in ``unfinished`` is taken up."""

    def __init__(self, net: nn.Module, schedule: Schedule, unfinished: Path, say: Say) -> None:
        self._net = net
        self._schedule = schedule
        self._unfinished = unfinished
        self._say = say
        self._optimiser = torch.optim.AdamW(net.parameters(), schedule.rate, weight_decay=1e-3)
        self.progress = self._resume()

    def run(self, loss_of_batch: Callable[[], Tensor]) -> None:
        """Steps until the time is up; ``loss_of_batch`` draws a batch and gives its loss."""
        progress, limit = self.progress, self._schedule.minutes * 60
        started = time.monotonic() - progress.seconds
        saved = progress.seconds
        running = math.nan
        self._net.train()
        while progress.seconds < limit:
            loss = self.step(loss_of_batch)
            running = loss if math.isnan(running) else 0.98 * running + 0.02 * loss
            progress.steps += 1
            progress.seconds = time.monotonic() - started
            if progress.steps % REPORT_EVERY == 0:
                minutes = progress.seconds / 60
                self._say(f"{minutes:.1f} min, step {progress.steps}, loss {running:.3f}")
            if progress.seconds - saved > SAVE_EVERY_S:
                self._suspend()
                saved = progress.seconds
        self._unfinished.unlink(missing_ok=True)
        self._net.eval()

    def step(self, loss_of_batch: Callable[[], Tensor]) -> float:
        """One batch; its loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._schedule.at(self.progress)
        loss = loss_of_batch()
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        return loss.item()

    def _suspend(self) -> None:
        part = self._unfinished.with_suffix(".part")
        state = {
            "net": self._net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            **vars(self.progress),
        }
        torch.save(state, part)
        part.replace(self._unfinished)

    def _resume(self) -> Progress:
        if not self._unfinished.exists():
            return Progress()
        saved = torch.load(self._unfinished, weights_only=True)
        self._net.load_state_dict(saved["net"])
        self._optimiser.load_state_dict(saved["optimiser"])
        self._say(f"going on from {saved['seconds'] / 60:.1f} min")
        return Progress(saved["seconds"], saved["steps"])
