"""Beards: strands over jaw, chin and upper lip that move as the skin beneath them does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from engine.avatar.head.face_parts import moved_by
from engine.avatar.head.fields_brows import brow_fields
from engine.avatar.head.fields_eyes import eye_fields
from engine.avatar.head.fields_mouth import mouth_fields
from engine.avatar.head.hair_ground import apart, figure, scattered_on_head
from engine.avatar.head.hair_growth import Comb, grow_lines, share_until, shortened, smoothed
from engine.avatar.head.hair_locks import Look, along_surface, dressed, turned, unit
from engine.avatar.head.hair_options import BEARDS, BeardOptions, HairLayer, HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, lofted_locks
from engine.avatar.head.layout import MOUTH_HALF_WIDTH, MOUTH_Y, Array, lip_line, smoothstep
from engine.avatar.head.sculpt import closed_face, ear, lips
from engine.errors import InvalidInput

_WITHIN = np.array([0.0, MOUTH_Y + 0.5, 1.5])
# Distance from the middle of the face, and height of the beard's upper edge over the lips, cm.
_EDGE = np.array(
    [
        [0.0, 2.05],
        [1.0, 2.05],
        [2.0, 1.75],
        [2.9, 1.1],
        [3.6, 0.9],
        [4.6, 1.35],
        [5.6, 2.9],
        [6.3, 4.6],
        [6.9, 6.8],
        [8.0, 7.0],
    ]
)


@dataclass(frozen=True, slots=True)
class _Cut:
    """One group of strands.

    gap        cm between roots
    length     cm on the upper lip, the cheeks, the jaw and the chin
    off, out   cm off the skin at the root and at the tip
    """

    gap: float
    length: tuple[float, float, float, float]
    off: float
    out: float
    look: Look
    steps: int
    stray: float = 0.22


_MOUSTACHE = _Cut(
    0.36,
    (1.15, 0.0, 0.0, 0.0),
    0.05,
    0.22,
    Look(0.85, (0.6, 1.0, 0.35), (0.7, 0.85, 0.35), (0.4, 0.7), (0.1, 0.4, 0.10), 0.2, 0.0, 2),
    4,
    0.12,
)
_SHORT = (
    _MOUSTACHE,
    _Cut(
        0.66,
        (0.0, 1.15, 1.2, 1.35),
        0.02,
        0.16,
        Look(
            1.25, (0.8, 1.0, 0.6), (0.45, 0.55, 0.2), (0.4, 0.7), (0.05, 0.35, 0.10), 0.25, 0.0, 2
        ),
        3,
    ),
)
_FULL = (
    _MOUSTACHE,
    _Cut(
        0.85,
        (0.0, 1.7, 2.6, 4.2),
        0.10,
        0.95,
        Look(1.1, (0.6, 1.0, 0.2), (0.8, 0.95, 0.5), (0.3, 0.75), (0.1, 0.5, 0.10), 0.2, 0.3, 3),
        5,
    ),
    _Cut(
        0.62,
        (0.0, 1.0, 1.3, 1.7),
        0.04,
        0.35,
        Look(0.95, (0.8, 1.0, 0.5), (0.7, 0.85, 0.4), (0.3, 0.5), (0.05, 0.35, 0.08), 0.1, 0.0, 2),
        3,
    ),
)


def grow_beard(options: BeardOptions) -> list[HairLayer]:
    """The layers of a beard, in the head's canonical space; none for a shaved or stubbly chin.

    InvalidInput for an unknown style.
    """
    if options.style not in BEARDS:
        raise InvalidInput("beard style", options.style, f"use one of {', '.join(BEARDS)}")
    if options.style in ("none", "stubble"):
        return []
    cuts = {"moustache": (_MOUSTACHE,), "short": _SHORT, "full": _FULL}[options.style]
    grown = [_grown(options, cut, number) for number, cut in enumerate(cuts)]
    layer = lofted_locks([ribbons for ribbons, _ in grown], "beard")
    root = np.concatenate([np.repeat(feet, r.columns * r.line.shape[1], 0) for r, feet in grown])
    fields = mouth_fields() | eye_fields() | brow_fields()
    motion = moved_by(fields, _footing(layer.mesh[0], root))
    return [replace(layer, follow=np.ones(len(root)), motion=motion)]


def beard_depth(points: Array) -> Array:
    """Depth (N,) inside the region where a beard grows, about cm; negative on bare skin."""
    y, z = points[:, 1], points[:, 2]
    around_lips = np.where(z > 4.0, lips(points) - 0.22, 9.0)
    depth = np.minimum.reduce([_from_cheek(points), around_lips, y + 10.8, z + 0.6])
    return np.minimum(depth, ear(points) - 0.3)


def _from_cheek(points: Array) -> Array:
    """Depth (N,) below the beard's upper edge, cm."""
    edge = MOUTH_Y + np.interp(np.abs(points[:, 0]), _EDGE[:, 0], _EDGE[:, 1])
    return np.asarray(edge - points[:, 1])


