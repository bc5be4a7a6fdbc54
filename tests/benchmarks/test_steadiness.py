"""What a soak says of series that are made up."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import soak, steadiness
from benchmarks.steadiness import HELD, NOT_HELD, OPEN, no_more, none_of, passed, slope, steady


def syllables(hours, drift, noise=15.0, seed=1):
    """Sync of somebody who speaks all the time."""
    rng = np.random.default_rng(seed)
    at = np.arange(0, hours, 1.3 / 3600)
    return at, drift * at + rng.normal(-5, noise, len(at))


def judged(at, values, limit=1.0, **more):
    return steady("x", "ms", limit, list(at), list(values), **more).verdict


@pytest.mark.parametrize(
    ("hours", "drift", "verdict"),
    [
        (8, 0.0, HELD),
        (8, 0.9, HELD),
        (8, 2.0, NOT_HELD),
        (8, -2.0, NOT_HELD),
        (1, 20.0, NOT_HELD),
        (0.05, 0.0, OPEN),
    ],
)
def test_drift_is_told_from_noise(hours, drift, verdict):
    assert judged(*syllables(hours, drift)) == verdict


def test_the_error_is_that_of_the_slope():
    found = [slope(*syllables(2, 3.0, seed=seed)) for seed in range(40)]
    rates = np.array([one.per_hour for one in found])
    assert np.mean(rates) == pytest.approx(3.0, abs=0.2)
    assert np.std(rates) == pytest.approx(np.mean([one.error for one in found]), rel=0.3)


def test_wrong_readings_do_not_count():
    at, values = syllables(8, 0.0)
    values[-40:] += 400
    values[::97] = np.nan
    assert judged(at, values) == HELD


def test_what_fills_at_the_start_is_no_leak_and_what_goes_on_is():
    at = np.arange(0, 1, 1 / 60)
    noise = np.random.default_rng(2).normal(0, 0.3, len(at))
    filling = 400 + 20 * (1 - np.exp(-at / 0.02)) + noise
    assert judged(at, filling, 5.0, either_way=False) == HELD
    assert judged(at, filling + 12 * at, 5.0, either_way=False) == NOT_HELD
    assert judged(at, filling - 12 * at, 5.0, either_way=False) == HELD


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0], [float("nan")] * 9])
def test_too_little_says_nothing(values):
    assert judged(np.arange(len(values)) / 60, values) == OPEN
    assert slope(range(len(values)), values) is None


def test_counts():
    assert no_more("files", [40, 42, 43, 42, 41]).verdict == HELD
    assert no_more("files", [40 + k // 4 for k in range(60)]).verdict == NOT_HELD
    assert no_more("files", [40]).verdict == OPEN


def test_faults_fail_the_whole():
    fine, bad = none_of("faults", []), none_of("faults", ["the page called anew after 3 min"])
    assert fine.verdict == HELD and "called anew" in bad.found
    assert passed([fine, steadiness.Finding("x", "", OPEN)]) and not passed([fine, bad])


def run_of(minutes, leak=0.0, drift=0.0):
    run, rng = soak.Run(), np.random.default_rng(3)
    for minute in range(1, minutes + 1):
        row = dict.fromkeys(soak.COLUMNS, 100.0) | {"minute": minute, "files": 60, "threads": 20}
        row["server_mb"] = 150 + leak * minute / 60 + rng.normal(0, 0.2)
        run.rows.append(row)
    at, values = syllables(minutes / 60, drift)
    run.keep(1e9 + 3600 * at, values)
    return run


def test_a_run_is_judged_by_all_of_it():
    whole = soak.judged(run_of(240))
    assert len(whole) == 8 and passed(whole) and {one.verdict for one in whole} == {HELD}
    leaks = soak.judged(run_of(240, leak=20))
    assert [one.what for one in leaks if one.verdict == NOT_HELD] == [
        "memory of the server does not grow"
    ]
    drifts = soak.judged(run_of(240, drift=5))
    assert drifts[0].verdict == NOT_HELD and drifts[0].found.startswith(("+4", "+5"))
    run = run_of(240)
    run.note("the page called anew")
    assert not passed(soak.judged(run))
