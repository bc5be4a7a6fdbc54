from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.face import Floats
from engine.motion.lookahead import split
from engine.options import SessionOptions
from engine.phones import PHONES, VISEME_OF
from engine.speech.events import PhoneEvents
from engine.timeline import HOP, MOTION_HOP
from engine.units import PhoneUnit
from engine.voice import Heard, Voice
from tests.engine.heard import HEADS_MS, phone, said
from tests.engine.sessions import engine
from tests.speech_data import utterances

FRAMES = st.lists(
    st.tuples(st.sampled_from(PHONES), st.integers(1, 9)), min_size=1, max_size=25
).map(lambda runs: [name for name, length in runs for _ in range(length)])


def mixed(name: str, share: float, other: str) -> Floats:
    return np.asarray(share * phone(name) + (1 - share) * phone(other), dtype=np.float32)


def told(
    frames: list[Floats], late: int = 4, active_from: int = 0, active_to: int = 10**6
) -> list[tuple[int, PhoneUnit]]:
    """(hops heard, unit) for posteriors of 10 ms from a head that answers ``late`` frames late."""
    events = PhoneEvents(0, late)
    units = []
    silent = phone("SIL")
    padded = [silent] * late + frames + [silent] * 20
    for hop in range(len(padded) // 2):
        active = active_from <= hop < active_to
        voice = Voice(hop * HOP, active, active, -25.0)
        posteriors = np.array([padded[2 * hop : 2 * hop + 2]])
        heard = Heard(voice, said(hop, "AA").prosody, posteriors)
        units += [(hop + 1, unit) for unit in events.push(heard)]
    return units


def names(units: list[tuple[int, PhoneUnit]]) -> list[str]:
    return [unit.phone for _, unit in units]


def run(**lengths: int) -> list[Floats]:
    return [phone(name) for name, length in lengths.items() for _ in range(length)]


@pytest.mark.parametrize("late", [0, 4, 8, 12])
def test_phones_start_when_they_are_heard_to(late: int) -> None:
    units = told(run(SIL=10, HH=6, EH=9, L=5, OW=12), late)
    assert names(units) == ["HH", "EH", "L", "OW", "SIL"]
    starts = [unit.time // MOTION_HOP for _, unit in units]
    assert starts == [10, 16, 25, 30, 42]
    assert all(unit.viseme == VISEME_OF[unit.phone] for _, unit in units)
    assert all(0.8 < unit.confidence <= 1 for _, unit in units)


@pytest.mark.parametrize("late", [0, 4, 8])
def test_a_sure_phone_is_told_at_its_start(late: int) -> None:
    for hops, unit in told(run(SIL=10, AA=8, S=8, IY=9), late):
        waited = hops * HOP - unit.time
        assert waited <= (late + 4) * MOTION_HOP


def test_one_stray_frame_is_no_phone() -> None:
    assert names(told(run(AA=10) + run(T=1) + run(AA=10))) == ["AA", "SIL"]


def test_what_wavers_between_like_sounds_stays_what_it_was() -> None:
    wavering = [mixed("B", 0.52 if i // 3 % 2 else 0.48, "P") for i in range(30)]
    assert names(told(run(P=6) + wavering)) == ["P", "SIL"]


def test_a_doubtful_phone_is_told_late_but_dated_right() -> None:
    sure, doubtful = (told(run(AA=10) + [mixed("B", share, "AA")] * 20)[1] for share in (0.95, 0.6))
    assert sure[1].phone == doubtful[1].phone == "B"
    assert doubtful[0] > sure[0]
    assert doubtful[1].time == pytest.approx(sure[1].time, abs=MOTION_HOP)
    assert doubtful[1].confidence == pytest.approx(0.6, abs=0.05)
    assert sure[1].confidence > 0.8


def test_what_is_not_speech_has_no_phones() -> None:
    assert told(run(AA=60), active_from=10**6) == []


def test_speech_ends_with_the_voice_where_the_network_goes_on() -> None:
    units = told(run(SIL=10, AA=60), active_to=20)
    assert names(units) == ["AA", "SIL"]
    assert units[1][1].time == 20 * HOP


def test_a_phone_before_the_voice_was_believed_is_told_once_it_is() -> None:
    events = PhoneEvents(0, 0)
    units = []
    for hop in range(30):
        fact = said(hop, "M" if hop >= 12 else "SIL")
        voice = Voice(hop * HOP, True, hop >= 15, -25.0, 11 * HOP if hop == 15 else None)
        units += [(hop, unit) for unit in events.push(Heard(voice, fact.prosody, fact.posteriors))]
    ((hop, unit),) = units
    assert (hop, unit.phone, unit.time) == (15, "M", 12 * HOP)


@pytest.mark.parametrize("passed", [1, 30, 49, 50, 51, 75, 76, 120])
@pytest.mark.parametrize("late", [0, 4, 12])
def test_who_asks_later_is_told_what_they_would_have_been_told(passed: int, late: int) -> None:
    names = ["M", "AA", "S", "IY", "SIL", "T", "OW"]
    frames = [phone(names[frame // 11 % len(names)]) for frame in range(400)]
    always, later = PhoneEvents(0, late), PhoneEvents(0, late)
    for hop in range(200):
        voice = Voice(hop * HOP, True, hop % 90 >= 7, -25.0, 6 * HOP if hop == 7 else None)
        posteriors = np.array([frames[2 * hop : 2 * hop + 2]])
        heard = Heard(voice, said(hop, "AA").prosody, posteriors)
        told_always = always.push(heard)
        if hop < passed:
            later.pass_over(heard)
        else:
            assert later.push(heard) == told_always


@settings(deadline=None, max_examples=60)
@given(FRAMES, st.integers(0, 12))
def test_phones_follow_each_other(frames: list[str], late: int) -> None:
    units = [unit for _, unit in told([phone(name) for name in frames], late)]
    for one, other in pairwise(units):
        assert other.time - one.time >= 2 * MOTION_HOP
        assert one.phone != other.phone
    assert all(0 < unit.confidence <= 1 and unit.time >= 0 for unit in units)
    if units:
        assert units[0].phone != "SIL" and units[-1].phone == "SIL"


def test_each_look_ahead_listens_to_its_own_head() -> None:
    for look_ahead_ms in (0, 60, 100):
        share = split(16 * look_ahead_ms, HEADS_MS)
        events = PhoneEvents(share.head, share.heard)
        times = []
        for hop in range(60):
            rows = [
                ["AA" if 2 * hop + row - delay // 10 >= 40 else "SIL" for row in range(2)]
                for delay in HEADS_MS
            ]
            posteriors = np.array([[phone(name) for name in row] for row in rows])
            fact = said(hop, "AA")
            times += [u.time for u in events.push(Heard(fact.voice, fact.prosody, posteriors))]
        assert times == [40 * MOTION_HOP]


def test_real_speech_has_about_as_many_phones_as_were_said() -> None:
    said_, heard = 0, 0
    for utterance in utterances(6):
        session = engine().session(SessionOptions(phone_units=True), "motion")
        units = session.push(utterance.pcm) + session.flush()
        phones = [unit for unit in units if isinstance(unit, PhoneUnit)]
        heard += len(phones)
        said_ += len(utterance.phones)
        first, last = utterance.spoken
        assert all(unit.time / 16_000 > first - 0.15 for unit in phones)
        assert phones[-1].phone == "SIL" or phones[-1].time / 16_000 > last - 0.2
    assert 0.8 < heard / said_ < 1.25
