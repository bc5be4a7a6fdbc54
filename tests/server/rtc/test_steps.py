"""When pictures become smaller, and when they come back."""

from __future__ import annotations

from fractions import Fraction

import pytest

from server.rtc.steps import DOWN, STEPS, UP, Steps


def follow(steps, share, start, seconds):
    """The scales that come into force, with their times, in reports twice a second."""
    found = []
    for number in range(int(seconds * 2)):
        now = start + number / 2
        if steps.follow(share, now):
            found.append((now, steps.scale))
    return found


def test_the_smallest_picture_comes_half_as_often_before_it_has_too_few_bits():
    steps = Steps()
    follow(steps, 0.11, 0.0, 30)
    assert (steps.scale, steps.stride) == (Fraction(1, 2), 2)
    follow(steps, 0.16, 30.0, 30)
    assert steps.stride == 2
    follow(steps, 0.22, 60.0, 30)
    assert (steps.scale, steps.stride) == (Fraction(1, 2), 1)


def test_a_low_rate_steps_down_after_a_while_and_again():
    steps = Steps()
    found = follow(steps, 0.14, 0.0, 20)
    assert [scale for _, scale in found] == [Fraction(3, 4), Fraction(1, 2)]
    assert 2 < found[0][0] < 6 and found[1][0] > found[0][0] + 1


def test_a_rate_that_swings_is_judged_by_its_mean():
    steps = Steps()
    for start in range(0, 60, 3):
        assert follow(steps, 0.2, start, 1.5) == follow(steps, 0.8, start + 1.5, 1.5) == []
    for start in range(60, 120, 2):
        follow(steps, 0.2, start, 1.0)
        follow(steps, 0.35, start + 1.0, 1.0)
    assert steps.scale == Fraction(3, 4)


def test_it_comes_back_later_than_it_went():
    steps = Steps()
    follow(steps, 0.14, 0.0, 20)
    found = follow(steps, 0.9, 20.0, 30)
    assert [scale for _, scale in found] == [Fraction(3, 4), Fraction(1)]
    assert found[0][0] >= 28 and found[1][0] >= found[0][0] + 8


@pytest.mark.parametrize("share", [0.16, 0.2, 0.31, 0.4, 0.49])
def test_no_rate_goes_back_and_forth(share):
    steps = Steps()
    assert len(follow(steps, share, 0.0, 120)) <= 1


def test_each_threshold_for_coming_back_can_be_reached_by_its_encoder():
    for level, share in enumerate(UP):
        assert DOWN[level] < share < float(STEPS[level + 1][0] ** 2)


@pytest.mark.parametrize(("size", "smaller"), [((512, 512), (384, 384)), ((1280, 720), (960, 540))])
def test_sizes_are_even_and_never_tiny(size, smaller):
    steps = Steps()
    assert steps.size(*size) == size
    follow(steps, 0.2, 0.0, 10)
    assert steps.size(*size) == smaller
    assert steps.size(18, 16) == (16, 16)
