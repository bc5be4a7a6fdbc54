"""Motion is told for as long as anybody wants it."""

from __future__ import annotations

import pytest

from server.motion_out.watchers import MotionWatchers
from server.taps import Taps
from tests.server.motion_out.listening import Listening


class Asked:
    """What the engine was asked for, and the taps of a session."""

    def __init__(self, caller: bool = False) -> None:
        self.settings: list[dict[str, object]] = []
        self.taps = Taps("test", lambda: None, lambda: 0.0)
        self.motion = MotionWatchers(caller, self.taps, self.settings.append)

    @property
    def on(self) -> object:
        return self.settings[-1]["motion_units"]


def test_the_first_switches_it_on_and_the_last_off() -> None:
    asked = Asked()
    one, other = Listening(), Listening()
    asked.motion.add(one)
    assert asked.on is True and len(asked.taps) == len(asked.motion) == 1
    asked.motion.add(other)
    asked.motion.remove(one)
    assert asked.on is True
    asked.motion.remove(other)
    assert asked.on is False and len(asked.taps) == len(asked.motion) == 0


def test_one_that_does_not_listen_may_be_removed() -> None:
    asked = Asked()
    asked.motion.remove(Listening())
    assert not asked.settings


@pytest.mark.parametrize("wanted", [True, False])
def test_the_caller_s_wish_and_that_of_others_are_one(wanted: bool) -> None:
    asked = Asked()
    asked.motion.add(tap := Listening())
    assert asked.motion.with_caller({"motion_units": wanted, "blink": 1.0}) == {
        "motion_units": True,
        "blink": 1.0,
    }
    assert asked.motion.caller is wanted
    asked.motion.remove(tap)
    assert asked.on is wanted


def test_another_wish_of_the_caller_changes_nothing() -> None:
    asked = Asked(caller=True)
    assert asked.motion.with_caller({"blink": 1.0}) == {"blink": 1.0}
    assert asked.motion.caller
