"""The worker in this process, with sessions of its own kind instead of real ones."""

from __future__ import annotations

import pytest

from engine.behaviour import Attention, Behaviour, Emotion
from engine.channel import Kind, Message
from engine.errors import InvalidInput
from engine.options import SessionOptions
from engine.speech.audio import INPUT_HOP
from engine.timeline import HOP
from engine.units import AudioUnit
from tests.engine.worker_stage import Stage, events, of_kind


def test_open_answers_with_the_delays(stage: Stage) -> None:
    session = stage.open(7, look_ahead_ms=60, seed=3)
    assert session.options == SessionOptions(look_ahead_ms=60, seed=3)
    assert stage.said() == [Message(Kind.OPENED, 7, {"delays": [["look-ahead", 960]]})]


def test_bad_options_are_refused_with_their_remedy(stage: Stage) -> None:
    stage.worker.handle(Message(Kind.OPEN, 7, {"fps": 24}))
    (answer,) = stage.said()
    assert (answer.kind, answer.session) == (Kind.REFUSED, 7)
    error = InvalidInput(**answer.values)
    assert error.field == "fps" and "25 or 30" in error.remedy
    assert not stage.sessions


def test_a_session_that_cannot_be_made_does_not_end_the_others(stage: Stage) -> None:
    stage.open(1)
    stage.refusal = MemoryError("no room")
    stage.worker.handle(Message(Kind.OPEN, 2))
    stage.settle()
    stage.refusal = None
    stage.talk(1)
    stage.work_off()
    answers = {(m.kind, m.session) for m in stage.said() if m.kind is not Kind.EVENT}
    assert answers == {(Kind.OPENED, 1), (Kind.FAILED, 2), (Kind.AUDIO, 1)}


def test_pcm_comes_back_as_units_in_order(stage: Stage) -> None:
    stage.open(1)
    for value in range(5):
        stage.talk(1, value)
    stage.work_off()
    units = [message.unit for message in of_kind(stage.said(), Kind.AUDIO)]
    assert units == [AudioUnit(n * HOP, HOP, bytes([n])) for n in range(5)]
    assert not stage.worker.busy


def test_sessions_take_turns(stage: Stage) -> None:
    for number in (1, 2, 3):
        stage.open(number)
    for number in (1, 2, 3):
        for _ in range(number):
            stage.talk(number)
    stage.said()
    stage.worker.work()
    turns = [message.session for message in of_kind(stage.said(), Kind.AUDIO)]
    assert turns == [3, 2, 1], "one piece each, the most behind first"


def test_a_face_is_told_how_to_behave_and_what_goes_on(stage: Stage) -> None:
    session = stage.open(1, blink=0.5, head=0.2)
    cue = {"name": "joy", "amount": 0.5, "seconds": 1.0, "override": True}
    for values in (
        {"head": 2.0, "camera_style": "still"},
        {"emotions": [cue, {"name": "sad"}]},
        {"attention": [0.2, -0.1]},
        {"attention": None},
        {"others": True, "role": "listener"},
        {"blink": 1.0},
    ):
        stage.worker.handle(Message(Kind.CONTROL, 1, values))
    assert session.controls == [
        Behaviour(blink=0.5, head=2.0, camera_style="still"),
        Emotion("joy", 0.5, 1.0, True),
        Emotion("sad"),
        ("attention", Attention(0.2, -0.1)),
        ("attention", None),
        ("others", True),
        ("role", "listener"),
        Behaviour(blink=1.0, head=2.0, camera_style="still"),
    ]


def test_what_a_face_cannot_do_is_refused(stage: Stage) -> None:
    stage.open(1)
    stage.said()
    for values in ({"blink": 3}, {"emotions": [{"name": "boredom"}]}, {"attention": [9, 0]}):
        stage.worker.handle(Message(Kind.CONTROL, 1, values))
    fields = [message.unit.data["field"] for message in of_kind(stage.said(), Kind.EVENT)]
    assert fields == ["blink", "name", "yaw"]


def test_a_session_that_raises_does_not_end_another(stage: Stage) -> None:
    bad, good = stage.open(1), stage.open(2)
    bad.fails.add("stream")
    stage.said()
    for _ in range(3):
        stage.talk(1)
        stage.talk(2)
        stage.work_off()
    said = stage.said()
    assert [message.session for message in of_kind(said, Kind.FAILED)] == [1]
    assert len(of_kind(said, Kind.AUDIO)) == 3
    assert (bad.closed, good.closed) == (1, 0)


@pytest.mark.parametrize("where", ["keyframe", "close"])
def test_nor_does_one_that_raises_elsewhere(stage: Stage, where: str) -> None:
    bad = stage.open(1)
    stage.open(2)
    bad.fails.add(where)
    stage.worker.handle(Message(Kind.CONTROL, 1, {"keyframe": True}))
    stage.worker.handle(Message(Kind.CLOSE, 1))
    stage.talk(1)
    stage.talk(2)
    stage.work_off()
    assert [message.session for message in of_kind(stage.said(), Kind.AUDIO)] == [2]
    assert bad.closed == 1


