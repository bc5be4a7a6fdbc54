from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.motion.head import HeadMotion
from engine.motion.layers import Draft, Moment, Pause
from engine.motion.nods import Nods
from engine.timeline import MOTION_HOP
from tests.engine.minute import minute

DEGREE = np.pi / 180
PITCH, YAW, ROLL = range(3)


def head(
    moments: Sequence[Moment], seed: int = 1, gain: float = 1.0, yaw: float = 0.0
) -> NDArray[np.float64]:
    """(moments, 6) of the head alone, for eyes that look at ``yaw`` degrees from 1 s to 3 s."""
    layer = HeadMotion(np.random.default_rng(seed))
    layer.gain = gain
    rows = []
    for index, moment in enumerate(moments):
        draft = Draft.neutral()
        draft.gaze[0] = yaw * DEGREE * (100 <= index < 300)
        layer.move(moment, draft)
        rows.append(draft.head)
    return np.array(rows, np.float64)


def phrases(seconds: float, **more: object) -> list[Moment]:
    """Phrases of 3 s with pauses of 1 s, five stresses in each."""
    told = []
    for index in range(round(100 * seconds)):
        into = index % 400
        speaking = into < 300
        moment = Moment(index * MOTION_HOP, speaking, into == 300, 0.6 * speaking, 0.0, 0.0)
        moment = replace(
            moment,
            started=into == 0,
            pause=Pause.NONE if speaking else Pause.BREATH,
            stressed=speaking and into % 60 == 30,
            accent=0.6 * (speaking and 25 <= into % 60 < 40),
        )
        told.append(replace(moment, **more))  # type: ignore[arg-type]
    return told


def silence(seconds: float) -> list[Moment]:
    return [Moment(i * MOTION_HOP, False, False, 0, 0, 0) for i in range(round(100 * seconds))]


def test_eyes_lead_and_the_head_takes_over_what_is_far() -> None:
    far, near, still = (head(silence(4), yaw=yaw)[:, YAW] / DEGREE for yaw in (20, 8, 0))
    moved = far - still
    assert not moved[:105].any(), "the eyes go first, by 50 ms or more"
    assert moved[110:116].any(), "but not alone for long"
    assert 6 < moved[180] < 12
    assert np.abs(near - still).max() < 1.5
    assert abs(moved[-1]) < 0.1, "and back"
    speed = np.abs(np.diff(moved)) * 100
    assert speed.max() < 60


def test_a_voice_that_rises_lifts_the_head() -> None:
    level = head(phrases(12))[:, PITCH]
    high = head(phrases(12, contour=4.0))[:, PITCH]
    lifted = (level - high)[50:300] / DEGREE
    assert 1 < lifted.mean() < 5


def test_nods_are_neither_on_every_stress_nor_alike() -> None:
    sizes, gaps = [], []
    for seed in range(6):
        nods = Nods(np.random.default_rng(seed))
        turns = np.array([nods.step(moment) for moment in phrases(120)]) / DEGREE
        size = np.linalg.norm(turns, axis=1)
        peaks = np.flatnonzero((size[1:-1] > size[:-2]) & (size[1:-1] >= size[2:])) + 1
        peaks = peaks[size[peaks] > 0.7]
        sizes += size[peaks].tolist()
        gaps += np.diff(peaks).tolist()
    stresses = 6 * 150
    assert 0.2 * stresses < len(sizes) < 0.7 * stresses
    assert np.std(sizes) > 0.3 * np.mean(sizes)
    assert np.percentile(sizes, 95) < 8
    assert np.std(gaps) > 0.5 * np.mean(gaps), "no metronome, though the stresses were one"


def test_nods_keep_no_period_of_their_own() -> None:
    """Even of stresses by the clock: no lag stands out."""
    series = np.zeros(0)
    for seed in range(8):
        nods = Nods(np.random.default_rng(seed))
        quiet = Moment(0, True, False, 0.6, 0, 0)
        stressed = [index % 60 == 0 for index in range(6000)]
        turns = [nods.step(replace(quiet, stressed=s, accent=0.5 * s)) for s in stressed]
        series = np.append(series, np.array(turns)[:, PITCH])
    series -= series.mean()
    lags = range(80, 500, 5)
    found = [float(series[:-lag] @ series[lag:] / (series @ series)) for lag in lags]
    assert max(found) < 0.15


