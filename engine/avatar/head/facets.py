"""The face's mesh with few, large facets, for heads that are shaded flat.

Edges shorter than wanted at their place are collapsed into one of their ends, shortest first
(after Hoppe et al., Mesh Optimization, 1993, without the search). Vertices only disappear, so
everything else that is known of the template stays true; half is done and mirrored.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.avatar.head.layout import EYE, LID_RADIUS, MOUTH_Y, Array, lip_line, smoothstep
from engine.avatar.head.meshes import compacted
from engine.avatar.head.sdf import Faces, mirrored
from engine.avatar.head.template import Template

_FLAT = 0.25  # least cosine between a facet before and after a collapse
_FLIP = np.array([-1.0, 1.0, 1.0])


def faceted(face: Template) -> Template:
    """The template with about a sixth of its faces; lids' edges and the mouth stay as they are."""
    keep = _kept(face)
    half = (face.position[face.faces, 0] >= -1e-6).all(1)
    moved = _Collapse(face.position, face.faces[half], keep, facet_size(face.position)).run()
    _, twin = cKDTree(face.rest).query(face.rest * _FLIP)
    right = face.position[:, 0] < -1e-6
    moved[right] = twin[moved[twin[right]]]
    faces = moved[face.faces].astype(np.int32)
    a, b, c = faces.T
    used, faces = compacted(faces[(a != b) & (b != c) & (c != a)], len(face.position))
    return Template(
        position=face.position[used],
        rest=face.rest[used],
        faces=faces,
        slit=face.slit[used],
        bag=face.bag[used],
        rim=face.rim[used],
        neck=face.neck[used],
    )


def facet_size(points: Array) -> Array:
    """Wanted length of edges at points (N, 3), cm: small about eyes, nose and mouth."""
    x, y, z = mirrored(points).T
    eye = np.sqrt((x - EYE[0]) ** 2 + (y - EYE[1]) ** 2)
    mouth = np.sqrt((0.6 * x) ** 2 + (y - lip_line(x)) ** 2)
    nose = np.sqrt((1.3 * x) ** 2 + (0.5 * (y + 1.2)) ** 2 + (0.5 * (z - 9.0)) ** 2) - 0.5
    near = np.minimum.reduce([eye - 1.6, mouth - 0.5, nose])
    size = 0.62 + 1.45 * smoothstep(0.2, 2.6, near)
    back = smoothstep(3.5, -1.0, z) * smoothstep(MOUTH_Y - 4.0, MOUTH_Y, y)
    return np.asarray(np.where(z < 3.5, size + 1.2 * back, size))


def _kept(face: Template) -> NDArray[np.bool_]:
    """(V,) vertices that must stay: the mouth's inside and slit, the lids, the neck's end."""
    from_eye = np.linalg.norm(mirrored(face.position) - EYE, axis=1)
    lid = (from_eye < LID_RADIUS + 0.10) & (face.position[:, 2] > EYE[2])
    fixed = (face.bag > 0) | (face.slit >= 1) | (face.rim > 0) | lid | (face.neck <= 0)
    return np.asarray(fixed, np.bool_)


class _Collapse:
    """Half-edge collapses on one mesh, in order of length against the wanted one."""

    def __init__(self, position: Array, faces: Faces, keep: NDArray[np.bool_], size: Array) -> None:
        self.position, self.keep, self.size = position, keep, size
        self.middle = np.abs(position[:, 0]) < 1e-6
        self.corners = [list(map(int, face)) for face in faces]
        self.around: dict[int, set[int]] = {}
        for number, face in enumerate(self.corners):
            for vertex in face:
                self.around.setdefault(vertex, set()).add(number)
        self.into = np.arange(len(position))

    def run(self) -> NDArray[np.intp]:
        """(V,) which vertex each has become."""
        queue = [(self._cost(u, v), u, v) for u in self.around for v in self._ring(u)]
        heapify(queue)
        while queue:
            cost, u, v = heappop(queue)
            if cost > 1:
                break
            if self._may(u, v):
                for near in self._merge(u, v):
                    heappush(queue, (self._cost(near, v), near, v))
                    heappush(queue, (self._cost(v, near), v, near))
        return self._followed()

    def _cost(self, u: int, v: int) -> float:
        length = float(np.linalg.norm(self.position[u] - self.position[v]))
        return length / float(0.5 * (self.size[u] + self.size[v]))

    def _ring(self, u: int) -> set[int]:
        return {v for number in self.around[u] for v in self.corners[number]} - {u}

    def _may(self, u: int, v: int) -> bool:
        """Whether u can move into v without a fold, a flip or a torn edge."""
        if self.keep[u] or not self.around.get(u) or not self.around.get(v):
            return False
        if self.middle[u] and not self.middle[v]:
            return False
        shared = self.around[u] & self.around[v]
        if not shared or len(self._ring(u) & self._ring(v)) != len(shared):
            return False
        if len(shared) == 1 and not self.middle[u]:
            return False
        return all(self._stays_flat(number, u, v) for number in self.around[u] - shared)

    def _stays_flat(self, number: int, u: int, v: int) -> bool:
        before = self._normal(self.corners[number])
        after = self._normal([v if corner == u else corner for corner in self.corners[number]])
        lengths = float(np.linalg.norm(before) * np.linalg.norm(after))
        return lengths > 1e-12 and float(before @ after) > _FLAT * lengths

    def _normal(self, corners: list[int]) -> Array:
        a, b, c = self.position[corners]
        return np.cross(b - a, c - a)

    def _merge(self, u: int, v: int) -> set[int]:
        """Move u into v; the vertices around v."""
        for number in self.around.pop(u):
            if v in self.corners[number]:
                for corner in self.corners[number]:
                    if corner != u:
                        self.around[corner].discard(number)
            else:
                self.corners[number] = [v if c == u else c for c in self.corners[number]]
                self.around[v].add(number)
        self.into[u] = v
        return self._ring(v)

    def _followed(self) -> NDArray[np.intp]:
        into = self.into
        while (into[into] != into).any():
            into = into[into]
        return into
