from __future__ import annotations

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
