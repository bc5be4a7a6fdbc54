"""Sessions that are hosted together give what each gives alone, whoever else comes, goes, fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, TypeGuard

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine.session
from engine.batch import Batch
from engine.face import Floats
from engine.hosting import COMPANY_S, Hosting
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.runtime.base import SteppedModel
from engine.runtime.streams import Ask
from engine.runtime.weights import DEFAULT
from engine.session import Session
from engine.speech.audio import INPUT_HOP, PCM
from engine.steps import Due, Steps, resume
from engine.stopwatch import Stopwatch
from engine.units import Unit, VideoUnit
from tests.engine.sessions import StillStudio
from tests.engine.sessions import engine as shared
from tests.synthetic import noise, pcm, syllables

VOICES = [pcm(syllables(0.4, 90 + 40 * n)) for n in range(3)] + [pcm(noise(0.4, -20))]
HOPS = len(VOICES[0]) // INPUT_HOP


class RowByRow:
    """A network whose answers for many are, to the bit, those for each.

    A real one may add in another order when there are more rows; how little that is, is held by
    `tests.engine.test_streams`. With ``alone_only`` it fails whenever it is asked for many.
    """

    batches = (1, 1024)

    def __init__(self, network: SteppedModel) -> None:
        self._network = network
        self.backend = "test"
        self.alone_only = False
        self.rows: list[int] = []

    def initial_state(self, streams: int) -> Floats:
        return self._network.initial_state(streams)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        self.rows.append(len(inputs))
        if self.alone_only and len(inputs) > 1:
            raise MemoryError("too many")
        made = [self._network.step(inputs[n : n + 1], state[n : n + 1]) for n in range(len(inputs))]
        outputs, states = zip(*made, strict=True)
        return np.concatenate(outputs), np.concatenate(states)


@cache
def rowwise() -> tuple[Engine, list[RowByRow]]:
    phonemes, motion = shared().phonemes, shared().motion(DEFAULT)
    networks = [RowByRow(phonemes.network), RowByRow(motion.network)]
    engine = replace(
        shared(),
        phonemes=replace(phonemes, network=networks[0]),
        motions={DEFAULT: replace(motion, network=networks[1])},
    )
    return engine, networks


class Life:
    """A session, what happened to it by itself, and what it gave.

    ``fault`` is something wrong in its ``at``-th hop: "nan" or "shape" of what it asks the network,
    "raise" between two questions.
    """

    def __init__(self, number: int, fault: str | None, at: int) -> None:
        self.number, self.fault, self.at = number, fault, at
        self.pushed = 0
        self.log: list[tuple[str, PCM | None]] = []
        self.units: list[Unit] = []
        self.failure: str | None = None
        self.gone = False

    def open(self) -> Session:
        options = SessionOptions(
            seed=self.number,
            look_ahead_ms=(0, 20, 0, 60)[self.number],
            motion_units=True,
            phone_units=self.number == 1,
        )
        session = rowwise()[0].session(options)
        if self.fault == "raise":
            session._performance.perform = self._sometimes(  # type: ignore[method-assign]
                session._performance.perform, self._raise
            )
        elif self.fault:
            log_mel = session._hearing._log_mel
            log_mel.push = self._sometimes(log_mel.push, self._spoil)  # type: ignore[method-assign]
        return session

    def _sometimes(self, do: Callable[..., Any], instead: Callable[[Any], Any]) -> Any:
        count = 0

        def done(*given: Any) -> Any:
            nonlocal count
            count += 1
            made = do(*given)
            return instead(made) if count == self.at else made

        return done

    def _raise(self, _: Any) -> Any:
        raise RuntimeError("in the middle")

    def _spoil(self, frames: Floats) -> Floats:
        return np.full_like(frames, np.nan) if self.fault == "nan" else frames[:, :7]

    def hosted(self) -> Session:
        """One that notes when it is given a hop."""
        session = self.open()
        steps = session.steps

        def noted(pcm: PCM, behind: bool = False) -> Steps:
            assert not behind
            self.log.append(("hop", pcm))
            return steps(pcm, behind)

        session.steps = noted  # type: ignore[method-assign]
        return session

    def again_alone(self) -> Life:
        """The same happens to a session with nobody beside it."""
        other = Life(self.number, self.fault, self.at)
        session = other.open()
        for (event, hop), (until, _) in pairwise([*self.log, ("", None)]):
            if event == "reset":
                session.reset()
            elif hop is not None:
                try:
                    other._run(session.steps(hop), until)
                except Exception as error:
                    other.failure = type(error).__name__
        session.close()
        return other

    def _run(self, steps: Steps, until: str) -> None:
        step = resume(steps)
        while step is not None and _LEFT_AT.get(type(step)) != until:
            if isinstance(step, Ask):
                step = resume(steps, step.alone())
                continue
            if not isinstance(step, Due):
                self.units.append(step)
            step = resume(steps)


_LEFT_AT: dict[type, str] = {Ask: "ask", Due: "due"}


class Stage:
    """A host, and the lives of those who are there and of those who have gone."""

    def __init__(self) -> None:
        self.hosting = Hosting(Stopwatch(), lambda: 0.0, self._tell, self._fail)
        self.here: dict[int, Life] = {}
        self.lives: list[Life] = []
        self.order: list[tuple[int, str]] = []

    def push(self, number: int, fault: str | None, at: int) -> None:
        """Its next hop; who is not there comes."""
        if number not in self.here:
            life = self.here[number] = Life(number, fault, at)
            self.lives.append(life)
            self.hosting.add(number, life.hosted(), SessionOptions())
        life = self.here[number]
        if self.hosting.sessions[number].backlog < 2:
            start = life.pushed % HOPS * INPUT_HOP
            self.hosting.push(number, VOICES[number][start : start + INPUT_HOP])
            life.pushed += 1

    def reset(self, number: int) -> None:
        if number in self.here:
            self._note_where(number)
            self.here[number].log.append(("reset", None))
            self.hosting.sessions[number].session.reset()

    def leave(self, number: int) -> None:
        if number in self.here:
            self._note_where(number)
            self.hosting.remove(number)
            del self.here[number]

    def settle(self) -> None:
        while self.hosting.patience is not None:
            self.hosting.work()

    def _note_where(self, number: int) -> None:
        left_at = self.hosting.sessions[number].left_at
        if left_at is not None:
            self.here[number].log.append((_LEFT_AT[type(left_at)], None))

    def _tell(self, number: int, unit: Unit) -> None:
        if getattr(unit, "kind", "") != "stats":
            self.here[number].units.append(unit)
            self.order.append((number, type(unit).__name__))

    def _fail(self, number: int, error: Exception) -> None:
        self.here.pop(number).failure = type(error).__name__
        self.hosting.remove(number)


def told(units: list[Unit]) -> list[str]:
    """What can be compared, numbers that are none included."""
    pictures = [np.frombuffer(unit.payload).tolist() for unit in units if is_picture(unit)]
    return [*map(str, pictures), *(str(unit) for unit in units if not is_picture(unit))]


def is_picture(unit: Unit) -> TypeGuard[VideoUnit]:
    return isinstance(unit, VideoUnit)


@pytest.fixture(autouse=True, scope="module")
def still_pictures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.session, "Studio", PictureStudio)
        yield


class PictureStudio(StillStudio):
    picture = None


WHO = st.integers(0, 3)
ACTIONS = st.one_of(
    st.just(("work", 0)),
    st.tuples(st.just("push"), WHO),
    st.tuples(st.just("push"), WHO),
    st.tuples(st.sampled_from(["reset", "leave"]), WHO),
)
FAULTS = st.sampled_from([None, None, "nan", "shape", "raise"])


@settings(deadline=None, max_examples=40)
@given(
    st.lists(ACTIONS, min_size=10, max_size=60),
    st.lists(st.tuples(FAULTS, st.integers(1, 6)), min_size=4, max_size=4),
    st.booleans(),
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_nobody_changes_what_another_gives(
    actions: list[tuple[str, int]], faults: list[tuple[str | None, int]], alone_only: bool
) -> None:
    stage = Stage()
    for network in rowwise()[1]:
        network.alone_only = alone_only
    for action, who in actions:
        if action == "push":
            stage.push(who, *faults[who])
        elif action == "work":
            stage.hosting.work()
        else:
            getattr(stage, action)(who)
    stage.settle()
    for number in list(stage.here):
        stage.leave(number)
    for life in stage.lives:
        alone = life.again_alone()
        assert told(life.units) == told(alone.units)
        assert life.failure == alone.failure


def test_a_hop_of_all_is_one_call_of_each_network() -> None:
    stage, networks = Stage(), rowwise()[1]
    for network in networks:
        network.rows.clear()
        network.alone_only = False
    for number in range(4):
        stage.push(number, None, 0)
    stage.hosting.work()
    assert [network.rows for network in networks] == [[4], [4]]
    assert stage.hosting.batch.take_sizes() == {"phonemes": [4], "articulation": [4]}
    assert stage.hosting.batch.take_sizes() == {}


def test_sound_of_all_leaves_before_anybody_is_drawn() -> None:
    """And who comes while one is drawn is heard, not drawn, before the next picture."""
    stage = Stage()
    for number in (0, 2):  # without look-ahead the first hop completes a picture
        stage.push(number, None, 0)
    stage.hosting.work()
    sounds = [(number, "AudioUnit") for number in (0, 2)]
    assert of_interest(stage.order) == [*sounds, (0, "VideoUnit")], "one picture a turn"
    stage.push(1, None, 0)
    stage.hosting.work()
    assert of_interest(stage.order)[3:] == [(1, "AudioUnit"), (2, "VideoUnit")]
    assert isinstance(stage.hosting.sessions[1].left_at, Ask), "nor does its question come first"
    stage.settle()


def of_interest(order: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(number, kind) for number, kind in order if kind in ("AudioUnit", "VideoUnit")]


@pytest.mark.parametrize(("backend", "waits"), [("onnxruntime-cpu", False), ("tensorrt", True)])
def test_questions_wait_for_company_where_it_pays_and_not_for_long(
    backend: str, waits: bool
) -> None:
    now = 0.0
    stage, networks = Stage(), rowwise()[1]
    stage.hosting._clock = lambda: now
    rows = networks[0].rows
    for network in networks:
        network.backend, network.alone_only = backend, False
    rows.clear()

    def work(*numbers: int) -> list[int]:
        for number in numbers:
            stage.push(number, None, 0)
        stage.hosting.work()
        stage.hosting.work()  # whoever is left to be drawn
        return rows

    assert work(1) == [1], "alone nobody is waited for"
    assert work(3, 1) == [1, 2], "nor if all are there"
    assert work(1) == ([1, 2] if waits else [1, 2, 1])
    assert stage.hosting.patience == (COMPANY_S if waits else None)
    now = COMPANY_S / 2
    assert work(3)[-1] == (2 if waits else 1), "it begins as soon as all are there"
    work(1)
    now += COMPANY_S
    assert work()[-1] == 1 and stage.hosting.patience is None, "it waits no longer"
    for network in networks:
        network.backend = "test"


def test_what_waits_is_timed() -> None:
    ticks = iter(range(10**6))
    stage = Stage()
    stage.hosting._clock = lambda: float(next(ticks))
    for _ in range(2):
        stage.push(0, None, 0)
    stage.settle()
    waits = stage.hosting.take_waits()
    assert {name: len(times) for name, times in waits.items()} == {
        "voice": 2,
        "networks": 4,
        "picture": 1,
    }
    assert all(time > 0 for times in waits.values() for time in times)


def test_a_fault_of_a_call_is_answered_to_its_cause_alone() -> None:
    engine, networks = rowwise()
    hearing = [engine.session(SessionOptions(seed=n), "motion")._hearing for n in range(3)]
    networks[0].alone_only = False
    frames = np.zeros((2, 40), np.float32)
    asks = [one._phonemes.ask(frames) for one in hearing]
    asks[1].inputs = frames[:, :7]
    batch = Batch(Stopwatch())
    first, second, third = batch.answer(asks)
    assert isinstance(second, Exception)
    assert np.array_equal(first, third)
    assert batch.take_sizes() == {"phonemes": [1, 1]}
