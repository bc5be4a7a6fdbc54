from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from engine.dresser import Dresser, Outcome
from engine.look import Look

THEO, RUTH, NOBODY = Look("theo"), Look("ruth"), Look("nobody")


class Wardrobe:
    """What a dresser reads from: waits until it may, and fails for one name."""

    def __init__(self) -> None:
        self.open = Event()
        self.read: list[Look] = []
        self.dresser = Dresser(self._load)

    def _load(self, look: Look) -> None:
        assert self.open.wait(5)
        self.read.append(look)
        if look == NOBODY:
            raise KeyError(look.avatar)

    def all_ready(self) -> list[tuple[int, Outcome]]:
        self.open.set()
        found: list[tuple[int, Outcome]] = []
        while self.dresser.busy:
            found += self.dresser.ready()
        return found


@pytest.fixture
def wardrobe() -> Iterator[Wardrobe]:
    made = Wardrobe()
    yield made
    made.open.set()
    made.dresser.close()


def test_looks_become_ready_in_turn(wardrobe: Wardrobe) -> None:
    assert not wardrobe.dresser.busy
    wardrobe.dresser.ask(1, THEO)
    wardrobe.dresser.ask(2, RUTH)
    assert wardrobe.dresser.busy and not list(wardrobe.dresser.ready())
    assert wardrobe.all_ready() == [(1, THEO), (2, RUTH)]


def test_of_one_session_the_last_counts(wardrobe: Wardrobe) -> None:
    for look in (THEO, NOBODY, RUTH):
        wardrobe.dresser.ask(1, look)
    assert wardrobe.dresser.wanted(1, Look()) == RUTH
    assert wardrobe.dresser.wanted(2, Look()) == Look()
    assert wardrobe.all_ready() == [(1, THEO), (1, RUTH)]
    assert wardrobe.read == [THEO, RUTH], "what nobody waits for is not read"


def test_what_is_wrong_is_handed_on(wardrobe: Wardrobe) -> None:
    wardrobe.dresser.ask(1, NOBODY)
    wardrobe.dresser.ask(2, THEO)
    (first, error), second = wardrobe.all_ready()
    assert first == 1 and isinstance(error, KeyError)
    assert second == (2, THEO)


def test_a_session_that_has_ended_is_not_waited_for(wardrobe: Wardrobe) -> None:
    wardrobe.dresser.ask(1, THEO)
    wardrobe.dresser.ask(2, RUTH)
    wardrobe.dresser.forget(2)
    assert wardrobe.all_ready() == [(1, THEO)]
