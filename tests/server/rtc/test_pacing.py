from __future__ import annotations

import pytest

from server.rtc.pacing import CALM, MOST_PATIENCE, TRANSIT, Bucket, Keyframes


def test_what_fits_the_burst_does_not_wait():
    bucket = Bucket(6000)
    bucket.rate = 1_000_000
    for number in range(100):
        waits = [bucket.owe(1000, number * 0.04) for _ in range(5)]
        assert waits == [0.0] * 5


def test_a_keyframe_is_spread_over_its_time():
    bucket, now, waited = Bucket(6000), 10.0, []
    bucket.rate = 2_000_000
    for _ in range(16):
        waited.append(bucket.owe(1000, now))
        now += waited[-1]
    assert waited[:6] == [0.0] * 6
    assert waited[6:] == [pytest.approx(1000 * 8 / 2_000_000)] * 10


def test_a_budget_is_spent_and_comes_back():
    bucket = Bucket(3000)
    bucket.rate = 80_000
    assert [bucket.take(1000, 0.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert bucket.take(1000, 0.1) and not bucket.take(1000, 0.1)
    assert [bucket.take(1000, 60.0) for _ in range(5)] == [True] * 3 + [False] * 2


def test_one_keyframe_answers_all_requests_until_it_can_have_come():
    keyframes = Keyframes()
    assert keyframes.wanted(0.0)
    keyframes.made(0.0)
    assert not keyframes.wanted(TRANSIT - 0.01) and keyframes.wanted(TRANSIT)
    keyframes.round_trip = 0.2
    assert not keyframes.wanted(TRANSIT + 0.19) and keyframes.wanted(TRANSIT + 0.21)


def test_there_are_no_storms_of_keyframes():
    keyframes, made = Keyframes(), []
    for number in range(3000):
        now = number / 100
        if keyframes.wanted(now):
            keyframes.made(now)
            made.append(now)
    assert made[:4] == pytest.approx([0.0, TRANSIT, 3 * TRANSIT, 7 * TRANSIT])
    assert len(made) < 17
    assert made[-1] - made[-2] == pytest.approx(MOST_PATIENCE, abs=0.02)
    keyframes.made(30 + CALM)
    assert keyframes.wanted(30.01 + CALM + TRANSIT)
