"""What the mouth does, learned: from posteriors, loudness and voicing to poses at 100 Hz.

The network hears every head of the phoneme network at once, the early guesses and the late
certainties, and answers for each look-ahead with a head of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.errors import AssetError
from engine.face import Floats
from engine.motion.channels import CONTACTS, arkit_matrix
from engine.phones import PHONES
from engine.runtime.base import Load, SteppedModel
from engine.runtime.choice import automatic
from engine.runtime.streams import Ask, Slots, Stream, Streams
from engine.runtime.weights import Description
from engine.timeline import MOTION_HOP, Samples, samples_from_ms
from engine.voice import Heard

NAME = "motion"
STAGE = "articulation"
"""What the network's calls are named in metrics; the stage "motion" is all that follows."""

ACOUSTICS = ("effort", "voicing", "pitch", "level")
"""What is told beside the posteriors, each scaled to about [-1, 1]."""

_PRIMING_HOPS = 100


def features_of(heard: Heard) -> Floats:
    """(2, heads * 40 + 4) for the two 10 ms frames of a hop.

    Posteriors go in as square roots, so that a faint suspicion of a closure is not lost beside a
    strong one. Pitch is in octaves from the speaker's mean, level in units of 60 dB above -60.
    """
    roots = np.sqrt(heard.posteriors).transpose(1, 0, 2).reshape(2, -1)
    prosody = heard.prosody
    pitch = min(2.0, max(-2.0, prosody.pitch / 12))
    features = np.empty((2, roots.shape[1] + len(ACOUSTICS)), np.float32)
    features[:, : -len(ACOUSTICS)] = roots
    level = (prosody.level_db + 60) / 60
    features[:, -len(ACOUSTICS) :] = prosody.effort, prosody.voicing, pitch, level
    return features


def quiet_features(heads: int) -> Floats:
    """(2, heads * 40 + 4) of a hop in which there is nothing to hear."""
    certain = np.zeros((2, heads, len(PHONES)), np.float32)
    certain[:, :, PHONES.index("SIL")] = 1
    told = np.tile(np.array([0, 0, 0, -0.3], np.float32), (2, 1))
    return np.concatenate([certain.reshape(2, -1), told], axis=1)


@dataclass(frozen=True, slots=True)
class MotionModel:
    """The network's weights, shared by all sessions, and the state a session starts from.

    ``heads_ms`` look-ahead of each head, ascending; ``weights`` names of its first outputs, ARKit
    shapes with or without their side; ``primed`` (1, S) state after two seconds of quiet;
    ``streams`` holds the states of all mouths that it moves.
    """

    network: SteppedModel
    heads_ms: tuple[int, ...]
    weights: tuple[str, ...]
    primed: Floats
    streams: Slots = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "streams", Streams.of(self.network, self.primed))

    @staticmethod
    def load(
        folder: Path, phoneme_heads_ms: tuple[int, ...], load: Load = automatic
    ) -> MotionModel:
        """The model in ``folder``; AssetError if it cannot be used with this phoneme network.

        ``load`` says on which back end, see `engine.runtime.choice`.
        """
        description = Description.read(folder, NAME)
        description.require("phones", list(PHONES))
        description.require("phoneme_heads_ms", list(phoneme_heads_ms))
        description.require("contacts", list(CONTACTS))
        weights = tuple(description.values["weights"])
        try:
            arkit_matrix(weights)
        except KeyError as unknown:
            raise AssetError("weights.weights", str(unknown), "use ARKit's shape names") from None
        heads_ms = tuple(int(delay) for delay in description.values["heads_ms"])
        network = load(folder, NAME)
        state = network.initial_state(1)
        for _ in range(_PRIMING_HOPS):
            _, state = network.step(quiet_features(len(phoneme_heads_ms))[None], state)
        return MotionModel(network, heads_ms, weights, state)

    def head_for(self, look_ahead: Samples) -> int:
        """Index of the head that uses most of ``look_ahead``."""
        fitting = [i for i, ms in enumerate(self.heads_ms) if samples_from_ms(ms) <= look_ahead]
        return fitting[-1] if fitting else 0


@dataclass(frozen=True, slots=True)
class Articulation:
    """The mouth at one moment: ARKit weights (52,) and the probabilities of CONTACTS."""

    pose: Floats
    closure: float
    labiodental: float
    speech: float


class ArticulationStream:
    """One voice's mouth: ask the network what a hop means, then for the moments that it decides."""

    def __init__(self, model: MotionModel, look_ahead: Samples) -> None:
        self._model = model
        self._head = model.head_for(look_ahead)
        self._delay = samples_from_ms(model.heads_ms[self._head]) // MOTION_HOP
        self._stream = Stream(model.streams, STAGE)
        self._spread = arkit_matrix(model.weights)
        self._rows = np.zeros((_KEPT, len(model.weights) + len(CONTACTS)), np.float32)
        self._hops = 0

    def ask(self, heard: Heard) -> Ask:
        """What to ask of the network when a hop has been heard; `decide` takes the answer."""
        return self._stream.ask(features_of(heard))

    def decide(self, answer: Floats) -> None:
        """Decide two more moments, see :meth:`at`: ``answer`` (heads, 2, weights and contacts)."""
        first = 2 * self._hops + 1 - self._delay
        for index, row in enumerate(answer[self._head], first):
            if index >= 0:
                self._rows[index % _KEPT] = row
        self._hops += 1

    def at(self, index: int) -> Articulation:
        """The mouth at media time ``index`` * 160, once look-ahead past it has been heard."""
        row = self._rows[index % _KEPT]
        count = len(self._model.weights)
        closure, labiodental, speech = row[count:].tolist()
        return Articulation(row[:count] @ self._spread, closure, labiodental, speech)


_KEPT = 64
"""Moments held: more than lie between the newest one decided and the oldest one still due."""
