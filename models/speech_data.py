"""Recorded speech with aligned phones: a folder of sound files and an ``index.jsonl``.

Each line of the index is an utterance: file, start and duration in seconds, speaker, and phones as
[start, end, ARPAbet] relative to the utterance. The folder is not part of the repository.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

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

HELD_OUT_PHONES = Path(__file__).with_name("held_out.jsonl")
"""Phones of their utterances, aligned once by version 1 of the network and kept, so that later
versions are judged by the same labels and not by their own. Utterances whose alignment was far
worse than the others' (25 of 173) are not among them."""

WORST_SCORE = 3.0
"""Scaled median absolute deviations below the median score from which an alignment is left out."""

LONGEST_RUSH = 3
"""Most phones on end of the shortest length: where there are more, the text was not what was said.
"""

Row = dict[str, Any]


def utterances(
    folder: Path = SPEECH, *, held_out: bool, aligned: Path | None = None
) -> list[Utterance]:
    """The held-out speakers' utterances, or all the others'; FileNotFoundError without an index.

    Phones of held-out speakers are those in HELD_OUT_PHONES. If the file ``aligned`` exists, as
    :mod:`models.align` writes it, the others' are taken from there, and utterances whose score is
    far below the others' are left out; else they are the index's.
    """
    rows = [row for row in index(folder) if (row["speaker"] in HELD_OUT) == held_out]
    if held_out:
        rows = labelled(rows, held_out_phones())
    elif aligned is not None and aligned.exists():
        rows = labelled(rows, trusted_phones(aligned))
    return [spoken for _, spoken in recordings(folder, rows)]


def index(folder: Path = SPEECH) -> list[Row]:
    """The index's rows; FileNotFoundError without one."""
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def recordings(folder: Path, rows: Sequence[Row]) -> Iterator[tuple[Row, Utterance]]:
    """Each row and what it describes, file by file."""
    by_file: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_file[row["file"]].append(row)
    for file, its_rows in sorted(by_file.items()):
        samples = read_16k(folder / file)
        for row in its_rows:
            first = round(row["start"] * SAMPLE_RATE)
            part = samples[first : first + round(row["duration"] * SAMPLE_RATE)]
            segments = [Segment(*phone) for phone in row["phones"]]
            yield row, Utterance(part, segments, row["speaker"])


def labelled(rows: Sequence[Row], phones: dict[str, list[list[Any]]]) -> list[Row]:
    """The rows whose utterance is in ``phones``, with those phones."""
    return [{**row, "phones": phones[row["id"]]} for row in rows if row["id"] in phones]


def held_out_phones() -> dict[str, list[list[Any]]]:
    """Phones of the held-out speakers' utterances, by utterance id."""
    lines = HELD_OUT_PHONES.read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["phones"] for row in map(json.loads, lines)}


def trusted_phones(aligned: Path) -> dict[str, list[list[Any]]]:
    """Phones by utterance id, without those whose alignment is far worse than the others'."""
    rows = [json.loads(line) for line in aligned.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["score"] is not None]
    worst = least_score([row["score"] for row in rows], WORST_SCORE)
    return {
        row["id"]: row["phones"]
        for row in rows
        if row["score"] >= worst and row["rush"] <= LONGEST_RUSH
    }


def least_score(scores: Sequence[float], deviations: float) -> float:
    """The score so many scaled median absolute deviations below the median."""
    middle = np.median(scores)
    spread = 1.4826 * np.median(np.abs(np.array(scores) - middle))
    return float(middle - deviations * spread)
