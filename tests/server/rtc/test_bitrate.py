from __future__ import annotations

import pytest

from server.rtc.bitrate import MIN_BITRATE, BitrateGuide

CEILING = 800_000


@pytest.fixture
def guide():
    return BitrateGuide(CEILING, 48_000)


def run(guide, seconds, *, sending, estimate, start=0.0):
    """Send at a rate and take an estimate every 250 ms; returns the targets told."""
    told = []
    for step in range(int(seconds * 20)):
        now = start + step / 20
        guide.sent(sending // 8 // 20, now)
        if step % 5 == 4:
            told.append(guide.estimate(estimate, now))
    return [target for target in told if target is not None]


def test_a_quiet_face_is_not_mistaken_for_a_narrow_network(guide):
    assert run(guide, 10, sending=250_000, estimate=385_000) == []
    assert guide.target == CEILING


def test_congestion_lowers_the_rate_at_once_and_leaves_room_for_the_voice(guide):
    run(guide, 2, sending=900_000, estimate=500_000)
    assert guide.target == round(500_000 * 0.85) - 48_000


def test_the_rate_recovers_gradually_to_the_ceiling(guide):
    run(guide, 2, sending=900_000, estimate=300_000)
    low = guide.target
    rising = run(guide, 3, sending=150_000, estimate=300_000, start=2)
    assert rising == sorted(rising) and low < rising[-1] < 1.6 * low
    run(guide, 20, sending=150_000, estimate=300_000, start=5)
    assert guide.target == CEILING


def test_it_never_falls_below_what_shows_a_face(guide):
    run(guide, 2, sending=900_000, estimate=10_000)
    assert guide.target == MIN_BITRATE


def test_another_picture_may_use_more_or_fewer(guide):
    assert guide.move_ceiling(2 * CEILING) == guide.target == 2 * CEILING
    assert guide.move_ceiling(CEILING // 2) == CEILING // 2


def test_a_larger_picture_makes_no_network_wider(guide):
    for number in range(50):
        guide.sent(CEILING // 8 // 50, number / 50)
    narrow = guide.estimate(CEILING // 2, 1.0)
    assert narrow is not None and narrow < CEILING
    assert guide.move_ceiling(2 * CEILING) == narrow
    assert guide.move_ceiling(narrow // 2) == narrow // 2


def test_small_changes_are_not_told(guide):
    run(guide, 2, sending=900_000, estimate=500_000)
    assert run(guide, 2, sending=900_000, estimate=495_000, start=2) == []
