from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.motion.layers import Moment, Pause
from engine.motion.moments import Moments
from engine.timeline import HOP, MOTION_HOP
from engine.voice import Heard
from tests.engine.heard import said

SENTENCE = ["SIL"] * 20 + ["AA"] * 40 + ["SIL"] * 100


def heard(
    sounds: list[str], told: dict[int, dict[str, Any]] | None = None, **always: Any
) -> list[Heard]:
    """Hops with what their prosody tells, by hop or throughout."""
    hops = []
    for number, sound in enumerate(sounds):
        hop = said(number, sound)
        prosody = replace(hop.prosody, **always, **(told or {}).get(number, {}))
        hops.append(Heard(hop.voice, prosody, hop.posteriors))
    return hops


def moments(hops: list[Heard], look_ahead: int = 960, **settings: bool) -> list[Moment]:
    """Every moment, as soon as it may be made."""
    source, made, index = Moments(look_ahead), [], 0
    for name, value in settings.items():
        setattr(source, name, value)
    for number, hop in enumerate(hops):
        source.hear(hop)
        while index * MOTION_HOP + look_ahead <= (number + 1) * HOP:
            made.append(source.at(index * MOTION_HOP))
            index += 1
    return made


@pytest.mark.parametrize("look_ahead", [0, 960, 2560])
def test_a_phrase_begins_ends_and_is_followed_by_pauses(look_ahead: int) -> None:
    made = moments(heard(SENTENCE), look_ahead)
    started = [i for i, moment in enumerate(made) if moment.started]
    ended = [i for i, moment in enumerate(made) if moment.ended]
    ahead = min(4, look_ahead // MOTION_HOP)
    assert (len(started), len(ended)) == (1, 1)
    assert started[0] == pytest.approx(41 - ahead, abs=1) and ended[0] == pytest.approx(121, abs=1)
    assert [m.pause for m in made[45:115]] == [Pause.NONE] * 70
    kinds = list(dict.fromkeys(moment.pause for moment in made[122:]))
    assert kinds == [Pause.HESITATION, Pause.BREATH, Pause.TURN_END]
    assert made[100].since_s == pytest.approx((100 - started[0]) / 100)


def test_what_prosody_tells_arrives_at_its_own_time() -> None:
    told = {"accent": 0.8, "arousal": 0.3, "valence": -0.2, "rate": 4.0, "laughing": 0.5}
    made = moments(heard(SENTENCE, {30: told}))
    where = [i for i, moment in enumerate(made) if moment.accent]
    assert where == [61, 62], "the two samples of the hop"
    assert {name: getattr(made[61], name) for name in told} == told


@pytest.mark.parametrize(
    ("look_ahead", "known", "at"),
    [
        pytest.param(960, 31, 59, id="known in time"),
        pytest.param(960, 36, 68, id="known 100 ms late, told as soon as it is"),
        pytest.param(0, 31, 62, id="without look-ahead"),
        pytest.param(960, 55, None, id="known too late to matter"),
    ],
)
def test_a_stressed_syllable_is_told_at_its_time_or_as_soon_as_it_is_known(
    look_ahead: int, known: int, at: int | None
) -> None:
    made = moments(heard(SENTENCE, {known: {"stressed_at": 59 * MOTION_HOP}}), look_ahead)
    told = [i for i, moment in enumerate(made) if moment.stressed]
    assert told == ([] if at is None else [pytest.approx(at, abs=1)])


def test_a_question_is_told_where_its_phrase_ends() -> None:
    made = moments(heard(SENTENCE, question=0.9))
    assert [moment.question for moment in made if moment.ended] == [0.9]
    assert not any(moment.question for moment in made if not moment.ended)


def test_who_listens_hears_another_speak_and_says_nothing() -> None:
    hops = heard(SENTENCE, accent=0.5, arousal=0.5, laughing=0.5, question=0.9)
    mine, theirs = moments(hops), moments(hops, listening=True)
    assert [m.others for m in theirs] == [m.speaking for m in mine]
    assert [i for i, m in enumerate(theirs) if m.others_ended] == [
        i for i, m in enumerate(mine) if m.ended
    ]
    for moment, heard_as in zip(theirs, mine, strict=True):
        assert moment.theirs and moment.theirs.laughing == heard_as.laughing == 0.5
        assert not (
            moment.speaking or moment.soon or moment.started or moment.ended or moment.accent
        )
        assert not (moment.arousal or moment.laughing or moment.coming)
        assert moment.pause is Pause.TURN_END
    assert max(m.question for m in theirs) == 0.9, "what they asked is heard"


@pytest.mark.parametrize(("look_ahead", "ahead"), [(0, 0), (960, 2), (2560, 12)])
def test_a_phrase_is_told_of_before_it_begins(look_ahead: int, ahead: int) -> None:
    made = moments(heard(SENTENCE), look_ahead)
    assert sum(m.soon for m in made) == pytest.approx(ahead, abs=1)
    assert not any(m.soon and m.speaking for m in made)
    assert all(m.theirs is None for m in made)


def test_others_speak_when_somebody_says_so() -> None:
    source = Moments(0)
    ended = []
    for number in range(60):
        source.others = 20 <= number < 40
        source.hear(said(number, "SIL"))
        moment = source.at(number * HOP)
        assert moment.others == source.others
        ended.append(moment.others_ended)
    assert [i for i, end in enumerate(ended) if end] == [40]


@pytest.mark.parametrize("look_ahead", [0, 960, 2560])
def test_who_is_cut_short_speaks_no_more_until_there_is_new_speech(look_ahead: int) -> None:
    """Voice activity goes on for a while after the sound has ended, and counts for nothing."""
    source, made = Moments(look_ahead), []
    sounds = ["AA"] * 30 + ["SIL"] * 8 + ["AA"] * 30
    index, cut = 0, 0
    for number, sound in enumerate(sounds):
        hop = said(number, sound)
        lingers = number < 36
        voice = replace(hop.voice, active=lingers or hop.voice.active, vote=sound != "SIL")
        if number == 30:
            source.hush()
            cut = index
        source.hear(Heard(voice, hop.prosody, hop.posteriors))
        while index * MOTION_HOP + look_ahead <= (number + 1) * HOP:
            made.append(source.at(index * MOTION_HOP))
            index += 1
    assert all(moment.speaking for moment in made[2:cut])
    assert not any(moment.speaking for moment in made[cut:70])
    assert all(moment.speaking for moment in made[78:])
