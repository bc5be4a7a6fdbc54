from __future__ import annotations

import pytest

from server.rtc.pacing import BURST, TRANSIT, Bucket, Keyframes


def test_what_fits_the_burst_does_not_wait():
    bucket = Bucket(BURST)
    bucket.rate = 1_000_000
    for number in range(100):
        waits = [bucket.owe(1000, number * 0.04) for _ in range(5)]
        assert waits == [0.0] * 5


def test_a_keyframe_is_spread_over_its_time():
    bucket, now, waited = Bucket(BURST), 10.0, []
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
