"""Pauses: breath, thought, resting lips and swallows, each at its time, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.avatar.lips import LipMeasure
from engine.behaviour import Behaviour, Direction
from engine.face import INDEX
from engine.motion.layers import Draft, Moment
from engine.motion.pauses import Pauses
from engine.motion.performance import Performance
from tests.engine.conversation import Array, drafts, monologue, silence, spoken
from tests.engine.heard import model, mouth, said
from tests.engine.minute import minute
from tests.engine.sessions import engine

SEEDS = range(3)


def shown(moments: Iterator[Moment], seed: int = 1, gain: float = 1.0) -> list[Draft]:
    layer = Pauses(np.random.default_rng(seed))
    layer.gain = gain
    return drafts(layer, moments)


def weights(made: list[Draft]) -> Array:
    return np.array([draft.blendshapes for draft in made], np.float64)


def curve(made: list[Draft], name: str) -> Array:
    return weights(made)[:, INDEX[name]]


def spans(moving: object) -> np.ndarray:
    """(n, 2) where something moves: from, to."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(moving, int), [0]])))
    return edges.reshape(-1, 2)


def talk(phrase_s: float, pause_s: float) -> Callable[[float], bool]:
    return lambda second: second % (phrase_s + pause_s) < phrase_s


def aperture(made: Array) -> Array:
    """(n,) how far the lips are apart where anything moves, every 30 ms."""
    moving = made[made.any(axis=1)][::3].astype(np.float32)
    return np.asarray(LipMeasure(engine().head).measure(moving)["aperture"], np.float64)


def swallows(made: list[Draft]) -> np.ndarray:
    """(n, 2) samples from, to: movements under which the chin tenses and the head dips."""
    moving = spans(weights(made).any(axis=1))
    chin, head = curve(made, "mouthShrugLower"), np.array([draft.head[0] for draft in made])
    dips = [chin[a:b].max() > 0.2 and head[a:b].max() > 0.005 for a, b in moving]
    return np.compress(dips, moving, axis=0)


def test_one_at_rest_swallows_once_a_minute_or_so() -> None:
    gaps, lengths = [], []
    for seed in SEEDS:
        found = swallows(shown(spoken(400, silence), seed))
        gaps += (np.diff(found[:, 0]) / 100).tolist()
        lengths += (np.diff(found, axis=1) / 100).ravel().tolist()
    assert 0.67 < 60 / np.mean(gaps) < 1.42, "Bulmer et al. 2021"
    assert min(gaps) > 30 and max(gaps) < 95 and np.std(gaps) > 8
    assert min(lengths) > 0.7 and max(lengths) < 1.3


def test_lips_that_rest_are_shut_and_still_but_for_few_movements() -> None:
    for seed in SEEDS:
        made = weights(shown(spoken(300, silence), seed))
        moving = spans(made.any(axis=1))
        assert 4 < len(moving) < 20, "in five minutes"
        assert made.any(axis=1).mean() < 0.1, "exactly still for the rest"
        assert not made[:2000].any()
        assert aperture(made[::2]).max() < 0.05


def test_nobody_swallows_while_speaking() -> None:
    for seed in SEEDS:
        moments = list(spoken(150, monologue))
        assert not len(swallows(shown(iter(moments), seed))), "pauses of half a second"
        others = list(spoken(150, talk(20, 6)))
        found = swallows(shown(iter(others), seed))
        assert len(found), "but in longer ones"
        assert all(others[start].since_s > 2 for start, _ in found)


def breaths(phrase_s: float, seed: int) -> list[bool]:
    """Whether each pause of 0.8 s after such phrases has one."""
    moments = list(spoken(90, talk(phrase_s, 0.8)))
    made = curve(shown(iter(moments), seed), "noseSneerLeft")
    ends = [index for index, moment in enumerate(moments[:-80]) if moment.ended]
    return [bool(made[end : end + 80].max() > 0.02) for end in ends]


def test_breath_is_drawn_after_long_phrases() -> None:
    after = {
        length: np.mean([one for seed in SEEDS for one in breaths(length, seed)])
        for length in (1.0, 3.0, 6.0)
    }
    assert after[6.0] > 0.95 > after[3.0] > after[1.0]
    assert 0.15 < after[1.0] < 0.5, "after some phrases together"


