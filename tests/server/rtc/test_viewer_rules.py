"""Keyframes asked for together, and networks that are spared: with clocks by hand."""

from __future__ import annotations

import pytest

from server.rtc import viewer_rules as module
from server.rtc.viewer_rules import KeyframeRequests, Pace, SentRate


@pytest.fixture
def forced():
    return []


def test_requests_at_once_are_one_keyframe(forced):
    keyframes = KeyframeRequests(lambda: forced.append(1))
    for _ in range(20):
        keyframes.ask(10.0)
    assert len(forced) == 1


def test_a_request_too_soon_waits_for_its_turn(forced):
    keyframes = KeyframeRequests(lambda: forced.append(1))
    keyframes.ask(10.0)
    keyframes.ask(10.1)
    keyframes.tick(10.2)
    assert len(forced) == 1
    keyframes.tick(10.0 + module.KEYFRAME_INTERVAL)
    keyframes.tick(20.0)
    assert len(forced) == 2


def test_a_keyframe_that_came_anyway_serves_all(forced):
    keyframes = KeyframeRequests(lambda: forced.append(1))
    keyframes.ask(10.0)
    keyframes.ask(10.1)
    keyframes.came()
    keyframes.tick(20.0)
    assert len(forced) == 1


def test_a_slow_network_is_spared_and_tried_again():
    pace = Pace()
    pace.opened(10.0)
    pace.estimate(100_000, 1_000_000, 10.5)
    pace.estimate(100_000, 1_000_000, 12.0)
    assert not pace.holding, "too early to tell"
    now = 10.0 + module.TRIAL
    pace.estimate(600_000, 1_000_000, now)
    pace.estimate(400_000, 1_000_000, now + 0.1)
    pace.estimate(600_000, 1_000_000, now + 0.6)
    pace.estimate(400_000, 1_000_000, now + 0.7)
    assert not pace.holding, "for a moment only"
    now += 0.7 + module.SLOW_FOR
    pace.estimate(400_000, 1_000_000, now)
    assert pace.holding
    assert not pace.resumes(now + module.HOLD - 0.01)
    assert pace.resumes(now + module.HOLD)
    pace.estimate(100_000, 1_000_000, now + module.HOLD + 0.1)
    assert not pace.holding, "it was sent little: the estimate says little"


def held(pace, now):
    """Seconds without pictures after a trial that begins at ``now``, and when they end."""
    failed = now + module.TRIAL
    pace.lost(0.5, failed)
    pace.lost(0.5, failed)
    assert pace.holding
    now = failed
    while not pace.resumes(now):
        now += 0.5
    return now - failed, now


def test_each_trial_that_fails_leaves_sound_in_peace_for_longer():
    pace, now, holds = Pace(), 10.0, []
    pace.opened(now)
    for _ in range(7):
        hold, now = held(pace, now)
        holds.append(hold)
    assert holds == [2, 4, 8, 16, 30, 30, 30]


def test_pictures_that_flowed_for_long_make_a_network_as_good_as_new():
    pace = Pace()
    pace.opened(10.0)
    _, now = held(pace, 10.0)
    assert held(pace, now + module.FORGIVEN)[0] == module.HOLD


def test_two_reports_of_great_loss_are_a_slow_network_and_one_is_not():
    pace = Pace()
    pace.opened(10.0)
    later = 10.0 + module.TRIAL
    for fraction in (0.5, 0.0, 0.5, 0.1):
        pace.lost(fraction, later)
        assert not pace.holding
    pace.lost(0.3, later)
    pace.lost(0.3, later)
    assert pace.holding


def test_the_rate_is_that_of_the_last_seconds():
    rate = SentRate()
    for step in range(100):
        rate.add(500, 10.0 + step * 0.04)
    assert rate.bits_per_second == pytest.approx(500 * 8 * 25, rel=0.03)
    rate.add(0, 20.0)
    assert rate.bits_per_second == 0.0
