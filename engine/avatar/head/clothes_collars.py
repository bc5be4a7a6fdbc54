"""Collars that go round the neck: bands, a turtleneck, a shirt's leaf, a hood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.avatar.head.clothes_body import laid, neck_radius, ring
from engine.avatar.head.layout import Array, smoothstep

Paint = tuple[float, float, float]
"""A gamma-2 colour."""

AROUND = np.linspace(-np.pi, np.pi, 37)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sheet ``rows`` (R, C, 3) of one ``colour``, and how light each row is if not all alike."""

    rows: Array
    colour: Paint
    shades: tuple[float, ...] = ()


def shade(colour: Paint, gain: float) -> Paint:
    """A colour ``gain`` times as light."""
    red, green, blue = (min(1.0, gain * part) for part in colour)
    return (red, green, blue)


def tilted(turn: Array, front: float, back: float) -> Array:
    """Heights of a neckline from ``front`` to ``back``."""
    return front + (back - front) * (0.5 - 0.5 * np.cos(turn)) ** 0.8


def band(front: float, back: float, tall: float, thick: float, gap: float) -> Array:
    """A rounded band around the neck, rows (R, C, 3) from inside over the top to below."""
    reach = neck_radius(AROUND) + gap
    middle = tilted(AROUND, front, back)
    rows = [
        ring(AROUND, reach + thick * np.cos(phi), middle + tall * np.sin(phi))
        for phi in np.radians([170, 125, 90, 55, 20, -20, -60, -90])
    ]
    return np.stack(rows)


def jumper(cloth: Paint, _: Paint) -> list[Piece]:
    """A thick ribbed band close to the neck."""
    return [Piece(band(-15.5, -13.9, 0.85, 0.50, 0.62), shade(cloth, 0.95))]


def tshirt(cloth: Paint, _: Paint) -> list[Piece]:
    """A thin band, a little lower."""
    return [Piece(band(-16.0, -14.2, 0.55, 0.26, 0.62), shade(cloth, 0.93))]


def turtleneck(cloth: Paint, _: Paint) -> list[Piece]:
    """A tube folded over once, with soft creases around it."""
    reach = neck_radius(AROUND)
    top = tilted(AROUND, -12.7, -11.6)
    foot = tilted(AROUND, -16.4, -14.9)
    profile = (  # out of the skin, share of the height
        (0.12, 0.80),
        (0.22, 0.97),
        (0.52, 1.04),
        (0.82, 0.95),
        (0.92, 0.66),
        (0.98, 0.36),
        (0.86, 0.24),
        (0.62, 0.20),
        (0.75, 0.08),
        (1.15, -0.08),
    )
    rows = []
    for out, share in profile:
        crease = 0.07 * np.sin(3 * AROUND + 9 * share) * smoothstep(0.0, 0.5, np.array(out))
        rows.append(ring(AROUND, reach + out + crease, foot + (top - foot) * share + crease))
    return [Piece(np.stack(rows), cloth)]


def _leaf(inner: Array, outer: Array, rise: float, lift: float) -> Array:
    """A collar's leaf, rows (7, C, 3) from its inner edge over the fold to its turned-under rim."""
    up = np.array([0.0, rise, 0.0])
    out = (outer - inner) * [1.0, 0.0, 1.0]
    out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-9
    edge = laid(outer, lift)
    rows = [inner - up - 0.1 * out, inner, inner + up * 0.5 + 0.35 * out]
    for share in (0.35, 0.7):
        straight = inner + 0.35 * out + (edge - inner - 0.35 * out) * share
        rows.append(straight + up * 0.7 * (1 - share) + 0.25 * out * np.sin(np.pi * share))
    return np.stack([*rows, edge, laid(edge, 0.02)])


_SIDE = np.array([0.10, 0.35, 0.65, 1.0, 1.35, 1.7, 2.1, 2.5, 2.85, np.pi])
"""Angles from the front to the back of the neck along one side of a collar."""


_LEAF_SHADES = (0.6, 0.96, 1.0, 1.0, 0.95, 1.08, 0.45)
"""Rows of a leaf: stitched near the edge, shaded beneath it."""


def both_sides(rows: Array, colour: Paint, shades: tuple[float, ...]) -> list[Piece]:
    """A piece for the subject's left and its mirror image."""
    return [Piece(rows, colour, shades), Piece(rows * [-1.0, 1.0, 1.0], colour, shades)]


