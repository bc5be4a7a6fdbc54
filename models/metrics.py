"""How well posteriors name what a face has to show, frame by frame and event by event."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.stats import rankdata

from engine.face import Floats
from engine.phones import PHONES, VISEMES, viseme_matrix

FRAME_MS = 10
EVENT_MARGIN = 4
"""Frames (40 ms) by which a bilabial event may miss the true one."""

LONG_SILENCE = 15
"""Frames (150 ms) from which a silence counts as one, not as a stop's closure."""

VOWELS = frozenset(
    ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"]
)
ROUNDED = frozenset(["AO", "OW", "OY", "UH", "UW", "W"])
LABIALS = frozenset(["P", "B", "M", "F", "V", "W"])
_OPENNESS_STEPS = {
    0.0: "SIL P B M",
    0.12: "F V",
    0.15: "S Z",
    0.22: "CH JH SH ZH W",
    0.25: "TH DH T D N",
    0.35: "L K G NG R IY Y UW",
    0.45: "HH IH UH ER",
    0.65: "AH EH EY OW OY",
    0.85: "AO AY AW AE",
    1.0: "AA",
}
OPENNESS: Floats = np.array(
    [
        next(step for step, phones in _OPENNESS_STEPS.items() if phone in phones.split())
        for phone in PHONES
    ],
    np.float32,
)
"""(40,) how far the mouth opens for each phone, 0 closed, 1 as in 'father'."""

_VISEMES = viseme_matrix()
_VISEME_INDEX = _VISEMES.argmax(axis=1)
_IS_VOWEL = np.array([phone in VOWELS for phone in PHONES])
_IS_ROUNDED = np.array([phone in ROUNDED for phone in PHONES])


@dataclass(frozen=True)
class Heard:
    """One utterance: ``labels`` (T,) with -1 for unknown, ``posteriors`` (T, 40) and ``loudness``
    (T,), the mean of the log-mel frame, all of the same frames."""

    labels: NDArray[np.int64]
    posteriors: Floats
    loudness: Floats


def scores(heard: Sequence[Heard]) -> dict[str, float]:
    """All metrics of posteriors, pooled over utterances; see the model card for what each means."""
    labels = np.concatenate([one.labels for one in heard])
    posteriors = np.concatenate([one.posteriors for one in heard])
    known = labels >= 0
    true, said = labels[known], posteriors[known].argmax(axis=1)
    speech = true > 0
    same_viseme = (posteriors[known] @ _VISEMES).argmax(axis=1) == _VISEME_INDEX[true]
    precision, recall, onset = bilabial_events(heard)
    return {
        "phone_accuracy": float((said == true).mean()),
        "viseme_accuracy": float(same_viseme.mean()),
        "viseme_accuracy_in_speech": float(same_viseme[speech].mean()),
        "bilabial_f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "bilabial_precision": precision,
        "bilabial_recall": recall,
        "bilabial_onset_ms": onset,
        "closure_auc": closure_auc(heard, [_viseme(one.posteriors, "PP") for one in heard]),
        "labiodental_auc": labiodental_auc(heard),
        "rounding_auc": rounding_auc(labels, posteriors),
        "silence_accuracy": silence_accuracy(heard),
        "false_silence": float((said[speech] == 0).mean()),
        "openness_r": openness_r(heard, [one.posteriors @ OPENNESS for one in heard]),
    }


def loudness_scores(heard: Sequence[Heard]) -> dict[str, float]:
    """What loudness alone gives, where it can say anything."""
    return {
        "closure_auc": closure_auc(heard, [-one.loudness for one in heard]),
        "openness_r": openness_r(heard, [one.loudness for one in heard]),
    }


def bilabial_events(heard: Sequence[Heard]) -> tuple[float, float, float]:
    """Precision, recall, and median onset error in ms (late is positive) of P, B, M events.

    An event is a run of frames whose most likely viseme is PP; it is right if its middle lies
    within 40 ms of a true one that no other event has claimed.
    """
    right, found, wanted, errors = 0, 0, 0, []
    pp = VISEMES.index("PP")
    for one in heard:
        true = _runs((one.labels >= 0) & (_VISEME_INDEX[one.labels] == pp))
        said = _runs((one.posteriors @ _VISEMES).argmax(axis=1) == pp)
        wanted, found = wanted + len(true), found + len(said)
        for start, stop in said:
            middle = (start + stop) / 2
            near = [t for t in true if t[0] - EVENT_MARGIN <= middle <= t[1] + EVENT_MARGIN]
            if near:
                true.remove(near[0])
                right += 1
                errors.append((start - near[0][0]) * FRAME_MS)
    onset = float(np.median(errors)) if errors else float("nan")
    return right / max(found, 1), right / max(wanted, 1), onset


