from __future__ import annotations

import json
import re

from engine.units import PhoneUnit
from server.outputs.phone_file import as_text, intervals

UNITS = [
    PhoneUnit(1600, "P", "PP", 0.9),
    PhoneUnit(3200, "M", "PP", 0.612),
    PhoneUnit(4800, "AA", "aa", 0.7),
    PhoneUnit(8000, "SIL", "SIL", 1.0),
]


def test_phones_cover_the_recording_without_a_gap():
    spoken = intervals(UNITS, 16_000)
    assert [one.phone for one in spoken] == ["SIL", "P", "M", "AA", "SIL"]
    assert [one.start for one in spoken] == [0, 1600, 3200, 4800, 8000]
    assert [one.end for one in spoken] == [1600, 3200, 4800, 8000, 16_000]


def test_a_recording_may_begin_at_once_or_hold_nothing():
    assert intervals([PhoneUnit(0, "AA", "aa", 1.0)], 800)[0].phone == "AA"
    (silence,) = intervals([], 800)
    assert (silence.phone, silence.start, silence.end) == ("SIL", 0, 800)
    assert intervals([], 0) == []
    assert as_text([], ".jsonl") == ""
    assert "size = 0" in as_text([], ".TextGrid")


def test_json_lines():
    rows = [json.loads(line) for line in as_text(intervals(UNITS, 16_000), ".jsonl").splitlines()]
    assert rows[2] == {
        "start_s": 0.2,
        "end_s": 0.3,
        "phone": "M",
        "viseme": "PP",
        "confidence": 0.61,
    }
    assert rows[-1]["end_s"] == 1.0


def test_a_text_grid_has_two_whole_tiers():
    text = as_text(intervals(UNITS, 16_000), ".textgrid")
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0')
    phones, visemes = text.split("item [2]:")
    assert re.findall('text = "(.*)"', phones) == ["SIL", "P", "M", "AA", "SIL"]
    assert re.findall('text = "(.*)"', visemes) == ["SIL", "PP", "aa", "SIL"]
    for tier, count in ((phones.split("item [1]:")[1], 5), (visemes, 4)):
        edges = [float(x) for x in re.findall(r"            xm\w\w = (\S+)", tier)]
        assert edges[0] == 0 and edges[-1] == 1.0 and edges[1:-1:2] == edges[2::2]
        assert f"intervals: size = {count}" in tier
