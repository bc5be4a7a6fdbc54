"""Up to how many sessions a machine keeps up: what is said of intervals between pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

STRETCH = 1.5
"""Of the time between two pictures that were asked for: a 95th percentile above it means that more
than one interval in twenty has lost its picture, or as good as; the eye sees judder from there."""

LEFT_OUT = 0.02
"""Share of the pictures that may be missing: the share that playout lets be late
(`server.playout.LATE_SHARE`) and that alerts watch for (docs/operations.md)."""

FLAT = 0.15
"""By how much the cost of a session may differ from the mean up to the knee."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What one caller saw and heard: intervals in seconds, the share of what was due that
    never came, and how much came in a second."""

    p50: float
    p95: float
    longest: float
    left_out: float
    rate: float


def flow(arrived: Mapping[int, float], rate: float, clock: int, seconds: float) -> Flow:
    """Of when what was due ``rate`` times a second arrived, by timestamps in ticks of ``clock``.

    What is missing between the first and the last is told by their timestamps, and a stream that
    stops by the ``seconds`` that passed; two intervals at the edges do not count.
    """
    if len(arrived) < 2:
        return Flow(seconds, seconds, seconds, 1.0, len(arrived) / seconds)
    first = next(iter(arrived))
    # Timestamps have 32 bits and may begin anywhere (RFC 3550, section 5.1).
    since = [(stamp - first + (1 << 31)) % (1 << 32) - (1 << 31) for stamp in arrived]
    due = max((max(since) - min(since)) * rate / clock + 1, seconds * rate - 2)
    gaps = np.diff(sorted(arrived.values()))
    return Flow(
        p50=float(np.quantile(gaps, 0.5)),
        p95=float(np.quantile(gaps, 0.95)),
        longest=float(gaps.max()),
        left_out=max(0.0, 1 - len(arrived) / due),
        rate=len(arrived) / seconds,
    )


def worst(flows: Sequence[Flow]) -> Flow:
    """Of every figure the worst that any caller has."""
    return Flow(
        p50=max(one.p50 for one in flows),
        p95=max(one.p95 for one in flows),
        longest=max(one.longest for one in flows),
        left_out=max(one.left_out for one in flows),
        rate=min(one.rate for one in flows),
    )


def holds(seen: Flow, fps: int) -> bool:
    """Whether pictures come as they were asked for."""
    return seen.p95 <= STRETCH / fps and seen.left_out <= LEFT_OUT


def knee(rows: Sequence[Mapping[str, Any]]) -> int:
    """The most sessions up to which every number held in one of its trials at least."""
    held = {row["sessions"] for row in rows if row["held"]}
    most = 0
    while most + 1 in held:
        most += 1
    return most


def uneven(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """By how much a session's processor time differs from its mean, at most, up to the knee.

    Of 0.15 that is 15 %; None for fewer than two numbers of sessions.
    """
    most = knee(rows)
    costs: list[float] = [
        row["session_pct"] for row in rows if row["held"] and 1 <= row["sessions"] <= most
    ]
    if len(costs) < 2:
        return None
    mean = sum(costs) / len(costs)
    return max(abs(cost / mean - 1) for cost in costs)
