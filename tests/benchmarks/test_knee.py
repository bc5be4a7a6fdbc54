"""Where a machine no longer keeps up, of arrivals that are made up."""

from __future__ import annotations

import pytest

from benchmarks import knee

FPS, CLOCK = 25, 90_000


def arrivals(seconds=10.0, missing=lambda k: False, late=lambda k: 0.0, start=0):
    """Pictures on time but for what is said of them."""
    return {
        (start + 3600 * k) % (1 << 32): k / FPS + late(k)
        for k in range(round(seconds * FPS))
        if not missing(k)
    }


def seen(arrived, seconds=10.0):
    return knee.flow(arrived, FPS, CLOCK, seconds)


@pytest.mark.parametrize("start", [0, 12345, (1 << 32) - 3600 * 50])
def test_pictures_on_time_hold_wherever_timestamps_begin(start):
    found = seen(arrivals(start=start))
    assert (found.left_out, found.rate) == (0, FPS)
    assert (found.p50, found.p95, found.longest) == pytest.approx((0.04, 0.04, 0.04))
    assert knee.holds(found, FPS)


def test_few_missing_hold_and_more_do_not():
    assert knee.holds(seen(arrivals(missing=lambda k: k in (50, 90))), FPS)
    found = seen(arrivals(missing=lambda k: k % 40 == 20))
    assert found.left_out == pytest.approx(1 / 40, abs=0.002) and not knee.holds(found, FPS)


def test_half_the_rate_does_not_hold():
    found = seen(arrivals(missing=lambda k: k % 2 == 1))
    assert (found.p50, found.p95) == pytest.approx((0.08, 0.08)) and not knee.holds(found, FPS)


def test_pictures_that_come_two_at_a_time_do_not_hold_though_none_is_missing():
    found = seen(arrivals(late=lambda k: 0.035 * (k % 2 == 0)))
    assert found.left_out == 0 and not knee.holds(found, FPS)


def test_a_stream_that_stops_and_one_that_never_comes():
    stopped = seen(arrivals(seconds=5.0))
    assert stopped.left_out == pytest.approx(0.5, abs=0.01) and not knee.holds(stopped, FPS)
    assert seen({}).left_out == seen({0: 0.0}).left_out == 1


def test_the_worst_of_all_callers_counts():
    fine, bad = seen(arrivals()), seen(arrivals(missing=lambda k: k % 2 == 1))
    both = knee.worst([fine, bad])
    assert (both.p95, both.left_out, both.rate) == (bad.p95, bad.left_out, bad.rate)


def row(sessions, held, cost=None):
    return {"sessions": sessions, "held": held, "session_pct": cost}


def test_the_knee_is_the_last_before_the_first_that_never_held():
    rows = [row(0, True), row(1, True), row(2, False), row(2, True), row(3, False), row(3, False)]
    assert knee.knee(rows) == 2
    assert knee.knee([*rows, row(4, True)]) == 2, "luck beyond a gap"
    assert knee.knee([row(0, True), row(1, False)]) == 0


def test_flat_is_told_up_to_the_knee():
    rows = [row(0, True), row(1, True, 40.0), row(2, True, 44.0), row(3, False, 20.0)]
    assert knee.uneven(rows) == pytest.approx(2 / 42)
    assert knee.uneven(rows[:2]) is None
