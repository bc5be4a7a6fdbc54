"""A bright office: a tall window on trees, a desk with a screen, plants."""

from __future__ import annotations

import numpy as np

from engine.render.sets.room import Material, Pattern, Room, Triple

_BACK = -420.0
_FLOOR = -118.0

_WALL = Material((0.62, 0.60, 0.56), pattern=Pattern.CLOUDED, second=(0.56, 0.54, 0.51), scale=80)
_CEILING = Material((0.75, 0.75, 0.74))
_OAK = Material((0.46, 0.31, 0.18), pattern=Pattern.WOOD, second=(0.38, 0.25, 0.14), gloss=0.5)
_FRAME = Material((0.05, 0.055, 0.06), gloss=0.3)
_CURTAIN = Material((0.78, 0.77, 0.74), emission=(0.30, 0.31, 0.31))
_OUTDOORS = Material(
    emission=(2.5, 2.9, 3.3),
    pattern=Pattern.OUTDOORS,
    second=(0.24, 0.40, 0.13),
    scale=52,
    lamp=True,
)
_SCREEN = Material(
    (0.02, 0.02, 0.02),
    emission=(0.16, 0.22, 0.30),
    pattern=Pattern.SCREEN,
    second=(0.42, 0.50, 0.58),
    gloss=0.6,
)
_METAL = Material((0.35, 0.36, 0.38), gloss=1.2)
_WHITE = Material((0.74, 0.73, 0.70), gloss=0.5)
_LEAF = Material((0.08, 0.22, 0.06), gloss=0.8)
_LIGHT_LEAF = Material((0.17, 0.38, 0.10), gloss=0.7)
_POT = Material((0.50, 0.47, 0.43))
_TERRACOTTA = Material((0.52, 0.23, 0.13))
_BLUE = Material((0.10, 0.20, 0.30))
_SAND = Material((0.66, 0.55, 0.40))
_INK = Material((0.10, 0.11, 0.13))


def office() -> Room:
    """The room."""
    room = Room()
    _shell(room, left=-215, right=-34)
    _window(room, left=-215, right=-34)
    _desk(room)
    _shelves(room)
    _plant(room, (66, _FLOOR, _BACK + 95), 40, 1.0, 3)
    _plant(room, (-205, _FLOOR, _BACK + 60), 24, 1.0, 8)
    return room


def _shell(room: Room, left: float, right: float) -> None:
    """Walls around a window from ``left`` to ``right``, floor and ceiling."""
    room.group()
    wide = 320.0
    room.box(((right + wide) / 2, 0, _BACK - 6), ((wide - right) / 2, 200, 6), _WALL)
    room.box(((left - wide) / 2, 0, _BACK - 6), ((left + wide) / 2, 200, 6), _WALL)
    room.box((0, _FLOOR + 15, _BACK - 6), (wide, 22, 6), _WALL)
    room.box((0, 168, _BACK - 6), (wide, 28, 6), _WALL)
    room.box((0, _FLOOR - 2, 0), (wide, 2, 440), _OAK)
    room.box((0, 162, 0), (wide, 2, 440), _CEILING)
    room.box((-wide, 0, 0), (2, 200, 440), _WALL)
    room.box((wide, 0, 0), (2, 200, 440), _WALL)
    room.box((0, 0, 420), (wide, 200, 2), _WALL)
    room.group()
    room.box((0, 0, -1100), (900, 700, 2), _OUTDOORS)


def _window(room: Room, left: float, right: float) -> None:
    middle, half = (left + right) / 2, (right - left) / 2
    bottom, top = _FLOOR + 37, 140.0
    centre = (bottom + top) / 2
    room.group()
    for x in np.linspace(left, right, 4):
        room.box((float(x), centre, _BACK - 5), (2.2, (top - bottom) / 2, 3), _FRAME)
    room.box((middle, bottom + 1, _BACK - 5), (half, 2.2, 3), _FRAME)
    room.box((middle, 84, _BACK - 5), (half, 1.8, 3), _FRAME)
    room.group()
    random = np.random.default_rng(2)
    for k in range(6):
        x = right - 12 + 8.2 * k + float(random.uniform(-1, 1))
        deep = _BACK + 8 + float(random.uniform(0, 5))
        room.tube((x, _FLOOR + 3, deep), (x, 150, deep), 4.9, _CURTAIN)
    # What the sky sends in, and the room's own light above the camera.
    size = (half, (top - bottom) / 2)
    room.panel((middle, centre, _BACK - 1), (0, 0, 1), size, (7.5, 8.0, 8.6))
    room.panel((60, 158, -120), (0, -1, 0), (120, 120), (4.2, 4.0, 3.7))


