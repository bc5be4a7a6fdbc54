"""Which speech sounds are being made: streaming phone posteriors from log-mel frames.

The network is causal. It answers several times for each moment, each time later and surer: a head
with a look-ahead of L ms has heard L ms past the frame that it describes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.face import Floats
from engine.phones import PHONES
from engine.runtime.base import Load, SteppedModel
from engine.runtime.choice import automatic
from engine.runtime.streams import Ask, Slots, Stream, Streams
from engine.runtime.weights import WEIGHTS, Description
from engine.speech.features import LogMel
from engine.timeline import HOP, SAMPLE_RATE

NAME = "phonemes"


@dataclass(frozen=True, slots=True)
class PhonemeModel:
    """The network's weights, shared by all sessions, and the state that a session starts from.

    ``heads_ms`` look-ahead of each head in ms, ascending. ``primed`` (1, S) is the state after a
    second of a quiet room: from an all-zero state the network hears an onset that is not there.
    ``streams`` holds the states of all voices that are heard with it.
    """

    network: SteppedModel
    heads_ms: tuple[int, ...]
    primed: Floats
    streams: Slots = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "streams", Streams.of(self.network, self.primed))

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
        self._stream = Stream(model.streams, NAME)

    @property
    def heads_ms(self) -> tuple[int, ...]:
        """Look-ahead of each head in ms."""
        return self._model.heads_ms

    def ask(self, log_mel_frames: Floats) -> Ask:
        """To be answered with (heads, 2, 40) posteriors, float32, for the next two log-mel frames.

        Frames are (2, 40). Each row sums to one, in the order of :data:`PHONES`. Step h (from 0) of
        a head that looks ahead d frames of 10 ms describes frames 2h - d and 2h + 1 - d, and frame
        t is centred on media time t * 160 + 80; rows for negative frames describe the time before
        the stream.
        """
        return self._stream.ask(log_mel_frames)

    def step(self, log_mel_frames: Floats) -> Floats:
        """The answer to `ask`, at once."""
        return self.ask(log_mel_frames).alone()

    def reset(self) -> None:
        """Forget the voice: the next step is the first again."""
        self._stream.reset()


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
