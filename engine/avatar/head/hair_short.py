"""Short haircuts."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.hair_growth import Comb, grow_lines
from engine.avatar.head.hair_locks import (
    Look,
    along_surface,
    cap_from,
    dressed,
    scattered,
    seen_from_centre,
    turned,
)
from engine.avatar.head.hair_options import HairOptions
from engine.avatar.head.hair_ribbons import Ribbons
from engine.avatar.head.layout import Array, smoothstep


def crop(options: HairOptions) -> list[Ribbons]:
    """Short and textured: forward on top in ragged tufts, close at the sides."""
    groups = []
    recipes = (
        # gap, depth behind the hairline, layer, look
        (1.25, (0.5, 30.0), 1.0, Look(0.95, left=(1.0, 0.95, 0.15), shade=(0.5, 1.0))),
        (0.62, (0.02, 0.7), 0.45, Look(0.5, left=(0.5, 0.75, 0.1), shade=(0.7, 0.95), columns=2)),
        (
            1.35,
            (0.3, 30.0),
            0.5,
            Look(1.25, left=(1.0, 1.0, 0.5), shade=(0.4, 0.8), tint=(0.15, 0.45, 0.1)),
        ),
    )
    for number, (gap, inside, layer, look) in enumerate(recipes):
        root, random = scattered(options, gap, inside, number)
        stray = random.normal(0.0, 0.38, len(root))

        def flow(place: Array, root: Array, stray: Array = stray) -> Array:
            u = seen_from_centre(place)
            top = smoothstep(0.40, 0.80, u[:, 1])[:, None]
            forward = np.stack([0.9 * u[:, 0] - 0.15, 0 * u[:, 0], np.full(len(u), 0.8)], -1)
            beside = np.stack([0 * u[:, 0], np.full(len(u), -1.0), -0.55 + 0 * u[:, 0]], -1)
            d = along_surface(forward * top + beside * (1 - top), place)
            return turned(d, place, stray)

        def clearance(place: Array, root: Array, share: float, layer: float = layer) -> Array:
            u = seen_from_centre(place)
            top = smoothstep(0.30, 0.85, u[:, 1])
            front = smoothstep(0.1, 0.7, u[:, 2])
            lift = (0.38 + 1.05 * top + 0.55 * top * front) * options.fuller
            return lift * layer * (0.15 + 0.85 * share**0.7) + 0.05

        u = seen_from_centre(root)
        top = smoothstep(0.35, 0.75, u[:, 1])
        length = (1.9 + 2.0 * top) * options.longer * random.uniform(0.75, 1.25, len(root))
        length *= 0.75 + 0.25 * layer
        comb = Comb(flow, clearance, hold=lambda p: np.full(len(p), 0.6), stiff=0.35)
        line = grow_lines(root, length, comb, 5)
        groups.append(dressed(line, look, options, random, scale=0.75 + 0.35 * top))
    return [*groups, cap_from(options, (0.1, 0.86, -0.5))]


def side(options: HairOptions) -> list[Ribbons]:
    """x"""
    return crop(options)


def straight(options: HairOptions) -> list[Ribbons]:
    """x"""
    return crop(options)
