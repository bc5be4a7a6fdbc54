"""docs/capacity.md says what was measured."""

from __future__ import annotations

from benchmarks import capacity_document as document


def test_the_document_has_the_figures():
    told = document.DOCUMENT.read_text(encoding="utf-8")
    assert document.capacity(document.found(document.RUNS)) in told
    assert document.model(*document.found([document.RESULTS / "model.json"])) in told


def test_what_there_is_not_is_said():
    assert "None yet" in document.capacity([]) and "None yet" in document.model()
