"""What all haircuts share: scattering locks over the scalp and giving them width and colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from engine.avatar.head.hair_ground import figure, on_head, roots
from engine.avatar.head.hair_options import HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, Sheet, taper
from engine.avatar.head.hair_scalp import CENTRE, hairline
from engine.avatar.head.layout import Array, smoothstep


def seen_from_centre(points: Array) -> Array:
    """Unit directions (N, 3) of points from the skull's centre."""
    u = points - CENTRE
    return np.asarray(u / (np.linalg.norm(u, axis=1, keepdims=True) + 1e-9))


def unit(vectors: Array) -> Array:
    """Vectors (N, 3) made unit."""
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9))


def along_surface(vectors: Array, at: Array) -> Array:
    """Unit vectors (N, 3) less what points in or out of the head at ``at``."""
    away = figure().outwards(at)
    return unit(vectors - (vectors * away).sum(1, keepdims=True) * away)


def turned(vectors: Array, at: Array, angle: Array) -> Array:
    """Vectors (N, 3) turned by ``angle`` (N,) about the head's normal at ``at``."""
    away = figure().outwards(at)
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.asarray(vectors * c + np.cross(away, vectors) * s)


@dataclass(frozen=True, slots=True)
class Look:
    """How the locks of one group look.

    width   cm at the widest, and the shape: shares of it at root, belly and tip
    left    share of strands left at root, middle and tip
    shade   light at the root and at the tip
    tint    0..1 at the root and at the tip, and how much locks differ

    The rest is as in `Ribbons`.
    """

    width: float
    shape: tuple[float, float, float] = (0.55, 1.0, 0.25)
    left: tuple[float, float, float] = (1.0, 1.0, 0.2)
    shade: tuple[float, float] = (0.45, 1.0)
    tint: tuple[float, float, float] = (0.25, 0.6, 0.14)
    frayed: float = 0.55
    arch: float = 0.35
    columns: int = 3
    fine: bool = False


_BLUNT = 0.35
"""A lock that is wider than this at its end, as a share of its belly, has been cut bluntly."""

_BROADER = 1.75
"""How much broader and further apart locks are in heads of smooth shapes."""


def _as_shape(look: Look) -> Look:
    """The look of a smooth, whole lock with a full cross-section, pointed or cut bluntly."""
    blunt = look.shape[2] > _BLUNT
    return replace(
        look,
        width=_BROADER * look.width,
        left=(1.0, 1.0, 1.0),
        shape=(look.shape[0], look.shape[1], 0.75 if blunt else 0.04),
        frayed=0.0,
        arch=max(look.arch, 0.7) if look.columns > 2 else 0.0,
    )


def dressed(
    line: Array,
    look: Look,
    options: HairOptions,
    random: np.random.Generator,
    *,
    scale: Array | float = 1.0,
    up: Array | None = None,
    inside: bool = False,
) -> Ribbons:
    """Ribbons of a look along centre lines (N, S, 3); ``scale`` (N,) of the width."""
    if options.form == "shapes":
        look = _as_shape(look)
        every = 2 if line.shape[1] % 2 else 1
        line = line[:, ::every]
        up = None if up is None else up[:, ::every]
    count, points = line.shape[:2]
    t = np.linspace(0, 1, points)[None]
    vary = random.uniform(0.8, 1.2, (count, 1)) * np.broadcast_to(scale, (count,))[:, None]
    differ = random.normal(0.0, look.tint[2], (count, 1))
    temples = 0.3 * smoothstep(6.5, 3.0, line[:, :1, 1]) * min(1.0, 4 * options.grey)
    share = options.grey + temples * (options.grey < 1)
    greyed = smoothstep(-0.12, 0.12, share - random.uniform(0.0, 1.0, (count, 1)))
    greyed = greyed * (0.45 + 0.5 * options.grey)
    greyed = np.broadcast_to(np.where(options.grey > 0, greyed, 0.0), (count, points))
    return Ribbons(
        line=line,
        width=look.width
        * vary
        * taper(
            points - 1, *look.shape, pointed=options.form == "shapes" and look.shape[2] < _BLUNT
        ),
        left=np.interp(t, [0, 0.55, 1], look.left) * np.ones((count, 1)),
        shade=(look.shade[0] + (look.shade[1] - look.shade[0]) * np.minimum(1, 1.6 * t))
        * np.ones((count, 1)),
        tint=np.clip(look.tint[0] + (look.tint[1] - look.tint[0]) * t + differ, 0, 1),
        grey=greyed,
        up=up,
        frayed=look.frayed,
        arch=look.arch,
        columns=look.columns,
        inside=inside,
        fine=look.fine,
    )


