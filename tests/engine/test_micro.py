"""Micro-expressions: short, small, at onsets, and coloured by the mood."""

from __future__ import annotations

import numpy as np

from engine.motion.layers import Draft, Moment
from engine.motion.micro import MicroExpressions
from tests.engine.conversation import Array
from tests.engine.expressed import alone, at_rest, shape, speech


def flashes(moments: list[Moment], seed: int = 1) -> list[Draft]:
    return alone(MicroExpressions(np.random.default_rng(seed)), moments)


def lengths(made: list[Draft]) -> Array:
    """Seconds of each flash."""
    seen = np.array([draft.blendshapes.max() > 1e-4 for draft in made])
    edges = np.flatnonzero(np.diff(np.concatenate([[0], seen.astype(int), [0]])))
    return (edges[1::2] - edges[::2]) / 100


def test_they_are_short_and_small_and_few() -> None:
    made = flashes(speech(120))
    last = lengths(made)
    assert last.min() > 0.1 and last.max() < 0.5, "Yan et al. 2013: under half a second"
    assert 8 < len(last) / 2 < 35, "a minute"
    assert 0.1 < max(draft.blendshapes.max() for draft in made) < 0.3


def test_they_come_with_the_onset_of_speech() -> None:
    moments = speech(200)
    seen = np.array([draft.blendshapes.max() for draft in flashes(moments)])
    starts = [index for index, moment in enumerate(moments) if moment.started]
    at_starts = np.mean([seen[index : index + 20].max() > 0.05 for index in starts])
    anywhere = np.mean([seen[index + 130 : index + 150].max() > 0.05 for index in starts])
    assert at_starts > 0.35 > 0.2 > anywhere


def test_rest_has_some_too() -> None:
    assert 2 <= len(lengths(flashes(list(at_rest(120))))) <= 24


def test_a_good_mood_flashes_smiles_and_a_bad_one_does_not() -> None:
    glad, cross = (flashes(speech(120, valence=valence)) for valence in (0.8, -0.8))
    assert shape(glad, "mouthSmile").max() > 0.05 > 0 == shape(cross, "mouthSmile").max()
    sour = "mouthFrown", "noseSneer"
    assert shape(cross, *sour).max() > 0.03 > 0 == shape(glad, *sour).max()
