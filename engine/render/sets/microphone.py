"""A broadcast microphone on a boom arm, low in front of the chest."""

from __future__ import annotations

import numpy as np

from engine.render.sets.room import Material, Room

_FOAM = Material((0.055, 0.055, 0.058))
_BLACK = Material((0.020, 0.020, 0.022), gloss=1.15)
_STEEL = Material((0.34, 0.34, 0.35), gloss=1.5)
_BRASS = Material((0.66, 0.43, 0.17), gloss=1.6)

_HEAD = np.array([4.8, -14.7, 13.0])
_TAIL = np.array([17.0, -21.9, 11.5])


def microphone() -> Room:
    """The microphone alone, in the light of a studio."""
    room = Room()
    axis = (_TAIL - _HEAD) / np.linalg.norm(_TAIL - _HEAD)

    def at(along: float) -> tuple[float, float, float]:
        x, y, z = _HEAD + along * axis
        return (float(x), float(y), float(z))

    room.ball(at(0.2), (2.8, 2.8, 2.8), _FOAM)
    room.tube(at(0.2), at(5.6), 2.8, _FOAM, 0.97)
    room.tube(at(5.6), at(6.0), 2.62, _BRASS)
    room.tube(at(6.0), at(8.8), 2.45, _BLACK)
    room.tube(at(8.8), at(9.1), 2.52, _STEEL)
    room.tube(at(9.1), at(12.4), 2.45, _BLACK, 0.92)
    room.tube(at(12.4), at(13.0), 2.0, _STEEL)
    _arm(room, at(9.9))
    room.softbox((-50, 62, 70), (55, -78, -57), 26, (20, 18.5, 17))
    room.softbox((62, 45, -50), (-57, -61, 63), 24, (26, 25, 24))
    room.softbox((-66, 24, -46), (71, -40, 59), 20, (50, 62, 80))
    return room


def _arm(room: Room, joint: tuple[float, float, float]) -> None:
    x, y, z = joint
    room.group()
    for side in (-2.6, 2.6):
        room.tube((x, y, z + side), (x - 0.4, y - 4.4, z + side), 0.55, _STEEL)
    room.tube((x - 0.4, y - 4.4, z + 3.2), (x - 0.4, y - 4.4, z - 3.2), 0.8, _BLACK)
    room.tube((x - 0.4, y - 4.4, z), (x + 4, y - 13, z - 2), 0.75, _BLACK)
    room.tube((x + 3.2, y - 12, z - 1.6), (x + 44, y - 22, z - 8), 1.15, _BLACK)
