"""Small mesh tools: normals, smoothing, lofts, and blendshapes from displacements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from engine.avatar.head.layout import Array
from engine.avatar.head.sdf import Faces
from engine.avatar.rig import Part, Shape

_STILL = 2e-3
"""Displacements (cm) below this are left out of a blendshape."""

_STILL_NORMAL = 2e-2


def vertex_normals(position: Array, faces: Faces) -> Array:
    """Area-weighted unit normals (V, 3)."""
    a, b, c = (position[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.zeros_like(position)
    for k in range(3):
        np.add.at(total, faces[:, k], face)
    return np.asarray(total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-12))


def smoothed(values: Array, faces: Faces, rounds: int, amount: float = 0.5) -> Array:
    """Per-vertex values averaged with their neighbours."""
    n = len(values)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    links = coo_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(n, n)).tocsr()
    degree = np.maximum(np.asarray(links.sum(1)).ravel(), 1.0)
    for _ in range(rounds):
        values = values + amount * ((links @ values) / degree - values)
    return values


def lofted(rows: Array) -> tuple[Array, Faces]:
    """A sheet through ``rows`` (R, C, 3): vertices (R*C, 3) and faces.

    Seen from the side where columns run right and rows run up, faces are counter-clockwise.
    """
    r, c = rows.shape[:2]
    i = (np.arange(r - 1)[:, None] * c + np.arange(c - 1)).ravel()
    faces = np.concatenate(
        [np.stack([i, i + 1, i + c + 1], -1), np.stack([i, i + c + 1, i + c], -1)]
    )
    return rows.reshape(-1, 3), faces.astype(np.int32)


def without_slivers(mesh: tuple[Array, Faces]) -> tuple[Array, Faces]:
    """The mesh less faces without area, as lofts have where a row shrinks to a point, and less
    the vertices that only those used."""
    vertices, faces = mesh
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    used, faces = compacted(faces[area > 1e-7], len(vertices))
    return vertices[used], faces


def joined(meshes: Sequence[tuple[Array, Faces]]) -> tuple[Array, Faces]:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(v) for v, _ in meshes)])
    faces = [f + start for (_, f), start in zip(meshes, starts, strict=False)]
    return np.concatenate([v for v, _ in meshes]), np.concatenate(faces).astype(np.int32)


def compacted(faces: Faces, count: int) -> tuple[Faces, Faces]:
    """The vertices that faces use, and the faces renumbered to them."""
    used = np.unique(faces).astype(np.int32)
    renumber = np.full(count, -1, np.int32)
    renumber[used] = np.arange(len(used))
    return used, renumber[faces]


def shapes_of(
    position: Array, faces: Faces, displacements: Mapping[str, Array]
) -> dict[str, Shape]:
    """Sparse blendshapes; normals change as the mesh's own do."""
    before = vertex_normals(position, faces)
    shapes = {}
    for name, moved in displacements.items():
        turned = vertex_normals(position + moved, faces) - before
        keep = (np.abs(moved).max(1) > _STILL) | (np.abs(turned).max(1) > _STILL_NORMAL)
        index = np.flatnonzero(keep).astype(np.int32)
        if len(index):
            shapes[name] = Shape(
                index, moved[index].astype(np.float32), turned[index].astype(np.float32)
            )
    return shapes


def make_part(
    name: str,
    material: str,
    mesh: tuple[Array, Faces],
    normal: Array,
    colour: Array,
    light: Array,
    *,
    shadow: Array | float = 1.0,
    bind: Array | None = None,
    displacements: Mapping[str, Array] | None = None,
) -> Part:
    """A part from float64 working arrays; ``colour``, ``light`` and ``shadow`` may
    be one row for all, and ``shadow`` (V, 1) one value for all lights."""
    position, faces = mesh
    count = len(position)

    def rows(values: Array | float, width: int) -> NDArray[np.float32]:
        full = np.broadcast_to(values, (count, width))
        return np.ascontiguousarray(full, np.float32)

    return Part(
        name=name,
        material=material,
        position=rows(position, 3),
        normal=rows(normal, 3),
        bind=rows(position if bind is None else bind, 3),
        colour=rows(colour, 4),
        light=rows(light, 3),
        shadow=rows(shadow, 3),
        faces=np.ascontiguousarray(faces, np.int32),
        shapes=shapes_of(position, faces, displacements or {}),
    )