def test_a_breath_parts_the_lips_a_little_before_speech_goes_on() -> None:
    moments = list(spoken(100, talk(5, 0.8)))
    made = shown(iter(moments))
    starts = [index for index, moment in enumerate(moments) if moment.started][1:]
    ready = curve(made, "jawOpen")[np.array(starts) - 15]
    assert (ready > 0.01).mean() > 0.8, "150 ms before"
    assert 0.03 < aperture(weights(made)).max() < 0.08
    for end in (index for index, moment in enumerate(moments) if moment.ended):
        assert not weights(made)[end + 8 : end + 34].any(), "shut before that"


def test_lips_part_for_a_phrase_that_is_known_to_come() -> None:
    def soon(moment: Moment) -> Moment:
        return replace(moment, soon=1.0 <= moment.time / 16_000 < 1.12)

    moments = [soon(moment) for moment in spoken(3, lambda second: second >= 1.12)]
    jaw = curve(shown(iter(moments)), "jawOpen")
    assert not jaw[:100].any() and not jaw[145:].any()
    assert 0.015 < jaw[111] < 0.05
    false_alarm = [replace(moment, speaking=False, started=False) for moment in moments]
    assert not curve(shown(iter(false_alarm)), "jawOpen")[140:].any()


def test_one_who_looks_for_a_word_shows_it_now_and_then() -> None:
    seen = pauses = 0
    for seed in SEEDS:
        moments = list(spoken(120, talk(2.0, 0.9)))
        made = weights(shown(iter(moments), seed))[:, [INDEX["mouthLeft"], INDEX["mouthRight"]]]
        seen += len(spans((made > 0.01).any(axis=1)))
        pauses += sum(moment.ended for moment in moments)
    assert 0.05 < seen / pauses < 0.3


@pytest.mark.parametrize("when_s", [0.45, 0.6, 2.5, 3.1])
def test_an_onset_cuts_everything_short_without_a_pop(when_s: float) -> None:
    def script(second: float) -> bool:
        return second < 5 or second >= 5 + when_s

    cut = 0
    for seed in range(30):
        made = weights(shown(spoken(12, script), seed))
        onset = 500 + round(100 * when_s)
        cut += made[onset - 1].max() > 0.02
        assert not made[onset + 20 :].any()
        lips = made.copy()
        lips[:, [INDEX["jawOpen"], *(INDEX[f"mouthLowerDown{s}"] for s in ("Left", "Right"))]] = 0
        assert not lips[onset + 8 :].any(), "within 80 ms; parted lips are left to articulation"
        assert np.abs(np.diff(made, axis=0)).max() < 0.12
    assert cut >= 3, "and there was something to cut"


def test_it_is_the_same_for_a_seed_and_another_for_another() -> None:
    one, again, other = (weights(shown(spoken(100, talk(5, 3)), seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_the_gain_scales_it_and_draws_nothing() -> None:
    none, one, two = (
        weights(shown(spoken(200, talk(5, 3)), gain=gain))[200:] for gain in (0.0, 1.0, 2.0)
    )
    assert np.abs(none).max() < 1e-6
    np.testing.assert_allclose(two, 2 * one, atol=1e-5)
    layer = Pauses(np.random.default_rng(1))
    changed = []
    for index, moment in enumerate(spoken(200, talk(5, 3))):
        layer.gain = 0.0 if 2000 <= index < 8000 else 1.0
        draft = Draft.neutral()
        layer.move(moment, draft)
        changed.append(draft)
    np.testing.assert_allclose(weights(changed)[8400:], one[8200:], atol=1e-5)


def test_real_pauses_stay_shut_where_they_should() -> None:
    """Lips that count as open (docs/lipsync.md) are rare in what is not spoken of a real minute."""
    moments = minute()
    quiet = np.array([not moment.speaking for moment in moments])
    for seed in range(2):
        made = weights(shown(iter(moments), seed))[quiet]
        assert made.any(axis=1).mean() > 0.05
        gaps = aperture(made)
        assert gaps.max() < 0.06
        assert 3 * (gaps > 0.05).sum() < 0.02 * quiet.sum()


def test_the_articulation_wins() -> None:
    """What is said looks the same 100 ms after its start, whatever went before."""

    def performed(gain: float) -> Array:
        performance = Performance(model(), 960, 3, Direction(behaviour=Behaviour(pauses=gain)))
        sounds = ["AA"] * 300 + ["SIL"] * 30 + ["P", "AA"] * 20
        faces = [
            pose
            for number, sound in enumerate(sounds)
            for pose in performance.push(said(number, sound))
        ]
        return np.array(mouth(faces))

    with_pauses, without = performed(1.0), performed(0.0)
    assert np.abs(with_pauses - without)[600:660].max() > 0.02
    np.testing.assert_allclose(with_pauses[680:], without[680:], atol=1e-6)