def test_a_question_lifts_and_tilts_the_head() -> None:
    asked = head(phrases(8, question=1.0))
    plain = head(phrases(8))
    difference = (asked - plain)[300:400] / DEGREE
    assert difference[:, PITCH].min() < -1.5
    assert np.abs(difference[:, ROLL]).max() > 1.5
    assert np.abs(difference[-1]).max() > -1


def test_it_comes_to_rest_when_all_is_said() -> None:
    told = phrases(20) + [
        replace(m, time=m.time + 20 * 16_000, pause=Pause.TURN_END) for m in silence(10)
    ]
    spoken, after = [], []
    for seed in range(6):
        angles = head(told, seed)[:, :3] / DEGREE
        spoken.append(np.abs(np.diff(angles[:2000], axis=0)).mean())
        after.append(np.abs(np.diff(angles[2500:], axis=0)).mean())
        assert np.linalg.norm(angles[2300:2600].mean(axis=0)) < 6
    assert np.mean(spoken) > 2 * np.mean(after), "heads move more in speech (Hadar et al. 1983)"


@pytest.mark.parametrize("arousal", [-0.8, 0.8])
def test_arousal_widens_it(arousal: float) -> None:
    swings = [
        np.mean([head(phrases(30, arousal=a), seed)[:, :3].std(axis=0).sum() for seed in range(3)])
        for a in (0.0, arousal)
    ]
    assert (swings[1] > 1.1 * swings[0]) == (arousal > 0)


def test_the_gain_comes_smoothly_and_draws_nothing() -> None:
    layers = [HeadMotion(np.random.default_rng(3)) for _ in range(2)]
    changes = []
    for index, moment in enumerate(phrases(40)):
        if index == 1000:
            layers[0].gain = 0.0
        if index == 2500:
            layers[0].gain = 1.0
        drafts = [Draft.neutral() for _ in layers]
        for layer, draft in zip(layers, drafts, strict=True):
            layer.move(moment, draft)
        if 1300 < index < 2500:
            assert np.abs(drafts[0].head).max() < 1e-6
        if index > 3000:
            np.testing.assert_allclose(drafts[0].head, drafts[1].head, atol=1e-6)
        changes.append(drafts[0].head)
    steps = np.abs(np.diff(np.array(changes), axis=0))[:, :3]
    assert steps.max() < 1.2 * DEGREE


def test_twice_the_gain_is_twice_the_motion() -> None:
    one, two = (head(phrases(10), gain=gain)[500:] for gain in (1.0, 2.0))
    np.testing.assert_allclose(two[:, :3], 2 * one[:, :3], atol=1e-5)


def test_a_real_minute_moves_as_heads_do() -> None:
    """Most power below 2 Hz; the head rises with the melody, and with that of these words alone."""
    moments = minute()
    speaking = np.array([moment.speaking for moment in moments])
    melody = np.array([moment.contour for moment in moments])
    voiced = speaking & (np.abs(melody) < 6) & (melody != 0)
    shifted = np.roll(melody, len(melody) // 2)
    both = voiced & np.roll(voiced, len(melody) // 2)
    with_own, with_other = [], []
    for seed in range(4):
        angles = head(moments, seed)[:, :3]
        for axis in range(3):
            path = (angles[:, axis] - angles[:, axis].mean()) * np.hanning(len(angles))
            power = np.abs(np.fft.rfft(path)) ** 2
            frequency = np.fft.rfftfreq(len(path), 0.01)
            assert power[frequency < 2].sum() > 0.9 * power.sum()
        speed = np.sqrt((np.diff(angles, axis=0) ** 2).mean(axis=0)) * 100 / DEGREE
        assert 2 < speed[PITCH] < 20
        lifted = -angles[:, PITCH]
        with_own.append(np.corrcoef(lifted[voiced], melody[voiced])[0, 1])
        with_other.append(np.corrcoef(lifted[both], shifted[both])[0, 1])
    assert np.mean(with_own) > 0.25
    assert abs(np.mean(with_other)) < 0.15
