"""What a motion network learns from in a capture, and how well it has learnt it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.avatar.lips import LipMeasure
from engine.avatar.rig import Head
from engine.face import Floats
from engine.motion.articulation import ACOUSTICS
from engine.motion.channels import CHANNELS, CONTACTS, arkit_matrix
from engine.phones import PHONES
from models.capture.cleaning import Take
from models.metrics import auc
from models.motion_data import Shown
from models.motion_net import MotionNet

HELD_OUT = 0.1
"""The end of every take, on which nothing is learnt and everything is measured."""

LOOK_AHEAD_MS = 60
_SURE_LABIAL, _SURE_OTHER = 0.6, 0.05
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Lesson:
    """A take, heard: ``features`` (T, F), ``captured`` and ``targets`` (T, len(CHANNELS)).

    Row t is the pose at media time (t + 1) * 10 ms. ``captured`` is NaN where the take shows
    nothing; there ``targets`` are what the network itself does that is to learn (learning without
    forgetting: Li and Hoiem 2016).
    """

    features: Floats
    captured: Floats
    targets: Floats

    @property
    def learnt(self) -> int:
        """Rows that may be learnt from, an even number."""
        return int(len(self.features) * (1 - HELD_OUT)) // 2 * 2

    def shown(self) -> Shown:
        """The part to learn from."""
        return Shown(self.features[: self.learnt], self.targets[: self.learnt])

    def held_out(self) -> Floats:
        """``captured``, but for what is learnt."""
        captured = self.captured.copy()
        captured[: self.learnt] = np.nan
        return captured


def lesson(take: Take, features: Floats, net: MotionNet) -> Lesson:
    """``take`` heard as ``features`` (T, F), and what ``net`` does where it shows nothing."""
    captured = np.full((len(features), len(CHANNELS)), np.nan, np.float32)
    rows = take.targets[1 : len(features) + 1]
    captured[: len(rows)] = rows
    own = perform(net, features, max(net.config.heads_ms))
    return Lesson(features, captured, np.where(np.isnan(captured), own, captured))


def perform(net: MotionNet, features: Floats, look_ahead_ms: int) -> Floats:
    """(T, len(CHANNELS)) what ``net`` does with a look-ahead; NaN where it has not heard enough."""
    delays, heads = net.config.delays, net.config.heads_ms
    head = max((i for i, ms in enumerate(heads) if ms <= look_ahead_ms), default=0)
    net.eval()
    with torch.no_grad():
        outputs = net.bounded(net(torch.from_numpy(features[None])))[0, head].numpy()
    poses = np.full_like(outputs, np.nan)
    poses[: len(outputs) - delays[head]] = outputs[delays[head] :]
    return poses


@dataclass(frozen=True, slots=True)
class Marks:
    """How a network does.

    ``channels``: correlation and RMS error of each channel that was captured, in the held-out
    parts. ``closures``: area under the ROC curve of the lips' opening telling /p b m/ from other
    sounds, by what the phoneme network hears, in whole takes, since closures are no target and
    rare; None if there are too few.
    """

    channels: dict[str, tuple[float, float]]
    closures: float | None


def examine(net: MotionNet, lessons: Sequence[Lesson], head: Head) -> Marks:
    """The marks of ``net`` at 60 ms of look-ahead."""
    said = np.concatenate([perform(net, one.features, LOOK_AHEAD_MS) for one in lessons])
    truth = np.concatenate([one.held_out() for one in lessons])
    channels = {}
    for column, name in enumerate(CHANNELS):
        known = np.isfinite(truth[:, column]) & np.isfinite(said[:, column])
        true, done = truth[known, column], said[known, column]
        if known.sum() < _FEWEST or true.std() < 1e-3:
            continue
        related = float(np.corrcoef(true, done)[0, 1]) if done.std() > 1e-6 else 0.0
        channels[name] = (related, float(np.sqrt(np.mean((true - done) ** 2))))
    sounds = np.concatenate([_labial_or_other(net, one.features) for one in lessons])
    return Marks(channels, _closures(said, sounds, net.config.weights, head))


def _labial_or_other(net: MotionNet, features: Floats) -> NDArray[np.int8]:
    """(T,) 1 where /p b m/ is heard for sure, 0 where another sound is, -1 elsewhere.

    Told by the phoneme network's longest look-ahead, whose posteriors are among the features.
    """
    heads = len(net.config.phoneme_heads_ms)
    roots = features[:, : -len(ACOUSTICS)].reshape(len(features), heads, len(PHONES))[:, -1]
    delay = net.config.phoneme_heads_ms[-1] // 10
    posteriors = np.zeros_like(roots)
    posteriors[: len(roots) - delay] = roots[delay:] ** 2
    labial = posteriors[:, [PHONES.index(phone) for phone in "PBM"]].sum(axis=1)
    silent = posteriors[:, PHONES.index("SIL")]
    other = (labial < _SURE_OTHER) & (silent < _SURE_OTHER) & (posteriors.sum(axis=1) > 0.5)
    return np.where(labial > _SURE_LABIAL, 1, np.where(other, 0, -1)).astype(np.int8)


def _closures(
    poses: Floats, sounds: NDArray[np.int8], weights: tuple[str, ...], head: Head
) -> float | None:
    known = (sounds >= 0) & np.isfinite(poses).all(axis=1)
    closed = sounds[known] == 1
    if min(closed.sum(), (~closed).sum()) < _FEWEST:
        return None
    lips = LipMeasure(head).measure(poses[known, : len(weights)] @ arkit_matrix(weights))
    sealed = poses[known, len(weights) + CONTACTS.index("closure")]
    shut = -lips["aperture"] * (1 - sealed)
    return auc(shut[closed], shut[~closed])
