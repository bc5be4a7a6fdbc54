from __future__ import annotations

import pytest

from engine.calibration import WARM_UP_HOPS, speed
from engine.options import SessionOptions
from engine.stopwatch import BOUNDS, Stopwatch, counted


def test_durations_are_taken_once():
    ticks = iter([0.0, 0.25, 1.0, 1.5])
    watch = Stopwatch(lambda: next(ticks))
    for _ in range(2):
        with watch.stage("draw"):
            pass
    assert (watch.take(), watch.take()) == ({"draw": [0.25, 0.5]}, {})


def test_a_class_holds_what_is_at_most_its_limit():
    counts = counted([0.0, BOUNDS[0], BOUNDS[0] * 1.01, BOUNDS[-1], 9.0])
    assert (counts[0], counts[1], counts[-2], counts[-1], sum(counts)) == (2, 1, 1, 1, 5)


class Sessions:
    """An engine whose sessions need a quarter of real time, by a clock that it moves."""

    def __init__(self):
        self.now, self.pushed, self.closed = 0.0, 0, False

    def session(self, options, clock):
        self.options = options
        return self

    def push(self, hop):
        assert hop.shape == (960,) and hop.dtype == "int16"
        self.pushed += 1
        self.now += 0.005

    def close(self):
        self.closed = True


def test_speed_is_media_time_over_time_taken():
    engine = Sessions()
    assert speed(engine, SessionOptions(), 1.0, lambda: engine.now) == pytest.approx(4.0, rel=0.02)
    assert engine.closed and engine.options.quality == "low"
    assert engine.pushed == pytest.approx(WARM_UP_HOPS + 200, abs=2)
