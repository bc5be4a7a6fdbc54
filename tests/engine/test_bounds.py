from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.motion.bounds import Bounded

MOST, JERK = 200.0, 6e4
Track = NDArray[np.float64]


def followed(wanted: Track, most: float = MOST, jerk: float = JERK) -> Track:
    bounded = Bounded(np.array([most]), np.array([jerk]))
    return np.array([bounded.follow(np.array([value]))[0] for value in wanted])


def smooth(seconds: float, size: float = 15.0, hertz: float = 0.8) -> Track:
    """A motion from rest that a head can make."""
    time = np.arange(round(seconds * 100)) / 100
    return size * (1 - np.cos(2 * np.pi * hertz * time)) * (time**2 / (1 + time**2)) ** 2


def test_what_is_within_the_bounds_passes_to_the_bit() -> None:
    wanted = smooth(5)
    assert np.array_equal(followed(wanted), wanted)


@pytest.mark.parametrize("size", [0.5, 10.0, -40.0])
def test_a_leap_becomes_a_reach_and_ends_where_it_was_meant_to(size: float) -> None:
    wanted = np.concatenate([np.zeros(20), np.full(150, size)])
    shown = followed(wanted)
    assert np.abs(np.diff(shown)).max() * 100 <= MOST
    assert np.abs(np.diff(shown, 3)).max() * 1e6 <= JERK
    assert np.array_equal(shown[100:], wanted[100:])
    reach = np.sign(size) * np.diff(shown)
    assert reach.min() >= -1e-9, "it does not overshoot"


def test_a_leap_onto_a_moving_goal_is_caught_up_with() -> None:
    wanted = smooth(4)
    wanted[150:] += 20
    shown = followed(wanted)
    assert np.array_equal(shown[:150], wanted[:150])
    assert np.array_equal(shown[230:], wanted[230:])
    assert np.abs(np.diff(shown, 3)).max() * 1e6 <= JERK


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=12), st.integers(1, 40))
def test_bounds_hold_whatever_is_wanted(levels: list[float], lasting: int) -> None:
    wanted = np.concatenate([np.zeros(5), np.repeat(levels, lasting)])
    shown = followed(wanted)
    assert np.isfinite(shown).all()
    assert np.abs(np.diff(shown)).max() * 100 <= MOST * (1 + 1e-9)
    assert np.abs(np.diff(shown, 3)).max(initial=0) * 1e6 <= 1.5 * JERK


def test_what_may_start_suddenly_is_only_held_to_its_speed() -> None:
    wanted = np.concatenate([np.zeros(5), np.full(20, 10.0)])
    shown = followed(wanted, 300.0, np.inf)
    assert shown[5:10].tolist() == pytest.approx([3, 6, 9, 10, 10])


def test_values_do_not_know_each_other() -> None:
    bounded = Bounded(np.array([MOST, MOST]), np.array([JERK, JERK]))
    calm = smooth(3)
    leaping = np.where(np.arange(300) // 50 % 2, 20.0, 0.0)
    shown = np.array([bounded.follow(np.array(pair)) for pair in zip(calm, leaping, strict=True)])
    assert np.array_equal(shown[:, 0], calm)
    assert np.array_equal(shown[:, 1], followed(leaping))