def test_a_broken_message_costs_its_own_session_only(stage: Stage) -> None:
    stage.open(1)
    stage.open(2)
    stage.worker.handle(Message(Kind.PCM, 1, payload=b"odd"))
    stage.talk(2)
    stage.work_off()
    said = stage.said()
    assert [message.session for message in of_kind(said, Kind.FAILED)] == [1]
    assert [message.session for message in of_kind(said, Kind.AUDIO)] == [2]


def test_a_fault_is_named_but_not_quoted(stage: Stage) -> None:
    stage.open(1).fails.add("stream")
    stage.talk(1)
    stage.work_off()
    (failed,) = of_kind(stage.said(), Kind.FAILED)
    assert failed.values == {"message": "RuntimeError"}


def test_controls_reach_their_session(stage: Stage) -> None:
    one, other = stage.open(1), stage.open(2)
    stage.worker.handle(Message(Kind.CONTROL, 1, {"keyframe": True, "bitrate": 500_000}))
    stage.worker.handle(Message(Kind.CONTROL, 2, {"keyframe": False}))
    assert one.controls == ["keyframe", 500_000]
    assert other.controls == []
    stage.worker.handle(Message(Kind.CONTROL, 2, {"articulation": 1.5}))
    assert other.controls == [("articulation", 1.5)]


def test_units_can_be_asked_for_and_done_without_at_any_time(stage: Stage) -> None:
    session = stage.open(1, motion_units=True)
    stage.worker.handle(Message(Kind.CONTROL, 1, {"motion_units": False, "phone_units": True}))
    assert (session.motion_units, session.phone_units) == (False, True)
    stage.worker.handle(Message(Kind.CONTROL, 1, {"keyframe": True}))
    assert (session.motion_units, session.phone_units) == (False, True)


def test_what_comes_for_a_closed_session_is_ignored(stage: Stage) -> None:
    session = stage.open(1)
    stage.talk(1)
    stage.worker.handle(Message(Kind.CLOSE, 1))
    stage.worker.handle(Message(Kind.CLOSE, 1))
    stage.talk(1)
    stage.worker.handle(Message(Kind.CONTROL, 1, {"keyframe": True}))
    stage.work_off()
    assert session.closed == 1
    assert session.pushed == []
    assert len(stage.said()) == 1, "OPENED, and nothing after it"


@pytest.mark.parametrize("samples", [INPUT_HOP // 2, INPUT_HOP, 3 * INPUT_HOP])
def test_two_seconds_may_wait_and_what_is_dropped_is_counted(stage: Stage, samples: int) -> None:
    session = stage.open(1)
    pieces = 150 * INPUT_HOP // samples
    for number in range(pieces):
        stage.talk(1, number % 100, samples)
    stage.work_off()
    kept = sum(map(len, session.pushed))
    assert 97 <= kept / INPUT_HOP < 101
    newest = [int(pcm[0]) for pcm in session.pushed]
    told = [number % 100 for number in range(pieces) for _ in range(-(-samples // INPUT_HOP))]
    assert newest == told[-len(newest) :], "the oldest go"
    assert max(map(len, session.pushed)) <= INPUT_HOP, "nobody's turn is longer than a hop"
    reports = events(stage.said(), "stats")
    counted = sum(int(report["dropped_hops"]) for report in reports)
    assert 0 <= 150 * INPUT_HOP - kept - counted * INPUT_HOP < INPUT_HOP


def test_pictures_are_left_out_until_the_face_has_caught_up(stage: Stage) -> None:
    session = stage.open(1)
    for _ in range(3):
        stage.talk(1)
    stage.work_off()
    assert session.behind == [False] * 3, "two more pieces are no backlog"
    for _ in range(8):
        stage.talk(1)
    stage.work_off()
    assert session.behind[3:] == [True] * 7 + [False], "to the end, not to the threshold"
    reports = events(stage.said(), "stats")
    assert [report["skipped_frames"] for report in reports] == list(range(1, 8))
    assert {report["dropped_hops"] for report in reports} == {0}


def test_nothing_but_the_picture_is_reported_while_all_is_well(stage: Stage) -> None:
    stage.open(1)
    for _ in range(10):
        stage.talk(1)
        stage.work_off()
    said = stage.said()
    assert {message.kind for message in said} == {Kind.OPENED, Kind.AUDIO, Kind.EVENT}
    assert [message.unit.kind for message in of_kind(said, Kind.EVENT)] == ["picture"]  # type: ignore[union-attr]
    (picture,) = events(said, "picture")
    assert (picture["width"], picture["supersample"], picture["changes"]) == (512, 1.4, 0)


def test_a_sign_of_life_tells_what_waits(stage: Stage) -> None:
    stage.open(1)
    for _ in range(3):
        stage.talk(1)
    stage.said()
    stage.worker.handle(Message(Kind.PING))
    (answer,) = stage.said()
    nothing = {"stages": {}, "queues": {}, "batches": {}}
    assert (answer.kind, answer.values) == (Kind.PONG, {**nothing, "waiting_s": 0.06})


def test_a_machine_that_cannot_draw_is_measured_at_nothing(stage: Stage) -> None:
    stage.refusal = InvalidInput("avatar", "elvis", "use nora")
    wanted = {"options": {"width": 64, "height": 64}, "seconds": 1.0}
    stage.worker.handle(Message(Kind.MEASURE, 0, wanted))
    assert stage.said() == [Message(Kind.MEASURED, 0, {"speed": 0.0})]
