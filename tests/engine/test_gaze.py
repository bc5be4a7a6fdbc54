from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.motion.gaze import Gaze
from engine.motion.layers import Moment
from engine.motion.saccades import Eyes, Fixation, duration_s, skew_of, smooth_run
from tests.engine.conversation import (
    Array,
    Flags,
    heard,
    looks,
    monologue,
    silence,
    spoken,
    utterances,
)

CONTACT = 4.2
"""Degrees within which one looks at the viewer's face."""
SLIDE = (float(np.radians(22)), float(np.radians(6)))


def gaze(seed: int = 1, gain: float = 1.0) -> Gaze:
    one = Gaze(np.random.default_rng(seed))
    one.gain = gain
    return one


def away(path: Array) -> Flags:
    return np.hypot(path[:, 0], path[:, 1]) > CONTACT


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First and last plus one of each run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def speed(path: Array) -> Array:
    """Degrees per second."""
    steps = np.diff(path, axis=0)
    return 100 * np.hypot(steps[:, 0], steps[:, 1])


@dataclass
class Saccade:
    seconds: float
    peak: float


def saccade(size: float, seed: int = 1) -> Saccade:
    """One saccade and what follows within 0.5 s, sampled as in life."""
    eyes = Eyes(np.random.default_rng(seed))
    eyes.look((size, 0.0))
    path = np.array([eyes.advance() for _ in range(50)])
    fast = speed(path) > 0.5
    start, end = runs(fast)[0]
    return Saccade((end - start) / 100, float(speed(path)[start:end].max()))


@pytest.mark.parametrize(
    ("size", "low", "high"), [(1, 40, 90), (5, 170, 290), (10, 260, 420), (20, 400, 560)]
)
def test_saccades_lie_on_the_main_sequence(size: float, low: float, high: float) -> None:
    """Peak velocities by amplitude as in Bahill et al. 1975, durations as in Carpenter 1988."""
    many = [saccade(size, seed) for seed in range(20)]
    assert low < np.median([one.peak for one in many]) < high
    expected = 0.021 + 0.0022 * size
    assert np.mean([one.seconds for one in many]) == pytest.approx(expected, abs=0.018)


def test_the_main_sequence_saturates_and_large_saccades_peak_early() -> None:
    peaks = [saccade(size).peak for size in (20, 30, 45)]
    assert max(peaks) < 600 and peaks[2] < 1.25 * peaks[0]
    u = np.linspace(0, 1, 1001)
    early = [
        np.diff([smooth_run(x, skew_of(size)) for x in u]).argmax() / 1000 for size in (1, 10, 40)
    ]
    assert 0.5 > early[0] > early[1] > early[2] > 0.2


def test_large_saccades_fall_short_and_are_corrected() -> None:
    for seed in range(20):
        eyes = Eyes(np.random.default_rng(seed))
        eyes.look((0.0, -15.0))
        path = np.array([eyes.advance() for _ in range(60)])
        assert 13.4 < -path[10, 1] < 14.5
        assert path[-1].tolist() == pytest.approx([0, -15])
        first, second = runs(speed(path) > 0.5)
        assert 0.1 <= (second[0] - first[1]) / 100 <= 0.22


@given(st.floats(0, 60), st.floats(-45, 45), st.floats(-25, 25), st.integers(0, 99))
def test_every_saccade_is_smooth_and_arrives(
    wait: float, yaw: float, pitch: float, seed: int
) -> None:
    eyes = Eyes(np.random.default_rng(seed))
    eyes.look((30.0, 10.0))
    start = [eyes.advance() for _ in range(int(wait))]
    eyes.look((yaw, pitch))
    path = np.array([*start, *[eyes.advance() for _ in range(60)]])
    assert path[-1].tolist() == pytest.approx([yaw, pitch], abs=1e-9)
    assert speed(path).max(initial=0) < 620


@given(st.floats(0, 1), st.floats(0, 0.6))
def test_a_run_is_monotone_with_level_ends(u: float, skew: float) -> None:
    assert smooth_run(0, skew) == 0 and smooth_run(1, skew) == pytest.approx(1)
    assert smooth_run(u, skew) <= smooth_run(u + 0.01, skew) + 1e-12
    assert smooth_run(0.001, skew) < 1e-4
    assert duration_s(0) == 0.021


