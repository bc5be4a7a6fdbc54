"""Recorded speech with aligned phones: a folder of sound files and an ``index.jsonl``.

Each line of the index is an utterance: file, start and duration in seconds, speaker, and phones as
[start, end, ARPAbet] relative to the utterance. The folder is not part of the repository.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from engine.timeline import SAMPLE_RATE
from models.corpus import Segment, Utterance
from models.sound import read_16k

SPEECH = Path(__file__).resolve().parents[2] / "shared" / "data" / "speech"
"""Where the recordings are looked for: beside the checkout."""

HELD_OUT: tuple[str, ...] = (
    *("0567", "2116", "2451", "9608", "9616", "9629"),  # women
    *("1012", "1135", "2236", "9609", "9626", "9631"),  # men
)
"""Speakers that are never trained on."""


def utterances(folder: Path = SPEECH, *, held_out: bool) -> list[Utterance]:
    """The held-out speakers' utterances, or all the others'; FileNotFoundError without an index."""
    by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with (folder / "index.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if (row["speaker"] in HELD_OUT) == held_out:
                by_file[row["file"]].append(row)
    found = []
    for file, rows in sorted(by_file.items()):
        samples = read_16k(folder / file)
        for row in rows:
            first = round(row["start"] * SAMPLE_RATE)
            part = samples[first : first + round(row["duration"] * SAMPLE_RATE)]
            segments = [Segment(*phone) for phone in row["phones"]]
            found.append(Utterance(part, segments, row["speaker"]))
    return found
