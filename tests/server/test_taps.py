"""Those who listen to a session get what leaves, and harm neither it nor each other."""

from __future__ import annotations

import numpy as np

from engine.units import AudioUnit, Unit, VideoUnit
from server.taps import Tap
from tests.server.clients import Caller
from tests.server.tapped import FakeTapped

SECOND = np.zeros(48_000, np.int16)


class Listener(Tap):
    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.losses = 0
        self.ends = 0

    def put(self, unit: Unit) -> None:
        self.units.append(unit)

    def lost(self) -> None:
        self.losses += 1

    def end(self) -> None:
        self.ends += 1


class Failing(Listener):
    def put(self, unit: Unit) -> None:
        raise OSError("no space left")


class Least(Tap):
    def put(self, unit: Unit) -> None:
        pass


def test_everything_that_leaves_comes_in_order() -> None:
    session, listener = FakeTapped(fps=25), Listener()
    session.tap(listener)
    session.tap(Least())
    session.play(SECOND)
    sound = [unit.time for unit in listener.units if isinstance(unit, AudioUnit)]
    pictures = [unit.time for unit in listener.units if isinstance(unit, VideoUnit)]
    assert sound == list(range(0, 16_000, 320))
    assert pictures == list(range(0, 16_000, 640))
    session.lose()
    session.end()
    assert (listener.losses, listener.ends) == (1, 1)


def test_one_that_fails_is_taken_off_and_told_so() -> None:
    session, first, failing, last = FakeTapped(), Listener(), Failing(), Listener()
    for one in (first, failing, last):
        session.tap(one)
    session.play(SECOND)
    assert len(first.units) == len(last.units) > 50
    assert failing.ends == 1 and len(session) == 2


def test_one_may_leave_while_a_unit_comes() -> None:
    session, last = FakeTapped(), Listener()

    class Leaving(Listener):
        def put(self, unit: Unit) -> None:
            super().put(unit)
            session.untap(self)

    leaving = Leaving()
    session.tap(leaving)
    session.tap(last)
    session.play(SECOND)
    assert len(leaving.units) == 1 and len(last.units) > 50 and leaving.ends == 0


def test_one_that_comes_after_the_end_is_told_so() -> None:
    session, listener = FakeTapped(), Listener()
    session.end()
    session.tap(listener)
    assert listener.ends == 1


def test_keyframes_that_are_asked_for_together_are_one() -> None:
    session = FakeTapped()
    session.tap(listener := Listener())
    session.play(SECOND[: 48_000 // 2])
    for _ in range(5):
        session.ask_keyframe()
    session.play(SECOND)
    keyframes = [
        unit.time for unit in listener.units if isinstance(unit, VideoUnit) and unit.keyframe
    ]
    assert session.keyframes == 1
    assert keyframes[:2] == [0, 7680], "that of its beginning, and the next picture"


async def test_a_real_session_has_them(server) -> None:
    from server.app import REGISTRY

    app, url = server
    caller = await Caller(url, width=96, height=64).call()
    (session,) = app[REGISTRY].running
    listener = Listener()
    session.tap(listener)
    session.ask_keyframe()
    await caller.until(lambda _: sum(isinstance(u, VideoUnit) for u in listener.units) > 10)
    assert any(isinstance(unit, AudioUnit) for unit in listener.units)
    session.stop("asked to")
    await caller.until(lambda _: listener.ends == 1)
    await caller.close()
