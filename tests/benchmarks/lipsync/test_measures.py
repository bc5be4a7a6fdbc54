"""The measures, on series whose figures are known, and against the definitions' first statement."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy", reason="the measures need scipy")

from scipy.ndimage import gaussian_filter1d

from benchmarks.lipsync import phones
from benchmarks.lipsync.measures import (
    MEASURES,
    capture_scores,
    evidence,
    intervals,
    reference_aperture,
    scores,
    shifted,
)
from engine.phones import PHONES
from models.corpus import Segment
from tests.conftest import ROOT

FIRST_STATEMENT = ROOT.parent / "shared" / "lipsync" / "lipsync_metrics.py"
SAID = [
    *("SIL", "P", "AA", "T", "UW", "F", "IY", "M", "B", "OW"),
    *("K", "W", "EH", "S", "V", "AE", "HH", "IH", "SIL"),
]
NAMES = {
    "closure_auc": "closure_auc_cons",
    "closure_vs_vowels_auc": "closure_auc",
    "closure_recall": "closure_recall5",
    "rounding_auc": "rounding_auc",
    "labiodental_auc": "labiodental_auc",
    "openness_rho": "openness_rho",
    "silence": "silence_ok",
    "lag_ms": "lag_ms",
    "correlation": "corr",
    "correlation_at_0": "corr0",
}
Series = dict[str, np.ndarray]


def spoken(names: list[str], seconds: float = 0.12) -> list[Segment]:
    lengths = [0.4 if name == "SIL" else seconds for name in names]
    edges = np.concatenate([[0], np.cumsum(lengths)])
    return [Segment(a, b, n) for a, b, n in zip(edges[:-1], edges[1:], names, strict=True)]


def series_of(segments: list[Segment], value) -> np.ndarray:
    series = np.zeros(round(segments[-1].end * 100))
    for start, end, phone in segments:
        series[round(start * 100) : round(end * 100)] = value(phone)
    return series


def perfect(segments: list[Segment]) -> Series:
    """Lips that do at each moment what the phone asks for."""
    return {
        "aperture": series_of(segments, lambda p: phones.OPENING.get(p, 0.3)),
        "rounding": series_of(segments, lambda p: float(p in phones.ROUNDED)),
        "labiodental": series_of(segments, lambda p: float(p in phones.LABIODENTAL)),
    }


def test_the_classes_cover_the_alphabet() -> None:
    shapeless = {phones.TAKES_ITS_NEIGHBOURS}
    assert set(phones.OPENING) | shapeless == set(PHONES)
    for group in (phones.LABIAL, phones.VOWELS, phones.ROUNDED, phones.SPREAD):
        assert group <= set(PHONES)


def test_lips_that_do_what_is_asked_score_best() -> None:
    # SIL pads the labial between T and K windows, so that those are judged too.
    segments = spoken(
        ["SIL", "P", "AA", "AA", "T", "IY", "UW", "AA", "K", "AE", "F", "EH", "B", "SIL"]
    )
    found = scores([evidence(perfect(segments), segments)])
    for name in ("closure_auc", "closure_vs_vowels_auc", "closure_recall", "silence"):
        assert found[name] == 1, name
    assert found["rounding_auc"] == found["labiodental_auc"] == 1
    assert found["openness_rho"] > 0.9
    assert found["correlation_at_0"] > 0.9
    assert abs(found["lag_ms"]) < 5


def test_a_still_mouth_earns_nothing() -> None:
    segments = spoken(SAID)
    still = {name: np.full(300, 0.5) for name in ("aperture", "rounding", "labiodental")}
    found = scores([evidence(still, segments)])
    assert found["closure_auc"] == found["rounding_auc"] == found["labiodental_auc"] == 0.5
    assert found["closure_recall"] == pytest.approx(0.05)
    assert found["openness_rho"] == found["silence"] == found["correlation_at_0"] == 0
    assert np.isnan(found["lag_ms"])


@pytest.mark.parametrize("late", [-3, 2, 7])
def test_the_lag_is_found_and_taken_off(late: int) -> None:
    segments = spoken(SAID)
    moved = {"aperture": np.roll(perfect(segments)["aperture"], late)}
    found = scores([evidence(moved, segments)])
    assert found["lag_ms"] == pytest.approx(10 * late, abs=8)
    back = scores([evidence(shifted(moved, 10 * late), segments)])
    assert back["lag_ms"] == pytest.approx(0, abs=8)


def test_what_a_system_does_not_move_is_not_judged() -> None:
    segments = spoken(SAID)
    found = scores([evidence({"aperture": perfect(segments)["aperture"]}, segments)])
    assert np.isnan(found["rounding_auc"]) and np.isnan(found["labiodental_auc"])
    assert np.isfinite(found["closure_vs_vowels_auc"])


def test_bilabials_in_a_row_are_one_closure() -> None:
    segments = spoken(["AA", "M", "B", "AA"])
    assert len(evidence(perfect(segments), segments).bilabial) == 1


def test_a_consonant_near_a_closure_or_a_pause_is_no_counterexample() -> None:
    segments = spoken(["SIL", "T", "AA", "S", "AA", "K", "P", "AA"])
    assert len(evidence(perfect(segments), segments).consonant) == 1


def test_a_phone_without_a_shape_takes_that_of_its_neighbours() -> None:
    segments = spoken(["AA", "HH", "AA"])
    assert reference_aperture(segments, 36)[10:26].min() > 0.97


def test_intervals_hold_the_figure() -> None:
    choice = np.random.default_rng(1)
    segments = spoken(SAID)
    items = [
        evidence(
            {k: v + choice.normal(0, 0.3, len(v)) for k, v in perfect(segments).items()}, segments
        )
        for _ in range(12)
    ]
    found, ranges = scores(items), intervals(items, 60)
    for name in MEASURES:
        low, high = ranges[name]
        assert low <= found[name] <= high, name


def test_the_capture_is_followed_at_its_best_lag() -> None:
    jaw = gaussian_filter1d(np.random.default_rng(3).normal(0, 1, 800), 4)
    found = capture_scores({"aperture": np.roll(jaw, 4)}, {"jaw": jaw, "rounding": jaw})
    assert found["jaw_lag_ms"] == pytest.approx(40, abs=5)
    assert found["jaw_r"] > 0.95 > found["jaw_r_at_0"]
    assert np.isnan(found["rounding_r"])


@pytest.fixture(scope="module")
def first_statement() -> ModuleType:
    if not FIRST_STATEMENT.exists():
        pytest.skip("the definitions' first statement is not beside this checkout")
    spec = importlib.util.spec_from_file_location("lipsync_metrics", FIRST_STATEMENT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def theirs(segments: list[Segment]) -> list[tuple[float, float, str]]:
    return [(s.start, s.end, "pau" if s.phone == "SIL" else s.phone.lower()) for s in segments]


def agree(module: ModuleType, utterances: list[tuple[Series, list[Segment]]]) -> None:
    series = {f"{number:03}": lips for number, (lips, _) in enumerate(utterances)}
    labels = {f"{number:03}": theirs(segments) for number, (_, segments) in enumerate(utterances)}
    with np.errstate(all="ignore"):
        wanted = module.evaluate_timit(series, labels, 0, 0)
    found = scores([evidence(lips, segments) for lips, segments in utterances])
    for ours, name in NAMES.items():
        if wanted[name] is not None and np.isfinite(wanted[name]):
            assert found[ours] == pytest.approx(wanted[name], abs=1e-6), ours


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_random_series_score_as_first_defined(first_statement: ModuleType, data) -> None:
    choice = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    utterances = []
    for _ in range(3):
        names = ["SIL", "P", "AA", "T", "IY", *choice.choice(PHONES, 20), "UW", "F", "SIL"]
        lengths = choice.uniform(0.003, 0.3, len(names))
        lengths[0] = 0.25  # without a long pause the first statement calls silence 0, not unknown
        edges = np.concatenate([[0], np.cumsum(lengths)]).round(3)
        segments = [Segment(a, b, n) for a, b, n in zip(edges[:-1], edges[1:], names, strict=True)]
        length = int(edges[-1] * 100) + int(choice.integers(0, 3))
        steps = choice.choice([3, 10, 1000])  # few steps, so that there are ties
        lips = {
            name: np.round(choice.random(length) * steps) / steps
            for name in ("aperture", "rounding", "labiodental")
        }
        utterances.append((lips, segments))
    agree(first_statement, utterances)


def test_recorded_speech_scores_as_first_defined(first_statement: ModuleType) -> None:
    from benchmarks.lipsync.clips import Missing, capture, held_out
    from benchmarks.lipsync.systems import loudness

    try:
        clips = held_out(1)
        captured = capture()
    except Missing as error:
        pytest.skip(str(error))
    series = [loudness(clip)["aperture"] for clip in clips]
    agree(
        first_statement,
        [
            ({"aperture": one, "rounding": one[::-1], "labiodental": 1 - one}, list(clip.segments))
            for one, clip in zip(series, clips, strict=True)
        ],
    )
    for clip, one in zip(clips, series, strict=True):
        assert one == pytest.approx(
            first_statement.rms_causal_baseline(clip.floats)["aperture"], abs=1e-6
        )
    from benchmarks.lipsync.clips import CAPTURE

    reference = first_statement.load_mocap(str(CAPTURE))
    lips = {"aperture": loudness(captured.clip)["aperture"], "rounding": captured.series["jaw"]}
    wanted = first_statement.evaluate_mocap(
        {captured.clip.name: lips}, {captured.clip.name: reference[captured.clip.name]}
    )
    found = capture_scores(lips, captured.series)
    for name in ("jaw_r", "jaw_lag_ms", "rounding_r", "rounding_lag_ms"):
        assert found[name] == pytest.approx(wanted[name], abs=1e-6), name
    assert found["jaw_r_at_0"] == pytest.approx(wanted["jaw_r0"], abs=1e-6)
