from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.timeline import HOP, MOTION_HOP, SAMPLE_RATE, Delay, FrameGrid, ms, samples_from_ms

RATES = st.integers(1, 120)
FRAMES = st.integers(0, 10_000_000)


@given(st.integers(0, 10_000))
def test_whole_milliseconds_are_whole_samples(milliseconds: int) -> None:
    assert samples_from_ms(milliseconds) == 16 * milliseconds
    assert ms(16 * milliseconds) == milliseconds


def test_hops_nest() -> None:
    assert ms(HOP) == 20
    assert ms(MOTION_HOP) == 10


@given(RATES, FRAMES)
def test_frames_tile_the_timeline(fps: int, index: int) -> None:
    grid = FrameGrid(fps)
    assert grid.start(index) + grid.duration(index) == grid.start(index + 1)
    assert abs(grid.duration(index) - Fraction(SAMPLE_RATE, fps)) < 1


@given(RATES, FRAMES)
def test_frames_never_drift(fps: int, index: int) -> None:
    exact = Fraction(index * SAMPLE_RATE, fps)
    assert 0 <= exact - FrameGrid(fps).start(index) < 1
    assert FrameGrid(fps).start(index * fps) == index * SAMPLE_RATE


@given(RATES, FRAMES)
def test_a_frame_is_drawn_for_its_middle(fps: int, index: int) -> None:
    grid = FrameGrid(fps)
    middle = grid.start(index) + Fraction(grid.duration(index), 2)
    assert abs(grid.centre(index) - middle) <= 1
    assert 0 <= grid.centre(index) - grid.start(index) <= grid.half


@given(RATES, st.integers(0, 10**12))
def test_every_sample_lies_in_the_frame_that_is_named(fps: int, time: int) -> None:
    grid = FrameGrid(fps)
    index = grid.at(time)
    assert grid.start(index) <= time < grid.start(index + 1)


@given(RATES, st.integers(1, 10_000_000))
def test_a_frame_begins_with_its_first_sample(fps: int, index: int) -> None:
    grid = FrameGrid(fps)
    assert grid.at(grid.start(index)) == index
    assert grid.at(grid.start(index) - 1) == index - 1


@pytest.mark.parametrize(("fps", "starts"), [(25, [0, 640, 1280]), (30, [0, 533, 1066, 1600])])
def test_known_grids(fps: int, starts: list[int]) -> None:
    grid = FrameGrid(fps)
    assert [grid.start(index) for index in range(len(starts))] == starts
    assert grid.rate == fps


def test_a_delay_in_milliseconds() -> None:
    assert Delay("look-ahead", 960).ms == 60
