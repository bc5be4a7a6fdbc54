from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.motion.blink import Blink
from engine.motion.layers import Moment, Pause
from engine.motion.lids import LidBlink
from tests.engine.conversation import (
    Array,
    heard,
    lids,
    monologue,
    silence,
    spoken,
    utterances,
)

SLIDE = (0.3, 0.1)


def blink(seed: int = 1, gain: float = 1.0) -> Blink:
    one = Blink(np.random.default_rng(seed))
    one.gain = gain
    return one


def starts(closures: Array) -> Array:
    """Seconds at which the left lid leaves its rest."""
    shut = closures[:, 0] > 0
    return np.flatnonzero(shut[1:] & ~shut[:-1]) / 100


def in_state(name: str, minutes: float) -> Iterator[Moment]:
    seconds = 60 * minutes
    return {
        "conversation": lambda: spoken(seconds, utterances),
        "monologue": lambda: spoken(seconds, monologue),
        "rest": lambda: spoken(seconds, silence),
        "listening": lambda: heard(seconds, monologue),
        "watching": lambda: spoken(seconds, silence, attention=SLIDE),
    }[name]()


@pytest.mark.parametrize(
    ("state", "low", "high"),
    [
        ("conversation", 21, 31),
        ("monologue", 21, 31),
        ("rest", 13, 21),
        ("listening", 10, 19),
        ("watching", 3, 7.5),
    ],
)
def test_people_blink_as_often_as_this(state: str, low: float, high: float) -> None:
    count = sum(len(starts(lids(blink(seed), in_state(state, 4)))) for seed in range(3))
    assert low < count / 12 < high


def test_intervals_are_skewed_neither_regular_nor_random_and_now_and_then_double() -> None:
    every = [np.diff(starts(lids(blink(seed), in_state("rest", 8)))) for seed in range(3)]
    intervals = np.concatenate(every)
    assert intervals.min() >= 0.39
    assert 0.5 < intervals.std() / intervals.mean() < 1.0
    assert np.median(intervals) < 0.93 * intervals.mean()
    assert 0.01 < np.mean(intervals < 0.8) < 0.15
    assert intervals.max() < 25


def test_blinks_gather_where_phrases_end() -> None:
    near = far = 0.0
    for seed in range(3):
        into = starts(lids(blink(seed), in_state("monologue", 4))) % 3.2
        near += np.sum((into > 2.65) & (into < 3.2)) / 0.55
        far += np.sum((into > 0.5) & (into < 2.6)) / 2.1
    assert near > 2 * far


def test_a_turn_s_end_and_another_s_phrase_end_invite_a_blink() -> None:
    def waits(**event: object) -> float:
        done = []
        for seed in range(40):
            moments = [Moment(i * 160, i < 50, False, 0, 0, 0) for i in range(1500)]
            moments[60] = replace(moments[60], **event)  # type: ignore[arg-type]
            when = starts(lids(blink(seed), iter(moments)))
            done.append(when[when > 0.55][0])
        return float(np.mean(done))

    for event in ({"pause": Pause.TURN_END}, {"others_ended": True}, {"ended": True}):
        assert waits(**event) < 0.85 * waits(), event


@pytest.mark.parametrize(("size", "low", "high"), [(8, 0, 0), (22, 0.1, 0.65), (40, 0.95, 1)])
def test_large_shifts_of_gaze_bring_a_blink(size: float, low: float, high: float) -> None:
    gaze = np.zeros((130, 2))
    gaze[100:106, 0] = np.linspace(0, size, 6)
    gaze[106:, 0] = size
    blinked = []
    for seed in range(60):
        when = starts(lids(blink(seed), spoken(1.3, silence), gaze))
        before = starts(lids(blink(seed), spoken(1.3, silence)))
        if not np.any((when > 0.5) & (when < 0.98)):
            with_shift, without = (np.any((w >= 0.98) & (w < 1.08)) for w in (when, before))
            blinked.append(float(with_shift and not without))
    assert low <= np.mean(blinked) <= high


@pytest.mark.parametrize(("gain", "low", "high"), [(0.0, 0, 0), (0.5, 0.4, 0.6), (2.0, 1.7, 2.1)])
def test_the_gain_is_how_often(gain: float, low: float, high: float) -> None:
    def run(gain: float) -> list[Array]:
        return [lids(blink(seed, gain), in_state("conversation", 4)) for seed in range(3)]

    natural, scaled = run(1.0), run(gain)
    ratio = sum(len(starts(one)) for one in scaled) / sum(len(starts(one)) for one in natural)
    assert low <= ratio <= high
    if gain:
        assert np.max(scaled) == pytest.approx(np.max(natural), abs=0.01), "never how deep"


def test_a_blink_under_way_is_finished_when_the_layer_is_switched_off() -> None:
    one, seen = blink(), []
    for moment in in_state("rest", 1):
        seen.append(lids(one, iter([moment]))[0])
        one.gain = 0.0 if max(seen[-1]) > 0.5 else one.gain
    steps = np.abs(np.diff(np.array(seen), axis=0))
    assert np.max(seen) > 0.9
    assert seen[-1].max() == 0
    assert steps.max() < 0.4


def test_lids_fall_fast_and_rise_slowly() -> None:
    rng = np.random.default_rng(1)
    times = np.arange(0, 0.6, 0.001)
    halves = 0
    for _ in range(300):
        drawn = LidBlink.drawn(rng)
        left, right = np.array([drawn.closure(t) for t in times]).T
        deepest = max(drawn.depth)
        assert left.max() == pytest.approx(drawn.depth[0], abs=0.01)
        assert (left >= 0).all() and (right >= 0).all()
        assert abs(int(left.argmax()) - int(right.argmax())) <= 8, "milliseconds"
        down_s = times[int((left > 0.99 * drawn.depth[0]).argmax())]
        up_s = times[left > 0.01].max() - times[left > 0.99 * drawn.depth[0]].max()
        assert 0.05 < down_s < 0.1
        assert 1.4 < up_s / down_s < 3.2
        speed = np.diff(left) * 1000
        assert 1.6 < speed.max() / -speed.min() < 4
        assert speed.max() / drawn.depth[0] == pytest.approx(1.65 / drawn.fall_s, rel=0.12)
        assert 0.2 < drawn.lasts_s < 0.42
        halves += deepest < 0.95
    assert 0.08 < halves / 300 < 0.22


def test_the_lids_of_a_pair_are_not_one() -> None:
    closures = lids(blink(), in_state("rest", 1))
    apart = np.abs(closures[:, 0] - closures[:, 1])
    assert 0 < apart.max() < 0.3
    assert np.mean(apart) < 0.05 * np.mean(closures)


def test_a_seed_is_a_performance() -> None:
    first, again, other = (lids(blink(seed), in_state("conversation", 0.5)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.isfinite(first).all() and first.max() <= 1
