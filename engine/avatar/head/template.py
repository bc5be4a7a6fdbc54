"""The face's mesh: loops around mouth, eyes and neck, and well-spaced points in between.

The loops give clean deformation where the face moves most; everything else is a Delaunay
triangulation in an azimuthal chart (angle from straight ahead as radius), cast onto the sculpt.
Half the face is made and mirrored, so the mesh is exactly symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.spatial import Delaunay

from engine.avatar.head.field_points import SLIT
from engine.avatar.head.layout import (
    COLLAR_Y,
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    MOUTH_HALF_WIDTH,
    Array,
    lip_line,
    lower_lid,
    smoothstep,
    upper_lid,
)
from engine.avatar.head.scatter import CHART_LIMIT, inside, scatter
from engine.avatar.head.sculpt import closed_face
from engine.avatar.head.sdf import Faces, height, march_in, march_out, project

CHART_CENTRE = np.array([0.0, 1.6, -0.6])
MOUTH_POINTS = 29
EYE_POINTS = 44
NECK_POINTS = 21
LIP_RINGS = (0.0, 0.10, 0.22, 0.36, 0.50, 0.66, 0.84, 1.05)
LID_RINGS = (0.0, 0.05, 0.12, 0.22, 0.34, 0.48, 0.66, 0.90)
BAG_RINGS = (  # depth behind the lips, half height, width
    (0.12, 0.04, 1.0),
    (0.35, 0.10, 1.0),
    (0.7, 0.25, 1.02),
    (1.2, 0.75, 1.05),
    (2.0, 1.5, 1.05),
    (3.4, 2.0, 1.0),
    (4.6, 1.2, 0.8),
    (5.0, 0.3, 0.4),
)
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Template:
    """The face mesh, symmetric in x.

    position (V, 3); ``rest`` (V, 3) is where the motion fields are evaluated: as ``position``,
    but with the two lips told apart along the line where they touch. ``slit`` (V,) is 1 at the
    lips' inner edge fading to 0 within the red; ``bag`` and ``rim`` (V,) mark the mouth's inside
    and the lids' edges, ``neck`` (V,) runs from 1 at the jaw to 0 under the collar.
    """

    position: Array
    rest: Array
    faces: Faces
    slit: Array
    bag: Array
    rim: Array
    neck: Array


@dataclass(slots=True)
class _Half:
    """Vertices and faces of the half x >= 0 while they are being laid out."""

    blocks: list[Array] = field(default_factory=list)
    rests: list[Array] = field(default_factory=list)
    marks: list[Array] = field(default_factory=list)
    faces: list[Array] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        points: Array,
        rest: Array | None = None,
        slit: float = 0.0,
        bag: float = 0.0,
        rim: float = 0.0,
        neck: Array | float = 1.0,
    ) -> Indices:
        self.blocks.append(points)
        self.rests.append(points if rest is None else rest)
        columns = np.broadcast_arrays(slit, bag, rim, neck, np.zeros(len(points)))[:4]
        self.marks.append(np.stack(columns, -1))
        start, self.count = self.count, self.count + len(points)
        return np.arange(start, self.count)

    def strip(self, inner: Indices, outer: Indices, closed: bool = False) -> None:
        """Quads between two loops that run counter-clockwise as seen from outside."""
        a, b = (np.r_[inner, inner[:1]], np.r_[outer, outer[:1]]) if closed else (inner, outer)
        self.faces.append(np.stack([a[:-1], b[:-1], b[1:]], -1))
        self.faces.append(np.stack([a[:-1], b[1:], a[1:]], -1))

    def points(self) -> Array:
        return np.concatenate(self.blocks)


def build_template() -> Template:
    """Lay out, triangulate, relax and mirror the face."""
    half = _Half()
    mouth = _mouth(half)
    eye = _eye(half)
    neck = _neck(half)
    ringed = half.count
    edges = [chart(half.points()[loop]) for loop in (mouth, eye, neck)]
    free = scatter(edges)
    half.add(march_in(closed_face, CHART_CENTRE, unchart(free), 17.0))
    index = np.r_[mouth, eye, neck, np.arange(ringed, half.count)]
    half.faces.append(index[_triangulate(np.concatenate([*edges, free]), edges)])
    position = half.points()
    fixed = np.arange(half.count) < ringed
    fixed[ringed:] = np.hypot(*free.T) > CHART_LIMIT - 0.15
    position = _relax(position, np.concatenate(half.faces), fixed)
    rest = np.concatenate(half.rests)
    rest[ringed:] = position[ringed:]
    return _mirror(position, rest, np.concatenate(half.faces), np.concatenate(half.marks))


def chart(points: Array) -> Array:
    """Azimuthal equidistant coordinates (N, 2), radians, centred straight ahead."""
    d = points - CHART_CENTRE
    d = d / np.linalg.norm(d, axis=1, keepdims=True)
    angle = np.arccos(np.clip(d[:, 2], -1, 1))
    radius = np.hypot(d[:, 0], d[:, 1]) + 1e-12
    return np.asarray(d[:, :2] * (angle / radius)[:, None])


def unchart(uv: Array) -> Array:
    """Unit directions (N, 3) of chart coordinates."""
    angle = np.hypot(uv[:, 0], uv[:, 1]) + 1e-12
    flat = uv * (np.sin(angle) / angle)[:, None]
    return np.column_stack([flat, np.cos(angle)])


def _mouth(half: _Half) -> Indices:
    """Loops from the slit out to the edge of the lips' surroundings, and the mouth bag."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, MOUTH_POINTS)
    side = np.sign(np.round(np.sin(turn), 9))
    across = np.cos(turn).round(9)
    rise = np.abs(np.sin(turn)) ** 0.75
    loops = []
    for out in LIP_RINGS:
        x = across * (MOUTH_HALF_WIDTH + 0.10 + 0.72 * out)
        y = lip_line(x) + side * rise * np.where(side > 0, 1.02, 1.25) * out * 1.05
        points = np.stack([x, y, height(closed_face, x, y)], -1)
        rest = points.copy()
        if out == 0.0:
            rest[:, 1] += SLIT * side
        loops.append(half.add(points, rest, slit=max(0.0, 1.0 - out / 0.30)))
    for inner, outer in pairwise(loops):
        half.strip(inner, outer)
    edge, previous = half.blocks[0], loops[0]
    for deep, tall, wide in BAG_RINGS:
        points = edge * [wide, 1.0, 1.0] - [0.0, 0.0, deep]
        points[:, 1] = lip_line(edge[:, 0]) + side * tall * np.abs(np.sin(turn)) ** 0.7
        points[:, 1] -= 0.15 * (deep >= 1)
        rest = points.copy()
        apart = lip_line(rest[:, 0]) + SLIT * side
        rest[:, 1] = np.where(side > 0, np.maximum(rest[:, 1], apart), rest[:, 1])
        rest[:, 1] = np.where(side < 0, np.minimum(rest[:, 1], apart), rest[:, 1])
        loop = half.add(points, rest, bag=1.0)
        half.strip(loop, previous)
        previous = loop
    centre = half.points()[previous].mean(0) * [0.0, 1.0, 1.0]
    cap = half.add(centre[None], bag=1.0)
    fan = np.stack([np.full(MOUTH_POINTS - 1, cap[0]), previous[:-1], previous[1:]], -1)
    half.faces.append(fan)
    return loops[-1]


