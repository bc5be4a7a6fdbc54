"""What lips are judged by: phone labels for speech, a performance capture for geometry.

Lips are series at 100 Hz in [0, 1]; sample k is what is on screen at k * 10 ms of the sound:

    aperture      vertical lip opening, 0 closed, 1 a wide /aa/
    rounding      lips drawn together and forward, 1 an /u/ (may be missing)
    labiodental   lower lip under the upper teeth, 1 an /f/ (may be missing)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from benchmarks.lipsync import phones
from benchmarks.lipsync.statistics import (
    Series,
    auc,
    correlations,
    interval,
    lagged_moments,
    peak,
    recall_at,
    spearman,
)
from engine.timeline import MOTION_HOP, SAMPLE_RATE
from models.corpus import Segment

RATE = SAMPLE_RATE // MOTION_HOP
STEP_MS = 1000 / RATE
Lips = Mapping[str, NDArray[np.floating]]

_CLOSURE_MARGIN_S = 0.04
_CONTACT_MARGIN_S = 0.02
_LONG_SILENCE_S = 0.15
_CLOSED = 0.05
_FALSE_CLOSURES = 0.05
_REFERENCE_SMOOTHING_MS = 30
_MOST_LAG = 40
_MOST_CAPTURE_LAG = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one utterance says about a system, before anything is pooled.

    bilabial, consonant    least aperture of each bilabial and of each consonant without the lips
    vowel, height          median aperture of each vowel, and 0, 1, 2 for a high, mid, low one
    rounded, spread        median rounding of each rounded and of each front vowel
    contact, other         largest labiodental value of each F, V and of every other consonant
    silence                samples in long silences: closed, all
    moments                sums for the correlation with the labels' aperture, by lag
    """

    bilabial: Series
    consonant: Series
    vowel: Series
    height: Series
    rounded: Series
    spread: Series
    contact: Series
    other: Series
    silence: tuple[int, int]
    moments: Series


def evidence(lips: Lips, segments: Sequence[Segment]) -> Evidence:
    """What ``lips`` did during the phones of one utterance."""
    aperture = np.asarray(lips["aperture"], np.float64)
    bilabials = list(_bilabial_events(segments))
    pauses = [s for s in segments if s.phone == phones.SILENCE]
    vowels = [s for s in segments if s.phone in phones.VOWELS]
    others = [s for s in segments if _is_consonant(s.phone) and s.phone not in phones.BILABIAL]
    unlabial = [s for s in others if s.phone not in phones.LABIAL]
    plain = [s for s in unlabial if not any(_near(s, one) for one in (*bilabials, *pauses))]
    return Evidence(
        bilabial=_each(np.min, aperture, bilabials, _CLOSURE_MARGIN_S),
        consonant=_each(np.min, aperture, plain, _CLOSURE_MARGIN_S),
        vowel=_each(np.median, aperture, vowels),
        height=np.array([_height(s.phone) for s in vowels], np.float64),
        rounded=_each(np.median, lips.get("rounding"), _of(segments, phones.ROUNDED)),
        spread=_each(np.median, lips.get("rounding"), _of(segments, phones.SPREAD)),
        contact=_each(
            np.max, lips.get("labiodental"), _of(others, phones.LABIODENTAL), _CONTACT_MARGIN_S
        ),
        other=_each(
            np.max,
            lips.get("labiodental"),
            [*bilabials, *(s for s in others if s.phone not in phones.LABIODENTAL)],
            _CONTACT_MARGIN_S,
        ),
        silence=_closed(aperture, pauses),
        moments=lagged_moments(aperture, reference_aperture(segments, len(aperture)), _MOST_LAG),
    )


def _pooled(items: Sequence[Evidence], name: str) -> Series:
    return np.concatenate([getattr(one, name) for one in items])


def _silence(items: Sequence[Evidence]) -> float:
    closed, everything = np.sum([one.silence for one in items], axis=0)
    return float(closed / everything) if everything else float("nan")


def _correlation(items: Sequence[Evidence]) -> Series:
    return correlations(np.sum([one.moments for one in items], axis=0))


MEASURES: dict[str, Callable[[Sequence[Evidence]], float]] = {
    "closure_auc": lambda e: auc(-_pooled(e, "bilabial"), -_pooled(e, "consonant")),
    "closure_vs_vowels_auc": lambda e: auc(-_pooled(e, "bilabial"), -_pooled(e, "vowel")),
    "closure_recall": lambda e: recall_at(
        _FALSE_CLOSURES, -_pooled(e, "bilabial"), -_pooled(e, "vowel")
    ),
    "rounding_auc": lambda e: auc(_pooled(e, "rounded"), _pooled(e, "spread")),
    "labiodental_auc": lambda e: auc(_pooled(e, "contact"), _pooled(e, "other")),
    "openness_rho": lambda e: spearman(_pooled(e, "vowel"), _pooled(e, "height")),
    "silence": _silence,
    "lag_ms": lambda e: peak(_correlation(e), STEP_MS)[0],
    "correlation": lambda e: peak(_correlation(e), STEP_MS)[1],
    "correlation_at_0": lambda e: float(_correlation(e)[_MOST_LAG]),
}
"""Every figure of a set of utterances, by name; docs/lipsync.md defines them."""


def scores(items: Sequence[Evidence]) -> dict[str, float]:
    """All measures of a set of utterances; NaN where there was nothing to judge."""
    return {name: measure(items) for name, measure in MEASURES.items()}


