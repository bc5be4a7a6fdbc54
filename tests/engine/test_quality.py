"""The quality dial under loads that are made up: steps down soon, up late, and never to and fro."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.quality import QUALITIES, STEPS, QualityDial

FPS = 25
Load = Callable[[float], float]


def run(dial: QualityDial, seconds: float, full_cost: Load, fixed: float = 0.3) -> list[str]:
    """The steps' names, one per picture, on a machine that draws at "medium" in ``full_cost``.

    A share ``fixed`` of that is spent whatever the step. A picture that takes longer than there
    is time for makes the machine late, and late pictures are left out until it has caught up.
    """
    names, late, time = [], 0.0, 0.0
    medium = STEPS[1].work
    while time < seconds:
        step = dial.step
        available = step.divisor / FPS
        pixels = step.work * step.divisor / (medium * STEPS[1].divisor)
        cost = full_cost(time) * (fixed + (1 - fixed) * pixels)
        if late > 0.06:
            dial.note(None)
            late -= available
        else:
            dial.note(cost)
            late = max(0.0, late + cost - available)
        names.append(step.name)
        time += available
    return names


def turns(names: list[str]) -> int:
    return sum(one != other for one, other in zip(names[1:], names, strict=False))


def test_a_machine_that_keeps_up_stays_at_medium() -> None:
    dial = QualityDial("auto", FPS)
    assert set(run(dial, 60, lambda _: 0.020)) == {"medium"}
    assert dial.changes == 0


def test_too_slow_a_machine_steps_down_within_two_seconds_and_stays() -> None:
    dial = QualityDial("auto", FPS)
    names = run(dial, 120, lambda _: 0.045)
    assert names.index("modest") <= 2 * FPS
    assert names.index("low") <= 4 * FPS
    assert names[-1] == "low"
    assert dial.changes == 2


def test_a_very_slow_machine_ends_where_it_keeps_up() -> None:
    dial = QualityDial("auto", FPS)
    names = run(dial, 120, lambda _: 0.090)
    assert names[-1] == "half rate"
    assert dial.changes == turns(names) == 3
    hopeless = QualityDial("auto", FPS)
    assert run(hopeless, 60, lambda _: 1.0)[-1] == STEPS[-1].name


def test_each_step_costs_less_than_the_one_above() -> None:
    work = [step.work for step in STEPS]
    assert work == sorted(work, reverse=True)
    assert len(set(work)) == len(work)


def test_steps_go_up_again_after_a_long_calm() -> None:
    dial = QualityDial("auto", FPS)
    names = run(dial, 90, lambda time: 0.060 if 5 < time < 20 else 0.015)
    assert {"medium", "low"} <= set(names)
    assert names[-1] == "medium"
    down, up = names.index("modest"), len(names) - names[::-1].index("low")
    assert 5 < down / FPS < 8
    assert up / FPS > 25, "not before ten calm seconds"


@pytest.mark.parametrize("period", [0.3, 1, 2, 5, 15, 40, 90])
@pytest.mark.parametrize("heavy", [0.042, 0.055, 0.120])
def test_a_load_that_comes_and_goes_does_not_make_pictures_flicker(
    period: float, heavy: float
) -> None:
    dial = QualityDial("auto", FPS)
    names = run(dial, 600, lambda t: heavy if math.sin(2 * math.pi * t / period) > 0 else 0.012)
    assert turns(names) == dial.changes < 20, "in ten minutes"
    late = run(dial, 600, lambda t: heavy if math.sin(2 * math.pi * t / period) > 0 else 0.012)
    assert turns(late) <= max(4, turns(names)), "and it becomes calmer"


def test_pictures_left_out_for_other_sessions_count_as_load() -> None:
    dial = QualityDial("auto", FPS)
    for index in range(2 * FPS - 1):
        dial.note(None if index % 4 == 0 else 0.008)
    assert dial.step.name == "modest"


def test_a_single_slow_picture_changes_nothing() -> None:
    dial = QualityDial("auto", FPS)
    for index in range(20 * FPS):
        assert not dial.note(0.3 if index == 60 else None if 60 < index < 63 else 0.02)


def test_a_stall_is_over_when_it_is_seen() -> None:
    """Half a second lost at once, as when something is loaded: drawing less gains nothing."""
    dial = QualityDial("auto", FPS)
    costs = [0.02] * 60 + [0.15] + [None] * 12 + [0.02] * 60
    assert not any(dial.note(cost) for cost in costs)


def test_what_everybody_sees_goes_only_after_two_seconds() -> None:
    dial = QualityDial("auto", FPS)
    while dial.step.name != "low":
        dial.note(0.05)
    turned = [dial.note(0.05) for _ in range(2 * FPS)]
    assert turned.index(True) == 2 * FPS - 1
    assert dial.step.divisor == 2


@pytest.mark.parametrize("name", ["low", "medium", "high"])
def test_what_was_chosen_by_name_stays(name: str) -> None:
    dial = QualityDial(name, FPS)
    assert set(run(dial, 30, lambda _: 1.0)) == {name}
    assert dial.changes == 0


def test_the_same_costs_give_the_same_steps() -> None:
    costs = np.random.default_rng(2).uniform(0.01, 0.06, 3000)

    def steps() -> list[str]:
        dial = QualityDial("auto", 30)
        return [(dial.note(float(cost)), dial.step.name)[1] for cost in costs]

    assert steps() == steps()


def test_turning_the_dial_begins_anew() -> None:
    dial = QualityDial("auto", FPS)
    run(dial, 20, lambda _: 0.2)
    dial.set("high")
    assert dial.step.name == "high"
    dial.set("auto")
    assert dial.step.name == "medium"
    with pytest.raises(InvalidInput, match=r"quality: 'best' .* use one of"):
        dial.set("best")
    assert set(QUALITIES) == {"auto", "low", "medium", "high"}


def test_sizes_are_even_and_never_larger_than_asked() -> None:
    for step in STEPS:
        for width, height in ((1280, 720), (720, 1280), (512, 512), (322, 182), (16, 16)):
            small = step.size(width, height)
            assert all(length % 2 == 0 and length >= 16 for length in small)
            assert small[0] <= width
            assert small[1] <= height
            assert step.scale < 1 or small == (width, height)
