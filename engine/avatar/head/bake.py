"""Light that does not move, per vertex: how open a point is, and whether the key light reaches it.

The whole figure is sampled into one coarse distance grid; creases finer than that come from
the sculpt itself (ambient occlusion by distance samples along the normal, after A. Evans,
"Fast Approximations for Global Illumination on Dynamic Scenes", 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from engine.avatar.head.digest import kept
from engine.avatar.head.layout import EYE, EYE_RADIUS, Array
from engine.avatar.head.sculpt import face_with_ears
from engine.avatar.head.sdf import Distance, mirrored, sphere

KEYS = np.array([[-0.55, 0.62, 0.75], [0.55, 0.62, 0.75], [0.0, 0.75, 0.66]])
KEYS /= np.linalg.norm(KEYS, axis=1, keepdims=True)
"""Directions towards the three lamps whose shadows are baked: `Part.shadow` in that order."""

_CELL = 0.45
_LOW = np.array([-21.0, -37.0, -12.0])
_HIGH = np.array([21.0, 15.5, 12.5])


@dataclass(frozen=True, slots=True)
class Scene:
    """The figure as a distance grid."""

    grid: Array

    def distance(self, points: Array) -> Array:
        """Interpolated distances at points (N, 3)."""
        return np.asarray(
            map_coordinates(self.grid, ((points - _LOW) / _CELL).T, order=1, mode="nearest")
        )


def sample_scene(hair: Array, body: Distance) -> Scene:
    """Sample head, eyes, the dressed ``body``, and hair (``hair`` (K, 4): points with a radius)."""
    axes = [np.arange(a, b, _CELL) for a, b in zip(_LOW, _HIGH, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    head = kept("bake", lambda: {"head": _head(points)})["head"]
    away, nearest = cKDTree(hair[:, :3]).query(points, distance_upper_bound=6.0)
    strands = np.where(np.isfinite(away), away - hair[np.minimum(nearest, len(hair) - 1), 3], 6.0)
    total = np.minimum.reduce([head, body(points), strands])
    return Scene(total.reshape([len(axis) for axis in axes]))


def _head(points: Array) -> Array:
    """Distances to what all characters share."""
    return np.minimum(face_with_ears(points), sphere(mirrored(points), EYE, EYE_RADIUS))


def openness(scene: Scene, points: Array, normals: Array) -> Array:
    """Cosine-weighted share of the sky that points see, 0..1."""
    random = np.random.default_rng(0)
    directions = random.normal(size=(40, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    seen, total = np.zeros(len(points)), np.zeros(len(points))
    start = points + 0.25 * normals
    for direction in directions:
        cosine = normals @ direction
        ray = np.where(cosine[:, None] > 0, direction, -direction)
        visible = np.ones(len(points))
        for reach in (0.5, 0.9, 1.5, 2.4, 3.8, 5.5):
            clear = (scene.distance(start + ray * reach) + 0.12) / (0.45 * reach) + 0.15
            visible = np.minimum(visible, np.clip(clear, 0.0, 1.0))
        seen += np.abs(cosine) * visible
        total += np.abs(cosine)
    return np.asarray(seen / total)


def creases(distance: Distance, points: Array, normals: Array) -> Array:
    """Darkening in narrow folds of one surface, 0.05..1."""
    light = np.ones(len(points))
    for reach, share in ((0.12, 0.35), (0.3, 0.30), (0.6, 0.25)):
        light -= share * np.clip(1 - distance(points + normals * reach) / reach, 0, 1)
    return np.clip(light, 0.05, 1.0)


def key_shadows(scene: Scene, points: Array, normals: Array) -> Array:
    """(N, 3), for each of `KEYS`: 1 where it reaches, 0 in full shadow, soft in between."""
    return np.stack([_key_shadow(scene, points, normals, key) for key in KEYS], -1)


def _key_shadow(scene: Scene, points: Array, normals: Array, key: Array) -> Array:
    lit = np.ones(len(points))
    start, reach = points + 0.35 * normals, 0.55
    for k in range(20):
        clear = scene.distance(start + key * reach)
        lit = np.minimum(lit, np.clip(0.5 + 0.5 * clear / (0.09 * reach + 0.12), 0.0, 1.0))
        reach += 0.45 + 0.12 * k
    return lit * lit * (3 - 2 * lit)
