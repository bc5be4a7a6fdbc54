"""The render benchmark leaves a report that says what was measured, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import render


def test_the_report_names_sizes_steps_and_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results" / "render.json"
    monkeypatch.setattr(render, "_SESSION_SIZE", (48, 32))
    render.main(sizes=[(32, 32), (48, 32)], frames=5, json_path=path, avatars=["nora"])
    report = json.loads(path.read_text())
    assert report["benchmark"] == "render"
    seen = [(row["size"], row["quality"], row["sessions"]) for row in report["rows"]]
    assert seen[:2] == [("32x32", "medium", 1), ("48x32", "medium", 1)]
    assert {(quality, sessions) for _, quality, sessions in seen} == {
        *(("low", 1), ("medium", 1), ("high", 1), ("medium", 2), ("medium", 8))
    }
    for row in report["rows"]:
        steps = row["morph_ms"] + row["draw_ms"] + row["read_convert_ms"]
        assert row["total_ms"] == pytest.approx(steps, abs=0.01)
    assert {"cpu", "cores", "commit", "load_average", "time"} <= report["machine"].keys()
    assert "renderer" in report["settings"]
    assert "48x32" in capsys.readouterr().out