@cache
def _candidates(seed: int) -> Array:
    _, points = scattered_on_head(_WITHIN, np.array([0.0, -0.4, 0.9]), seed, 9000)
    return points[beard_depth(points) > 0.0]


def _over_mouth(points: Array) -> Array:
    """1 on the upper lip, 0 elsewhere."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    high = smoothstep(0.0, 0.5, y - lip_line(x))
    return high * smoothstep(MOUTH_HALF_WIDTH + 0.9, MOUTH_HALF_WIDTH + 0.2, x)


def _grown(options: BeardOptions, cut: _Cut, number: int) -> tuple[Ribbons, Array]:
    """Locks of one group and their roots (N, 3)."""
    seed = 100 * options.seed + 50 + number
    random = np.random.default_rng(seed)
    root = _candidates(seed)
    over_mouth = _over_mouth(root) > 0.4
    root = root[over_mouth if cut is _MOUSTACHE else ~over_mouth]
    root = root[apart(root, np.full(len(root), cut.gap))]
    stray = random.normal(0.0, cut.stray, len(root))
    length = _lengths(root, cut)
    out = cut.out * length / max(cut.length)

    def flow(place: Array, root: Array) -> Array:
        side = np.tanh(root[:, 0] / 0.3)
        over = _over_mouth(root)[:, None]
        lip = np.stack([side * (0.35 + 0.25 * np.abs(root[:, 0])), -0.8 + 0 * side, 0 * side], -1)
        throat = smoothstep(-8.5, -10.0, root[:, 1])
        jaw = np.stack([-0.12 * side, -1.0 + 0 * side, 0.25 + 0.6 * throat], -1)
        d = unit(lip * over + jaw * (1 - over))
        near = smoothstep(0.8, 0.2, figure().distance(place))[:, None]
        return turned(along_surface(d, place) * near + d * (1 - near), place, stray)

    def clearance(place: Array, root: Array, share: float) -> Array:
        return np.asarray(cut.off + out * share**0.8)

    edge = 0.55 + 0.45 * smoothstep(0.0, 0.8, _from_cheek(root))
    length = length * edge * (1.0 + 0.5 * options.length) * random.uniform(0.8, 1.2, len(root))
    hold = 0.6 if cut.out < 0.5 else 0.25
    comb = Comb(flow, clearance, lambda p: np.full(len(p), hold), 0.5)
    fine = smoothed(grow_lines(root, length, comb, 4 * cut.steps), 1)
    # No hair of the upper lip reaches the red of the lips, let alone the mouth.
    free = lips(_beneath(fine.reshape(-1, 3))).reshape(fine.shape[:2]) - 0.10
    line = shortened(fine, share_until(free))[:, ::4]
    slim = np.clip(0.35 + 0.65 * lips(root), 0.4, 1.0) * edge
    ribbons = dressed(line, cut.look, HairOptions(grey=0.6 * options.grey), random, scale=slim)
    room = lips(_beneath(line.reshape(-1, 3))).reshape(line.shape[:2])
    width = np.minimum(ribbons.width, 2.0 * np.maximum(room, 0.02))
    return replace(ribbons, width=width, left=ribbons.left * (edge**0.7)[:, None]), root


def _lengths(root: Array, cut: _Cut) -> Array:
    """Length (N,) in cm of strands from these roots."""
    over = _over_mouth(root)
    chin = smoothstep(4.5, 1.5, np.abs(root[:, 0])) * smoothstep(-6.5, -8.5, root[:, 1])
    low = smoothstep(-4.5, -7.5, root[:, 1])
    lip, cheek, jaw, tip = cut.length
    beside = cheek + (jaw - cheek) * low
    return np.where(over > 0.4, lip, beside + (tip - beside) * chin)


def _beneath(points: Array) -> Array:
    """The skin (N, 3) beneath points near it."""
    return points - figure().outwards(points) * closed_face(points)[:, None]


def _footing(vertices: Array, root: Array) -> Array:
    """Where on the skin the vertices of strands stand: beneath them while they lie on it, else at
    their root."""
    lying = smoothstep(0.6, 0.25, closed_face(vertices))[:, None]
    foot = root + (_beneath(vertices) - root) * lying
    # What grows over the mouth stays of the upper lip, what grows beneath it of the lower.
    line = lip_line(root[:, 0])
    above = root[:, 1] > line
    edge = lip_line(foot[:, 0]) + np.where(above, 0.15, -0.15)
    foot[:, 1] = np.where(above, np.maximum(foot[:, 1], edge), np.minimum(foot[:, 1], edge))
    return foot