def _desk(room: Room) -> None:
    top, z = -42.0, _BACK + 60
    room.group()
    room.box((170, top, z), (92, 1.8, 36), _OAK)
    for x in (84.0, 255.0):
        room.box((x, (top + _FLOOR) / 2, z), (2.5, (top - _FLOOR) / 2, 30), _WHITE)
    room.box((170, top - 12, z - 30), (84, 10, 1), _WHITE)
    room.group()
    room.box((150, top + 30, z - 12), (29, 17.5, 1.2), _INK, -12.0)
    room.box((150.2, top + 30, z - 11), (28, 16.6, 0.9), _SCREEN, -12.0)
    room.box((150, top + 6, z - 14), (4, 7, 1.5), _METAL, -12.0)
    room.box((150, top + 2, z - 12), (13, 0.6, 9), _METAL, -12.0)
    room.group()
    room.tube((106, top + 2, z - 6), (106, top + 11, z - 6), 4.2, _WHITE)
    for k, (colour, wide) in enumerate(((_BLUE, 12.0), (_SAND, 11.0), (_TERRACOTTA, 9.5))):
        room.box((205, top + 4 + 3.6 * k, z), (wide, 1.7, 8), colour, 12.0 - 9 * k)


def _shelves(room: Room) -> None:
    random = np.random.default_rng(4)
    for y, left, right in ((26.0, 92.0, 235.0), (72.0, 92.0, 235.0)):
        room.group()
        room.box(((left + right) / 2, y, _BACK + 13), ((right - left) / 2, 1.5, 13), _OAK)
        x = left + 4
        while x < right - 12:
            x = _thing(room, random, x, y + 1.5) + float(random.uniform(2, 16))


def _thing(room: Room, random: np.random.Generator, x: float, y: float) -> float:
    """Put something on a shelf from ``x`` on; where it ends."""
    z = _BACK + 13
    kind = int(random.integers(4))
    if kind == 0:
        room.tube((x + 5, y, z), (x + 5, y + 9, z), 4.2, _POT, 1.25)
        for k in range(12):
            a = 2.4 * k
            centre = (x + 5 + 5 * np.sin(a), y + 14 + k * 0.8, z + 4 * np.cos(a))
            room.ball(centre, (2.0, 0.3, 5.2), _LIGHT_LEAF, 137.5 * k, -35.0)
        return x + 12
    if kind == 1:
        room.ball((x + 6, y + 7, z), (5.8, 7, 5.8), _TERRACOTTA if y < 50 else _BLUE)
        room.tube((x + 6, y + 13, z), (x + 6, y + 19, z), 2.0, _TERRACOTTA if y < 50 else _BLUE)
        return x + 13
    for _ in range(int(random.integers(4, 8))):
        thick, tall = float(random.uniform(2.2, 4.2)), float(random.uniform(17, 25))
        colour = (_SAND, _WHITE, _BLUE, _INK, _TERRACOTTA)[int(random.integers(5))]
        room.box((x + thick / 2, y + tall / 2, z), (thick / 2 - 0.1, tall / 2, 8), colour)
        x += thick
    return x


def _plant(room: Room, foot: Triple, leaves: int, size: float, seed: int) -> None:
    """A fig: a stem, and large leaves around it."""
    x, y, z = foot
    random = np.random.default_rng(seed)
    room.group()
    room.tube((x, y, z), (x, y + 34, z), 15, _POT, 1.15)
    room.tube((x, y + 30, z), (x + 4, y + 125 * size, z), 1.1, _OAK, 0.6)
    for first in range(0, leaves, 10):
        room.group()
        for k in range(first, min(first + 10, leaves)):
            a = np.radians(137.5 * k)
            rise = size * (58 + 92 * k / leaves)
            reach = size * float(random.uniform(11, 24)) * (1.15 - 0.5 * k / leaves)
            centre = (x + reach * np.sin(a), y + rise, z + reach * np.cos(a))
            leaf = _LIGHT_LEAF if random.random() < 0.45 else _LEAF
            nod = float(random.uniform(-55, 5))
            room.ball(centre, (8.0 * size, 0.5, 13.5 * size), leaf, 137.5 * k, nod)
