"""Hair that is combed back and tied: in a bun on top of the head, or as a tail."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.hair_ground import on_head
from engine.avatar.head.hair_growth import Comb, grow_lines, shortened, smoothed
from engine.avatar.head.hair_locks import (
    Look,
    along_surface,
    cap_from,
    dressed,
    everywhere,
    scattered,
    seen_from_centre,
    unit,
)
from engine.avatar.head.hair_options import HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, Sheet
from engine.avatar.head.layout import Array, smoothstep

_BUN_AT = (0.0, 0.93, -0.42)
_TAIL_AT = (0.0, 0.62, -0.80)
_COMBED = Look(1.5, (0.6, 1.0, 0.5), (1.0, 1.0, 1.0), (0.65, 0.95), (0.3, 0.55, 0.09), 0.25, 0.4, 3)
_HAIRLINE = Look(
    0.6, (0.5, 1.0, 0.5), (0.5, 1.0, 0.9), (0.75, 0.95), (0.3, 0.5, 0.1), 0.0, 0.0, 2, True
)
_COIL = Look(1.5, (0.6, 1.0, 0.5), (1.0, 1.0, 0.9), (0.6, 1.0), (0.3, 0.6, 0.09), 0.3, 0.6, 3)
_WISP = Look(
    0.35, (0.6, 1.0, 0.2), (0.8, 0.9, 0.7), (0.8, 1.0), (0.35, 0.65, 0.1), 0.0, 0.0, 2, True
)
_TAIL = Look(1.9, (0.5, 1.0, 0.3), (1.0, 1.0, 0.8), (0.5, 1.0), (0.3, 0.65, 0.09), 0.25, 0.4, 3)


def bun(options: HairOptions) -> list[Ribbons | Sheet]:
    """Swept up from all sides into a bun."""
    axis = unit(np.array([_BUN_AT]))
    knot = on_head(axis)[0] + 1.5 * axis[0] * options.longer
    coils = _coiled(options, knot, axis[0], 2.5 * options.longer)
    return [coils, *_combed_to(options, axis, 0.9)]


def ponytail(options: HairOptions) -> list[Ribbons | Sheet]:
    """Swept back into a tail behind the head."""
    axis = unit(np.array([_TAIL_AT]))
    return [_tail(options, on_head(axis)[0], axis[0]), *_combed_to(options, axis, 0.6)]


def _combed_to(options: HairOptions, axis: Array, loose: float) -> list[Ribbons | Sheet]:
    """Locks from the hairline to where the hair is tied, and a few that escape at the temples."""
    tie = on_head(axis)[0]
    groups = []
    recipes = ((1.3, (0.2, 30.0), 1.0, _COMBED, 7), (0.55, (0.0, 0.6), 0.5, _HAIRLINE, 6))
    for number, (gap, inside, layer, look, steps) in enumerate(recipes):
        root, random = scattered(options, gap, inside, number)
        away = np.linalg.norm(root - tie, axis=1)
        root, away = root[away > 3.0], away[away > 3.0]
        vary = random.uniform(0.8, 1.15, len(root))

        def flow(place: Array, root: Array) -> Array:
            return along_surface(tie - place, place)

        def clearance(
            place: Array, root: Array, share: float, layer: float = layer, vary: Array = vary
        ) -> Array:
            top = smoothstep(0.0, 0.7, seen_from_centre(place)[:, 1])
            arc = np.sin(np.pi * min(1.0, 0.12 + 0.75 * share)) ** 0.7
            return np.asarray(0.05 + (0.25 + loose * top) * options.fuller * layer * vary * arc)

        comb = Comb(flow, clearance, hold=everywhere(0.6), stiff=0.3)
        line = grow_lines(root, np.full(len(root), 26.0), comb, 4 * steps)
        off = np.linalg.norm(line - tie, axis=2)
        near = np.argmax(off < 1.3, axis=1)
        near = np.where(near == 0, off.argmin(1), near)
        line = smoothed(shortened(line, np.maximum(near, 2) / (4 * steps)), 2)[:, ::4]
        groups.append(dressed(line, look, options, random))
    return [_wisps(options), *groups, cap_from(options, (axis[0][0], axis[0][1], axis[0][2]))]


def _wisps(options: HairOptions) -> Ribbons:
    """Short hairs before the ears and at the nape that the tie does not hold."""
    root, random = scattered(options, 1.0, (0.05, 0.8), 5)
    root = root[(root[:, 1] < 5.0) & (root[:, 1] > 1.0) & (root[:, 2] > 0.5)]

    def flow(place: Array, root: Array) -> Array:
        return np.tile([0.0, -1.0, 0.15], (len(place), 1))

    comb = Comb(flow, lambda p, r, t: np.full(len(p), 0.12 + 0.35 * t), everywhere(0.1), 0.75)
    length = random.uniform(2.0, 6.5, len(root))
    return dressed(grow_lines(root, length, comb, 6), _WISP, options, random)


def _coiled(options: HairOptions, centre: Array, axis: Array, radius: float) -> Ribbons:
    """A ball of strands wound about ``axis`` in a loose twist."""
    random = np.random.default_rng(100 * options.seed + 6)
    count, steps = 26, 9
    east = np.cross(axis, [1.0, 0.0, 0.0])
    east /= np.linalg.norm(east)
    north = np.cross(axis, east)
    turn = 2 * np.pi * np.arange(count) / count + random.normal(0, 0.08, count)
    t = np.linspace(0, 1, steps + 1)[None]
    # Each strand climbs from beneath the ball over its side towards its middle, half round it.
    climb = np.linspace(-0.75, 1.25, steps + 1)[None] + random.normal(0, 0.06, (count, 1))
    angle = turn[:, None] + 2.4 * t
    out = (
        np.cos(climb)[..., None]
        * (np.cos(angle)[..., None] * east + np.sin(angle)[..., None] * north)
        + 0.85 * np.sin(climb)[..., None] * axis
    )
    swell = radius * (1.0 + random.normal(0, 0.05, (count, 1)))
    return dressed(centre + out * swell[..., None], _COIL, options, random, up=out)


def _tail(options: HairOptions, tie: Array, axis: Array) -> Ribbons:
    """Locks that leave the tie together, swing out and hang down behind."""
    random = np.random.default_rng(100 * options.seed + 7)
    count = 22
    root = tie + 0.5 * axis + random.normal(0, 0.45, (count, 3))
    spread = random.normal(0, 0.09, (count, 3))

    def flow(place: Array, root: Array) -> Array:
        out = smoothstep(5.0, 1.0, np.linalg.norm(place - tie, axis=1))[:, None]
        lifted = axis + np.array([0.0, 0.25, 0.0])
        return unit(out * lifted + (1 - out) * np.array([0.0, -1.0, 0.0]) + spread)

    comb = Comb(flow, lambda p, r, t: np.full(len(p), 0.6), everywhere(0.0), 0.7)
    length = 20.0 * options.longer * random.uniform(0.85, 1.1, count)
    line = smoothed(grow_lines(root, length, comb, 20), 3)[:, ::2]
    up = line - line.mean(0) + 0.1 * axis
    return dressed(line, _TAIL, options, random, up=up)