def test_an_eye_that_fixates_drifts_and_flicks() -> None:
    unrest = Fixation(np.random.default_rng(1))
    path = np.array([unrest.advance(True) for _ in range(12000)])
    assert 0.05 < path.std(axis=0).mean() < 0.35
    assert np.abs(path).max() < 1.2
    flicks = runs(speed(path) > 6)
    assert 1 < len(flicks) / 120 < 2.2, "Martinez-Conde et al. 2004"
    sizes = [float(np.hypot(*(path[b] - path[a]))) for a, b in flicks]
    assert 0.1 < float(np.median(sizes)) < 0.5
    still = np.ones(len(path) - 1, bool)
    for a, b in flicks:
        still[max(0, a - 2) : b + 2] = False
    assert 0.1 < np.median(speed(path)[still]) < 1.5


@pytest.mark.parametrize(
    ("moments", "low", "high"),
    [
        ("monologue", 0.2, 0.36),
        ("conversation", 0.17, 0.34),
        ("listening", 0.04, 0.15),
        ("rest", 0.1, 0.24),
    ],
)
def test_time_away_from_the_viewer(moments: str, low: float, high: float) -> None:
    def minutes() -> Iterator[Moment]:
        return {
            "monologue": spoken(240, monologue),
            "conversation": spoken(240, utterances),
            "listening": heard(240, monologue),
            "rest": spoken(240, silence),
        }[moments]

    paths = [looks(gaze(seed), minutes()) for seed in range(3)]
    assert low < np.mean([away(path) for path in paths]) < high
    lasting = [b - a for path in paths for a, b in runs(away(path))]
    assert 0.4 < np.mean(lasting) / 100 < 2
    assert np.std(lasting) / np.mean(lasting) > 0.3


def test_listeners_hold_contact_longest() -> None:
    spans = {}
    for name, minutes in (("speaks", spoken(400, monologue)), ("listens", heard(400, monologue))):
        contact = runs(~away(looks(gaze(), minutes)))
        spans[name] = np.mean([b - a for a, b in contact]) / 100
    assert 2 < spans["speaks"] < 5.5
    assert 5 < spans["listens"] < 12
    assert spans["listens"] > 1.6 * spans["speaks"]


def test_utterances_begin_with_a_look_away_and_end_with_a_look_at_the_viewer() -> None:
    onset, end = [], []
    for seed in range(4):
        gone = away(looks(gaze(seed), spoken(230, utterances)))
        for turn in range(1, 20):
            start = round(turn * 1150)
            onset.append(gone[start + 20 : start + 100].mean())
            end.append(gone[start + 1050 : start + 1140].mean())
    assert 0.3 < np.mean(onset) < 0.7
    assert np.mean(end) < 0.2
    assert np.mean(onset) > 2 * np.mean(end)


def test_eyes_scan_the_face_and_mostly_its_eyes() -> None:
    path = looks(gaze(), spoken(200, silence))
    near = path[~away(path)]
    assert np.mean(np.abs(near[:, 0]) > 0.8) > 0.6, "one eye or the other"
    assert 0.3 < np.mean(near[:, 0] > 0) < 0.7, "by turns"
    assert 0.05 < np.mean(near[:, 1] > 1.8) < 0.3, "now and then the mouth"
    assert abs(near.mean(axis=0)).max() < 0.8
    watching = looks(gaze(), heard(200, monologue))
    assert np.mean(watching[:, 1] > 1.8) > np.mean(near[:, 1] > 1.8)


def test_looks_away_go_everywhere_but_not_too_far() -> None:
    path = np.concatenate([looks(gaze(seed), spoken(240, monologue)) for seed in range(3)])
    out = path[away(path)]
    assert np.mean(out[:, 0] > 0) == pytest.approx(0.5, abs=0.35)
    assert np.mean(out[:, 1] < -3) > 0.15, "up"
    assert np.mean(out[:, 1] > 3) > 0.12, "down"
    assert 6 < np.hypot(*out.T).mean() < 11
    assert np.abs(path[:, 0]).max() < 26 and np.abs(path[:, 1]).max() < 18


