from __future__ import annotations

import numpy as np
import pytest

from engine.behaviour import EMOTIONS, Attention, Behaviour, Emotion
from engine.errors import InvalidInput
from engine.motion.cues import Cues
from engine.timeline import MOTION_HOP


def shown(
    given: dict[int, Emotion], seconds: float, name: str = "joy"
) -> tuple[np.ndarray, np.ndarray]:
    """Amounts of an emotion, and of overriding, under cues given before these moments."""
    cues, amounts, overrides = Cues(), [], []
    for index in range(round(seconds * 100)):
        if index in given:
            cues.give(given[index])
        cues.move(index * MOTION_HOP)
        amounts.append(cues.emotions.get(name, 0.0))
        overrides.append(cues.override)
    return np.array(amounts), np.array(overrides)


def test_an_emotion_rises_stays_and_falls() -> None:
    amounts, overrides = shown({50: Emotion("joy", 0.8, 1.0)}, 3)
    assert not amounts[:50].any() and not amounts[200:].any()
    assert amounts[75:149] == pytest.approx(0.8)
    assert (np.diff(amounts[50:75]) >= 0).all() and (np.diff(amounts[150:200]) <= 0).all()
    assert np.abs(np.diff(amounts)).max() < 0.08
    assert not overrides.any()


def test_one_that_overrides_does_so_for_as_long() -> None:
    amounts, overrides = shown({10: Emotion("joy", 0.5, 1.0, True)}, 2)
    assert overrides[40] == 1 and overrides.max() == 1 and not overrides[170:].any()
    assert np.abs(np.diff(overrides)).max() < 0.1
    assert amounts[40] == pytest.approx(0.5)


def test_a_later_cue_of_the_same_name_takes_over_without_a_leap() -> None:
    amounts, _ = shown({0: Emotion("joy", 1.0, 5.0), 100: Emotion("joy", 0.2, 1.0)}, 3)
    assert amounts[99] == 1 and amounts[150] == pytest.approx(0.2) and amounts[260] == 0
    assert np.abs(np.diff(amounts)).max() < 0.1


def test_an_amount_of_nothing_ends_it() -> None:
    amounts, _ = shown({0: Emotion("joy", 1.0, 9.0), 100: Emotion("joy", 0.0)}, 2)
    assert amounts[99] == 1 and not amounts[150:].any()


def test_several_are_shown_at_once() -> None:
    cues = Cues()
    for name in EMOTIONS:
        cues.give(Emotion(name, 0.5))
    for index in range(60):
        cues.move(index * MOTION_HOP)
    assert dict(cues.emotions) == pytest.approx(dict.fromkeys(EMOTIONS, 0.5))


def test_nothing_is_left_when_all_is_over() -> None:
    cues = Cues()
    cues.give(Emotion("joy", 0.5, 0.3, True))
    for index in range(120):
        cues.move(index * MOTION_HOP)
    assert (cues.emotions, cues.override) == ({}, 0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "name"),
        ({"name": "boredom"}, "name"),
        ({"name": ["joy"]}, "name"),
        ({"name": "joy", "amount": -0.1}, "amount"),
        ({"name": "joy", "amount": True}, "amount"),
        ({"name": "joy", "seconds": 0}, "seconds"),
        ({"name": "joy", "seconds": float("inf")}, "seconds"),
        ({"name": "joy", "seconds": float("nan")}, "seconds"),
        ({"name": "joy", "override": "yes"}, "override"),
        ({"name": "joy", "colour": "red"}, "colour"),
    ],
)
def test_a_bad_cue_names_what_is_bad(values: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Emotion.from_dict(values)
    assert raised.value.field == field and raised.value.remedy.startswith("use ")


@pytest.mark.parametrize(
    ("yaw", "pitch", "field"), [(0.9, 0, "yaw"), (0, -0.6, "pitch"), (0, float("nan"), "pitch")]
)
def test_nobody_looks_behind_themselves(yaw: float, pitch: float, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Attention(yaw, pitch)
    assert raised.value.field == field


def test_behaviour_is_changed_by_name() -> None:
    behaviour = Behaviour(blink=0.5).changed({"head": 2, "camera_style": "lively"})
    assert behaviour == Behaviour(blink=0.5, head=2, camera_style="lively")
    for values, field in (({"wings": 1}, "wings"), ({"gaze": 3}, "gaze")):
        with pytest.raises(InvalidInput) as raised:
            behaviour.changed(values)
        assert raised.value.field == field
