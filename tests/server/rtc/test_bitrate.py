from __future__ import annotations

import itertools

import pytest

from server.rtc.bitrate import (
    MIN_BITRATE,
    NEAR,
    PATIENCE,
    QUEUE_SHARE,
    SHARE,
    START_BITRATE,
    BitrateGuide,
)

CEILING = 800_000


@pytest.fixture
def guide():
    return BitrateGuide(CEILING)


def run(guide, seconds, *, sending, estimate, start=0.0):
    """Send at a rate and take an estimate, or several in turn, every 250 ms; returns the targets
    told.
    """
    told, estimates = [], itertools.cycle([estimate] if isinstance(estimate, int) else estimate)
    for step in range(int(seconds * 20)):
        now = start + step / 20
        guide.sent(sending // 8 // 20, now)
        if step % 5 == 4:
            told.append(guide.estimate(next(estimates), now))
    return [target for target in told if target is not None]


def test_a_quiet_face_is_not_mistaken_for_a_narrow_network(guide):
    assert run(guide, 10, sending=250_000, estimate=385_000) == []
    assert guide.target == CEILING


def test_an_estimate_that_has_not_yet_caught_up_is_no_congestion(guide):
    guide.opened(0.0)
    run(guide, 2, sending=150_000, estimate=230_000)
    rising = [round(230_000 * 1.02**k) for k in range(40)]
    run(guide, 10, sending=800_000, estimate=rising, start=2)
    assert guide.target == CEILING


def test_an_estimate_that_falls_lowers_the_rate_at_once(guide):
    run(guide, 2, sending=900_000, estimate=950_000)
    guide.estimate(500_000, 2.0)
    assert guide.target == round(500_000 * SHARE)


def test_what_another_receiver_estimated_says_nothing(guide):
    run(guide, 2, sending=900_000, estimate=950_000)
    target = guide.opened(2.0)
    guide.estimate(400_000, 2.1)
    assert guide.target >= target
    assert guide.ramping


def test_so_does_one_that_stays_below_what_is_sent(guide):
    run(guide, 2, sending=900_000, estimate=500_000)
    assert guide.target == round(500_000 * SHARE)


def test_the_rate_recovers_gradually_and_feels_for_what_was_too_much(guide):
    run(guide, 3, sending=500_000, estimate=[600_000] * 11 + [300_000])
    low = guide.target
    rising = run(guide, 3, sending=150_000, estimate=300_000, start=3)
    assert rising == sorted(rising) and low < rising[-1] < 1.6 * low
    run(guide, 8, sending=150_000, estimate=300_000, start=6)
    assert guide.target == pytest.approx(NEAR * 500_000, rel=0.06)
    run(guide, 60, sending=150_000, estimate=300_000, start=14)
    assert guide.target == CEILING


def test_a_low_estimate_that_no_queue_confirms_is_no_congestion(guide):
    for step in range(60):
        guide.sent(600_000 // 8 // 20, step / 20)
        if step % 5 == 4:
            guide.no_queue()
            guide.estimate(180_000, step / 20)
    assert guide.target == CEILING


def test_a_queue_lowers_the_rate_before_anything_is_lost(guide):
    run(guide, 2, sending=600_000, estimate=950_000)
    assert guide.queue(2.0) == pytest.approx(600_000 * QUEUE_SHARE, rel=0.06)
    assert guide.queue(2.1) is None


def test_what_was_too_much_again_is_avoided_for_longer(guide):
    run(guide, 2, sending=400_000, estimate=950_000)
    waits, now = [], 2.0
    for _ in range(3):
        guide.queue(now)
        lowered = now
        while guide.target < 380_000:
            guide.sent(guide.target // 40, now)
            guide.loss(0.0, now)
            now += 0.2
        waits.append(now - lowered)
    assert PATIENCE < waits[0] < waits[1] < waits[2]


def test_it_never_falls_below_what_shows_a_face(guide):
    run(guide, 2, sending=900_000, estimate=10_000)
    assert guide.target == MIN_BITRATE


def test_another_picture_may_use_more_or_fewer(guide):
    assert guide.move_ceiling(2 * CEILING) == guide.target == 2 * CEILING
    assert guide.move_ceiling(CEILING // 2) == CEILING // 2


def test_a_larger_picture_makes_no_network_wider(guide):
    for number in range(50):
        guide.sent(CEILING // 8 // 50, number / 50)
    guide.estimate(CEILING, 1.0)
    narrow = guide.estimate(CEILING // 2, 1.0)
    assert narrow is not None and narrow < CEILING
    assert guide.move_ceiling(2 * CEILING) == narrow
    assert guide.move_ceiling(narrow // 2) == narrow // 2


def test_small_changes_are_not_told(guide):
    run(guide, 2, sending=900_000, estimate=500_000)
    assert guide.estimate(495_000, 2.0) is None


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
    guide = BitrateGuide(ceiling)
    assert guide.target == ceiling
    assert guide.opened(0.0) == guide.target == max(START_BITRATE, ceiling // 6)
    rising = report(guide, [0.0] * 6)
    assert rising == sorted(rising) and rising[-1] == ceiling
    assert not guide.congested


def test_the_ramp_ends_where_too_much_is_lost(guide):
    guide.opened(0.0)
    before = report(guide, [0.0, 0.0])[-1]
    after = report(guide, [0.3], start=1.0)[-1]
    assert after < 0.7 * before and guide.congested
    rising = report(guide, [0.0] * 4, start=1.5)
    assert rising[-1] < 1.5 * after


def test_much_loss_lowers_the_rate_by_half_of_it(guide):
    assert report(guide, [0.4])[-1] == pytest.approx(CEILING / 2 * 0.8, rel=0.2)
    falling = report(guide, [0.6] * 6, start=1.0)
    assert falling == sorted(falling, reverse=True) and falling[-1] == MIN_BITRATE


def test_losses_that_retransmission_makes_good_change_nothing(guide):
    assert report(guide, [0.0, 0.02, 0.05, 0.09, 0.0]) == [CEILING] * 5


def test_one_bad_report_in_a_lossy_network_is_chance(guide):
    assert report(guide, [0.02, 0.0, 0.12, 0.0, 0.04, 0.12]) == [CEILING] * 6


def test_what_is_always_lost_is_the_nature_of_the_network(guide):
    guide.opened(0.0)
    report(guide, [0.09] * 60)
    assert guide.target == CEILING


def test_reports_of_the_same_loss_lower_the_rate_once(guide):
    guide.sent(CEILING // 8, 0.9)
    guide.loss(0.5, 1.0)
    once = guide.target
    for number in range(4):
        guide.loss(0.5, 1.0 + number * 0.05)
    assert guide.target == once
    guide.loss(0.5, 1.4)
    assert guide.target < once


def test_where_nothing_is_heard_the_rate_stays(guide):
    start = guide.opened(0.0)
    guide.loss(0.0, 60.0)
    assert guide.target < 3 * start


def test_a_queue_before_anything_was_sent_does_no_harm():
    guide = BitrateGuide(800_000)
    guide.opened(0.0)
    guide.queue(1.0)
    guide.estimate(10_000_000, 1.2)
    assert guide.target >= MIN_BITRATE
