"""Which speech sounds are being made: streaming phone posteriors from log-mel frames.

The network is causal. It answers several times for each moment, each time later and surer: a head
with a look-ahead of L ms has heard L ms past the frame that it describes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.face import Floats
from engine.phones import PHONES
from engine.runtime.base import Load, SteppedModel
from engine.runtime.choice import automatic
from engine.runtime.weights import WEIGHTS, Description
from engine.speech.features import LogMel
from engine.timeline import HOP, SAMPLE_RATE

NAME = "phonemes"


@dataclass(frozen=True, slots=True)
class PhonemeModel:
    """The network's weights, shared by all sessions, and the state that a session starts from.

    ``heads_ms`` look-ahead of each head in ms, ascending. ``primed`` (1, S) is the state after a
    second of a quiet room: from an all-zero state the network hears an onset that is not there.
    """

    network: SteppedModel
    heads_ms: tuple[int, ...]
    primed: Floats

    @staticmethod
    def load(folder: Path = WEIGHTS, load: Load = automatic) -> PhonemeModel:
        """The model in ``folder``; AssetError if it is missing, damaged or of other phones.

        ``load`` says on which back end, see `engine.runtime.choice`.
        """
        description = Description.read(folder, NAME)
        description.require("phones", list(PHONES))
        heads_ms = tuple(int(delay) for delay in description.values["heads_ms"])
        network = load(folder, NAME)
        return PhonemeModel(network, heads_ms, _primed(network))


class PhonemeStream:
    """One voice's posteriors, a hop at a time."""

    def __init__(self, model: PhonemeModel) -> None:
        self._model = model
        self._state = model.primed

    @property
    def heads_ms(self) -> tuple[int, ...]:
        """Look-ahead of each head in ms."""
        return self._model.heads_ms

    def step(self, log_mel_frames: Floats) -> Floats:
        """(heads, 2, 40) posteriors, float32, for the next two log-mel frames (2, 40).

        Each row sums to one, in the order of :data:`PHONES`. Step h (from 0) of a head that looks
        ahead d frames of 10 ms describes frames 2h - d and 2h + 1 - d, and frame t is centred on
        media time t * 160 + 80; rows for negative frames describe the time before the stream.
        """
        outputs, self._state = self._model.network.step(log_mel_frames[None], self._state)
        posteriors: Floats = outputs[0]
        return posteriors

    def reset(self) -> None:
        """Forget the voice: the next step is the first again."""
        self._state = self._model.primed


def priming_frames() -> Floats:
    """(100, 40) log-mel frames of a second of noise at -76 dBFS, a quiet room."""
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    return LogMel().push(noise * np.float32(1.6e-4))


def _primed(network: SteppedModel) -> Floats:
    """(1, S) state after the priming frames."""
    frames = priming_frames()
    state = network.initial_state(1)
    hop_frames = 2
    for hop in range(SAMPLE_RATE // HOP):
        start = hop * hop_frames
        _, state = network.step(frames[None, start : start + hop_frames], state)
    return state
