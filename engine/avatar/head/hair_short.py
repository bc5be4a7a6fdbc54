"""Short haircuts: crop, side parting, straight with a fringe."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.hair_growth import (
    Comb,
    grow_lines,
    share_until,
    shortened,
    smoothed,
)
from engine.avatar.head.hair_locks import (
    Look,
    along_surface,
    cap_from,
    dressed,
    everywhere,
    scattered,
    seen_from_centre,
    turned,
    unit,
)
from engine.avatar.head.hair_options import HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, Sheet
from engine.avatar.head.layout import Array, smoothstep

_TUFT = Look(1.05, left=(1.0, 0.95, 0.35), shade=(0.5, 1.0), frayed=0.35)
_UNDER = Look(1.5, left=(1.0, 1.0, 0.6), shade=(0.4, 0.8), tint=(0.15, 0.45, 0.1), frayed=0.3)
_RIM = Look(
    0.5,
    left=(0.5, 0.8, 0.25),
    shade=(0.7, 0.95),
    tint=(0.15, 0.45, 0.1),
    frayed=0.0,
    columns=2,
    fine=True,
)


def _top(points: Array, low: float = 0.40, high: float = 0.80) -> Array:
    """1 on top of the head, 0 at its sides."""
    return smoothstep(low, high, seen_from_centre(points)[:, 1])


def _beside(place: Array) -> Array:
    """How hair at the sides and the back is combed: down and, before the ears, back."""
    ahead = smoothstep(-3.0, 3.0, place[:, 2])
    return np.stack([0 * ahead, -1.0 + 0 * ahead, -0.25 - 0.5 * ahead], -1)


def crop(options: HairOptions) -> list[Ribbons | Sheet]:
    """Short and textured: forward on top in ragged tufts, close at the sides."""
    groups = []
    bold = 1.6 if options.form == "shapes" else 1.0
    recipes = (
        (1.32, (0.5, 30.0), 1.0, _TUFT),
        (0.60, (0.02, 0.7), 0.45, _RIM),
        (1.55, (0.3, 30.0), 0.5, _UNDER),
    )
    for number, (gap, inside, layer, look) in enumerate(recipes):
        root, random = scattered(options, gap, inside, number)
        stray = random.normal(0.0, 0.30 / bold**2, len(root))

        def flow(place: Array, root: Array, stray: Array = stray) -> Array:
            u = seen_from_centre(place)
            top = _top(place)[:, None]
            forward = np.stack([0.8 * u[:, 0] - 0.25, 0 * u[:, 0], np.full(len(u), 0.8)], -1)
            d = along_surface(forward * top + _beside(place) * (1 - top), place)
            return turned(d, place, stray)

        def clearance(place: Array, root: Array, share: float, layer: float = layer) -> Array:
            top = _top(place, 0.30, 0.85)
            front = smoothstep(0.1, 0.7, seen_from_centre(place)[:, 2])
            lift = (0.34 + 1.15 * top + 0.55 * top * front) * options.fuller
            return np.asarray(bold * lift * layer * (0.15 + 0.85 * share**0.7) + 0.05)

        length = (1.7 + 2.3 * bold * _top(root, 0.35, 0.75)) * options.longer
        length = length * random.uniform(0.75, 1.25, len(root)) * (0.75 + 0.25 * layer)
        comb = Comb(flow, clearance, hold=everywhere(0.6), stiff=0.35)
        line = grow_lines(root, length, comb, 5)
        scale = bold * (0.70 + 0.45 * _top(root, 0.35, 0.75))
        groups.append(dressed(line, look, options, random, scale=scale))
    return [*groups, cap_from(options, (0.1, 0.86, -0.5))]


_SWEEP = Look(1.7, (0.5, 1.0, 0.12), (1.0, 1.0, 0.7), (0.55, 1.0), (0.2, 0.6, 0.08), 0.25, 0.45, 4)
_SHORN = Look(0.75, (0.6, 1.0, 0.2), (1.0, 1.0, 0.3), (0.5, 0.95), (0.15, 0.5, 0.1), 0.35, 0.3, 3)


def side(options: HairOptions) -> list[Ribbons | Sheet]:
    """Parted at the side, swept over and up from the forehead, tapered at the sides."""
    groups = []
    part = 4.6 * options.parting
    towards = 1.0 if options.parting < 0 else -1.0
    recipes = (
        (1.45, (0.15, 30.0), 1.0, _SWEEP, 8),
        (0.60, (0.02, 0.7), 0.4, _RIM, 4),
        (1.05, (0.25, 30.0), 0.6, _SHORN, 4),
    )
    for number, (gap, inside, layer, look, steps) in enumerate(recipes):
        root, random = scattered(options, gap, inside, number)
        over = _top(root, 0.42, 0.62) > 0.3
        if look is _SWEEP:
            root = root[over & ((root[:, 0] - part) * towards > -0.6)]
        elif look is _SHORN:
            beyond = (root[:, 0] - part) * towards < -0.3
            root = root[beyond | (_top(root, 0.42, 0.62) < 0.9)]
        stray = random.normal(0.0, 0.09 if look is _SWEEP else 0.16, len(root))
        on_top = np.maximum(_top(root, 0.40, 0.6), root[:, 2] > 4.0)
        swept = np.where((root[:, 0] - part) * towards > -0.6, on_top, 0.0)

        def flow(place: Array, root: Array, stray: Array = stray, swept: Array = swept) -> Array:
            u = seen_from_centre(place)
            front = smoothstep(0.25, 0.75, u[:, 2])
            across = np.stack(
                [towards * (1.0 - 0.3 * front), 0.55 * front, -0.55 - 0.4 * front], -1
            )
            away = np.stack(
                [-0.6 * towards + 0 * front, -0.5 + 0.5 * front, -0.7 - 0.5 * front], -1
            )
            top = np.maximum(_top(place, 0.35, 0.75), smoothstep(3.0, 5.0, place[:, 2]))[:, None]
            beside = _beside(place)
            d = swept[:, None] * (across * top + beside * (1 - top)) + (1 - swept[:, None]) * (
                away * top + beside * (1 - top)
            )
            return turned(along_surface(d, place), place, stray)

        def clearance(
            place: Array, root: Array, share: float, layer: float = layer, swept: Array = swept
        ) -> Array:
            top = _top(place, 0.30, 0.85)
            front = smoothstep(0.0, 0.7, seen_from_centre(place)[:, 2])
            arc = np.sin(np.pi * min(1.0, 0.15 + 0.75 * share)) ** 0.8
            lift = (0.30 + (0.3 + (0.6 + 1.5 * front) * swept) * top) * options.fuller
            return np.asarray(lift * layer * arc + 0.06)

        length = np.where(swept > 0.3, 7.2, 1.9) * options.longer
        if look is _RIM:
            length = np.where(swept > 0.3, 4.0, 1.5) * options.longer
        length = length * random.uniform(0.85, 1.15, len(root))
        comb = Comb(flow, clearance, hold=everywhere(0.6), stiff=0.45)
        line = smoothed(grow_lines(root, length, comb, 3 * steps), 2)[:, ::3]
        groups.append(dressed(line, look, options, random, scale=0.8 + 0.2 * swept))
    return [*groups, cap_from(options, (0.34 * options.parting, 0.86, -0.3))]


_SHEET = Look(2.2, (0.2, 1.0, 0.30), (1.0, 1.0, 0.6), (0.6, 1.0), (0.2, 0.5, 0.06), 0.25, 0.4, 3)
_LAYER = Look(1.6, (0.5, 1.0, 0.25), (1.0, 1.0, 0.6), (0.5, 0.95), (0.15, 0.45, 0.08), 0.25, 0.0, 2)


def straight(options: HairOptions) -> list[Ribbons | Sheet]:
    """Straight from the crown all round, with a fringe over the forehead and over the ears."""
    groups = []
    reach = 4.5 * (options.longer - 1.0)
    recipes = (
        (1.75, (2.2, 30.0), 1.0, _SHEET, 9),
        (1.35, (0.4, 30.0), 0.75, _LAYER, 7),
        (0.60, (0.02, 0.6), 0.4, _RIM, 5),
    )
    for number, (gap, inside, layer, look, steps) in enumerate(recipes):
        root, random = scattered(options, gap, inside, number)
        stray = random.normal(0.0, 0.10, len(root))

        def flow(place: Array, root: Array, stray: Array = stray) -> Array:
            crown = unit(place - np.array([0.6, 11.0, -4.0]))
            top = _top(place, 0.3, 0.9)[:, None]
            swept = smoothstep(1.0, 5.0, place[:, 2]) * smoothstep(3.0, 7.0, place[:, 1])
            down = np.stack([-0.55 * swept, -1.0 + 0 * swept, 0 * swept], -1)
            d = crown * top + down * (1 - top)
            near = smoothstep(3.0, 8.0, place[:, 1])[:, None]
            d = along_surface(d, place) * near + unit(d) * (1 - near)
            return turned(d, place, stray)

        rank = 0.35 + 0.65 * smoothstep(-0.1, 0.9, seen_from_centre(root)[:, 1])

        def clearance(
            place: Array, root: Array, share: float, layer: float = layer, rank: Array = rank
        ) -> Array:
            top = _top(place, 0.0, 0.9)
            rise = smoothstep(-0.04, 0.12, np.array(share))
            return 0.06 + layer * rank * (1.0 + 0.45 * top) * options.fuller * rise

        comb = Comb(flow, clearance, hold=lambda p: 0.5 * smoothstep(1.0, 5.0, p[:, 1]), stiff=0.6)
        line = grow_lines(root, np.full(len(root), 19.0), comb, 3 * steps)
        turn = np.arctan2(np.abs(line[..., 0]), line[..., 2] + 1.0)
        ends = np.interp(turn, [0.0, 0.6, 0.95, 1.5, 2.2, 3.2], [5.2, 4.6, 2.4, 0.6, -3.0, -5.0])
        ends = ends - reach + random.normal(0.0, 0.45, (len(root), 1))
        line = smoothed(shortened(line, share_until(line[..., 1] - ends)), 3)[:, ::3]
        groups.append(dressed(line, look, options, random))
    return [*groups, cap_from(options, (0.05, 0.90, -0.42), 0.4)]
