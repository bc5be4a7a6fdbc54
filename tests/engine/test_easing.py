from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.motion.easing import Reach, Roaming, Spring

PLACES = st.floats(-1, 1)
SECONDS = st.floats(0.1, 3)


@given(PLACES, PLACES, st.floats(0.02, 1))
def test_a_spring_comes_to_its_target_and_not_past_it(start, target, time_s):
    spring = Spring(time_s, start)
    path = np.array([spring.step(target) for _ in range(round(1200 * time_s) + 1)])
    assert path[-1] == pytest.approx(target, abs=0.01)
    assert min(start, target) - 1e-9 <= path.min() <= path.max() <= max(start, target) + 1e-9


def test_a_spring_is_as_quick_as_it_says():
    spring = Spring(0.5)
    path = [spring.step(1.0) for _ in range(300)]
    assert path[round(100 * 1.68 * 0.5) - 1] == pytest.approx(0.5, abs=0.02)
    assert path[round(100 * 3.89 * 0.5) - 1] == pytest.approx(0.9, abs=0.02)


@given(PLACES, PLACES, SECONDS)
def test_a_reach_is_there_in_time_with_one_peak_of_speed(start, goal, seconds):
    reach = Reach(start)
    reach.to(goal, seconds)
    path = np.array([start] + [reach.step() for _ in range(round(seconds * 100) + 2)])
    assert reach.there and path[-1] == goal
    speed = np.abs(np.diff(path)) * 100
    # Flash and Hogan: the peak is 1.875 times the mean.
    assert speed.max() <= 1.9 * abs(goal - start) / seconds + 1e-6


@given(st.lists(st.tuples(PLACES, st.integers(1, 40)), min_size=2, max_size=6))
def test_a_reach_that_is_led_elsewhere_goes_on_without_a_jump(goals):
    reach = Reach()
    path = [0.0, 0.0]
    for goal, steps in goals:
        reach.to(goal, 0.5)
        path += [reach.step() for _ in range(steps)]
    # Half a second to go 2 at most, thrice as quick as that at the very worst.
    assert np.abs(np.diff(path)).max() < 0.3
    assert np.abs(np.diff(path, 2)).max() < 0.05


def test_roaming_keeps_to_its_spread_and_has_no_rhythm():
    path = np.array([])
    for seed in range(4):
        roaming = Roaming(np.random.default_rng(seed), 1.0, 2.0)
        path = np.append(path, [roaming.step() for _ in range(6000)])
    assert 1.0 < path.std() < 2.5
    assert abs(path.mean()) < 0.4
    assert np.abs(path).max() < 8
    centred = path - path.mean()
    lags = [
        np.dot(centred[:-lag], centred[lag:]) / (centred @ centred) for lag in range(150, 600, 10)
    ]
    assert np.max(lags) < 0.3
