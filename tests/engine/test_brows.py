"""Brows: with accents, not with every one; at questions; in thought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.motion.layers import Moment, Pause
from engine.timeline import MOTION_HOP
from tests.engine.conversation import Array
from tests.engine.expressed import at_rest, shape, shown, speech


def raised(moments: list[Moment], seed: int = 1) -> Array:
    made = shown(moments, seed)
    return shape(made, "browInnerUp", "browOuterUp")


def contour_of(moments: list[Moment]) -> Array:
    return np.array([moment.contour for moment in moments])


def test_brows_go_with_accents_and_not_with_another_voice_s() -> None:
    moments, others = speech(120), speech(120, seed=7)
    brow = raised(moments)
    lagged = [
        np.corrcoef(brow[lag:], contour_of(moments)[: len(brow) - lag])[0, 1] for lag in (0, 10)
    ]
    assert max(lagged) > 0.3
    later = np.roll(contour_of(others), 3731)
    assert abs(np.corrcoef(brow, later)[0, 1]) < 0.15


def test_brows_follow_a_raised_pitch_and_fall_again() -> None:
    moments = [
        Moment(index * MOTION_HOP, True, False, 0.5, 0.0, 0.0, contour=7.0 if index < 50 else 0.0)
        for index in range(300)
    ]
    brow = raised(moments) - raised([replace(moment, contour=0.0) for moment in moments])
    assert 0.1 < brow[49] < 0.8
    assert brow[-1] < 0.02
    assert brow[30] > 0.5 * brow[49], "up within 300 ms"
    assert np.abs(np.diff(brow)).max() < 0.3 * brow[49], "but not in a frame"


def test_all_that_raises_them_at_once_does_not_freeze_them_at_the_top() -> None:
    """A creaky end can be heard an octave too high, with an accent and as a question."""
    moments = [
        replace(moment, contour=12.0, accent=1.0, question=1.0, ended=index % 40 == 39)
        for index, moment in enumerate(bare(400))
    ]
    assert 0.5 < raised(moments).max() < 0.85


def bare(count: int) -> list[Moment]:
    """Speech in a monotone with one accent of 100 ms at half a second."""
    moments = []
    for index in range(count):
        moment = Moment(index * MOTION_HOP, True, False, 0.5, 0.0, 0.0)
        moments.append(replace(moment, accent=0.9) if 50 <= index < 60 else moment)
    return moments


def test_some_accents_have_a_baton_and_some_have_not() -> None:
    calm = [moment for moment in bare(150) if moment.accent == 0]
    gestures = [np.abs(raised(bare(150), seed)[45:110]).max() > 0.17 for seed in range(24)]
    assert 0.2 < np.mean(gestures) < 0.9
    assert raised(calm).max() < 0.1


def test_a_raise_is_up_soon_and_down_later() -> None:
    for seed in range(12):
        brow = raised(bare(180), seed) - raised([replace(m, accent=0.0) for m in bare(180)], seed)
        if brow.max() < 0.17:
            continue
        up = np.flatnonzero(brow > 0.9 * brow.max())
        assert 55 <= up[0] < 72, "within 200 ms of the accent's beginning"
        assert brow[-1] < 0.02, "and over within a second"
        down = np.flatnonzero(brow[up[-1] :] < 0.1 * brow.max())[0]
        assert down > up[0] - 50, "the way down is the longer one"
        return
    raise AssertionError("no accent had a raise")


def test_what_the_look_ahead_knows_raises_them_before_the_accent() -> None:
    def start(ahead: int, seed: int) -> int:
        moments = [replace(m, accent=0.0) for m in bare(180)]
        plain = raised(moments, seed)
        moments = [
            replace(m, coming=0.9 if 50 - ahead <= i < 60 else 0.0, accent=a.accent)
            for i, (m, a) in enumerate(zip(moments, bare(180), strict=True))
        ]
        return int(np.argmax(np.abs(raised(moments, seed) - plain) > 0.02))

    seeds = [seed for seed in range(12) if start(0, seed)]
    assert seeds
    assert all(start(8, seed) <= start(0, seed) - 6 for seed in seeds)


def test_a_question_raises_them_at_its_end() -> None:
    moments = speech(2.9)
    end = next(index for index, moment in enumerate(moments) if moment.ended)
    quiet = list(at_rest(2.5, pause=Pause.TURN_END))
    asking = [*moments[:end], replace(moments[end], question=0.9), *quiet]
    telling = [*moments[: end + 1], *quiet]
    asked, told = (raised(each)[end + 30 : end + 80].mean() for each in (asking, telling))
    assert asked > told + 0.15
    assert raised(asking)[-1] < 0.1, "and comes down again"


def test_some_pauses_knit_them_until_speech_goes_on() -> None:
    def knit(seed: int, pause: Pause) -> Array:
        moments = speech(2.75)
        for index in range(70):
            moment = replace(moments[-1], time=moments[-1].time + MOTION_HOP, ended=False)
            moments.append(replace(moment, pause=pause, since_s=index / 100))
        return shape(shown(moments, seed), "browDown")[-30:]

    thinking = [knit(seed, Pause.BREATH).mean() > 0.04 for seed in range(24)]
    assert 0.1 < np.mean(thinking) < 0.7
    assert np.mean([knit(seed, Pause.TURN_END).mean() > 0.04 for seed in range(24)]) < 0.1