def shirt(cloth: Paint, _: Paint) -> list[Piece]:
    """A stand with a pointed leaf folded over it, and the placket with its buttons."""

    reach = neck_radius(_SIDE)
    inner = ring(_SIDE, reach + 0.30, tilted(_SIDE, -15.3, -12.9))
    knots = [0.10, 0.35, 0.65, 1.0, 1.6, 2.3, np.pi]
    outer = np.stack(
        [
            np.interp(_SIDE, knots, [2.9, 4.3, 5.2, 5.8, 5.9, 4.2, 0.0]),
            np.interp(_SIDE, knots, [-19.4, -18.5, -17.7, -17.0, -16.3, -15.4, -15.2]),
            np.interp(_SIDE, knots, [2.2, 1.2, 0.4, -0.8, -3.2, -6.6, -7.6]),
        ],
        -1,
    )
    leaf = _leaf(inner, outer, 0.35, 0.30)
    stand = neck_radius(AROUND)
    low, high = tilted(AROUND, -16.4, -15.0), tilted(AROUND, -15.0, -13.0)
    rows = np.stack(
        [
            ring(AROUND, stand + out, low + (high - low) * s)
            for out, s in ((0.10, 0.9), (0.22, 1.0), (0.36, 0.95), (0.42, 0.5), (0.6, 0.0))
        ]
    )
    pieces = [Piece(rows, cloth), *both_sides(leaf, shade(cloth, 1.05), _LEAF_SHADES)]
    return [*pieces, *_placket(cloth)]


def _placket(cloth: Paint) -> list[Piece]:
    y = np.linspace(-16.4, -37.0, 12)
    across = np.array([-0.95, -0.80, 0.80, 0.95])
    strip = np.stack([np.stack([np.full_like(y, x), y, np.full_like(y, 6.0)], -1) for x in across])
    lifted = laid(strip, np.array([0.0, 0.16, 0.16, 0.0])[:, None])
    pieces = [Piece(lifted, shade(cloth, 1.05))]
    for height in (-20.2, -25.0, -29.8):
        turn = np.linspace(0, 2 * np.pi, 11)
        discs = [
            np.stack([r * np.cos(turn), height + r * np.sin(turn), np.full_like(turn, 6.0)], -1)
            for r in (0.34, 0.30, 0.02)
        ]
        button = laid(np.stack(discs), np.array([0.14, 0.32, 0.30])[:, None])
        pieces.append(Piece(button, shade(cloth, 1.25)))
    return pieces


def hoodie(cloth: Paint, under: Paint) -> list[Piece]:
    """A hood that lies in a thick roll about the neck, and its two cords."""
    reach = neck_radius(AROUND)
    back = 0.5 - 0.5 * np.cos(AROUND)
    throat = np.exp(-((AROUND / 0.55) ** 2))
    middle = tilted(AROUND, -16.4, -13.2) - 1.5 * throat
    thick = 0.80 + 0.95 * back - 0.15 * throat
    rows = []
    for phi in np.radians([225, 185, 150, 110, 75, 40, 5, -35, -75, -110]):
        wave = 0.12 * np.sin(5 * AROUND + 1.0) * np.cos(phi)
        out = reach + 0.35 + thick * (1 + np.cos(phi)) * 0.80 + 0.75 * throat
        rows.append(ring(AROUND, out + wave, middle + 1.15 * thick * np.sin(phi)))
    pieces = [Piece(np.stack(rows), shade(cloth, 1.03))]
    for side in (1.0, -1.0):
        pieces.append(Piece(_cord(side), under))
    return pieces


def _cord(side: float) -> Array:
    """A cord that hangs from the hood's seam."""
    y = np.linspace(-19.0, -27.0 - 0.7 * (side > 0), 9)
    x = side * (1.5 + 0.10 * np.sin(0.6 * (y + 19)) + 0.02 * (y + 19))
    middle = laid(np.stack([x, y, np.full_like(y, 5.0)], -1), 0.24)
    around = np.linspace(-np.pi, np.pi, 7)
    thick = np.where(y < y.min() + 1.2, 0.26, 0.19)
    return np.stack(
        [middle + np.stack([np.cos(a) * thick, 0 * y, np.sin(a) * thick], -1) for a in around]
    )