def _eye(half: _Half) -> Indices:
    """Almond loops from the lids' edges outwards, and rims that lead in to the eyeball.

    In the inner corner, where the lids stand off the eyeball, the rims slope towards it.
    """
    turn = 2 * np.pi * np.arange(EYE_POINTS) / EYE_POINTS
    along = np.cos(turn) * LID_HALF_WIDTH
    upper = np.sin(turn) >= -1e-9
    edge = np.where(upper, upper_lid(along), lower_lid(along))
    outwards = np.where(upper, 1.0, -1.0) * np.abs(np.sin(turn)) ** 0.8
    loops = []
    for out in LID_RINGS:
        x = EYE[0] + along * (1 + 0.28 * out) * EYE_RADIUS
        y = EYE[1] + (edge + outwards * 0.95 * out) * EYE_RADIUS
        points = np.stack([x, y, height(closed_face, x, y)], -1)
        loops.append(half.add(points, rim=float(out == 0.0)))
    for inner, outer in pairwise(loops):
        half.strip(inner, outer, closed=True)
    flat = half.points()[loops[0]] - EYE
    inner_corner = smoothstep(-0.55, -1.0, along / LID_HALF_WIDTH)
    previous = loops[0]
    for radius, spread, sink in ((0.14, 1.0, 0.0), (0.02, 1.0, 0.0), (-0.15, 1.10, 0.3)):
        shell = EYE_RADIUS + radius
        across = flat[:, :2] * (spread - 0.15 * inner_corner)[:, None]
        deep = np.sqrt(np.maximum(shell**2 - (across**2).sum(1), 0.25)) - sink
        points = EYE + np.column_stack([across, np.minimum(deep, flat[:, 2])])
        loop = half.add(points, rim=1.0)
        half.strip(loop, previous, closed=True)
        previous = loop
    return loops[-1]


