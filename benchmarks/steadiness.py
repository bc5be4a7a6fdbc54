"""Does a long call stay as it is? Slopes with their errors, and what they say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HELD, NOT_HELD, OPEN = "held", "NOT HELD", "too short to tell"

DRIFT_LIMIT = 1.0
"""Milliseconds an hour by which sound and picture may drift apart."""

LATENCY_LIMIT = 10.0
"""Milliseconds an hour by which the delay may grow."""

MEMORY_LIMIT = 5.0
"""Megabytes an hour by which a process may grow."""

COUNT_LIMIT = 3
"""Files or threads by which there may be more at the end than at the start."""

SETTLING = 0.2
"""The share of a run in which caches fill and delays settle; five minutes at most."""

_SETTLING_MOST_H = 5 / 60
_OUTLIER = 4.0
_NORMAL_MAD = 1.4826
"""Standard deviations for a median absolute deviation, if normal."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Change in an hour, and its standard error."""

    per_hour: float
    error: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What was asked, what was found as text, and whether it held."""

    what: str
    found: str
    verdict: str


def slope(hours: Sequence[float], values: Sequence[float]) -> Slope | None:
    """Least squares without outliers; None for fewer than four points or no time between them."""
    at, of = np.asarray(hours, float), np.asarray(values, float)
    kept = ~np.isnan(of)
    at, of = at[kept], of[kept]
    if len(at) < 4 or np.ptp(at) <= 0:
        return None
    straight = _rest(at, of)
    spread = _NORMAL_MAD * np.median(np.abs(straight - np.median(straight)))
    near = np.abs(straight - np.median(straight)) <= max(_OUTLIER * spread, 1e-9)
    at, of = at[near], of[near]
    if len(at) < 4 or np.ptp(at) <= 0:
        return None
    rate = float(np.polyfit(at, of, 1)[0])
    variance = float(np.sum(_rest(at, of) ** 2)) / (len(at) - 2)
    return Slope(rate, float(np.sqrt(variance / np.sum((at - at.mean()) ** 2))))


def _rest(at: np.ndarray, of: np.ndarray) -> np.ndarray:
    return of - np.polyval(np.polyfit(at, of, 1), at)


def settled(hours: Sequence[float]) -> np.ndarray:
    """Which of these times are after the settling; they count from the start of the run."""
    at = np.asarray(hours, float)
    return at >= min(SETTLING * float(at.max(initial=0.0)), _SETTLING_MOST_H)


def steady(
    what: str,
    unit: str,
    limit: float,
    hours: Sequence[float],
    values: Sequence[float],
    either_way: bool = True,
) -> Finding:
    """Whether a value keeps: it fails where its slope is over the limit beyond doubt (two errors),
    and a run is too short whose error alone is as large as the limit.

    With ``either_way`` false only growth counts.
    """
    late = settled(hours)
    found = slope(np.asarray(hours)[late].tolist(), np.asarray(values, float)[late].tolist())
    if found is None:
        return Finding(what, "–", OPEN)
    told = f"{found.per_hour:+.2f} ± {found.error:.2f} {unit}/h (limit {limit:g})"
    size = abs(found.per_hour) if either_way else found.per_hour
    if size - 2 * found.error > limit:
        return Finding(what, told, NOT_HELD)
    return Finding(what, told, HELD if found.error < limit else OPEN)


def no_more(what: str, counts: Sequence[float]) -> Finding:
    """Whether there are as few at the end as at the start: medians of a quarter of the run each."""
    quarter = max(1, len(counts) // 4)
    if len(counts) < 2:
        return Finding(what, "–", OPEN)
    first, last = np.median(counts[:quarter]), np.median(counts[-quarter:])
    verdict = HELD if last - first <= COUNT_LIMIT else NOT_HELD
    return Finding(what, f"{first:.0f} at the start, {last:.0f} at the end", verdict)


def none_of(what: str, notes: Sequence[str]) -> Finding:
    """Whether nothing happened that would have been noted."""
    return Finding(what, "; ".join(notes) or "none", NOT_HELD if notes else HELD)


def passed(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(finding.verdict != NOT_HELD for finding in findings)
