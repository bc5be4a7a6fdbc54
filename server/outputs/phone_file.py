"""The phones of a recording as text: JSON lines for programs, a TextGrid for Praat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from engine.timeline import SAMPLE_RATE, Samples
from engine.units import PhoneUnit

SUFFIXES = ".jsonl .TextGrid"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A phone from its start to the next one's, in samples at 16 kHz."""

    start: Samples
    end: Samples
    phone: str
    viseme: str
    confidence: float


def intervals(units: Sequence[PhoneUnit], end: Samples) -> list[Spoken]:
    """The phones of a recording of ``end`` samples without a gap, silence before the first."""
    if not units or units[0].time > 0:
        units = [PhoneUnit(0, "SIL", "SIL", 1.0), *units]
    ends = [unit.time for unit in units[1:]] + [end]
    return [
        Spoken(unit.time, until, unit.phone, unit.viseme, unit.confidence)
        for unit, until in zip(units, ends, strict=True)
        if unit.time < until
    ]


def as_text(spoken: Sequence[Spoken], suffix: str) -> str:
    """The contents of a file with one of :data:`SUFFIXES`, in any case."""
    return _text_grid(spoken) if suffix.lower() == ".textgrid" else json_lines(spoken)


def json_lines(spoken: Sequence[Spoken]) -> str:
    """One object a line: ``start_s``, ``end_s``, ``phone``, ``viseme``, ``confidence``."""
    lines = (
        json.dumps(
            {
                "start_s": one.start / SAMPLE_RATE,
                "end_s": one.end / SAMPLE_RATE,
                "phone": one.phone,
                "viseme": one.viseme,
                "confidence": round(one.confidence, 2),
            }
        )
        for one in spoken
    )
    return "".join(f"{line}\n" for line in lines)


def _text_grid(spoken: Sequence[Spoken]) -> str:
    """Praat's long text format with a tier of phones and one of visemes.

    (Praat manual, "TextGrid file formats".)
    """
    end = spoken[-1].end if spoken else 0
    tiers = [
        _tier(1, "phones", [(one.start, one.end, one.phone) for one in spoken]),
        _tier(2, "visemes", [(one.start, one.end, one.viseme) for one in _seen(spoken)]),
    ]
    head = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        *_bounds(0, end),
        "tiers? <exists>",
        "size = 2",
        "item []:",
    ]
    return "\n".join([*head, *tiers[0], *tiers[1]]) + "\n"


def _seen(spoken: Sequence[Spoken]) -> list[Spoken]:
    """Neighbours that look alike, as one."""
    seen: list[Spoken] = []
    for one in spoken:
        start = one.start
        if seen and seen[-1].viseme == one.viseme:
            start = seen.pop().start
        seen.append(Spoken(start, one.end, one.phone, one.viseme, one.confidence))
    return seen


def _tier(number: int, name: str, rows: Sequence[tuple[Samples, Samples, str]]) -> list[str]:
    end = rows[-1][1] if rows else 0
    lines = [
        f"    item [{number}]:",
        '        class = "IntervalTier"',
        f'        name = "{name}"',
        *_bounds(0, end, 8),
        f"        intervals: size = {len(rows)}",
    ]
    for index, (start, until, label) in enumerate(rows, 1):
        lines += [
            f"        intervals [{index}]:",
            *_bounds(start, until, 12),
            f'            text = "{label}"',
        ]
    return lines


def _bounds(start: Samples, end: Samples, indent: int = 0) -> list[str]:
    margin = " " * indent
    return [f"{margin}xmin = {start / SAMPLE_RATE}", f"{margin}xmax = {end / SAMPLE_RATE}"]
