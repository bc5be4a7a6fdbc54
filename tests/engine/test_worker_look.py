"""Looks, sizes and qualities that change while a worker hosts the session."""

from __future__ import annotations

import pytest

from engine.channel import Kind, Message
from engine.look import Look
from tests.engine.worker_stage import Stage, events, of_kind


def test_a_look_changes_while_the_voice_goes_on(stage: Stage) -> None:
    session = stage.open(1, set="office")
    stage.dressing.clear()
    stage.control(1, avatar="theo", framing="bust")
    stage.talk(1)
    stage.worker.work()
    assert len(of_kind(stage.said(), Kind.AUDIO)) == 1, "it is heard while theo is being read"
    assert session.controls == []
    stage.dressing.set()
    stage.settle()
    assert session.controls == [Look("theo", "office", "auto", "bust")]
    (told,) = events(stage.said(), "look")
    assert (told["avatar"], told["set"], told["framing"]) == ("theo", "office", "bust")
    assert (told["quality"], told["width"], told["height"]) == ("auto", 512, 512)


def test_of_looks_that_come_fast_the_last_is_shown(stage: Stage) -> None:
    session = stage.open(1)
    stage.dressing.clear()
    for name in ("theo", "amara", "kenji", "ruth"):
        stage.control(1, avatar=name)
    stage.control(1, set="studio")
    stage.dressing.set()
    stage.settle()
    assert session.controls == [Look("theo"), Look("ruth", "studio")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("avatar", "nobody"),
        ("set", "../up"),
        ("light", 3),
        ("framing", "wide"),
        ("quality", "best"),
        ("width", 511),
        ("height", "tall"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_changes_nothing(
    stage: Stage, field: str, value: object
) -> None:
    session = stage.open(1)
    stage.talk(1)
    stage.work_off()
    stage.said()
    stage.control(1, **{field: value})
    stage.settle()
    (refused,) = events(said := stage.said(), "refused")
    assert refused["field"] == field and refused["remedy"].startswith("use ")
    assert len(said) == 1 and session.controls == []
    stage.control(1, set="studio", width=640, height=360)
    stage.settle()
    assert session.controls == [(640, 360), Look(set="studio")], "nothing bad stuck"


def test_a_session_with_a_look_that_is_not_there_is_refused(stage: Stage) -> None:
    stage.worker.handle(Message(Kind.OPEN, 1, {"avatar": "nobody"}))
    stage.settle()
    (answer,) = stage.said()
    assert (answer.kind, answer.values["field"]) == (Kind.REFUSED, "avatar")


def test_a_session_that_ends_while_it_is_opened_is_not_opened(stage: Stage) -> None:
    stage.dressing.clear()
    stage.worker.handle(Message(Kind.OPEN, 1))
    stage.worker.handle(Message(Kind.CLOSE, 1))
    stage.dressing.set()
    stage.settle()
    assert stage.sessions == [] and stage.said() == []


def test_another_size_and_quality_are_told(stage: Stage) -> None:
    session = stage.open(1)
    stage.control(1, quality="low", width=360, height=640)
    assert session.controls == ["low", (360, 640)]
    stage.talk(1)
    stage.work_off()
    said = stage.said()
    (look,), (picture,) = events(said, "look"), events(said, "picture")
    assert (look["quality"], look["width"], look["height"]) == ("low", 360, 640)
    assert (picture["width"], picture["height"]) == (360, 640)


def test_a_fault_in_showing_costs_its_own_session_only(stage: Stage) -> None:
    stage.open(1).fails.add("look")
    stage.open(2)
    stage.control(1, avatar="theo")
    stage.settle()
    stage.talk(2)
    stage.work_off()
    said = stage.said()
    assert [message.session for message in of_kind(said, Kind.FAILED)] == [1]
    assert [message.session for message in of_kind(said, Kind.AUDIO)] == [2]
