"""The figure under the clothes, and how cloth lies on it: shoulders, arms, chest, folds."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.layout import Array, smoothstep
from engine.avatar.head.meshes import lofted
from engine.avatar.head.sculpt import closed_face
from engine.avatar.head.sdf import (
    Distance,
    Faces,
    capsule,
    ellipsoid,
    gradient,
    march_in,
    march_out,
    mirrored,
    union,
)

NECK_AXIS = np.array([0.0, 0.0, -2.6])
_CENTRE = np.array([0.0, -28.0, -3.0])
_FINE, _COARSE = (43, 22), (21, 11)


def torso(points: Array) -> Array:
    """Distance to a dressed torso without a collar: shoulders, chest and hanging arms."""
    p = mirrored(points)
    d = capsule(p, (0, -20.6, -3.6), (11.6, -21.9, -3.3), 3.0, 2.6)
    d = union(d, ellipsoid(p, (0, -32.0, -2.8), (14.5, 15.5, 8.0)), 4.5)
    d = union(d, ellipsoid(p, (5.6, -28.5, 1.2), (5.2, 5.0, 4.2)), 4.0)
    d = union(d, capsule(p, (1.6, -13.2, -4.8), (7.5, -18.6, -4.1), 1.6, 1.5), 3.6)
    d = union(d, capsule(p, (0, -19.2, -2.6), (0, -21.8, -2.4), 4.7, 5.8), 1.4)
    d = union(d, capsule(p, (2.5, -19.2, -2.0), (8.0, -20.6, -2.4), 2.7, 2.6), 2.0)
    arm = capsule(p, (12.9, -23.4, -3.3), (16.4, -46.0, -2.0), 3.7, 3.2)
    return union(d, arm, 4.0)


def _ridges(phase: Array) -> Array:
    """Narrow ridges with flat cloth between them, two per turn; 0 on average, about."""
    return np.asarray(np.exp(-((np.sin(phase) / 0.5) ** 2)) - 0.42)


def folded(points: Array, depth: float) -> Array:
    """`torso` with the folds that cloth makes: drawn from armpit and shoulder, and along sleeves.

    ``depth`` is 1 for a heavy jumper and 0 for stretched jersey. Left and right differ.
    """
    p = mirrored(points)
    x, y, z = p.T
    other = 0.9 * smoothstep(-2.5, 2.5, points[:, 0])
    front = smoothstep(-4.0, 0.5, z)
    angle = np.arctan2(y + 25.0, 11.8 - x)
    away = np.hypot(x - 11.8, y + 25.0)
    pulled = _ridges(3.1 * angle + 0.12 * away + other)
    pulled = pulled * np.exp(-(((away - 4.6) / 3.4) ** 2))
    hung = _ridges(0.42 * y + 0.30 * x + 0.7 * np.sin(0.35 * x) + other)
    hung = hung * np.exp(-(((x - 5.0) / 5.0) ** 2) - ((y + 32) / 5.5) ** 2)
    shoulder = _ridges(0.55 * x - 0.25 * y + other)
    shoulder = shoulder * np.exp(-(((x - 8.0) / 3.0) ** 2) - ((y + 21.5) / 2.4) ** 2)
    sleeve = _ridges(0.75 * y - 0.35 * x + 0.45 * z + other) * smoothstep(13.2, 15.2, x)
    sleeve = sleeve * smoothstep(-24.0, -28.0, y)
    seam = np.exp(-(((x - 12.6 + 0.02 * (y + 24) ** 2) / 0.7) ** 2)) * smoothstep(-30, -26, y)
    total = (0.30 * pulled + 0.24 * hung + 0.12 * shoulder) * front + 0.30 * sleeve - 0.15 * seam
    return np.asarray(torso(points) - depth * total)


def body_mesh(distance: Distance, coarse: bool = False) -> tuple[Array, Faces]:
    """The garment's body (V, 3) and its faces; denser in front."""
    columns, rows = _COARSE if coarse else _FINE
    t = np.linspace(-1.0, 1.0, columns)
    turn = np.pi * (0.84 * t + 0.16 * t**5)
    steps = np.interp(np.linspace(0, 1, rows), [0, 0.22, 0.55, 1], [-50.0, -12.0, 38.0, 81.0])
    rise = np.radians(steps)
    a, r = np.meshgrid(turn, rise)
    direction = np.stack([np.cos(r) * np.sin(a), np.sin(r), np.cos(r) * np.cos(a)], -1)
    vertices = march_in(distance, _CENTRE, direction.reshape(-1, 3), 30.0)
    return lofted(vertices.reshape(rows, columns, 3))


def neck_radius(turn: Array, y: float = -14.0) -> Array:
    """Distance of the neck's skin from `NECK_AXIS` at angles ``turn`` from straight ahead."""
    out = np.stack([np.sin(turn), np.zeros_like(turn), np.cos(turn)], -1)
    origin = np.tile(NECK_AXIS + np.array([0.0, y, 0.0]), (len(turn), 1))
    return np.asarray(np.linalg.norm(march_out(closed_face, origin, out) - origin, axis=1))


def ring(turn: Array, radius: Array | float, y: Array | float) -> Array:
    """Points (N, 3) about the neck's axis."""
    reach = np.broadcast_to(radius, turn.shape)
    high = np.broadcast_to(y, turn.shape)
    return np.stack(
        [NECK_AXIS[0] + reach * np.sin(turn), high, NECK_AXIS[2] + reach * np.cos(turn)], -1
    )


def laid(points: Array, lift: Array | float, distance: Distance = torso) -> Array:
    """Points (..., 3) moved along the surface's normal until they lie ``lift`` above it."""
    flat = points.reshape(-1, 3)
    height = np.broadcast_to(lift, points.shape[:-1]).ravel()
    for _ in range(6):
        away = np.clip(distance(flat) - height, -1.0, 1.0)
        flat = flat - gradient(distance, flat, 0.1) * away[:, None]
    return flat.reshape(points.shape)