def intervals(items: Sequence[Evidence], resamples: int) -> dict[str, tuple[float, float]]:
    """95 % bootstrap interval of every measure, over utterances."""
    return {name: interval(measure, items, resamples) for name, measure in MEASURES.items()}


def capture_scores(lips: Lips, capture: Mapping[str, Series]) -> dict[str, float]:
    """Pearson correlation of aperture with the captured jaw, and of rounding with the captured
    rounding: at the best lag within 200 ms, at lag 0, and that lag (late is positive).

    NaN for what the system does not move.
    """
    found: dict[str, float] = {}
    for ours, theirs in (("aperture", "jaw"), ("rounding", "rounding")):
        best = at_0 = lag = float("nan")
        if ours in lips:
            moved = np.asarray(lips[ours], np.float64)
            by_lag = correlations(lagged_moments(moved, capture[theirs], _MOST_CAPTURE_LAG))
            lag, best = peak(by_lag, STEP_MS)
            at_0 = float(by_lag[_MOST_CAPTURE_LAG])
        found |= {f"{theirs}_r": best, f"{theirs}_r_at_0": at_0, f"{theirs}_lag_ms": lag}
    return found


def shifted(lips: Lips, late_ms: float) -> dict[str, NDArray[np.floating]]:
    """The same lips played ``late_ms`` earlier: what holding the sound back by that much does."""
    steps = round(late_ms / STEP_MS)
    return {name: _shifted(np.asarray(series), steps) for name, series in lips.items()}


def _shifted(series: NDArray[np.floating], steps: int) -> NDArray[np.floating]:
    padded = np.pad(series, (max(0, -steps), max(0, steps)), mode="edge")
    start = max(0, steps)
    return padded[start : start + len(series)]


def reference_aperture(segments: Sequence[Segment], length: int) -> Series:
    """(length,) the opening that the phones ask for, smoothed by a Gaussian of 30 ms."""
    openings = [phones.OPENING.get(s.phone, 0.0) for s in segments]
    for index, segment in enumerate(segments):
        if segment.phone == phones.TAKES_ITS_NEIGHBOURS:
            openings[index] = _between(segments, openings, index)
    per_ms = np.zeros(round(length * STEP_MS))
    for segment, opening in zip(segments, openings, strict=True):
        per_ms[round(segment.start * 1000) : round(segment.end * 1000)] = opening
    smooth = gaussian_filter1d(per_ms, _REFERENCE_SMOOTHING_MS)
    return np.asarray(smooth[:: round(STEP_MS)][:length])


def _between(segments: Sequence[Segment], openings: Sequence[float], index: int) -> float:
    """The mean opening of a phone's neighbours that have one of their own."""
    shapeless = (phones.TAKES_ITS_NEIGHBOURS, phones.SILENCE)
    beside = [
        openings[at]
        for at in (index - 1, index + 1)
        if 0 <= at < len(segments) and segments[at].phone not in shapeless
    ]
    return float(np.mean(beside)) if beside else phones.ALONE


def _bilabial_events(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Bilabials, those that follow each other as one: the lips stay shut between them."""
    event: Segment | None = None
    for segment in segments:
        if segment.phone in phones.BILABIAL:
            event = event._replace(end=segment.end) if event else segment
        elif event:
            yield event
            event = None
    if event:
        yield event


def _is_consonant(phone: str) -> bool:
    return phone not in phones.VOWELS and phone != phones.SILENCE


def _of(segments: Sequence[Segment], wanted: frozenset[str]) -> list[Segment]:
    return [s for s in segments if s.phone in wanted]


def _near(segment: Segment, other: Segment) -> bool:
    """Whether the two windows in which closures are looked for overlap."""
    margin = _CLOSURE_MARGIN_S
    return (
        other.start - margin < segment.end + margin and other.end + margin > segment.start - margin
    )


def _height(phone: str) -> int:
    return 0 if phone in phones.HIGH else 1 if phone in phones.MID else 2


def _each(
    summary: Callable[[Series], np.floating],
    series: NDArray[np.floating] | None,
    segments: Sequence[Segment],
    margin_s: float = 0.0,
) -> Series:
    """The summary of a series in each segment, widened by a margin on both sides."""
    if series is None:
        return np.zeros(0)
    windows = (_window(np.asarray(series, np.float64), s, margin_s) for s in segments)
    return np.array([float(summary(window)) for window in windows])


def _window(series: Series, segment: Segment, margin_s: float) -> Series:
    """The samples within a segment; the nearest one if it is too short for any."""
    start, end = (segment.start - margin_s) * RATE, (segment.end + margin_s) * RATE
    first = max(0, int(np.ceil(start - 1e-6)))
    stop = min(len(series), int(np.floor(end + 1e-6)) + 1)
    if stop > first:
        return series[first:stop]
    nearest = min(max(0, round((start + end) / 2)), len(series) - 1)
    return series[nearest : nearest + 1]


def _closed(aperture: Series, pauses: Sequence[Segment]) -> tuple[int, int]:
    """How many samples of the long pauses show closed lips, and how many there are."""
    closed = everything = 0
    for pause in pauses:
        if pause.end - pause.start > _LONG_SILENCE_S:
            part = aperture[int(np.ceil(pause.start * RATE)) : int(pause.end * RATE) + 1]
            closed += int((part < _CLOSED).sum())
            everything += len(part)
    return closed, everything
