"""Listening: nods that answer, smiles that are small, attention that ends with one's own voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from engine.face import ARKIT, INDEX
from engine.motion.backchannels import Backchannels
from engine.motion.layers import Draft, Moment
from engine.motion.listening import Listening
from engine.motion.nodding import Nod
from engine.voice import Prosody
from tests.engine.conversation import Array, drafts, heard, monologue, silence, spoken
from tests.engine.minute import minute

DEGREE = np.pi / 180
NEUTRAL = Prosody(120.0, 0.9, -25.0, 0.7, 0.0)


def uneven(second: float) -> bool:
    """Phrases of 1.5 to 5 s, pauses of 0.5 to 1.6 s: the same each minute."""
    into, at = second % 60, 0.0
    rng = np.random.default_rng(9)
    while at <= into:
        phrase, pause = rng.uniform(1.5, 5), rng.uniform(0.5, 1.6)
        if into < at + phrase:
            return True
        at += phrase + pause
    return False


UNEVEN = [uneven(index / 100) for index in range(6000)]


@cache
def told(seconds: float, **prosody: float) -> tuple[Moment, ...]:
    """Somebody speaks in uneven phrases, and is heard."""
    moments = heard(seconds, lambda second: UNEVEN[round(100 * second) % 6000])
    theirs = replace(NEUTRAL, **prosody)  # type: ignore[arg-type]
    return tuple(replace(moment, theirs=theirs) for moment in moments)


def shown(moments: Sequence[Moment], seed: int = 1, gain: float = 1.0) -> list[Draft]:
    layer = Listening(np.random.default_rng(seed))
    layer.gain = gain
    return drafts(layer, iter(moments))


def weights(made: Sequence[Draft]) -> Array:
    return np.array([draft.blendshapes for draft in made], np.float64)


def heads(made: Sequence[Draft]) -> Array:
    """(n, 3) degrees."""
    return np.array([draft.head[:3] for draft in made], np.float64) / DEGREE


def answers(moments: Sequence[Moment], seeds: int = 8) -> list[np.ndarray]:
    """For each seed, the moments at which it nods."""
    found = []
    for seed in range(seeds):
        backchannels = Backchannels(np.random.default_rng(seed))
        found.append(np.flatnonzero([backchannels.step(moment) > 0 for moment in moments]))
    return found


def after(times: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Seconds from the last end to each; a large number where there is none."""
    last = np.searchsorted(ends, times) - 1
    return np.where(last >= 0, (times - ends[last]) / 100, 99.0)


def test_nods_answer_the_ends_of_their_phrases_and_not_of_others() -> None:
    moments = told(300)
    ends = np.flatnonzero([moment.others_ended for moment in moments])
    nods = np.concatenate(answers(moments))

    def share(of: np.ndarray) -> float:
        return float(np.mean((after(nods, of) >= 0.1) & (after(nods, of) <= 0.6)))

    assert share(ends) > 0.85
    lengths = np.random.default_rng(1).permutation(np.diff(ends))
    assert share(np.cumsum(lengths)) < 0.35


def test_nods_are_neither_many_nor_regular() -> None:
    gaps = np.concatenate([np.diff(times) / 100 for times in answers(told(300))])
    assert 5 < gaps.mean() < 12, "seconds"
    assert gaps.min() > 3.5
    assert gaps.std() > 0.25 * gaps.mean()


def test_a_voice_that_sounds_complete_is_answered_oftener() -> None:
    moments = told(240), told(240, final=1.0)
    open_, complete = (sum(map(len, answers(one))) for one in moments)
    assert complete > 1.05 * open_


def falling(seconds: float) -> list[Moment]:
    """One endless phrase, low for 200 ms now and then."""
    rng, moments, low_until, next_low = np.random.default_rng(2), [], -1, 400
    for index, moment in enumerate(heard(seconds, lambda _: True)):
        if index == next_low:
            low_until, next_low = index + 20, index + int(rng.integers(300, 900))
        contour = -4.0 if index < low_until else float(2 * np.sin(index / 2))
        moments.append(replace(moment, theirs=replace(NEUTRAL, contour=contour)))
    return moments


