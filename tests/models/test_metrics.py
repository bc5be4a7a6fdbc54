import numpy as np
import pytest

pytest.importorskip("scipy", reason="the evaluation needs scipy")

from engine.phones import PHONES
from models.metrics import Heard, auc, bilabial_events, loudness_scores, scores

SPOKEN = [
    "SIL",
    "SIL",
    "T",
    "AA",
    "P",
    "AA",
    "S",
    "OW",
    "B",
    "IY",
    "F",
    "UW",
    "K",
    "AE",
    "M",
    "EH",
    "SIL",
    "SIL",
]
FRAMES = 12


def labels() -> np.ndarray:
    return np.repeat([PHONES.index(phone) for phone in SPOKEN], FRAMES)


def heard(shift: int = 0, certainty: float = 0.9) -> Heard:
    """A listener that is right, ``shift`` frames late."""
    true = labels()
    posteriors = np.full((len(true), 40), (1 - certainty) / 39, np.float32)
    posteriors[np.arange(len(true)), np.roll(true, shift)] = certainty
    return Heard(true, posteriors, np.zeros(len(true), np.float32))


def test_a_perfect_listener_scores_one():
    result = scores([heard()])
    perfect = [name for name in result if name.endswith(("accuracy", "f1", "auc", "in_speech"))]
    assert {name: result[name] for name in perfect} == dict.fromkeys(perfect, 1.0)
    assert result["false_silence"] == 0
    assert result["openness_r"] > 0.9


def test_a_deaf_listener_scores_as_chance():
    true = labels()
    deaf = Heard(true, np.full((len(true), 40), 1 / 40, np.float32), np.zeros(len(true)))
    result = scores([deaf])
    assert result["closure_auc"] == result["rounding_auc"] == 0.5
    assert result["bilabial_f1"] == 0


@pytest.mark.parametrize(("shift", "right"), [(3, 1.0), (-3, 1.0), (11, 0.0)])
def test_bilabials_may_miss_by_40_ms(shift: int, right: float):
    precision, recall, onset = bilabial_events([heard(shift)])
    assert precision == recall == right
    assert right == 0 or onset == shift * 10


def test_auc_counts_ties_as_half():
    assert auc(np.array([2.0, 1.0]), np.array([1.0, 0.0])) == 0.875


def test_loudness_is_judged_only_where_it_says_something():
    assert set(loudness_scores([heard()])) == {"closure_auc", "openness_r"}
