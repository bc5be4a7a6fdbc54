"""Clothes: a body of cloth with folds, and a collar for each style.

Made for the canonical figure; its neck and shoulders, and with them the clothes, follow `Form`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.avatar.head.character import Clothes
from engine.avatar.head.clothes_body import body_mesh, folded, laid, neck_radius, ring
from engine.avatar.head.layout import Array, smoothstep
from engine.avatar.head.meshes import joined, lofted, vertex_normals
from engine.avatar.head.option_rules import Colour
from engine.avatar.head.sdf import Distance, Faces, gradient

_CRISP = 1.8
"""How much deeper folds are shaded than they are, for the mesh is too coarse for sharp ones."""

_AROUND = np.linspace(-np.pi, np.pi, 37)


@dataclass(frozen=True, slots=True)
class Garment:
    """``mesh`` with ``normal`` and gamma-2 ``colour`` per vertex; ``body`` is its distance
    function without the collar, ``collar`` (K, 4) points of the collar with a radius."""

    mesh: tuple[Array, Faces]
    normal: Array
    colour: Array
    body: Distance
    collar: Array


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sheet ``rows`` (R, C, 3) of one ``colour``, and how light each row is if not all alike."""

    rows: Array
    colour: tuple[float, float, float]
    shades: tuple[float, ...] = ()


def garment(options: Clothes) -> Garment:
    """What a character wears."""
    make, depth = _STYLES[options.style]
    cloth, under = options.colour.gamma2, options.under.gamma2

    def body(points: Array) -> Array:
        return folded(points, depth)

    vertices, faces = body_mesh(body)
    normal = gradient(partial(folded, depth=_CRISP * depth), vertices, 0.25)
    colour = np.tile(cloth, (len(vertices), 1))
    if options.style == "blazer":
        vertices, colour = _opened(vertices, normal, colour, options.under)
    meshes, normals, colours, cores = [(vertices, faces)], [normal], [colour], []
    for piece in make(cloth, under):
        mesh = _outwards(lofted(piece.rows))
        meshes.append(mesh)
        normals.append(vertex_normals(*mesh))
        shade = np.ones(piece.rows.shape[:2])
        shade *= np.array(piece.shades or (1.0,))[:, None]
        colours.append(shade.reshape(-1, 1) * piece.colour)
        flat = piece.rows[1:-1].reshape(-1, 3)
        cores.append(np.column_stack([flat, np.full(len(flat), 0.25)]))
    return Garment(
        joined(meshes),
        np.concatenate(normals),
        np.concatenate(colours),
        body,
        np.concatenate(cores),
    )


def _outwards(mesh: tuple[Array, Faces]) -> tuple[Array, Faces]:
    """The mesh turned so that most of it looks away from the body's axis."""
    vertices, faces = mesh
    normal = vertex_normals(vertices, faces)
    away = vertices - [0.0, vertices[:, 1].mean() - 4.0, -3.0]
    return (vertices, faces) if (normal * away).sum() > 0 else (vertices, faces[:, ::-1].copy())


def _shade(colour: tuple[float, float, float], gain: float) -> tuple[float, float, float]:
    red, green, blue = (min(1.0, gain * part) for part in colour)
    return (red, green, blue)


def _tilted(turn: Array, front: float, back: float) -> Array:
    """Heights of a neckline from ``front`` to ``back``."""
    return front + (back - front) * (0.5 - 0.5 * np.cos(turn)) ** 0.8


def _band(front: float, back: float, tall: float, thick: float, gap: float) -> Array:
    """A rounded band around the neck, rows (R, C, 3) from inside over the top to below."""
    reach = neck_radius(_AROUND) + gap
    middle = _tilted(_AROUND, front, back)
    rows = [
        ring(_AROUND, reach + thick * np.cos(phi), middle + tall * np.sin(phi))
        for phi in np.radians([170, 125, 90, 55, 20, -20, -60, -90])
    ]
    return np.stack(rows)


def _jumper(cloth: tuple[float, float, float], _: tuple[float, float, float]) -> list[_Piece]:
    return [_Piece(_band(-15.5, -13.9, 0.85, 0.50, 0.62), _shade(cloth, 0.95))]


def _tshirt(cloth: tuple[float, float, float], _: tuple[float, float, float]) -> list[_Piece]:
    return [_Piece(_band(-16.0, -14.2, 0.55, 0.26, 0.62), _shade(cloth, 0.93))]


def _turtleneck(cloth: tuple[float, float, float], _: tuple[float, float, float]) -> list[_Piece]:
    """A tube folded over once, with soft creases around it."""
    reach = neck_radius(_AROUND)
    top = _tilted(_AROUND, -12.7, -11.6)
    foot = _tilted(_AROUND, -16.4, -14.9)
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
        crease = 0.07 * np.sin(3 * _AROUND + 9 * share) * smoothstep(0.0, 0.5, np.array(out))
        rows.append(ring(_AROUND, reach + out + crease, foot + (top - foot) * share + crease))
    return [_Piece(np.stack(rows), cloth)]


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
_LAPEL_SHADES = (0.55, 0.9, 1.0, 1.04, 1.16, 0.4)
"""Rows of a leaf and of a lapel: stitched near the edge, shaded beneath it."""


