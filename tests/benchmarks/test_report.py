"""Tables that a person can read."""

from __future__ import annotations

import json

import pytest

from benchmarks.report import save_report, show, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "0.00"),
        (3.14159, "3.14"),
        (-31.4159, "-31.4"),
        (314.159, "314"),
        (1234, "1234"),
        ("x", "x"),
    ],
)
def test_three_figures_of_a_number(value, text):
    assert shown(value) == text


def test_a_table_of_many_columns_keeps_whole_names_at_100_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    name = "loss 2% in bursts of 4, RTT 50 ms"
    columns = {"network": "network", "server": "server"}
    columns |= {f"k{n}": "longest gap s" for n in range(6)}
    row = {"network": name, "server": "visavis", **{f"k{n}": 1234.5 for n in range(6)}}
    show("a title", columns, [row, {**row, "k0": None}])
    told = capsys.readouterr().out
    assert told.count(name) == 2 and told.count("visavis") == 2
    assert max(map(len, told.splitlines())) <= 100


def test_the_file_has_every_name_and_the_machine(tmp_path):
    save_report("x", {"a": 1}, [{"long_name_ms": 1.23456, "none": None}], tmp_path / "x.json")
    report = json.loads((tmp_path / "x.json").read_text())
    assert report["rows"] == [{"long_name_ms": 1.235, "none": None}]
    assert {"cpu", "commit", "load_average"} <= set(report["machine"])
