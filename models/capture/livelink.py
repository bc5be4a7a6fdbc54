"""Curves as Live Link Face writes them: a CSV row for each picture of the camera.

Columns are ``Timecode`` (HH:MM:SS:FF.fraction of a frame), ``BlendShapeCount``, the 52 shapes with
a capital first letter, and nine rotations of head and eyes, which are not read. A row without a
face has a count of 0. Timecodes count frames and wrap at midnight; with a semicolon before the
frames they are drop-frame: SMPTE ST 12-1 leaves out numbers so that they keep up with the clock.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from models.capture.channels import REQUIRED, columns_of
from models.capture.recording import Finding, Recording, Seconds, in_range

_DAY = 86_400.0
_TIMECODE = re.compile(r"^(\d+):(\d+):(\d+)([:;])(\d+(?:\.\d*)?)$")
_FRAME_BASES = (24, 25, 30, 48, 50, 60, 120, 240)
_FEWEST_ROWS = 100


@dataclass(frozen=True, slots=True)
class _Row:
    """Hours, minutes, seconds, frames, and the row's values."""

    clock: tuple[int, int, int, float]
    drop_frame: bool
    values: list[float]


def read_livelink(path: Path) -> Recording:
    """The curves in ``path``, in order of time; InvalidInput names what makes it unusable."""
    header, lines = _lines(path)
    wanted = columns_of(header)
    missing = [name for name in REQUIRED if name not in wanted]
    if "timecode" not in (name.lower() for name in header):
        missing.insert(0, "Timecode")
    if missing:
        remedy = f"columns are missing: {', '.join(missing)}; export all of ARKit's blendshapes"
        raise InvalidInput("capture", path.name, remedy)
    rows, findings = _rows(header, lines, list(wanted.values()))
    if len(rows) < _FEWEST_ROWS:
        remedy = f"only {len(rows)} of {len(lines)} rows can be read; export the take again"
        raise InvalidInput("capture", path.name, remedy)
    values = np.array([row.values for row in rows], np.float32)
    times, order, of_time = _in_order(_seconds(rows))
    values, of_values = in_range(path.name, list(wanted), values[order])
    return Recording(times, tuple(wanted), values, [*findings, *of_time, of_values])


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of cells; empty lines are nothing."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            lines = [line for line in csv.reader(file) if any(cell.strip() for cell in line)]
    except (OSError, csv.Error) as error:
        raise InvalidInput("capture", path.name, f"it cannot be read: {error}") from error
    if not lines:
        raise InvalidInput("capture", path.name, "the file is empty; export the take again")
    return [name.strip() for name in lines[0]], lines[1:]


def _rows(
    header: Sequence[str], lines: Sequence[Sequence[str]], columns: Sequence[int]
) -> tuple[list[_Row], list[Finding]]:
    """Rows that say something, and what became of the others."""
    lower = [name.lower() for name in header]
    when = lower.index("timecode")
    count = lower.index("blendshapecount") if "blendshapecount" in lower else None
    counts = Counter(_count(line, count) for line in lines if len(line) == len(header))
    usual = max((c for c in counts if c != "0"), key=counts.__getitem__, default="")
    rows: list[_Row] = []
    faceless = broken = 0
    for line in lines:
        said = _count(line, count)
        if said == "0":
            faceless += 1
            continue
        clock = _TIMECODE.match(line[when].strip()) if len(line) == len(header) else None
        if clock is None or said != usual:
            broken += 1
            continue
        hours, minutes, seconds, mark, frames = clock.groups()
        parts = (int(hours), int(minutes), int(seconds), float(frames))
        rows.append(_Row(parts, mark == ";", [_number(line[column]) for column in columns]))
    findings = [Finding("rows", f"{len(lines)}")]
    if faceless:
        findings.append(Finding("rows", f"{faceless} without a face", "left out", "mended"))
    if broken:
        findings.append(Finding("rows", f"{broken} damaged", "left out", "mended"))
    return rows, findings


def _count(line: Sequence[str], column: int | None) -> str:
    """How many values a row says it has; "" where the file does not tell."""
    return line[column].strip() if column is not None and column < len(line) else ""


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _seconds(rows: Sequence[_Row]) -> Seconds:
    """(R,) time of day of each row; the frame base is the least one that counts as far."""
    highest = max(int(row.clock[3]) for row in rows)
    base = next((base for base in _FRAME_BASES if base > highest), 1000)
    times = np.empty(len(rows))
    for index, row in enumerate(rows):
        hours, minutes, seconds, frames = row.clock
        times[index] = hours * 3600 + minutes * 60 + seconds + frames / base
        if row.drop_frame:
            whole = 60 * hours + minutes
            left_out = base // 15 * (whole - whole // 10)
            times[index] = (times[index] * base - left_out) / base * 1.001
    return times


def _in_order(times: Seconds) -> tuple[Seconds, NDArray[np.intp], list[Finding]]:
    """Rising times from 0, which row each is, and how the recorder's clock behaved."""
    findings = []
    steps = np.diff(times)
    if (steps < -_DAY / 2).any():
        findings.append(Finding("timecode", "passes midnight", "carried on", "mended"))
    steps = (steps + _DAY / 2) % _DAY - _DAY / 2
    times = np.concatenate([[0.0], np.cumsum(steps)])
    order = np.argsort(times, kind="stable")
    frame = _frame(times[order])
    astray = np.abs(times - np.median(times)) > 2 * frame * len(times) + 60
    backward = np.diff(times[~astray]) < 0
    order = order[~astray[order]]
    again = np.diff(times[order], prepend=-np.inf) < frame / 4
    order = order[~again]
    for number, what, done in (
        (int(astray.sum()), "far from all others", "left out"),
        (int(backward.sum()), "out of order", "put in order"),
        (int(again.sum()), "with a time that was there before", "left out"),
    ):
        if number:
            findings.append(Finding("timecode", f"{number} rows {what}", done, "mended"))
    times = times[order] - times[order[0]]
    findings.append(_rate(times))
    return times, order, findings


def _frame(rising: Seconds) -> float:
    """The usual distance of two rows, seconds."""
    steps = np.diff(rising)
    return float(np.median(steps[steps > 1e-4])) if (steps > 1e-4).any() else 1 / 60


def _rate(times: Seconds) -> Finding:
    frame = _frame(times)
    gaps = np.rint(np.diff(times) / frame) - 1
    found = f"{1 / frame:.2f} rows per second by timecode"
    if not (gaps > 0).any():
        return Finding("rate", found)
    lost = f"{found}, {int(gaps.sum())} not there"
    return Finding("rate", lost, "filled up to 100 ms", "mended")
