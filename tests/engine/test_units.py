from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from engine.units import AudioUnit, EventUnit, MotionUnit, PhoneUnit, Unit, VideoUnit

UNITS: list[Unit] = [
    AudioUnit(0, 320, b"opus"),
    VideoUnit(640, 640, b"picture", True),
    MotionUnit(320, 320, (0.0,) * 52, (0.0,) * 6, (0.0,) * 2, (0.0, 0.0, 1.0)),
    PhoneUnit(480, "AA", "aa", 0.5),
    EventUnit(960, "speech_start"),
]


def test_every_kind_of_unit_is_tried_here() -> None:
    assert {type(unit) for unit in UNITS} == set(get_args(Unit))


@pytest.mark.parametrize("unit", UNITS)
def test_units_are_values(unit: Unit) -> None:
    with pytest.raises(FrozenInstanceError):
        unit.time = 1  # type: ignore[misc]
    assert not hasattr(unit, "__dict__"), "small: thousands wait in queues"


def test_events_do_not_share_their_data() -> None:
    EventUnit(0, "stats").data["skipped_frames"] = 1
    assert EventUnit(0, "stats").data == {}