def closure_auc(heard: Sequence[Heard], closed: Sequence[Floats]) -> float:
    """Chance that a bilabial peaks higher in ``closed`` than another consonant without the lips.

    Peaks are taken within 40 ms of the phone; consonants closer than that to a labial, or to a
    silence, do not count.
    """
    positive: list[float] = []
    negative: list[float] = []
    for one, curve in zip(heard, closed, strict=True):
        runs = _segments(one.labels)
        for start, stop, phone in runs:
            first, last = max(0, start - EVENT_MARGIN), stop + EVENT_MARGIN
            peak = float(curve[first:last].max())
            if phone in ("P", "B", "M"):
                positive.append(peak)
            elif phone not in VOWELS and not _touches(one.labels[first:last]):
                negative.append(peak)
    return auc(np.array(positive), np.array(negative))


def labiodental_auc(heard: Sequence[Heard]) -> float:
    """Chance that F or V peaks higher in the FF viseme than another consonant, within 20 ms."""
    positive: list[float] = []
    negative: list[float] = []
    for one in heard:
        curve = _viseme(one.posteriors, "FF")
        for start, stop, phone in _segments(one.labels):
            if phone == "SIL" or phone in VOWELS:
                continue
            peak = float(curve[max(0, start - 2) : stop + 2].max())
            (positive if phone in ("F", "V") else negative).append(peak)
    return auc(np.array(positive), np.array(negative))


def rounding_auc(labels: NDArray[np.int64], posteriors: Floats) -> float:
    """Chance that a frame of a rounded vowel or W has more rounded mass than one of another
    vowel."""
    rounded = posteriors @ _IS_ROUNDED.astype(np.float32)
    known = labels >= 0
    positive = known & _IS_ROUNDED[labels]
    negative = known & _IS_VOWEL[labels] & ~_IS_ROUNDED[labels]
    return auc(rounded[positive], rounded[negative])


def silence_accuracy(heard: Sequence[Heard]) -> float:
    """Share of the frames of silences over 150 ms that are called silence."""
    called = [
        one.posteriors[start:stop].argmax(axis=1) == 0
        for one in heard
        for start, stop, phone in _segments(one.labels)
        if phone == "SIL" and stop - start >= LONG_SILENCE
    ]
    return float(np.concatenate(called).mean()) if called else float("nan")


def openness_r(heard: Sequence[Heard], curves: Sequence[Floats]) -> float:
    """Pearson correlation of ``curves`` with the labels' mouth opening, smoothed by 30 ms."""
    target, given = [], []
    for one, curve in zip(heard, curves, strict=True):
        known = one.labels >= 0
        smooth = gaussian_filter1d(OPENNESS[one.labels].astype(np.float64), 3.0)
        target.append(smooth[known])
        given.append(curve[known])
    wanted, said = np.concatenate(target), np.concatenate(given)
    return float(np.corrcoef(wanted, said)[0, 1]) if np.ptp(said) > 0 else 0.0


def auc(positive: NDArray[np.floating], negative: NDArray[np.floating]) -> float:
    """Chance that a positive exceeds a negative, ties half (Mann and Whitney 1947)."""
    if not len(positive) or not len(negative):
        return float("nan")
    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    wins = ranks.sum() - len(positive) * (len(positive) + 1) / 2
    return float(wins / (len(positive) * len(negative)))


def _viseme(posteriors: Floats, name: str) -> Floats:
    return np.asarray(posteriors @ _VISEMES[:, VISEMES.index(name)])


def _touches(labels: NDArray[np.int64]) -> bool:
    """Whether a labial or a silence is among these frames."""
    return any(PHONES[label] in LABIALS or label <= 0 for label in np.unique(labels))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, stop) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _segments(labels: NDArray[np.int64]) -> list[tuple[int, int, str]]:
    """(start, stop, phone) of each run of one known label."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(labels)) + 1, [len(labels)]])
    return [
        (int(start), int(stop), PHONES[labels[start]])
        for start, stop in itertools.pairwise(edges)
        if labels[start] >= 0
    ]
