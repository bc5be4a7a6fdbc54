"""Glasses, made to measure for a finished head: frames about its pupils, arms to its ears."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from engine.avatar.head.character import Glasses
from engine.avatar.head.form import Form
from engine.avatar.head.layout import EYE_RADIUS, Array, signed_power, smoothstep
from engine.avatar.head.meshes import joined, make_part, vertex_normals
from engine.avatar.head.sdf import Faces
from engine.avatar.rig import Head, Part

Mesh = tuple[Array, Faces]
_FLIP = np.array([-1.0, 1.0, 1.0])
_EAR = np.array([7.35, 1.75, -1.2])
"""Where an arm rests on the ear, on the canonical head."""

_POINTS = 24
_WRAP = 0.016
"""How the front curves back towards the temples: cm per cm squared."""

_BULGE = 0.05
"""How much the glass turns outwards per cm from its middle."""

_GLOSS = {"round": 0.9, "square": 0.75, "browline": 0.75}


@dataclass(frozen=True, slots=True)
class _Frame:
    """Outline and thickness of a rim, in radii of the canonical eye.

    half_width, half_height of the lens, ``square`` the exponent of its outline (2 is an ellipse);
    ``over`` and ``under`` are half the rim's thickness above and below, cm.
    """

    half_width: float
    half_height: float
    square: float
    over: float
    under: float


_FRAMES = {
    "round": _Frame(0.96, 0.92, 2.0, 0.085, 0.085),
    "square": _Frame(1.04, 0.80, 3.6, 0.17, 0.14),
    "browline": _Frame(1.02, 0.82, 2.9, 0.26, 0.07),
}


def put_on(head: Head, options: Glasses, form: Form) -> Head:
    """A shaped head with its glasses, which shade the skin that they touch."""
    parts = glasses(options, form, head.part("skin").position.astype(np.float64))
    if not parts:
        return head
    frame = parts[0].position.astype(np.float64)
    worn = [_shaded(p, frame) if p.material == "skin" else p for p in head.parts]
    return replace(head, parts=(*worn, *parts))


def _shaded(skin: Part, frame: Array) -> Part:
    """The skin, less of the sky reaching it where the ``frame``'s points (N, 3) are near."""
    away, _ = cKDTree(frame).query(skin.position, distance_upper_bound=3.0)
    light = skin.light.copy()
    light[:, 0] *= 1.0 - 0.30 * np.exp(-((np.minimum(away, 3.0) / 0.75) ** 2))
    return replace(skin, light=light)


def glasses(options: Glasses, form: Form, skin: Array) -> list[Part]:
    """The frame in front of a shaped face whose skin's vertices are ``skin`` (V, 3)."""
    if options.style == "none":
        return []
    frame = _FRAMES[options.style]
    unit = EYE_RADIUS * (0.5 + 0.5 * form.eye_scale) * (1 + 0.12 * options.size)
    across, tall = frame.half_width * unit, frame.half_height * unit
    centre = form.eye_centres[0] - [0.0, 0.10 * unit, 0.0]
    centre[0] = max(centre[0], across + 0.62)
    plane = _plane(skin, centre, across, tall)
    rim = _beside_nose(_outline(centre, across, tall, frame.square, plane), centre, skin)
    left = [_tube(rim, _thickness(frame), closed=True), _arm(rim, form, skin)]
    half = joined(left)
    whole = joined([half, _mirrored(half), _bridge(rim, frame, skin)])
    paint = np.array([*options.colour.gamma2, _GLOSS[options.style]])
    light = np.array([1.0, 1.0, 0.0])
    return [
        make_part("glasses", "hard", whole, vertex_normals(*whole), paint, light),
        _lenses(rim, light),
    ]


def _lenses(rim: Array, light: Array) -> Part:
    """Both panes of glass, within the rims, bulging a little."""
    left = np.concatenate([rim.mean(0)[None], rim])
    ring = np.arange(1, len(rim) + 1)
    faces = np.stack([np.zeros_like(ring), ring, np.roll(ring, -1)], -1).astype(np.int32)
    bulge = (left - left[0]) * [_BULGE, _BULGE, 0.0] + [2 * _WRAP * left[0, 0], 0.0, 1.0]
    bulge /= np.linalg.norm(bulge, axis=1, keepdims=True)
    vertices, faces = joined([(left, faces), _mirrored((left, faces))])
    normal = np.concatenate([bulge, bulge * _FLIP])
    return make_part("lenses", "lens", (vertices, faces), normal, np.ones(4), light)


def _plane(skin: Array, centre: Array, across: float, tall: float) -> float:
    """z of the frame's middle: clear of lashes, brow and cheek."""
    near = (np.abs(skin[:, 0] - centre[0]) < across) & (np.abs(skin[:, 1] - centre[1]) < tall)
    curve = _WRAP * skin[:, 0] ** 2
    return float(np.max((skin[:, 2] + curve)[near & (skin[:, 0] > 1.6)])) + 0.38