def told(moments: Iterator[Moment], start_s: float, end_s: float) -> Iterator[Moment]:
    for moment in moments:
        now = start_s <= moment.time / 16_000 < end_s
        yield replace(moment, attention=SLIDE if now else None)


@pytest.mark.parametrize("gain", [0.0, 1.0, 2.0])
def test_eyes_go_where_they_are_told_after_a_fifth_of_a_second(gain: float) -> None:
    delays, backs, settled = [], [], []
    for seed in range(12):
        path = looks(gaze(seed, gain), told(spoken(9, silence), 4, 6))
        off = np.hypot(*(path - np.degrees(SLIDE)).T)
        delays.append(float(np.flatnonzero(off[400:] < 8)[0]) / 100)
        backs.append(float(np.flatnonzero(off[600:] > 12)[0]) / 100)
        settled.append(np.median(off[480:600]))
    assert 0.15 < np.median(delays) < 0.4 and min(delays) > 0.1
    assert 0.1 < np.median(backs) < 0.4
    assert np.median(settled) < 3.5


def test_what_is_told_is_scanned_and_the_viewer_glanced_at() -> None:
    path = looks(gaze(), told(spoken(200, monologue), 1, 200))[300:]
    at_viewer, at_slide = ~away(path), np.hypot(*(path - np.degrees(SLIDE)).T) < 5
    assert 0.12 < at_viewer.mean() < 0.45
    assert at_slide.mean() > 0.5
    assert at_viewer.mean() + at_slide.mean() > 0.9
    assert 0.3 < path[at_slide].std(axis=0).min() < 2.5
    watching = looks(gaze(), told(heard(200, monologue), 1, 200))[300:]
    assert np.mean(~away(watching)) < at_viewer.mean()


def test_far_targets_are_looked_at_as_far_as_eyes_and_head_go() -> None:
    path = looks(gaze(), spoken(6, silence, attention=(2.0, -1.5)))
    assert np.abs(path[200:, 0]).max() < 50 and np.abs(path[200:, 1]).max() < 30
    assert np.median(path[200:, 0]) > 40


def test_without_gain_eyes_rest_on_the_viewer() -> None:
    path = looks(gaze(1, 0.0), spoken(40, utterances))
    assert np.hypot(*path[400:].T).max() < 0.05
    assert not np.abs(np.diff(path[1000:], axis=0)).max() > 0.01


def test_more_gain_is_more_and_further_away() -> None:
    shares, sizes = [], []
    for gain in (0.5, 1.0, 2.0):
        path = np.concatenate([looks(gaze(s, gain), spoken(200, monologue)) for s in range(3)])
        shares.append(away(path).mean())
        sizes.append(np.percentile(np.hypot(*path.T), 97))
    assert 1.4 * shares[0] < shares[1] < shares[2] / 1.4
    assert sizes[0] < sizes[1] < sizes[2]


@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 2)), max_size=8), st.integers(0, 9))
def test_nothing_jumps_whatever_the_gain_does(changes: list[tuple[int, float]], seed: int) -> None:
    one, path = gaze(seed), []
    for index, moment in enumerate(spoken(3, monologue)):
        one.gain = dict(changes).get(index, one.gain)
        path.append(looks(one, iter([moment]))[0])
    assert np.isfinite(path).all()
    assert speed(np.array(path)).max() < 650


def test_fixations_are_still_and_differ() -> None:
    path = looks(gaze(), spoken(300, monologue))
    assert np.mean(speed(path) < 4) > 0.85
    still = [b - a for a, b in runs(speed(path) < 25) if b - a > 5]
    assert 0.4 < np.mean(still) / 100 < 1.6
    assert np.std(still) / np.mean(still) > 0.4


def test_a_seed_is_a_performance() -> None:
    first, again, other = (looks(gaze(seed), spoken(20, utterances)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
