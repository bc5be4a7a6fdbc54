from __future__ import annotations

import pytest

from engine.calibration import TOGETHER, WARM_UP_HOPS, speed
from engine.errors import InvalidInput
from engine.options import SessionOptions
from engine.steps import Due
from tests.engine.sessions import engine


class Sessions:
    """An engine whose sessions need a quarter of real time each, by a clock that it moves."""

    skipped_frames, picture = 0, None

    def __init__(self, fails=False):
        self.now, self.pushed, self.open, self.fails = 0.0, 0, 0, fails

    def session(self, options, clock):
        self.options = options
        self.open += 1
        return self

    def steps(self, hop, behind):
        assert hop.shape == (960,) and hop.dtype == "int16" and not behind
        self.pushed += 1
        self.now += 0.001
        yield Due.PICTURE
        if self.fails:
            raise InvalidInput("picture", 1, "draw another")
        self.now += 0.004

    def close(self):
        self.open -= 1


def test_speed_is_media_time_of_all_over_time_taken():
    made = Sessions()
    assert speed(made, SessionOptions(), 1.0, lambda: made.now) == pytest.approx(4.0, rel=0.03)
    assert made.open == 0 and made.options.quality == "low"
    assert made.pushed == pytest.approx(TOGETHER * WARM_UP_HOPS + 200, abs=2 * TOGETHER)


def test_a_session_that_fails_is_told_and_none_stays_open():
    made = Sessions(fails=True)
    with pytest.raises(InvalidInput, match="draw another"):
        speed(made, SessionOptions(), 1.0, lambda: made.now)
    assert made.open == 0


def test_real_sessions_are_drawn_in_every_hop_that_is_measured():
    ticks = iter(range(1 << 20))  # a clock that stands still but for those who look at it
    options = SessionOptions(width=64, height=64, quality="medium")
    assert speed(engine(), options, 20.0, lambda: float(next(ticks))) > 0
