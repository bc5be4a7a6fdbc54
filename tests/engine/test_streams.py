"""Streams in company are what they are alone, whoever comes, goes, begins anew or fails."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.face import Floats
from engine.runtime.streams import Ask, Stream, Streams, alone, together
from engine.speech.phonemes import PhonemeModel
from tests.engine.heard import model as motion_model

INITIAL = np.array([[1.0, 10.0, 100.0]], np.float32)


class Sums:
    """A network that adds what it is told to each number of its state, and says what they are."""

    backend = "test"

    def __init__(self, most: int = 1024) -> None:
        self.batches = (1, most)
        self.calls: list[int] = []
        self.fails_at = 0

    def initial_state(self, streams: int) -> Floats:
        return np.zeros((streams, 3), np.float32)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        self.calls.append(len(inputs))
        if len(self.calls) == self.fails_at:
            raise RuntimeError("no memory")
        following = state + inputs
        return following * 2, following


def told(*values: float) -> Floats:
    return np.array(values, np.float32)[:, None]


@pytest.fixture
def sums() -> Sums:
    return Sums()


def test_a_stream_begins_in_the_initial_state_and_keeps_its_own(sums: Sums) -> None:
    streams = Streams(sums, INITIAL)
    one, other = streams.open(), streams.open()
    assert streams.step([one], told(1)).tolist() == [[4, 22, 202]]
    assert streams.step([other, one], told(5, 1)).tolist() == [[12, 30, 210], [6, 24, 204]]
    assert streams.state(one).tolist() == [3, 12, 102]
    streams.reset(one)
    assert streams.state(one).tolist() == [1, 10, 100]
    assert streams.state(other).tolist() == [6, 15, 105]
    assert INITIAL.tolist() == [[1, 10, 100]]


def test_states_stay_when_more_streams_come_than_there_was_room_for(sums: Sums) -> None:
    streams = Streams(sums, INITIAL)
    slots = [streams.open() for _ in range(3)]
    streams.step(slots, told(1, 2, 3))
    slots += [streams.open() for _ in range(20)]
    assert len(set(slots)) == 23
    streams.step(slots, told(*range(23)))
    assert [streams.state(slot)[0] for slot in slots[:4]] == [2, 4, 6, 4]


def test_a_slot_that_is_opened_again_remembers_nothing(sums: Sums) -> None:
    streams = Streams(sums, INITIAL)
    slot = streams.open()
    streams.step([slot], told(float("nan")))
    streams.close(slot)
    assert streams.open() == slot
    assert streams.state(slot).tolist() == [1, 10, 100]
    with pytest.raises(ValueError, match="not open"):
        streams.close(slot + 1)


def test_more_than_the_network_takes_are_split() -> None:
    sums = Sums(most=3)
    streams = Streams(sums, INITIAL)
    slots = [streams.open() for _ in range(8)]
    outputs = streams.step(slots, told(*range(8)))
    assert sums.calls == [3, 3, 2]
    assert outputs[:, 0].tolist() == [2 * (1 + value) for value in range(8)]
    assert streams.state(slots[7])[0] == 8


def test_all_make_their_step_or_none(sums: Sums) -> None:
    sums = Sums(most=2)
    streams = Streams(sums, INITIAL)
    slots = [streams.open() for _ in range(5)]
    sums.fails_at = 3
    with pytest.raises(RuntimeError):
        streams.step(slots, told(1, 1, 1, 1, 1))
    assert {streams.state(slot)[0] for slot in slots} == {1}


def test_nobody_makes_two_steps_at_once(sums: Sums) -> None:
    streams = Streams(sums, INITIAL)
    with pytest.raises(ValueError, match="one step"):
        streams.step([streams.open()] * 2, told(1, 1))


def test_a_place_is_given_back_when_nobody_holds_it(sums: Sums) -> None:
    streams = Streams(sums, INITIAL)
    held = Stream(streams, "sums")
    gone = [Stream(streams, "sums") for _ in range(3)]
    question = gone[1].ask(told(1)[0])
    slots = [stream.slot for stream in gone]
    gone.clear()
    gc.collect()
    assert question.alone().tolist() == [4, 22, 202], "a question holds its stream"
    del question
    again = [Stream(streams, "sums") for _ in range(3)]
    assert sorted(stream.slot for stream in again) == slots
    assert held.slot not in slots


def test_a_model_may_offer_streams_of_its_own() -> None:
    class Resident(Sums):
        def streams(self, initial: Floats) -> tuple[str, Floats]:
            return "mine", initial

    assert Streams.of(Resident(), INITIAL) == ("mine", INITIAL)  # type: ignore[comparison-overlap]
    assert isinstance(Streams.of(Sums(), INITIAL), Streams)


def test_work_is_answered_as_it_asks(sums: Sums) -> None:
    stream = Stream(Streams(sums, INITIAL), "sums")

    def work():
        first = yield stream.ask(told(1)[0])
        second = yield stream.ask(first[:1])
        return [first[0], second[0]]

    assert alone(work()) == [4, 12]
    assert sums.calls == [1, 1]


# Real networks


@cache
def networks() -> dict[str, Streams]:
    """Of the shipped models, each with its streams."""
    phonemes, motion = PhonemeModel.load(), motion_model()
    return {
        "phonemes": Streams(phonemes.network, phonemes.primed),
        "motion": Streams(motion.network, motion.primed),
    }


def inputs(network: str, seed: int, count: int) -> Floats:
    """(count, ...) what a voice of its own might tell the network."""
    choice = np.random.default_rng(seed)
    if network == "phonemes":
        return choice.normal(-4, 3, (count, 2, 40)).astype(np.float32)
    return choice.uniform(0, 1, (count, 2, 244)).astype(np.float32)


STEPS = 6
ACTIONS = st.sampled_from(["step", "step", "step", "reset", "leave", "spoil", "pause"])


class Life:
    """A stream that follows a plan, one action for each step; it hears a voice of its own."""

    def __init__(self, network: str, number: int, plan: list[str]) -> None:
        self._streams, self._network, self._plan = networks()[network], network, plan
        self._heard = inputs(network, number, len(plan))
        self._stream: Stream | None = None
        self.answers: list[Floats] = []

    def ask(self, at: int) -> Ask | None:
        """Its question at this step, unless it is away or silent."""
        action, heard = self._plan[at], self._heard[at]
        if action == "leave":
            self._stream = None
            return None
        if self._stream is None:  # whoever has left comes back as somebody new
            self._stream = Stream(self._streams, self._network)
        if action == "pause":
            return None
        if action == "reset":
            self._stream.reset()
        return self._stream.ask(np.full_like(heard, np.nan) if action == "spoil" else heard)


def lived(lives: Sequence[Life]) -> None:
    """All steps of all of them, those of one time in one call."""
    for at in range(STEPS):
        asked = [(life, ask) for life in lives if (ask := life.ask(at))]
        if asked:
            answers = together([ask for _, ask in asked])
            for (life, _), answer in zip(asked, answers, strict=True):
                life.answers.append(answer)


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["phonemes", "motion"]),
    st.lists(st.lists(ACTIONS, min_size=STEPS, max_size=STEPS), min_size=2, max_size=6),
)
def test_whoever_else_is_there_changes_nothing(network: str, plans: list[list[str]]) -> None:
    def lives() -> list[Life]:
        return [Life(network, number, plan) for number, plan in enumerate(plans)]

    lived(company := lives())
    for one, by_itself in zip(company, lives(), strict=True):
        lived([by_itself])
        assert len(one.answers) == len(by_itself.answers)
        for answer, same in zip(one.answers, by_itself.answers, strict=True):
            np.testing.assert_allclose(answer, same, rtol=0, atol=1e-5, equal_nan=True)
