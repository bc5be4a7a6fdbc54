from __future__ import annotations

import pytest

from server.rtc.bitrate import MIN_BITRATE, START_BITRATE, BitrateGuide

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


def report(guide, losses, *, sending=None, start=0.0):
    """A report each half second, with what is sent as the guide says; returns the targets."""
    targets = []
    for number, fraction in enumerate(losses):
        now = start + number / 2
        for step in range(10):
            guide.sent((sending or guide.target) // 8 // 20, now + step / 20)
        guide.loss(fraction, now + 0.5)
        targets.append(guide.target)
    return targets


@pytest.mark.parametrize("ceiling", [400_000, 850_000, 3_000_000])
def test_a_call_starts_low_and_reaches_the_target_within_three_seconds(ceiling):
    guide = BitrateGuide(ceiling, 48_000)
    assert guide.target == ceiling
    assert guide.opened(0.0) == guide.target == max(START_BITRATE, ceiling // 6)
    rising = report(guide, [0.0] * 6)
    assert rising == sorted(rising) and rising[-1] == ceiling
    assert not guide.congested


def test_the_ramp_ends_at_the_first_loss_that_counts(guide):
    guide.opened(0.0)
    before = report(guide, [0.0, 0.0])[-1]
    assert report(guide, [0.05] * 4, start=1.0) == [before] * 4
    after = report(guide, [0.0] * 4, start=3.0)
    assert before < after[-1] < 1.4 * before and guide.congested


def test_much_loss_lowers_the_rate_by_half_of_it(guide):
    assert report(guide, [0.4])[-1] == pytest.approx(CEILING / 2 * 0.8, rel=0.2)
    falling = report(guide, [0.4] * 10, start=1.0)
    assert falling == sorted(falling, reverse=True) and falling[-1] == MIN_BITRATE


def test_losses_that_retransmission_makes_good_change_nothing(guide):
    assert report(guide, [0.0, 0.02, 0.05, 0.09, 0.0]) == [CEILING] * 5


def test_reports_of_the_same_loss_lower_the_rate_once(guide):
    guide.sent(CEILING // 8, 0.9)
    guide.loss(0.5, 1.0)
    once = guide.target
    for number in range(5):
        guide.loss(0.5, 1.0 + number * 0.05)
    assert guide.target == once
    guide.loss(0.5, 1.4)
    assert guide.target < once


def test_where_nothing_is_heard_the_rate_stays(guide):
    start = guide.opened(0.0)
    assert guide.target == start
    guide.loss(0.0, 60.0)
    assert guide.target < 3 * start
