"""``bench model`` times what it says, and says what it cannot time."""

from __future__ import annotations

import json

import numpy as np

from benchmarks import capacity_document, model


def test_what_lies_between_calls_is_not_timed():
    order = []
    spent = model.timed(lambda: order.append("call"), lambda: order.append("draw"), calls=5)
    assert len(spent) == 5 and (spent >= 0).all()
    assert order[:4] == ["draw", "call", "draw", "call"] and order.count("call") == 15


def test_networks_and_pictures_are_timed_and_what_is_missing_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(model, "_CALLS", 3)
    monkeypatch.setattr(model, "SIZES", ((64, 64),))
    monkeypatch.setattr(model, "timed", lambda call, _between: (call(), np.array([1.0, 3.0]))[1])
    names = ("onnxruntime-cpu", "onnxruntime-cuda")
    found = model.main(names, (1, 3), tmp_path / "model.json")
    networks = [row for row in found["rows"] if row["what"] in model.NETWORKS]
    cpu = [row for row in networks if row["device"] == "CPU"]
    assert [(row["what"], row["streams"]) for row in cpu] == [
        *(("phonemes", 1), ("phonemes", 3)),
        *(("motion", 1), ("motion", 3)),
    ]
    assert cpu[1]["warm_p50_ms"] == 2 and cpu[1]["stream_ms"] == 2 / 3
    told = capacity_document.model(json.loads((tmp_path / "model.json").read_text()))
    if "networks on onnxruntime-cuda" in found["settings"]["not_measured"]:
        assert "| networks | GPU | not measured here |" in told
    else:
        assert "| motion | GPU | onnxruntime-cuda, float32 | 3 |" in told
    assert "| phonemes | CPU | onnxruntime-cpu, float32 | 3 | 2.00 |" in told
