from __future__ import annotations

import asyncio

import pytest

from engine.errors import AtCapacity
from server.admission import Admission, Draining, Registry


class Session:
    def __init__(self, name):
        self.id = self.label = name
        self.stopped = asyncio.Event()
        self.reason = None

    async def run(self):
        await self.stopped.wait()

    def stop(self, reason):
        self.reason = reason
        self.stopped.set()


def test_places_are_counted():
    admission = Admission(2)
    first = admission.enter()
    admission.enter()
    with pytest.raises(AtCapacity):
        admission.enter()
    first.free()
    first.free()
    assert admission.taken == 1
    admission.enter()


def test_a_lent_place_is_for_newcomers_once_none_is_left():
    admission, wanted = Admission(2), []
    first, second = admission.enter(), admission.enter()
    second.lend(lambda: wanted.append("second"))
    first.lend(lambda: wanted.append("first"))
    first.take_back()
    assert admission.taken == 1
    admission.enter()
    assert (admission.taken, wanted) == (2, ["second"])
    second.free()
    second.take_back()
    with pytest.raises(AtCapacity):
        admission.enter()
    first.lend(lambda: wanted.append("first"))
    first.free()
    assert (admission.taken, wanted) == (1, ["second"])


def test_nobody_enters_while_draining():
    admission = Admission(2)
    admission.draining = True
    with pytest.raises(Draining):
        admission.enter()
    assert admission.taken == 0


async def test_sessions_are_stopped_by_id():
    admission, registry = Admission(2), Registry()
    session = Session("a")
    registry.start(session, admission.enter())
    assert not await registry.stop("b")
    assert await registry.stop("a")
    assert (len(registry), admission.taken, session.reason) == (0, 0, "asked to")


async def test_a_session_that_fails_frees_its_place(caplog):
    admission, registry = Admission(1), Registry()
    session = Session("a")

    async def fail():
        raise RuntimeError("broken")

    session.run = fail
    registry.start(session, admission.enter())
    await asyncio.sleep(0.01)
    assert (len(registry), admission.taken) == (0, 0)
    assert "session a failed" in caplog.text


async def test_closing_ends_even_those_that_do_not_listen(monkeypatch):
    monkeypatch.setattr("server.admission.DRAIN_TIMEOUT", 0.05)
    admission, registry = Admission(2), Registry()
    deaf = Session("deaf")
    deaf.stop = lambda reason: None
    registry.start(deaf, admission.enter())
    registry.start(Session("good"), admission.enter())
    await registry.close()
    assert (len(registry), admission.taken) == (0, 0)
