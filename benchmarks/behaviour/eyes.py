"""Where eyes look in the room, and how they get there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import curve_fit

from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import RATE, Array, Flags, Performed

_FAST = 30.0
"""Degrees a second above which it is a saccade."""

_LEAST = 1.0
"""Degrees of a saccade that counts; what is smaller belongs to the fixation."""

_ON_VIEWER = 4.2
"""Degrees from the middle of the viewer's face that is still a look at it (Gamer & Hecht 2007: some
4 degrees to either side pass for a look into the eyes)."""

_SHORTEST_LOOK_S = 0.15
_TURN_START_S, _TURN_END_S = (0.0, 1.0), (-0.4, 0.4)


@dataclass(frozen=True, slots=True)
class Saccade:
    """Samples ``first`` to ``last``, ``size`` in degrees, ``peak`` in degrees a second."""

    first: int
    last: int
    size: float
    peak: float


def saccades(gaze: Array) -> list[Saccade]:
    """Those in a gaze (N, 2) in degrees at 100 Hz.

    Samples are 10 ms apart, a small saccade has three: the speed is that of a cubic spline
    through them, at 1 kHz.
    """
    speed = np.linalg.norm(np.diff(gaze, axis=0), axis=1) * RATE
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (speed > _FAST).astype(int), [0]])))
    found = []
    for first, last in edges.reshape(-1, 2):
        size = float(np.linalg.norm(gaze[last] - gaze[first]))
        lo, hi = max(0, first - 4), min(len(gaze), last + 5)
        if size < _LEAST or hi - lo < 5:
            continue
        curve = CubicSpline(np.arange(lo, hi) / RATE, gaze[lo:hi])
        fine = np.linalg.norm(curve(np.arange(lo * 10, hi * 10 - 9) / RATE / 10, 1), axis=1)
        found.append(Saccade(int(first), int(last), size, float(fine.max())))
    return found


def main_sequence(found: Sequence[Saccade]) -> tuple[float, float]:
    """The asymptote in degrees a second and the constant in degrees of V (1 - exp(-A / c))."""
    if len(found) < 10:
        return float("nan"), float("nan")
    size, peak = np.array([(one.size, one.peak) for one in found]).T
    (fastest, constant), _ = curve_fit(_rise, size, peak, (500.0, 10.0), bounds=(1, (2000, 100)))
    return float(fastest), float(constant)


def _rise(size: Array, fastest: float, constant: float) -> Array:
    return np.asarray(fastest * (1 - np.exp(-size / constant)))


def findings(talking: Sequence[Performed], listening: Sequence[Performed]) -> list[Finding]:
    """All that is told of gaze."""
    found = [saccades(one.gaze) for one in (*talking, *listening)]
    together = [one for some in found for one in some]
    many = len(together)
    fastest, constant = main_sequence(together)
    at_5, at_10 = (float(_rise(np.array(a), fastest, constant)) for a in (5.0, 10.0))
    sizes = np.array([one.size for one in together] or [float("nan")])
    small = 100 * float(np.mean(sizes <= 15))
    rests = [_rests(some) for some in found[: len(talking)]]
    return [
        Finding("gaze", "saccades, fastest (main sequence)", fastest, "°/s", of=many),
        Finding("gaze", "main sequence at 5°", at_5, "°/s", of=many),
        Finding("gaze", "main sequence at 10°", at_10, "°/s", of=many),
        Finding("gaze", "saccades up to 15°", small, "%", of=many),
        Finding("gaze", "saccade, median size", float(np.median(sizes)), "°", of=many),
        Finding(
            "gaze", "fixation while talking, median", _median(rests), "s", of=sum(map(len, rests))
        ),
        *_looks("talking", talking),
        *_looks("listening", listening),
        *_about_turns(talking),
    ]


def on_viewer(one: Performed) -> Flags:
    """(N,) whether eyes look at the viewer's face."""
    return np.asarray(np.linalg.norm(one.gaze, axis=1) <= _ON_VIEWER)


def _rests(found: Sequence[Saccade]) -> Array:
    """Seconds between the end of each and the start of the next."""
    return np.array([(b.first - a.last) / RATE for a, b in pairwise(found)])


def _median(parts: Sequence[Array]) -> float:
    together = np.concatenate(parts)
    return float(np.median(together)) if len(together) else float("nan")


def _looks(state: str, performed: Sequence[Performed]) -> list[Finding]:
    """Share of the time, and lengths of looks at the viewer and away, during the voice's turns."""
    runs_at: list[float] = []
    runs_away: list[float] = []
    on = total = 0
    for one in performed:
        looking, spans = on_viewer(one), one.within(one.talk.turns)
        on, total = on + int((looking & spans).sum()), total + int(spans.sum())
        for value, first, last in _runs(looking):
            if not spans[(first + last) // 2] or first == 0 or last == len(one):
                continue
            (runs_at if value else runs_away).append((last - first) / RATE)
    of = len(runs_at) + len(runs_away)
    seconds = [float(np.mean(runs)) if runs else float("nan") for runs in (runs_at, runs_away)]
    return [
        Finding("gaze", f"at the viewer while {state}", 100 * on / max(1, total), "%", of=of),
        Finding("gaze", f"one look at the viewer, {state}", seconds[0], "s", of=len(runs_at)),
        Finding("gaze", f"one look away, {state}", seconds[1], "s", of=len(runs_away)),
    ]


def _runs(flags: Flags) -> list[tuple[bool, int, int]]:
    """(value, first, last) of what is the same on end; flickers are part of what is about them."""
    edges = [0, *(np.flatnonzero(np.diff(flags.astype(int))) + 1).tolist(), len(flags)]
    runs: list[tuple[bool, int, int]] = []
    for first, last in pairwise(edges):
        value = bool(flags[first])
        if runs and (last - first < _SHORTEST_LOOK_S * RATE or value == runs[-1][0]):
            runs[-1] = (runs[-1][0], runs[-1][1], last)
        else:
            runs.append((value, first, last))
    return runs


def _about_turns(talking: Sequence[Performed]) -> list[Finding]:
    """Looks away as turns begin, and back as they end."""
    away, back, many = 0, 0, 0
    for one in talking:
        looking = on_viewer(one)
        for start, end in one.talk.turns:
            many += 1
            first, last = (round((start + off) * RATE) for off in _TURN_START_S)
            away += bool((~looking[first:last]).mean() > 0.2)
            first, last = (round((end + off) * RATE) for off in _TURN_END_S)
            back += bool(looking[first:last].any())
    return [
        Finding(
            "gaze", "turns that begin with a look away", 100 * away / max(1, many), "%", of=many
        ),
        Finding("gaze", "turns that end at the viewer", 100 * back / max(1, many), "%", of=many),
    ]
