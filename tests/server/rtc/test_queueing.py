"""Which round trips tell of a queue."""

from __future__ import annotations

import random

import pytest

from server.rtc.queueing import LONG, MEMORY, STUBBORN, QueueWatch


def told(watch, trips, start=0.0):
    """At which of these round trips, five a second, there is a queue."""
    return [n for n, trip in enumerate(trips) if watch.measured(trip, start + n / 5)]


@pytest.mark.parametrize("trip", [0.0, 0.05, 0.2])
def test_a_queue_is_seen_at_once(trip):
    watch = QueueWatch()
    assert told(watch, [trip] * 20) == []
    assert watch.measured(trip + LONG + 0.01, 4.0)
    assert not watch.measured(trip + 0.01, 4.2)


def test_a_stall_is_no_queue_where_none_is_expected():
    watch = QueueWatch()
    told(watch, [0.05] * 20)
    assert not watch.measured(0.3, 4.0, narrow=False)
    assert not watch.measured(0.05, 4.2, narrow=False)
    assert [watch.measured(0.3, 4.4 + n / 5, narrow=False) for n in range(2)] == [False, True]


@pytest.mark.parametrize("seed", range(5))
def test_jitter_is_no_queue(seed):
    noise = random.Random(seed)
    trips = [0.05 + noise.uniform(0, 0.03) + noise.uniform(0, 0.03) for _ in range(600)]
    assert len(told(QueueWatch(), trips)) <= 2


def test_one_that_grows_slowly_is_seen_while_it_is_short():
    first = told(QueueWatch(), [0.05] * 20 + [0.05 + 0.004 * n for n in range(60)])[0]
    assert 0.004 * (first - 20) < 2 * LONG


def test_a_longer_way_is_no_queue_for_good():
    watch = QueueWatch()
    told(watch, [0.05] * 20)
    assert len(told(watch, [0.25] * 200, start=4.0)) == STUBBORN


def test_the_shortest_round_trip_is_forgotten():
    watch = QueueWatch()
    watch.measured(0.01, 0.0)
    assert not watch.measured(0.2, MEMORY + 1)