def _both(
    rows: Array, colour: tuple[float, float, float], shades: tuple[float, ...]
) -> list[_Piece]:
    """A piece for the subject's left and its mirror image."""
    return [_Piece(rows, colour, shades), _Piece(rows * [-1.0, 1.0, 1.0], colour, shades)]


def _shirt(cloth: tuple[float, float, float], _: tuple[float, float, float]) -> list[_Piece]:
    """A stand with a pointed leaf folded over it, and the placket with its buttons."""

    reach = neck_radius(_SIDE)
    inner = ring(_SIDE, reach + 0.30, _tilted(_SIDE, -15.3, -12.9))
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
    stand = neck_radius(_AROUND)
    low, high = _tilted(_AROUND, -16.4, -15.0), _tilted(_AROUND, -15.0, -13.0)
    rows = np.stack(
        [
            ring(_AROUND, stand + out, low + (high - low) * s)
            for out, s in ((0.10, 0.9), (0.22, 1.0), (0.36, 0.95), (0.42, 0.5), (0.6, 0.0))
        ]
    )
    pieces = [_Piece(rows, cloth), *_both(leaf, _shade(cloth, 1.05), _LEAF_SHADES)]
    return [*pieces, *_placket(cloth)]


def _placket(cloth: tuple[float, float, float]) -> list[_Piece]:
    y = np.linspace(-16.4, -37.0, 12)
    across = np.array([-0.95, -0.80, 0.80, 0.95])
    strip = np.stack([np.stack([np.full_like(y, x), y, np.full_like(y, 6.0)], -1) for x in across])
    lifted = laid(strip, np.array([0.0, 0.16, 0.16, 0.0])[:, None])
    pieces = [_Piece(lifted, _shade(cloth, 1.05))]
    for height in (-20.2, -25.0, -29.8):
        turn = np.linspace(0, 2 * np.pi, 11)
        discs = [
            np.stack([r * np.cos(turn), height + r * np.sin(turn), np.full_like(turn, 6.0)], -1)
            for r in (0.34, 0.30, 0.02)
        ]
        button = laid(np.stack(discs), np.array([0.14, 0.32, 0.30])[:, None])
        pieces.append(_Piece(button, _shade(cloth, 1.25)))
    return pieces


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


def _blazer(cloth: tuple[float, float, float], under: tuple[float, float, float]) -> list[_Piece]:
    """Collar and lapels over a plain top."""
    top = _Piece(_band(-16.0, -14.2, 0.50, 0.24, 0.60), under)
    fall = _shade(cloth, 1.08)
    collar = _lapel(_along(_ROLL[:5], 12), _along(_COLLAR_EDGE, 12), 0.36)
    lapel = _lapel(_along(_ROLL[4:], 14), _along(_LAPEL_EDGE, 14), 0.46)
    pieces = [_both(rows, fall, _LAPEL_SHADES) for rows in (collar, lapel)]
    return [top, *pieces[0], *pieces[1]]


def _opened(vertices: Array, normal: Array, colour: Array, under: Colour) -> tuple[Array, Array]:
    """The body with what is worn beneath showing between the lapels, a little deeper."""
    x, y, z = vertices.T
    edge = np.interp(-y, -_ROLL[3:, 1], _ROLL[3:, 0], left=4.35, right=-1.0)
    shows = (np.abs(x) < edge + 0.6) & (z > -2.5)
    deeper = vertices - normal * 0.12 * shows[:, None]
    return deeper, np.where(shows[:, None], under.gamma2, colour)


def _hoodie(cloth: tuple[float, float, float], under: tuple[float, float, float]) -> list[_Piece]:
    """A hood that lies in a thick roll about the neck, and its two cords."""
    reach = neck_radius(_AROUND)
    back = 0.5 - 0.5 * np.cos(_AROUND)
    throat = np.exp(-((_AROUND / 0.55) ** 2))
    middle = _tilted(_AROUND, -16.4, -13.2) - 1.5 * throat
    thick = 0.80 + 0.95 * back - 0.15 * throat
    rows = []
    for phi in np.radians([225, 185, 150, 110, 75, 40, 5, -35, -75, -110]):
        wave = 0.12 * np.sin(5 * _AROUND + 1.0) * np.cos(phi)
        out = reach + 0.35 + thick * (1 + np.cos(phi)) * 0.80 + 0.75 * throat
        rows.append(ring(_AROUND, out + wave, middle + 1.15 * thick * np.sin(phi)))
    pieces = [_Piece(np.stack(rows), _shade(cloth, 1.03))]
    for side in (1.0, -1.0):
        pieces.append(_Piece(_cord(side), under))
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


_STYLES: dict[
    str,
    tuple[Callable[[tuple[float, float, float], tuple[float, float, float]], list[_Piece]], float],
] = {
    "jumper": (_jumper, 1.0),
    "tshirt": (_tshirt, 0.7),
    "shirt": (_shirt, 0.75),
    "blazer": (_blazer, 0.35),
    "hoodie": (_hoodie, 1.1),
    "turtleneck": (_turtleneck, 0.45),
}
