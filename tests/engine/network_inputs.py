"""What the networks are given: from real voices where there are some, made up otherwise."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.face import Floats
from engine.motion.articulation import features_of
from engine.runtime.weights import WEIGHTS, Description
from engine.speech.audio import INPUT_HOP, Decimator
from engine.speech.features import LogMel
from engine.speech.hearing import Hearing
from engine.speech.phonemes import PhonemeModel
from engine.stopwatch import Stopwatch
from tests.conftest import SPEECH, vowels
from tests.speech_data import utterances

NETWORKS = ("phonemes", "motion")


@cache
def _voices(count: int, hops: int) -> tuple[np.ndarray, ...]:
    """(hops * 960,) int16 at 48 kHz of each speaker."""
    if (SPEECH / "index.jsonl").exists():
        spoken = [utterance.pcm for utterance in utterances(count)]
    else:
        spoken = [vowels(hops / 50, seed=seed) for seed in range(count)]
    length = hops * INPUT_HOP
    return tuple(np.resize(pcm, length) for pcm in spoken[:count])


def heard(name: str, streams: int, hops: int) -> Floats:
    """(hops, streams, 2, F): what voices give the network ``name``."""
    hear = _phonemes if name == "phonemes" else _motion
    return np.stack([hear(voice) for voice in _voices(streams, hops)], axis=1)


def made_up(name: str, streams: int, hops: int) -> Floats:
    """(hops, streams, 2, F): noise of about the size of what the network ``name`` is given."""
    shape = Description.read(WEIGHTS, name).values["inputs"]["features"][1:]
    choice = np.random.default_rng(7)
    size = (hops, streams, *shape)
    noise = choice.normal(-4, 3, size) if name == "phonemes" else choice.uniform(0, 0.7, size)
    return noise.astype(np.float32)


def _phonemes(voice: np.ndarray) -> Floats:
    decimator, log_mel = Decimator(), LogMel()
    return np.stack([log_mel.push(decimator.push(hop)) for hop in voice.reshape(-1, INPUT_HOP)])


def _motion(voice: np.ndarray) -> Floats:
    hearing = Hearing(PhonemeModel.load(), Stopwatch())
    return np.stack([features_of(hearing.push(hop)) for hop in voice.reshape(-1, INPUT_HOP)])
