"""Blinks: how often, when, and how a lid moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import RATE, Array, Flags, Performed

_SHUTS, _PARTIAL = 0.25, 0.85
"""Closure beyond where lids rest, from which it is a blink, and from which it is a whole one."""

_EDGE = 0.05
"""Share of a blink's depth at which its phases begin and end."""

_SHIFTS = 200
_AFTER_END_S = (-0.1, 0.6)
"""About the end of a phrase."""


@dataclass(frozen=True, slots=True)
class BlinkSeen:
    """One blink: times in seconds, ``depth`` 0..1, speeds in depths per second."""

    start_s: float
    closing_s: float
    opening_s: float
    depth: float
    closing_speed: float
    opening_speed: float


def blinks(closure: Array) -> list[BlinkSeen]:
    """Those in a lid's closure (N,) at 100 Hz."""
    rest = _resting(closure)
    over = closure - rest
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (over > _SHUTS).astype(int), [0]])))
    seen = []
    for first, last in edges.reshape(-1, 2):
        lo, hi = max(0, first - 12), min(len(over), last + 40)
        if last - first > 60 or hi - lo < 8:
            continue
        seen.append(_measured(over, lo, hi, first + int(np.argmax(over[first:last]))))
    return seen


def _resting(closure: Array) -> Array:
    """Where the lids are between blinks: they droop with the mood."""
    span = RATE
    padded = np.pad(closure, span // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)[: len(closure) : 10]
    return np.interp(np.arange(len(closure)), np.arange(len(windows)) * 10, np.median(windows, 1))


def _measured(over: Array, lo: int, hi: int, peak: int) -> BlinkSeen:
    curve = CubicSpline(np.arange(lo, hi), over[lo:hi])
    fine = np.arange(lo, hi - 1, 0.1)
    values, speeds = curve(fine), curve(fine, 1) * RATE
    depth = float(over[peak])
    top = np.flatnonzero(values >= (1 - _EDGE) * values.max())
    shut, opens = int(top[0]), int(top[-1])
    before = np.flatnonzero(values[:shut] < _EDGE * depth)
    after = np.flatnonzero(values[opens:] < _EDGE * depth)
    start = int(before[-1]) if len(before) else 0
    end = opens + int(after[0]) if len(after) else len(values) - 1
    return BlinkSeen(
        fine[start] / RATE,
        (shut - start) / 10 / RATE,
        (end - opens) / 10 / RATE,
        depth,
        float(speeds[start : shut + 1].max()) / depth,
        float(-speeds[opens : end + 1].min()) / depth,
    )


def findings(
    talking: Sequence[Performed], listening: Sequence[Performed], resting: Performed, seed: int
) -> list[Finding]:
    """All that is told of blinks."""
    seen = [blinks(one.shape("eyeBlink")) for one in talking]
    heard = [blinks(one.shape("eyeBlink")) for one in listening]
    quiet = blinks(resting.shape("eyeBlink"))
    turns = [one.within(one.talk.turns) for one in talking]
    others = [one.within(one.talk.turns) for one in listening]
    count = sum(map(len, seen))
    return [
        _rate("a minute, while talking", seen, turns),
        _rate("a minute, while listening", heard, others),
        Finding(
            "blinks", "a minute, when nobody speaks", len(quiet) / resting.minutes, of=len(quiet)
        ),
        *_intervals(seen),
        Finding(
            "blinks",
            "at ends of phrases, times chance",
            _at_ends(talking, seen, seed),
            "×",
            of=count,
        ),
        *_kinematics([one for some in (*seen, *heard, quiet) for one in some]),
    ]


def _rate(
    what: str,
    seen: Sequence[Sequence[BlinkSeen]],
    spans: Sequence[Flags],
) -> Finding:
    inside = sum(
        bool(flags[int(blink.start_s * RATE)])
        for some, flags in zip(seen, spans, strict=True)
        for blink in some
    )
    minutes = sum(int(flags.sum()) for flags in spans) / RATE / 60
    rate = inside / minutes if minutes else float("nan")
    return Finding("blinks", what, rate, of=inside)


def _intervals(seen: Sequence[Sequence[BlinkSeen]]) -> list[Finding]:
    gaps = np.concatenate([np.diff([blink.start_s for blink in some]) for some in seen])
    if len(gaps) < 5:
        gaps = np.full(5, np.nan)
    variation = float(gaps.std() / gaps.mean())
    skewed = float(gaps.mean() / np.median(gaps))
    many = len(gaps)
    return [
        Finding("blinks", "interval, median", float(np.median(gaps)), "s", of=many),
        Finding("blinks", "interval, spread over mean", variation, of=many),
        Finding("blinks", "interval, mean over median", skewed, of=many),
    ]


def _at_ends(
    talking: Sequence[Performed],
    seen: Sequence[Sequence[BlinkSeen]],
    seed: int,
) -> float:
    """How much oftener a blink starts about a phrase's end than if they were shifted at random."""
    rng = np.random.default_rng(seed)
    at_ends, by_chance = 0.0, 0.0
    for one, some in zip(talking, seen, strict=True):
        near = np.zeros(len(one), bool)
        for _, end in one.talk.phrases:
            first, last = (round((end + off) * RATE) for off in _AFTER_END_S)
            near[max(0, first) : last] = True
        starts: NDArray[np.intp] = np.array([int(blink.start_s * RATE) for blink in some], int)
        at_ends += near[starts].sum()
        shifts = rng.integers(0, len(one), _SHIFTS)
        by_chance += near[(starts[None] + shifts[:, None]) % len(one)].sum() / _SHIFTS
    return float(at_ends / by_chance) if by_chance else float("nan")


def _kinematics(seen: Sequence[BlinkSeen]) -> list[Finding]:
    whole = [blink for blink in seen if blink.depth >= _PARTIAL]
    if not whole:
        return []
    closing, opening, shut_speed, open_speed = np.array(
        [(b.closing_s, b.opening_s, b.closing_speed, b.opening_speed) for b in whole]
    ).T
    many = len(whole)
    partial = 100 * (1 - many / len(seen))
    return [
        Finding("blinks", "closing takes", 1000 * float(np.median(closing)), "ms", of=many),
        Finding("blinks", "opening takes", 1000 * float(np.median(opening)), "ms", of=many),
        Finding(
            "blinks",
            "closing speed over opening speed",
            float(np.median(shut_speed / open_speed)),
            "×",
            of=many,
        ),
        Finding("blinks", "that are partial", partial, "%", of=len(seen)),
    ]
