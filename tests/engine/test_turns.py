from __future__ import annotations

import pytest

from engine.motion.layers import Pause
from engine.motion.turns import Turn, Turns
from engine.timeline import MOTION_HOP


def run(pattern: list[tuple[bool, float]], final: float = 0.0) -> list[Turn]:
    """Turns over stretches of (speaking, seconds)."""
    turns, time, made = Turns(), 0, []
    for speaking, seconds in pattern:
        for _ in range(round(seconds * 100)):
            made.append(turns.step(time, speaking, final, time))
            time += MOTION_HOP
    return made


def changes(turns: list[Turn]) -> list[tuple[int, Pause]]:
    kinds = [turn.pause for turn in turns]
    return [(i, kind) for i, kind in enumerate(kinds) if i == 0 or kind is not kinds[i - 1]]


def test_a_silence_is_a_hesitation_then_a_breath_then_the_end_of_a_turn() -> None:
    assert changes(run([(False, 0.5), (True, 1), (False, 2)])) == [
        (0, Pause.TURN_END),
        (50, Pause.NONE),
        (150, Pause.HESITATION),
        (185, Pause.BREATH),
        (270, Pause.TURN_END),
    ]


def test_what_sounded_complete_ends_its_turn_sooner() -> None:
    ends = [
        next(
            i for i, kind in changes(run([(True, 1), (False, 2)], final)) if kind is Pause.TURN_END
        )
        for final in (0.0, 0.5, 1.0)
    ]
    assert ends[0] > ends[1] > ends[2] == 155


def test_phrases_begin_and_end_once() -> None:
    turns = run([(False, 0.2), (True, 0.5), (False, 0.3), (True, 0.1)])
    assert [i for i, turn in enumerate(turns) if turn.started] == [20, 100]
    assert [i for i, turn in enumerate(turns) if turn.ended] == [70]


def test_time_is_counted_from_the_last_change() -> None:
    turns = run([(False, 0.2), (True, 0.5), (False, 0.3)])
    assert [turns[i].since_s for i in (0, 10, 20, 45, 70, 90)] == pytest.approx(
        [0, 0.1, 0, 0.25, 0, 0.2]
    )


def test_a_silence_counts_from_the_last_sound() -> None:
    turns = Turns()
    turns.step(0, True, 0.0, 0)
    ended = turns.step(3200, False, 0.0, 1600)
    assert ended.ended and ended.since_s == pytest.approx(0.1)