def test_a_low_stretch_is_answered_after_some_700_ms() -> None:
    moments = falling(300)
    low = np.array([moment.theirs.contour < -3.5 for moment in moments])  # type: ignore[union-attr]
    starts = np.flatnonzero(low & ~np.roll(low, 1))
    delays = after(np.concatenate(answers(moments)), starts)
    shuffled = after(np.concatenate(answers(moments)), starts + 250)
    assert np.mean((delays > 0.55) & (delays < 0.95)) > 0.5
    assert np.mean((shuffled > 0.55) & (shuffled < 0.95)) < 0.25


def test_one_who_hears_nothing_does_not_nod() -> None:
    assert not any(map(len, answers(list(spoken(60, silence)))))
    assert not any(map(len, answers(list(spoken(60, monologue)))))
    assert not weights(shown(list(spoken(60, monologue)))).any()
    assert not heads(shown(list(spoken(60, monologue)))).any()


def nods(count: int, lively: float = 0.0) -> list[Array]:
    """The pitch of each, in degrees."""
    rng = np.random.default_rng(7)
    made = []
    for _ in range(count):
        nod, path = Nod(0.5, lively, rng), []
        while not nod.over:
            path.append(nod.step()[0] / DEGREE)
        made.append(np.array(path))
    return made


def dips(path: Array) -> np.ndarray:
    """Where it is lowest."""
    middle = path[1:-1]
    return np.flatnonzero((middle > path[:-2]) & (middle >= path[2:]) & (middle > 0.4)) + 1


def test_nods_dip_once_to_thrice_each_less_than_the_one_before() -> None:
    made = nods(300)
    counts = np.bincount([len(dips(path)) for path in made], minlength=4)
    assert counts[1:4].sum() > 0.97 * len(made)
    assert (counts[1:4] > 0.08 * len(made)).all() and counts[1] > counts[3]
    rates, deepest = [], []
    for path in made:
        at = dips(path)
        deepest.append(path.max())
        assert (np.diff(path[at]) < 0).all()
        rates += (100 / np.diff(at)).tolist()
        assert np.abs(np.diff(path)).max() * 100 < 90, "degrees a second"
        assert abs(path[-1]) < 1e-6
    assert np.percentile(rates, 5) > 2 and np.percentile(rates, 95) < 4.5, "cycles a second"
    assert np.percentile(deepest, 5) > 1.5 and np.percentile(deepest, 95) < 6.5
    assert np.std(deepest) > 0.15 * np.mean(deepest)


def test_excitement_of_the_other_is_shared() -> None:
    calm, excited = (np.mean([path.max() for path in nods(200, tone)]) for tone in (-0.8, 0.8))
    assert excited > 1.2 * calm
    low, high = (weights(shown(told(60, arousal=tone)))[:, INDEX["eyeWideLeft"]] for tone in (0, 1))
    assert high.mean() > 1.5 * low.mean()


def test_a_listener_smiles_now_and_then_and_is_glad_with_the_glad() -> None:
    smile = INDEX["mouthSmileLeft"]
    plain = [weights(shown(told(120), seed))[:, smile] for seed in range(3)]
    risen = [np.diff((one > 0.15).astype(int)) == 1 for one in plain]
    assert 1 < np.mean([rise.sum() for rise in risen]) / 2 < 8, "a minute"
    assert max(one.max() for one in plain) < 0.75
    glad = weights(shown(told(60, valence=0.8)))[:, smile]
    sad = weights(shown(told(60, valence=-0.8)))
    assert glad.mean() > 0.1 + np.mean(plain)
    assert sad[:, INDEX["browInnerUp"]].mean() > 0.15 and sad[:, smile].mean() < 0.1