def _outline(centre: Array, across: float, tall: float, square: float, plane: float) -> Array:
    """The rim's middle line (N, 3), counter-clockwise from the temple."""
    turn = 2 * np.pi * np.arange(_POINTS) / _POINTS
    x = centre[0] + across * signed_power(np.cos(turn), 2.0 / square)
    y = centre[1] + tall * signed_power(np.sin(turn), 2.0 / square)
    x = x + 0.05 * across * (y - centre[1]) / tall
    return np.stack([x, y, plane - _WRAP * x**2 - 0.03 * (centre[1] - y)], -1)


def _beside_nose(rim: Array, centre: Array, skin: Array) -> Array:
    """The rim drawn in towards its lens where it would cut into the nose or the cheek."""
    front = skin[(skin[:, 2] > 3.0) & (skin[:, 0] > -0.5)]
    tree = cKDTree(front[:, :2])
    for _ in range(14):
        away, nearest = tree.query(rim[:, :2], 5, distance_upper_bound=0.9)
        near = np.append(front[:, 2], -np.inf)[nearest]
        cut = (near.max(1) > rim[:, 2] - 0.16) & np.isfinite(away[:, 0])
        if not cut.any():
            break
        rim[cut, :2] += 0.05 * (centre[:2] - rim[cut, :2])
    for _ in range(2):
        rim = 0.5 * rim + 0.25 * (np.roll(rim, 1, 0) + np.roll(rim, -1, 0))
    return rim


def _thickness(frame: _Frame) -> Array:
    """Half the rim's thickness at its points."""
    turn = 2 * np.pi * np.arange(_POINTS) / _POINTS
    share = smoothstep(-0.15, 0.45, np.sin(turn))
    return np.asarray(frame.under + (frame.over - frame.under) * share)


def _tube(path: Array, radius: Array, closed: bool = False, sides: int = 5) -> Mesh:
    """A tube with flattened front along a path (N, 3) in front of the face."""
    points = np.concatenate([path, path[:1]]) if closed else path
    thick = np.append(radius, radius[0]) if closed else radius
    along = np.gradient(points, axis=0)
    if closed:
        along[0] = along[-1] = points[1] - points[-2]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    forward = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    side = np.cross(along, forward)
    length = np.linalg.norm(side, axis=1, keepdims=True)
    side = np.where(length > 0.3, side / np.maximum(length, 1e-9), [0.0, 1.0, 0.0])
    depth = np.cross(side, along)
    around = np.linspace(0, 2 * np.pi, sides + 1)
    deep = np.minimum(thick, 0.16)[None, :, None]
    rows = (
        points[None]
        + np.cos(around)[:, None, None] * side[None] * thick[None, :, None]
        + np.sin(around)[:, None, None] * depth[None] * deep
    )
    return _sheet(rows)


def _sheet(rows: Array) -> Mesh:
    """A loft (R, C, 3) whose normals point away from its middle line."""
    r, c = rows.shape[:2]
    i = (np.arange(r - 1)[:, None] * c + np.arange(c - 1)).ravel()
    faces = np.concatenate(
        [np.stack([i, i + 1, i + c + 1], -1), np.stack([i, i + c + 1, i + c], -1)]
    ).astype(np.int32)
    vertices = rows.reshape(-1, 3)
    away = (rows - rows[:-1].mean(0, keepdims=True)).reshape(-1, 3)
    turned = (vertex_normals(vertices, faces) * away).sum() < 0
    return vertices, (faces[:, ::-1].copy() if turned else faces)


def _bridge(rim: Array, frame: _Frame, skin: Array) -> Mesh:
    """Over the nose, from rim to rim."""
    start = rim[int(_POINTS * 0.425)]
    t = np.linspace(-1, 1, 9)
    x = start[0] * t
    y = start[1] + 0.22 * (1 - t**2)
    near = (np.abs(skin[:, 0]) < 0.5) & (np.abs(skin[:, 1] - start[1] - 0.15) < 0.6)
    crest = max(0.16, float(skin[near, 2].max(initial=0.0)) + 0.16 - start[2])
    z = start[2] + crest * (1 - t**4)
    return _tube(np.stack([x, y, z], -1), np.full(9, max(0.10, 0.55 * frame.over)))


def _arm(rim: Array, form: Form, skin: Array) -> Mesh:
    """From the rim's outer end along the temple over the ear and down behind it."""
    hinge = rim[int(_POINTS * 0.07)]
    ear = form.place(_EAR[None])[0]
    behind = np.add(ear, [-0.15, -2.0, -1.9])
    corner = np.add(hinge, [0.42, 0.0, -0.35])
    back = np.linspace(0.12, 1.0, 6)[:, None]
    path = np.concatenate([[hinge, corner], corner + (ear - corner) * back, [behind]])
    for k in range(2, len(path) - 1):
        near = (np.abs(skin[:, 1] - path[k, 1]) < 0.9) & (np.abs(skin[:, 2] - path[k, 2]) < 0.9)
        if near.any():
            path[k, 0] = max(path[k, 0], float(skin[near, 0].max()) + 0.14)
    radius = np.full(len(path), 0.13)
    around = np.linspace(0, 2 * np.pi, 6)
    section = np.stack([0.55 * np.cos(around), 1.25 * np.sin(around), 0 * around], -1)
    return _sheet(path[None] + section[:, None] * radius[None, :, None])


def _mirrored(mesh: Mesh) -> Mesh:
    vertices, faces = mesh
    return vertices * _FLIP, faces[:, ::-1].copy()
