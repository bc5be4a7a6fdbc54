"""The statistics behind the measures: rates, ranks, correlations over time, intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Series = NDArray[np.float64]
Item = TypeVar("Item")


def auc(positive: Series, negative: Series) -> float:
    """Chance that a positive exceeds a negative, ties half (Mann and Whitney 1947); NaN if
    there are none of either."""
    if not len(positive) or not len(negative):
        return float("nan")
    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    wins = ranks.sum() - len(positive) * (len(positive) + 1) / 2
    return float(wins / (len(positive) * len(negative)))


def recall_at(false_positives: float, positive: Series, negative: Series) -> float:
    """Share of positives above the threshold that this share of negatives exceeds.

    The ROC curve is followed in straight lines between its points, so that a constant score earns
    no more than the share itself.
    """
    if not len(positive) or not len(negative):
        return float("nan")
    thresholds = np.unique(np.concatenate([positive, negative]))[::-1]
    hits = np.concatenate([[0], _share_from(thresholds, positive)])
    alarms = np.concatenate([[0], _share_from(thresholds, negative)])
    beyond = int(np.searchsorted(alarms, false_positives, "right"))
    if beyond >= len(alarms):
        return float(hits[-1])
    low, high = alarms[beyond - 1], alarms[beyond]
    share = (false_positives - low) / max(high - low, 1e-12)
    return float(hits[beyond - 1] + (hits[beyond] - hits[beyond - 1]) * share)


def _share_from(thresholds: Series, scores: Series) -> Series:
    """The share of scores that reach each threshold."""
    return 1 - np.searchsorted(np.sort(scores), thresholds, "left") / len(scores)


def spearman(scores: Series, ranks: Series) -> float:
    """Rank correlation; 0 for constant scores, NaN without any."""
    if not len(scores):
        return float("nan")
    if np.ptp(scores) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(scores), rankdata(ranks))[0, 1])


def lagged_moments(moved: Series, reference: Series, most: int) -> Series:
    """(2 * most + 1, 6) sums from which correlations at lags -most..most can be pooled.

    Count, sums, sums of squares and of products of ``moved[k + lag]`` and ``reference[k]``, so a
    positive lag means that ``moved`` is late.
    """
    length = min(len(moved), len(reference))
    sums = np.zeros((2 * most + 1, 6))
    for row, lag in enumerate(range(-most, most + 1)):
        if abs(lag) >= length:
            continue
        x = moved[max(0, lag) : length + min(0, lag)]
        y = reference[max(0, -lag) : length - max(0, lag)]
        sums[row] = len(x), x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()
    return sums


def correlations(moments: Series) -> Series:
    """Pearson correlation at each lag from (lags, 6) sums; 0 where either side is constant."""
    count, x, y, xx, yy, xy = moments.T
    count = np.maximum(count, 1)
    spread_x, spread_y = xx - x * x / count, yy - y * y / count
    moves = (spread_x > 1e-9) & (spread_y > 1e-9)
    scale = np.sqrt(np.where(moves, spread_x * spread_y, 1))
    return np.where(moves, (xy - x * y / count) / scale, 0.0)


def peak(correlation: Series, step_ms: float) -> tuple[float, float]:
    """(lag in ms, correlation) of the highest of an odd number of correlations around lag 0.

    The lag is that of the parabola through the peak and its neighbours. (NaN, 0) if all are alike.
    """
    if np.ptp(correlation) == 0:
        return float("nan"), 0.0
    top = int(correlation.argmax())
    offset = 0.0
    if 0 < top < len(correlation) - 1:
        before, at, after = correlation[top - 1 : top + 2]
        bend = before - 2 * at + after
        offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float((top - len(correlation) // 2 + offset) * step_ms), float(correlation[top])


def interval(
    statistic: Callable[[Sequence[Item]], float],
    items: Sequence[Item],
    resamples: int,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a statistic of items (Efron 1979); NaN if it has none.

    Items are drawn with replacement: give utterances, not frames, as frames of one utterance are
    not independent.
    """
    choice = np.random.default_rng(seed)
    drawn = [
        statistic([items[index] for index in choice.integers(0, len(items), len(items))])
        for _ in range(resamples)
    ]
    values = np.array(drawn)
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