def test_laughter_is_shared_with_a_closed_mouth() -> None:
    moments = told(20)
    laughed = [
        replace(m, theirs=replace(NEUTRAL, laughing=0.9 * (500 <= i < 700)))
        for i, m in enumerate(moments)
    ]
    made, plain = weights(shown(laughed)), weights(shown(moments))
    more = (made - plain)[:, INDEX["mouthSmileLeft"]]
    assert not more[:500].any() and more[560:700].min() > 0.2
    assert more[1400:].max() < 0.02, "and it passes"


def test_a_question_raises_the_brows() -> None:
    moments = told(60)
    asked = [replace(m, question=0.8 * m.others_ended) for m in moments]
    brows = [weights(shown(one))[:, INDEX["browOuterUpLeft"]] for one in (asked, moments)]
    ends = np.flatnonzero([moment.others_ended for moment in moments])
    assert np.mean([brows[0][end : end + 40].max() for end in ends]) > 0.2
    assert np.mean([brows[1][end : end + 40].max() for end in ends]) < 0.2


@pytest.mark.parametrize("gain", [0.0, 1.0, 2.0])
def test_the_gain_scales_it_and_draws_nothing(gain: float) -> None:
    one, other = (shown(told(60), gain=each) for each in (1.0, gain))
    settled = slice(300, None)
    np.testing.assert_allclose(
        weights(other)[settled], gain * weights(one)[settled], atol=1e-5 * (1 + gain)
    )
    np.testing.assert_allclose(heads(other)[settled], gain * heads(one)[settled], atol=1e-3)


def test_it_is_the_same_for_a_seed_and_another_for_another() -> None:
    one, again, other = (weights(shown(told(30), seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def interrupted() -> Iterator[Moment]:
    """The other talks; from 8 s on, so do we, for 4 s."""
    for moment in told(16):
        speaking = 8 <= moment.time / 16_000 < 12
        yield replace(moment, speaking=speaking, theirs=None if speaking else moment.theirs)


def test_it_ends_gently_when_one_speaks() -> None:
    for seed in range(8):
        made = shown(list(interrupted()), seed)
        turned, faces = heads(made), weights(made)
        assert np.abs(turned[870:1200]).max() < 0.1 and faces[870:1200].max() < 0.01
        assert np.abs(np.diff(turned, axis=0)).max() < 1.0, "degrees in 10 ms"
        assert np.abs(np.diff(faces, axis=0)).max() < 0.06
        assert faces[1300:].max() > 0.05, "and it listens again"


def test_the_mouth_stays_shut_and_the_lids_are_left_alone() -> None:
    made = weights(shown(told(120)))
    parting = ("jaw", "mouthLower", "mouthUpper", "mouthFunnel", "tongue", "eyeBlink", "eyeLook")
    assert not made[:, [i for i, name in enumerate(ARKIT) if name.startswith(parting)]].any()


def test_attention_lasts_a_little_and_goes() -> None:
    moments = [m for m in heard(30, lambda second: 2 <= second < 10)]
    made = shown(moments)
    brows = weights(made)[:, INDEX["browInnerUp"]]
    assert not brows[:200].any() and brows[500:1000].mean() > 0.04
    assert brows[1250] > 0.01, "they may go on"
    assert not weights(made)[2600:].any() and not heads(made)[2600:].any()


def test_a_real_minute_is_listened_to() -> None:
    """Of somebody who reads sentences: most nods come after one, and they are few."""
    moments = [
        replace(
            own,
            speaking=False,
            others=own.speaking,
            others_ended=own.ended,
            theirs=replace(NEUTRAL, contour=own.contour, accent=own.accent, f0_hz=own.contour**2),
        )
        for own in minute()
    ]
    ends = np.flatnonzero([moment.others_ended for moment in moments])
    found = answers(moments, 12)
    assert 3 <= np.mean([len(times) for times in found]) / 0.75 <= 12, "a minute"
    delays = after(np.concatenate(found), ends)
    by_chance = after(np.concatenate(found), np.sort((ends + 1700) % len(moments)))
    assert np.mean(delays < 0.6) > 0.6
    assert np.mean(by_chance < 0.6) < 0.4
