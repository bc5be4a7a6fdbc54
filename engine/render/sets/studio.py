"""A podcast studio in the evening: walnut, books, a lamp, felt on the wall."""

from __future__ import annotations

import numpy as np

from engine.render.sets.room import Material, Pattern, Room, Triple

_BACK = -300.0

_WALL = Material((0.10, 0.125, 0.135), pattern=Pattern.CLOUDED, second=(0.07, 0.09, 0.10), scale=60)
_FELT = Material((0.035, 0.045, 0.05))
_WALNUT = Material((0.30, 0.175, 0.095), pattern=Pattern.WOOD, second=(0.20, 0.11, 0.06), gloss=0.4)
_BRASS = Material((0.55, 0.36, 0.14), gloss=1.5)
_SHADE = Material((0.6, 0.5, 0.4), emission=(1.75, 0.78, 0.26), pattern=Pattern.SHADE)
_LEAF = Material((0.10, 0.24, 0.07), gloss=0.5)
_CLAY = Material((0.42, 0.17, 0.09))
_PAPER = Material((0.55, 0.50, 0.42))
_COVERS = tuple(
    Material(colour, gloss=0.4)
    for colour in (
        (0.26, 0.075, 0.045),
        (0.04, 0.10, 0.13),
        (0.52, 0.42, 0.28),
        (0.06, 0.13, 0.10),
        (0.48, 0.25, 0.07),
        (0.07, 0.06, 0.06),
        (0.58, 0.54, 0.47),
        (0.15, 0.17, 0.19),
    )
)


def studio() -> Room:
    """The room, without the microphone."""
    room = Room()
    _shell(room)
    _shelf(room, left=-158, right=-40)
    _slats(room, left=30, right=175)
    _sideboard(room)
    _lamp(room, (66, -46, _BACK + 44))
    _plant(room, (128, -46, _BACK + 40))
    # The soft light of the room, from above the camera, and a cool wash from the left.
    room.panel((-60, 150, 20), (0, -3, -2), (90, 72), (5.6, 5.7, 6.3))
    room.panel((-10, 120, _BACK + 50), (0, -1, -1), (60, 17), (2.6, 5.8, 7.4))
    return room


def _shell(room: Room) -> None:
    room.group()
    room.box((0, 0, _BACK - 2), (330, 170, 2), _WALL)
    room.box((0, -112, 0), (330, 2, 330), _WALNUT)
    room.box((0, 168, 0), (330, 2, 330), _WALL)
    room.box((-260, 0, 0), (2, 170, 330), _WALL)
    room.box((260, 0, 0), (2, 170, 330), _WALL)
    room.box((0, 0, 320), (330, 170, 2), _FELT)


def _shelf(room: Room, left: float, right: float) -> None:
    middle, half = (left + right) / 2, (right - left) / 2
    front = _BACK + 30
    boards = (-98, -58, -18, 22, 62)
    room.group()
    for y in boards:
        room.box((middle, y, _BACK + 15), (half, 1.6, 15), _WALNUT)
    for x in (left, middle + 6, right):
        room.box((x, -16, _BACK + 15), (1.6, 82, 15), _WALNUT)
    room.box((middle, -18, _BACK + 0.6), (half, 82, 0.6), _WALNUT)
    random = np.random.default_rng(11)
    for y in boards[:-1]:
        for start, end in ((left + 3, middle + 3), (middle + 9, right - 3)):
            _row(room, random, start, end, y + 1.6, front)
    # A strip of light under two of the boards.
    for y in (22, 62):
        strip = (1.0, 0.56, 0.25)
        room.panel((middle, y - 2, front - 7), (0, -1, -0.6), (half - 3, 0.9), _times(strip, 38))


def _row(
    room: Room, random: np.random.Generator, left: float, right: float, y: float, front: float
) -> None:
    """Books, some lying, a thing, and air, from left to right on one board."""
    room.group()
    x = left
    stop = right - random.uniform(2, 14)
    while x < stop:
        kind = random.random()
        if kind < 0.80:
            for _ in range(random.integers(3, 8)):
                thick, tall = random.uniform(2.0, 4.6), random.uniform(19, 30)
                if x + thick > stop:
                    break
                deep = random.uniform(8, 11)
                cover = _COVERS[random.integers(len(_COVERS))]
                centre = (x + thick / 2, y + tall / 2, front - 3 - deep)
                room.box(centre, (thick / 2 - 0.1, tall / 2, deep), cover)
                x += thick
            x += random.uniform(0, 5)
        elif kind < 0.92:
            if x + 22 > stop:
                break
            for k in range(random.integers(2, 4)):
                cover = _COVERS[random.integers(len(_COVERS))]
                room.box((x + 11, y + 2 + 4 * k, front - 13), (10, 1.9, 8), cover, 8.0 * k)
            x += 25
        else:
            if x + 14 > stop:
                break
            room.ball((x + 7, y + 6.5, front - 12), (6, 6.5, 6), _CLAY)
            room.tube((x + 7, y + 12, front - 12), (x + 7, y + 16, front - 12), 2.2, _CLAY, 1.3)
            x += 18


def _slats(room: Room, left: float, right: float) -> None:
    """Felt behind upright slats: what a studio has against echo."""
    room.group()
    middle, half = (left + right) / 2, (right - left) / 2
    room.box((middle, 20, _BACK + 1), (half, 140, 1), _FELT)
    room.group()
    for x in np.arange(left + 4, right, 10.0):
        room.box((float(x), 20, _BACK + 4), (3.2, 140, 2.5), _WALNUT)


def _sideboard(room: Room) -> None:
    room.group()
    room.box((118, -76, _BACK + 34), (90, 28, 24), _WALNUT)
    room.box((118, -47.5, _BACK + 34), (92, 1.5, 26), _WALNUT)
    room.group()
    for k, cover in enumerate((3, 6, 1)):
        room.box((98, -44.5 + 3.4 * k, _BACK + 36), (11 - k, 1.6, 8), _COVERS[cover], 10.0 * k)


def _lamp(room: Room, foot: Triple) -> None:
    x, y, z = foot
    room.group()
    room.tube((x, y, z), (x, y + 2, z), 7.5, _BRASS)
    room.tube((x, y, z), (x, y + 42, z), 0.8, _BRASS)
    room.tube((x, y + 34, z), (x, y + 58, z), 16, _SHADE, 0.66, hollow=True)
    room.bulb((x, y + 47, z), 3.5, (360, 205, 88))


def _plant(room: Room, foot: Triple) -> None:
    x, y, z = foot
    random = np.random.default_rng(5)
    room.group()
    room.tube((x, y, z), (x, y + 15, z), 7.5, _PAPER, 1.2)
    room.group()
    for k in range(26):
        turn = 137.5 * k
        reach, rise = 5 + 0.8 * k * random.uniform(0.5, 1), 22 + 1.3 * k
        a = np.radians(turn)
        centre = (x + reach * np.sin(a), y + rise, z + 0.8 * reach * np.cos(a))
        room.ball(centre, (3.4, 0.25, 8.5), _LEAF, turn, float(random.uniform(-60, -10)))


def _times(colour: Triple, gain: float) -> Triple:
    red, green, blue = colour
    return (red * gain, green * gain, blue * gain)
