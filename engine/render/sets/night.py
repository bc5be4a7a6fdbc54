"""A flat high above a city at night: lights beyond the window, a globe lamp inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.render.sets.lens import disc_blur
from engine.render.sets.room import Material, Pattern, Room, Triple

_GLASS = -270.0
_SILL = -64.0
_RIGHT = 92.0

_WALL = Material((0.20, 0.16, 0.14), pattern=Pattern.CLOUDED, second=(0.15, 0.12, 0.105), scale=40)
_DARK = Material((0.05, 0.05, 0.055))
_FRAME = Material((0.022, 0.022, 0.025), gloss=0.6)
_OAK = Material((0.30, 0.18, 0.10), pattern=Pattern.WOOD, second=(0.21, 0.12, 0.065), gloss=0.6)
_CURTAIN = Material((0.20, 0.17, 0.16))
_BRASS = Material((0.55, 0.36, 0.14), gloss=1.5)
_LEAF = Material((0.06, 0.14, 0.05), gloss=0.6)
_CLAY = Material((0.34, 0.20, 0.14))

_LAMP_COLOURS: tuple[Triple, ...] = (
    (1.00, 0.48, 0.14),
    (1.00, 0.62, 0.26),
    (1.00, 0.80, 0.52),
    (0.50, 0.72, 1.00),
    (1.00, 0.12, 0.22),
    (0.10, 0.70, 1.00),
)
_LAMP_SHARES = (0.34, 0.28, 0.17, 0.12, 0.05, 0.04)


def night() -> Room:
    """The room; where its window is, nothing is."""
    room = Room()
    _shell(room)
    _window(room)
    _globe(room, (57, 9, _GLASS + 60))
    _sill(room)
    # What comes in from the city, and a little light from behind the camera.
    room.panel((-60, 10, _GLASS), (0, 0, 1), (130, 70), (0.25, 0.32, 0.55))
    room.panel((30, 150, 60), (0, -2, -3), (60, 40), (8.5, 7.8, 7.2))
    room.panel((0, -30, 200), (0, 0, -1), (120, 50), (0.9, 0.85, 0.85))
    return room


def _shell(room: Room) -> None:
    room.group()
    room.box(((_RIGHT + 300) / 2, 0, _GLASS), ((300 - _RIGHT) / 2, 170, 8), _WALL)
    room.box((0, _SILL - 54, _GLASS), (300, 50, 8), _WALL)
    room.box((0, 160, _GLASS), (300, 30, 8), _DARK)
    room.box((300, 0, 0), (2, 170, 300), _WALL)
    room.box((-300, 0, 0), (2, 170, 300), _DARK)
    room.box((0, -118, 0), (300, 2, 300), _OAK)
    room.box((0, 170, 0), (300, 2, 300), _DARK)
    room.box((0, 0, 300), (300, 170, 2), _DARK)


def _window(room: Room) -> None:
    room.group()
    for x in (-182.0, -91.0, 0.0, _RIGHT - 1):
        room.box((x, 30, _GLASS + 2), (2.4, 120, 3), _FRAME)
    room.box((-110, _SILL - 2, _GLASS + 2), (202, 2.4, 3), _FRAME)
    room.box((-110, 46, _GLASS + 2), (202, 1.6, 3), _FRAME)
    room.group()
    for k in range(4):
        x = -176.0 + 8.0 * k
        room.tube((x, -118, _GLASS + 18), (x, 165, _GLASS + 18), 5.0, _CURTAIN)


def _globe(room: Room, centre: Triple) -> None:
    """A lamp that hangs, with a soft light of its own."""
    x, y, z = centre
    room.group()
    room.bulb(centre, 10.0, (3.4, 1.75, 0.62))
    room.tube((x, y + 9.5, z), (x, y + 13, z), 2.6, _BRASS)
    room.tube((x, y + 13, z), (x, 170, z), 0.4, _FRAME)


def _sill(room: Room) -> None:
    """A board along the window with a plant and a few books."""
    room.group()
    room.box((-20, _SILL, _GLASS + 18), (240, 2, 17), _OAK)
    for k, colour in enumerate(((0.30, 0.10, 0.06), (0.45, 0.38, 0.28), (0.07, 0.13, 0.17))):
        room.box(
            (18, _SILL + 4 + 3.6 * k, _GLASS + 18), (12 - k, 1.7, 8), Material(colour), 9.0 * k
        )
    random = np.random.default_rng(3)
    room.group()
    room.tube((-66, _SILL + 2, _GLASS + 20), (-66, _SILL + 16, _GLASS + 20), 7.5, _CLAY, 1.25)
    for k in range(24):
        a, reach = np.radians(137.5 * k), float(random.uniform(4, 12))
        centre = (
            -66 + reach * np.sin(a),
            _SILL + 22 + 0.95 * k,
            _GLASS + 20 + reach * np.cos(a),
        )
        room.ball(centre, (3.0, 0.3, 8.0), _LEAF, 137.5 * k, float(random.uniform(-60, -15)))


def city(width: int, height: int, blur: float) -> NDArray[np.float32]:
    """(height, width, 3) light of a skyline whose lamps are discs of radius ``blur``, pixels."""
    random = np.random.default_rng(3)
    scale = height / 450
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    haze = np.exp(-(((down - 0.35) / 0.55) ** 2))
    light = np.array([0.012, 0.017, 0.036], np.float32) + haze * np.array(
        [0.060, 0.040, 0.045], np.float32
    )
    light = np.repeat(light, width, axis=1).astype(np.float32)
    lamps = np.zeros_like(light)
    x = -20.0
    while x < width / scale:
        across, top = float(random.uniform(34, 80)), float(random.uniform(70, 330))
        _tower(lamps, random, x * scale, across * scale, top * scale, scale)
        x += across + float(random.uniform(2, 14))
    disc = np.pi * blur * blur
    return np.asarray(light + disc_blur(np.asarray(lamps * disc, np.float32), blur), np.float32)


def _tower(
    lamps: NDArray[np.float32],
    random: np.random.Generator,
    left: float,
    across: float,
    top: float,
    scale: float,
) -> None:
    """Lit windows of one building, each a point, in rows and columns of its own."""
    rows, columns, _ = lamps.shape
    step = random.uniform(8, 14) * scale
    lit = float(random.uniform(0.05, 0.20))
    for y in np.arange(top, rows, step * 1.25):
        for x in np.arange(left, left + across, step):
            if random.random() > lit or not 0 <= x < columns:
                continue
            colour = _LAMP_COLOURS[int(random.choice(len(_LAMP_COLOURS), p=_LAMP_SHARES))]
            lamps[int(y), int(x)] = np.array(colour) * float(random.gamma(1.1, 0.34))
