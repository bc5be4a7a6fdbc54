"""A blazer: its collar and lapels, and the top that shows between them."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.clothes_body import laid
from engine.avatar.head.clothes_collars import Paint, Piece, band, both_sides, shade
from engine.avatar.head.layout import Array

_LAPEL_SHADES = (0.55, 0.9, 1.0, 1.04, 1.16, 0.4)
"""Rows of a lapel: stitched near the edge, shaded beneath it."""

_ROLL = np.array(  # from behind the neck over the shoulder down to the button
    [
        (0.0, -13.0, -6.6),
        (2.3, -13.1, -6.0),
        (3.9, -13.9, -3.9),
        (4.35, -15.2, -1.6),
        (4.1, -17.2, 0.4),
        (3.3, -20.5, 2.8),
        (2.2, -25.0, 4.8),
        (0.9, -30.5, 5.8),
        (0.2, -33.0, 5.9),
    ]
)
_COLLAR_EDGE = np.array(
    [
        (0.0, -15.2, -8.4),
        (3.4, -15.5, -7.6),
        (6.4, -16.9, -4.4),
        (7.6, -18.2, -1.2),
        (7.2, -20.4, 1.8),
    ]
)
_LAPEL_EDGE = np.array(
    [
        (6.1, -20.2, 1.9),
        (8.6, -21.0, 2.4),
        (7.3, -24.6, 4.0),
        (4.4, -29.0, 5.4),
        (1.6, -32.6, 5.8),
        (0.4, -34.2, 5.9),
    ]
)


def _along(knots: Array, count: int) -> Array:
    """``count`` points at even distances along a polyline, rounded a little at its corners."""
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))]
    t = np.linspace(0, length[-1], count)
    return np.stack([np.interp(t, length, knots[:, k]) for k in range(3)], -1)


def _lapel(inner: Array, outer: Array, lift: float) -> Array:
    """A flat facing that rolls out at its inner edge, rows (6, C, 3)."""
    rows = []
    for share, high in ((0.0, 0.05), (0.02, 0.45), (0.14, 0.62), (0.5, lift + 0.12), (1.0, lift)):
        rows.append(laid(inner + (outer - inner) * share, high))
    return np.stack([*rows, laid(outer, 0.0)])


def blazer(cloth: Paint, under: Paint) -> list[Piece]:
    """Collar and lapels over a plain top."""
    top = Piece(band(-16.0, -14.2, 0.50, 0.24, 0.60), under)
    fall = shade(cloth, 1.08)
    collar = _lapel(_along(_ROLL[:5], 12), _along(_COLLAR_EDGE, 12), 0.36)
    lapel = _lapel(_along(_ROLL[4:], 14), _along(_LAPEL_EDGE, 14), 0.46)
    pieces = [both_sides(rows, fall, _LAPEL_SHADES) for rows in (collar, lapel)]
    return [top, *pieces[0], *pieces[1]]


def opened(vertices: Array, normal: Array, colour: Array, under: Paint) -> tuple[Array, Array]:
    """The body with what is worn beneath showing between the lapels, a little deeper."""
    x, y, z = vertices.T
    edge = np.interp(-y, -_ROLL[3:, 1], _ROLL[3:, 0], left=4.35, right=-1.0)
    shows = (np.abs(x) < edge + 0.6) & (z > -2.5)
    deeper = vertices - normal * 0.12 * shows[:, None]
    return deeper, np.where(shows[:, None], under, colour)