PARTING_REACH = 3.2
"""How far from the middle a parting may be, cm."""

_CAP = Look(1.0, left=(1.0, 1.0, 0.6), shade=(0.7, 0.7), tint=(0.25, 0.42, 0.05), frayed=0.0)
_RAY = 60


def cap_from(options: HairOptions, pole: tuple[float, float, float], lift: float = 0.26) -> Sheet:
    """A closed cap that hugs the skull behind the hairline, so that no skin shows through.

    It is woven of strands that run from ``pole`` (a direction from the skull's centre) to the
    hairline, side by side, and rises to ``lift`` cm.
    """
    axis = np.asarray(pole) / np.linalg.norm(pole)
    east = np.cross([0.0, 0.0, 1.0], axis)
    east = east / np.linalg.norm(east)
    north = np.cross(axis, east)
    turn = -2 * np.pi * np.arange(30) / 30
    bend = np.linspace(0.02, 2.9, _RAY)[:, None]
    rays = [
        np.cos(bend) * axis + np.sin(bend) * (np.cos(a) * east + np.sin(a) * north) for a in turn
    ]
    return _cap(options, np.stack(rays), lambda points: np.full(len(points), lift))


def cap_across(options: HairOptions, lift: float = 0.26) -> Sheet:
    """As `cap_from`, of strands that run from the parting down both sides."""
    axis = np.array([0.0, -0.30, 0.95])
    axis /= np.linalg.norm(axis)
    part = np.array([0.34 * options.parting, 1.0, 0.0])
    top = part - (part @ axis) * axis
    top /= np.linalg.norm(top)
    side = np.cross(top, axis)
    polar = np.linspace(0.45, 3.05, 20)
    sweep = np.linspace(0.0, 2.6, _RAY)[:, None]
    rays = [
        np.cos(p) * axis + np.sin(p) * (np.cos(sweep) * top + sign * np.sin(sweep) * side)
        for sign in (-1.0, 1.0)
        for p in polar[:: int(-sign)]
    ]

    def lift_beside(points: Array) -> Array:
        beside = np.abs(points[:, 0] - PARTING_REACH * options.parting)
        return lift * (0.25 + 0.75 * smoothstep(0.3, 3.5, beside))

    return replace(_cap(options, np.stack(rays), lift_beside), closed=False)


def _cap(options: HairOptions, rays: Array, lift_at: Callable[[Array], Array]) -> Sheet:
    """Strands along ``rays`` (N, R, 3), each while it is behind the hairline."""
    steps = 6
    surface = on_head(rays.reshape(-1, 3)).reshape(rays.shape)
    depths = hairline(surface.reshape(-1, 3), options.hairline).reshape(rays.shape[:2])
    lines = []
    for points, depth in zip(surface, depths, strict=True):
        behind = depth > -0.05
        if not behind.any():
            continue
        first = int(behind.argmax())
        last = first + int(np.append(~behind[first:], True).argmax()) - 1
        if last - first < 4:
            continue
        pick = np.linspace(first, last, steps + 1)
        lines.append(np.stack([np.interp(pick, np.arange(_RAY), c) for c in points.T], -1))
    line = np.stack(lines)
    flat = line.reshape(-1, 3)
    depth = hairline(flat, options.hairline)
    lift = lift_at(flat)
    rise = lift * smoothstep(0.0, 1.0, depth / (0.5 + 2.2 * lift)) - 0.02
    line = (flat + seen_from_centre(flat) * rise[:, None]).reshape(line.shape)
    woven = dressed(line, _CAP, replace(options, form="strands"), np.random.default_rng(1))
    return Sheet(line, woven.left, woven.shade, woven.tint, woven.grey)


def scattered(
    options: HairOptions, gap: float, inside: tuple[float, float], seed: int
) -> tuple[Array, np.random.Generator]:
    """Roots (N, 3) and a random stream, both from the options' seed and the group's."""
    number = 100 * options.seed + seed
    gap *= _BROADER if options.form == "shapes" else 1.0
    return roots(gap, inside, options.hairline, number), np.random.default_rng(number)


def everywhere(value: float) -> Callable[[Array], Array]:
    """A function of points that is ``value`` at all of them."""
    return lambda points: np.full(len(points), value)
