from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the bench needs scipy")

from benchmarks.lipsync.clips import Clip
from benchmarks.lipsync.conditions import conditions
from benchmarks.lipsync.phones import SILENCE
from tests.benchmarks.lipsync.made_up import clip

CLIPS = [clip(f"clip {seed}", seed=seed) for seed in range(4)]
CONDITIONS = conditions(CLIPS)
NOISE = [name for name in CONDITIONS if "noise" in name or "babble" in name]


def speech(one: Clip) -> np.ndarray:
    spoken = np.zeros(len(one.samples), bool)
    for start, end, phone in one.segments:
        if phone != SILENCE:
            spoken[round(start * 16_000) : round(end * 16_000)] = True
    return spoken


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_keeps_length_and_labels_and_is_the_same_again(name: str) -> None:
    altered = CLIPS[0].altered(CONDITIONS[name])
    assert len(altered.samples) == len(CLIPS[0].samples)
    assert altered.segments == CLIPS[0].segments
    assert (altered.samples != CLIPS[0].samples).any()
    assert (altered.samples == CLIPS[0].altered(CONDITIONS[name]).samples).all()


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_as_far_below_the_speech_as_it_says(name: str) -> None:
    one = CLIPS[0]
    noise = CONDITIONS[name](one) - one.floats
    level = np.sqrt(np.mean(one.floats[speech(one)] ** 2)) / np.sqrt(np.mean(noise**2))
    assert 20 * np.log10(level) == pytest.approx(float(name.split()[-2]), abs=0.1)


def test_babble_is_made_of_others() -> None:
    babble = conditions(CLIPS)["babble, 10 dB"](CLIPS[0]) - CLIPS[0].floats
    assert abs(np.corrcoef(babble, CLIPS[0].floats)[0, 1]) < 0.9
    alone = conditions(CLIPS[:2])["babble, 10 dB"](CLIPS[0]) - CLIPS[0].floats
    assert np.corrcoef(alone, CLIPS[1].floats)[0, 1] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", [*NOISE, "Opus 24 kbit/s", "reverberation, 0.5 s"])
def test_nothing_is_delayed(name: str) -> None:
    one = CLIPS[0]
    heard = CONDITIONS[name](one).astype(np.float64)
    lags = range(-80, 81)
    products = [heard[100 + lag : len(heard) - 100 + lag] @ one.floats[100:-100] for lag in lags]
    assert abs(lags[int(np.argmax(products))]) <= 4


def test_louder_clips_and_quieter_does_not() -> None:
    louder = CLIPS[0].altered(CONDITIONS["12 dB louder"]).samples
    quieter = CLIPS[0].altered(CONDITIONS["12 dB quieter"]).samples
    assert louder.max() == 32767
    assert np.abs(quieter).max() == pytest.approx(np.abs(CLIPS[0].samples).max() / 3.98, rel=0.01)
