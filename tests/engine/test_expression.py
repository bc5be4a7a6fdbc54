"""The expression layer as a whole: one gain, seeds, bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.motion.expression import Expression
from engine.motion.layers import Draft
from tests.engine.expressed import at_rest, shape, shown, speech, weights


def test_a_seed_is_a_face() -> None:
    first, again, other = (weights(shown(speech(10), seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_switched_off_it_adds_nothing() -> None:
    everything = speech(4, emotions={"angry": 1.0}, laughing=1.0, valence=1.0)
    for draft in shown(everything, gain=0):
        assert not draft.blendshapes.any()
        assert not draft.head.any() and not draft.gaze.any()


def test_twice_the_gain_is_twice_the_mood() -> None:
    natural, twice = (weights(shown(speech(8, valence=0.5), gain=gain)) for gain in (1, 2))
    assert np.allclose(2 * natural, twice, atol=1e-6)


def test_a_gain_comes_into_force_smoothly() -> None:
    layer = Expression(np.random.default_rng(1))
    moments = list(at_rest(4, emotions={"surprised": 1.0}))
    made = []
    for moment in moments:
        layer.gain = 1.0 if moment.time < 32_000 else 0.0
        draft = Draft.neutral()
        layer.move(moment, draft)
        made.append(draft)
    wide = shape(made, "eyeWide")
    assert wide[199] > 0.6
    assert np.abs(np.diff(wide[150:])).max() < 0.15 * wide[199]
    assert wide[230] < 0.02


def test_what_it_draws_does_not_depend_on_the_gain() -> None:
    plain, muted = Expression(np.random.default_rng(1)), Expression(np.random.default_rng(1))
    made: tuple[list[Draft], list[Draft]] = [], []
    for moment in speech(20):
        muted.gain = 0.0 if moment.time < 160_000 else 1.0
        for layer, into in zip((plain, muted), made, strict=True):
            draft = Draft.neutral()
            layer.move(moment, draft)
            into.append(draft)
    before, after = (weights(part[1200:]) for part in made)
    assert np.allclose(before, after, atol=1e-4)


def test_nothing_jumps() -> None:
    moments = speech(6, arousal=0.9, valence=-0.9)
    moments += [replace(m, time=m.time + 96_000, laughing=1.0) for m in speech(3, 1)]
    moments += [replace(m, time=m.time + 144_000, emotions={"angry": 1.0}) for m in speech(3, 2)]
    made = shown(moments)
    assert np.abs(np.diff(weights(made), axis=0)).max() < 0.12
    head = np.array([draft.head for draft in made])
    assert np.abs(np.diff(head, axis=0)).max() < 0.01


def test_faces_are_never_quite_symmetric_and_hardly_uneven() -> None:
    made = shown(speech(30, valence=0.8))
    left, right = shape(made, "mouthSmileLeft"), shape(made, "mouthSmileRight")
    uneven = (left - right)[200:] / (left + right)[200:]
    assert np.median(np.abs(uneven)) > 0.01
    assert np.abs(np.mean(uneven)) < 0.1 and np.quantile(np.abs(uneven), 0.9) < 0.25


def test_it_stays_alive_at_rest_and_leaves_the_lips_alone() -> None:
    made = shown(at_rest(30))
    assert 0.02 < shape(made, "mouthSmile").mean() < 0.15
    assert np.std(shape(made, "mouthSmile")) > 0.005
    assert not shape(made, "jaw", "mouthPress", "mouthFunnel", "mouthPucker", "mouthRoll").any()


@pytest.mark.parametrize("gain", [1, 2])
def test_weights_stay_near_what_a_face_can_show(gain: float) -> None:
    made = shown(speech(12, valence=-1, arousal=1), gain=gain)
    assert weights(made).min() >= 0
    assert weights(made).max() < 0.85 * gain
