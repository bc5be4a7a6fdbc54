import json

from engine.phones import PHONES
from engine.runtime.weights import MANIFEST, WEIGHTS, Description
from engine.speech import features
from models.evaluate import CARD, METRICS, tables
from models.speech_data import HELD_OUT

MEGABYTE = 1e6


def entry() -> dict:
    return json.loads((WEIGHTS / MANIFEST).read_text())["models"]["phonemes"]


def test_the_file_is_the_one_described():
    description = Description.read(WEIGHTS, "phonemes")
    assert len(description.verified_bytes()) < 4 * MEGABYTE
    assert description.values["phones"] == list(PHONES)


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
    assert tables(metrics, Description.read(WEIGHTS, "phonemes")) in card


def test_the_figures_are_of_speakers_who_were_held_out():
    metrics = json.loads((WEIGHTS / METRICS).read_text())
    assert set(metrics["speakers"]) == set(HELD_OUT)
