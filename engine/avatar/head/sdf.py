"""Signed distances: primitives, soft booleans, and ways to find a surface.

A distance function maps points (N, 3) to (N,), negative inside. Soft union and the ellipsoid
bound follow Inigo Quilez, "Distance functions" and "Smooth minimum" (iquilezles.org).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from engine.avatar.head.layout import Array

Distance = Callable[[Array], Array]
Faces = NDArray[np.int32]
Triple = Sequence[float] | Array


def mirrored(points: Array) -> Array:
    """Points folded onto the subject's left half."""
    folded = np.array(points, np.float64)
    folded[:, 0] = np.abs(folded[:, 0])
    return folded


def union(a: Array, b: Array, radius: float | Array) -> Array:
    """Soft union: the two surfaces flow into one another over ``radius``."""
    h = np.maximum(radius - np.abs(a - b), 0.0) / radius
    return np.minimum(a, b) - h * h * radius * 0.25


def intersection(a: Array, b: Array, radius: float) -> Array:
    """Soft intersection."""
    return -union(-a, -b, radius)


def difference(a: Array, b: Array, radius: float) -> Array:
    """``a`` with ``b`` taken out, softly."""
    return -union(-a, b, radius)


def ellipsoid(points: Array, centre: Triple, radii: Triple) -> Array:
    """Approximate distance to an axis-aligned ellipsoid."""
    offset = points - np.asarray(centre)
    scale = np.asarray(radii)
    k0 = np.sqrt(((offset / scale) ** 2).sum(-1)) + 1e-9
    k1 = np.sqrt(((offset / scale**2) ** 2).sum(-1)) + 1e-9
    return np.asarray(k0 * (k0 - 1.0) / k1)


def sphere(points: Array, centre: Triple, radius: float) -> Array:
    """Distance to a sphere."""
    return np.asarray(np.sqrt(((points - np.asarray(centre)) ** 2).sum(-1)) - radius)


def capsule(
    points: Array, start: Triple, end: Triple, radius: float, end_radius: float | None = None
) -> Array:
    """Distance to a capsule whose radius may change linearly along it."""
    a, b = np.asarray(start), np.asarray(end)
    along = b - a
    t = np.clip((points - a) @ along / (along @ along), 0.0, 1.0)
    nearest = np.sqrt(((points - a - t[:, None] * along) ** 2).sum(-1))
    final = radius if end_radius is None else end_radius
    return np.asarray(nearest - (radius + (final - radius) * t))


def chain(points: Array, path: Array, blend: float) -> Array:
    """Capsules end to end: ``path`` (K, 4) holds x, y, z and the radius at each joint."""
    total = np.full(len(points), np.inf)
    for a, b in pairwise(path):
        link = capsule(points, a[:3], b[:3], float(a[3]), float(b[3]))
        total = link if np.isinf(total).all() else union(total, link, blend)
    return total


def gradient(distance: Distance, points: Array, step: float = 0.03) -> Array:
    """Unit outward normals by central differences."""
    parts = [distance(points + step * axis) - distance(points - step * axis) for axis in np.eye(3)]
    g = np.stack(parts, -1)
    return np.asarray(g / (np.linalg.norm(g, axis=1, keepdims=True) + 1e-12))


def project(distance: Distance, points: Array, iterations: int = 3) -> Array:
    """Points moved onto the zero surface along the gradient."""
    for _ in range(iterations):
        away = np.clip(distance(points), -0.3, 0.3)
        points = points - gradient(distance, points) * away[:, None]
    return points


def march_in(distance: Distance, origin: Array, direction: Array, start: float) -> Array:
    """First hits when coming from ``origin + start * direction`` back to ``origin``; (N, 3)."""
    t = np.full(len(direction), start)
    for _ in range(110):
        t -= np.clip(distance(origin + direction * t[:, None]), -0.5, 0.6) * 0.55
    return np.asarray(origin + direction * t[:, None])


def march_out(distance: Distance, origin: Array, direction: Array) -> Array:
    """Where rays that start inside the solid at ``origin`` leave it; (N, 3)."""
    t = np.zeros(len(direction))
    for _ in range(110):
        t -= np.clip(distance(origin + direction * t[:, None]), -0.6, 0.5) * 0.55
    return np.asarray(origin + direction * t[:, None])


def height(distance: Distance, x: Array, y: Array) -> Array:
    """z of the foremost surface over (x, y)."""
    base = np.stack([x, y, np.zeros_like(x)], -1)
    forward = np.tile([0.0, 0.0, 1.0], (len(x), 1))
    return march_in(distance, base, forward, 13.0)[:, 2]


def isosurface(
    distance: Distance, low: Triple, high: Triple, spacing: float
) -> tuple[Array, Faces]:
    """Marching cubes over a box; vertices (V, 3) and faces (F, 3), outside counter-clockwise."""
    axes = [np.linspace(a, b, round((b - a) / spacing) + 1) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    values = distance(grid).reshape([len(axis) for axis in axes])
    vertices, faces, _, _ = marching_cubes(values, 0.0)  # type: ignore[no-untyped-call]
    steps = np.array([axis[1] - axis[0] for axis in axes])
    return vertices * steps + np.asarray(low), faces.astype(np.int32)
