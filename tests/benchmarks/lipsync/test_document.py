"""The tables, on the console and in the documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="the bench needs scipy")

from rich.console import Console

from benchmarks.lipsync import document
from benchmarks.lipsync.tables import figure, markdown, show, tables
from tests.benchmarks.lipsync.made_up import row

ROWS = [
    row(hears="0 ms ahead", look_ahead_ms=0),
    row(closure_auc=0.912, lag_ms=-4.4),
    row(system="loudness", hears="the past", look_ahead_ms=None, rounding_auc=None),
    row(condition="babble, 10 dB"),
    row(speech="Spanish, prompts"),
    row(
        **dict.fromkeys(row(), None)
        | {"speech": "Italian, prompts", "condition": "clean", "missing": "Debian's package"}
    ),
]

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("silence", 0.9512, ".951"),
        ("openness_rho", -0.0312, "-.031"),
        ("jaw_r", 1.0, "1.000"),
        ("lag_ms", 11.6, "+12"),
        ("lag_ms", None, "–"),
    ],
)
def test_figures_read_as_in_the_field(name: str, value: float | None, text: str) -> None:
    assert figure(name, value) == text


def test_rows_go_where_they_belong_with_the_headline_first() -> None:
    systems, altered, languages = tables(ROWS, 60)
    assert [r["hears"] for r in systems.rows] == ["0 ms ahead", "60 ms ahead", "the past"]
    assert [r["condition"] for r in altered.rows] == ["clean", "babble, 10 dB"]
    assert [r["speech"] for r in languages.rows] == [
        "English",
        "Spanish, prompts",
        "Italian, prompts",
    ]


def test_what_could_not_be_measured_says_what_is_missing() -> None:
    assert "Italian, prompts (needs Debian's package)" in markdown(tables(ROWS, 60)[2])


def test_the_console_shows_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROWS, 60, Console(width=200))
    shown = capsys.readouterr().out
    for text in (".912", "-4", "loudness", "babble, 10 dB", "Spanish, prompts"):
        assert text in shown


def test_the_documentation_shows_the_figures_that_were_measured() -> None:
    text = document.DOCUMENT.read_text(encoding="utf-8")
    assert f"{BEGIN}\n{document.figures()}\n{END}" in text


def test_figures_come_with_their_intervals_and_their_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, page = tmp_path / "lipsync.json", tmp_path / "lipsync.md"
    settings = {"labels": "held_out.jsonl", "network": {"phonemes": "0123456789abcdef"}}
    machine = {"commit": "abc1234", "time": "2030-01-02T03:04:05+00:00"}
    results.write_text(json.dumps({"settings": settings, "rows": ROWS, "machine": machine}))
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    monkeypatch.setattr(document, "RESULTS", results)
    monkeypatch.setattr(document, "DOCUMENT", page)
    document.main()
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    for wanted in (".912", "closure .400 to .600", "abc1234", "2030-01-02", "`0123456789ab`"):
        assert wanted in text
    results.unlink()
    document.main()
    assert "make bench" in page.read_text()
