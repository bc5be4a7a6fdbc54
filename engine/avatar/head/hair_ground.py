"""What hair lies on: the figure's distances on a grid, and points scattered over the scalp."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import map_coordinates

from engine.avatar.head.clothes_body import torso
from engine.avatar.head.digest import kept
from engine.avatar.head.hair_scalp import CENTRE, hairline
from engine.avatar.head.layout import Array, smoothstep
from engine.avatar.head.sculpt import closed_face, ear

_CELL = 0.5
_LOW = np.array([-18.0, -28.0, -15.0])
_HIGH = np.array([18.0, 15.0, 14.0])


@dataclass(frozen=True, slots=True)
class Ground:
    """Distances (cm) on a grid and their gradient (X, Y, Z, 3)."""

    values: Array
    slope: Array

    def distance(self, points: Array) -> Array:
        """Distances (N,) at points (N, 3)."""
        return _looked_up(self.values, points)

    def outwards(self, points: Array) -> Array:
        """Unit directions (N, 3) away from the figure."""
        g = np.stack([_looked_up(self.slope[..., k], points) for k in range(3)], -1)
        return np.asarray(g / (np.linalg.norm(g, axis=1, keepdims=True) + 1e-9))


def _looked_up(grid: Array, points: Array) -> Array:
    return np.asarray(map_coordinates(grid, ((points - _LOW) / _CELL).T, order=1, mode="nearest"))


@cache
def _grids() -> tuple[Ground, Array]:
    axes = [np.arange(a, b, _CELL) for a, b in zip(_LOW, _HIGH, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    shape = [len(axis) for axis in axes]
    grids = kept("hair_ground", lambda: _sampled(points))
    face: Array = np.asarray(grids["face"], np.float64).reshape(shape)
    values: Array = np.asarray(grids["figure"], np.float64).reshape(shape)
    slope: Array = np.moveaxis(np.asarray(np.gradient(values, _CELL)), 0, -1)
    return Ground(values, slope), face


def _sampled(points: Array) -> dict[str, Array]:
    face = closed_face(points)
    return {"face": face, "figure": np.minimum.reduce([face, ear(points), torso(points)])}


def figure() -> Ground:
    """Head, ears and shoulders."""
    return _grids()[0]


def on_head(directions: Array, centre: Array = CENTRE) -> Array:
    """The head's surface without ears (N, 3) at unit directions from a point within."""
    reach = np.arange(2.0, 14.0, 0.3)
    rays = centre + directions[:, None] * reach[:, None]
    inside = _looked_up(_grids()[1], rays.reshape(-1, 3)).reshape(rays.shape[:2]) < 0
    last = inside.shape[1] - 1 - inside[:, ::-1].argmax(1)
    away = reach[last] + 0.15
    for _ in range(4):
        away = away - 0.9 * closed_face(centre + directions * away[:, None])
    return np.asarray(centre + directions * away[:, None])


def scattered_on_head(
    centre: Array, towards: Array, seed: int, count: int = 7000
) -> tuple[Array, Array]:
    """Random unit directions (N, 3) from a point within, and the head's surface there."""
    random = np.random.default_rng(seed)
    u = random.normal(size=(count, 3))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    u = u[u @ towards > -0.95]
    return u, on_head(u, centre)


def apart(points: Array, gap: Array) -> Array:
    """Numbers of points (N, 3), first come, first served, ``gap`` (N,) cm from those before."""
    chosen: list[int] = []
    for k in range(len(points)):
        if not chosen or ((points[chosen] - points[k]) ** 2).sum(1).min() > gap[k] ** 2:
            chosen.append(k)
    return np.asarray(chosen, np.intp)


@cache
def _candidates(seed: int) -> tuple[Array, Array]:
    return scattered_on_head(CENTRE, np.array([0.0, 1.0, 0.0]), seed)


def roots(gap: float, inside: tuple[float, float], kind: str, seed: int) -> Array:
    """Points (N, 3) of the scalp about ``gap`` cm apart whose depth behind the hairline ``kind``
    lies within ``inside``; wider apart at the back, which is hardly ever seen."""
    u, points = _candidates(seed)
    depth = hairline(points, kind)
    keep = (depth > inside[0]) & (depth < inside[1])
    u, points = u[keep], points[keep]
    spread = gap * (1.0 + 0.7 * smoothstep(-0.35, -0.8, u[:, 2]))
    return np.asarray(points[apart(points, spread)])
