"""A broadcast microphone on a boom arm, low in front of the chest."""

from __future__ import annotations

import numpy as np

from engine.render.sets.room import Material, Room

_FOAM = Material((0.050, 0.050, 0.054))
_BLACK = Material((0.022, 0.022, 0.024), gloss=0.9)
_STEEL = Material((0.30, 0.30, 0.31), gloss=1.3)
_BRASS = Material((0.60, 0.38, 0.15), gloss=1.5)

_HEAD = np.array([4.6, -15.4, 15.0])
_TAIL = np.array([17.5, -22.0, 13.0])


def microphone() -> Room:
    """The microphone alone, in the light of a studio."""
    room = Room()
    axis = (_TAIL - _HEAD) / np.linalg.norm(_TAIL - _HEAD)

    def at(along: float) -> tuple[float, float, float]:
        x, y, z = _HEAD + along * axis
        return (float(x), float(y), float(z))

    room.ball(at(0.4), (3.1, 3.1, 3.1), _FOAM)
    room.tube(at(0.4), at(6.4), 3.1, _FOAM, 1.0)
    room.tube(at(6.4), at(6.9), 2.95, _BRASS)
    room.tube(at(6.9), at(13.6), 2.75, _BLACK, 0.97)
    room.tube(at(13.6), at(14.2), 2.45, _STEEL)
    _arm(room, at(10.4))
    room.panel((-55, 62, 75), (55, -70, -60), (22, 22), (20, 18.5, 17))
    room.panel((75, 45, -45), (-70, -60, 60), (25, 30), (44, 52, 66))
    room.panel((-80, 30, -50), (85, -45, 65), (20, 30), (60, 36, 22))
    return room


def _arm(room: Room, joint: tuple[float, float, float]) -> None:
    x, y, z = joint
    room.group()
    room.tube((x - 0.6, y - 3.4, z + 3.0), (x - 0.6, y - 3.4, z - 3.0), 0.9, _BLACK)
    room.tube((x, y - 2.6, z + 3.0), (x - 0.6, y - 4.4, z + 3.0), 0.7, _BLACK)
    room.tube((x - 0.4, y - 4.0, z), (x + 5, y - 12, z - 2), 0.75, _BLACK)
    room.tube((x + 4.2, y - 11, z - 1.6), (x + 44, y - 21, z - 8), 1.15, _BLACK)
