import json

import numpy as np
import pytest

from engine.motion.articulation import ACOUSTICS
from engine.phones import PHONES
from engine.runtime.choice import automatic
from engine.runtime.weights import MANIFEST, WEIGHTS, Description
from engine.speech import features
from models.evaluate import CARD, METRICS, tables
from models.speech_data import HELD_OUT

MEGABYTE = 1e6


NAMES = ("phonemes", "motion")


def entry(name: str = "phonemes") -> dict:
    return json.loads((WEIGHTS / MANIFEST).read_text())["models"][name]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_the_one_described(name: str):
    description = Description.read(WEIGHTS, name)
    assert description.verified_bytes()
    assert description.values["phones"] == list(PHONES)


def test_all_that_ships_is_small():
    shipped = sum(file.stat().st_size for file in WEIGHTS.iterdir())
    assert shipped < 15 * MEGABYTE


def test_the_motion_network_reads_all_that_the_phoneme_network_says():
    values = entry("motion")
    assert values["phoneme_heads_ms"] == entry()["heads_ms"]
    assert values["inputs"]["features"][2] == len(entry()["heads_ms"]) * len(PHONES) + len(
        ACOUSTICS
    )
    outputs = len(values["weights"]) + len(values["contacts"])
    assert values["outputs"]["poses"][1:] == [len(values["heads_ms"]), 2, outputs]
    assert values["inputs"]["state"] == values["outputs"]["next_state"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_gives_what_the_reference_says(name: str):
    network = automatic(WEIGHTS, name)
    reference = np.load(WEIGHTS / entry(name)["reference"])
    allowed = entry(name)["tolerance"]["float32"]
    features, outputs = reference["features"], reference[next(iter(entry(name)["outputs"]))]
    state = network.initial_state(1)
    for at in range(0, len(features), 2):
        said, state = network.step(features[None, at : at + 2], state)
        np.testing.assert_allclose(said[0], outputs[:, at : at + 2], atol=allowed)


def test_the_features_are_those_of_this_program():
    assert entry()["features"] == {
        "mels": features.MELS,
        "window": features.WINDOW,
        "stride": features.STRIDE,
        "low_hz": features.LOW_HZ,
        "high_hz": features.HIGH_HZ,
        "floor": features.FLOOR,
    }


def test_shapes_in_the_manifest_belong_together():
    values = entry()
    assert values["inputs"]["state"] == values["outputs"]["next_state"]
    assert values["inputs"]["state"][1] == values["state_size"]
    assert values["outputs"]["posteriors"][1:] == [len(values["heads_ms"]), 2, len(PHONES)]


def test_card_manifest_and_figures_agree():
    metrics = json.loads((WEIGHTS / METRICS).read_text())
    card = (WEIGHTS / CARD).read_text()
    assert metrics["by_look_ahead_ms"] == entry()["metrics"]["held_out_by_look_ahead_ms"]
    assert tables(metrics, [Description.read(WEIGHTS, name) for name in NAMES]) in card


def test_the_figures_are_of_speakers_who_were_held_out():
    metrics = json.loads((WEIGHTS / METRICS).read_text())
    assert set(metrics["speakers"]) == set(HELD_OUT)