def _neck(half: _Half) -> Indices:
    """Loops from under the jaw down into the collar, in front down to the collar bones."""
    turn = np.linspace(0, np.pi, NECK_POINTS)
    direction = np.stack([np.sin(turn), np.zeros_like(turn), np.cos(turn)], -1)
    direction = np.round(direction, 9)
    top = np.interp(turn, [0, np.pi / 2, np.pi], [-11.6, -10.6, -8.2])
    still = COLLAR_Y - 1.2
    bottom = still - 2.9 * smoothstep(0.40 * np.pi, 0.0, turn)
    loops = []
    for down in np.linspace(0, 1, 10):
        y = top + (bottom - top) * down
        origin = np.stack([np.zeros_like(y), y, -2.2 + 0.07 * (y + 8)], -1)
        points = march_out(closed_face, origin, direction)
        loops.append(half.add(points, neck=np.clip((y - still) / (top - still), 0.0, 1.0)))
    for upper, lower in pairwise(loops):
        half.strip(upper, lower)
    return loops[0]


def _triangulate(uv: Array, holes: list[Array]) -> Faces:
    """Counter-clockwise Delaunay faces of chart points outside the holes."""
    faces = Delaunay(uv).simplices
    centre = uv[faces].mean(1)
    keep = np.ones(len(faces), bool)
    for hole in holes:
        keep &= ~inside(centre, hole)
    longest = np.linalg.norm(uv[faces] - uv[np.roll(faces, 1, 1)], axis=2).max(1)
    keep &= longest < 0.5
    faces = faces[keep]
    a, b = uv[faces[:, 1]] - uv[faces[:, 0]], uv[faces[:, 2]] - uv[faces[:, 0]]
    area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    faces[area < 0] = faces[area < 0][:, ::-1]
    return np.asarray(faces[np.abs(area) > 1e-9], np.int32)


def _relax(position: Array, faces: Array, fixed: NDArray[np.bool_]) -> Array:
    """Even out free vertices along the surface; keeps the middle line in the middle."""
    n = len(position)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    links = coo_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(n, n)).tocsr()
    links.data[:] = 1.0
    degree = np.maximum(np.asarray(links.sum(1)), 1.0)
    middle = position[:, 0] < 1e-6
    for _ in range(4):
        moved = position + 0.4 * (links @ position / degree - position)
        moved[fixed] = position[fixed]
        moved[middle, 0] = 0.0
        moved[~fixed] = project(closed_face, moved[~fixed], 1)
        moved[middle, 0] = 0.0
        position = moved
    position[~fixed] = project(closed_face, position[~fixed], 2)
    position[middle, 0] = 0.0
    return position


def _mirror(position: Array, rest: Array, faces: Array, marks: Array) -> Template:
    """The whole face from its left half, sharing the vertices of the middle line."""
    off_axis = np.flatnonzero(position[:, 0] > 1e-6)
    twin = np.arange(len(position))
    twin[off_axis] = len(position) + np.arange(len(off_axis))
    flip = np.array([-1.0, 1.0, 1.0])
    slit, bag, rim, neck = np.concatenate([marks, marks[off_axis]]).T
    return Template(
        position=np.concatenate([position, position[off_axis] * flip]),
        rest=np.concatenate([rest, rest[off_axis] * flip]),
        faces=np.concatenate([faces, twin[faces][:, ::-1]]).astype(np.int32),
        slit=slit,
        bag=bag,
        rim=rim,
        neck=neck,
    )
