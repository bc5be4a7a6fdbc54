"""A head's parts in a pose, and where its lips, lids and eyes are, found from the mesh."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.avatar.morph import SHAPES, PartMorph, ShapeWeights
from engine.avatar.rig import Head, Part
from engine.face import Floats

Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]


class PosedHead:
    """A head whose vertices can be asked for in any pose."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.skin = head.part("skin")
        self.expand = ShapeWeights(head).expand
        self._morphs: dict[str, PartMorph] = {}

    def at(self, name: str, blendshapes: Floats) -> Floats:
        """(V, 3) the part's vertices under (52,) weights, in its own order."""
        if name not in self._morphs:
            self._morphs[name] = PartMorph(self.head.part(name))
        morph = self._morphs[name]
        morph.apply(self.expand(blendshapes))
        vertices = np.empty((len(morph.order), 3), np.float32)
        vertices[morph.order] = morph.vertices[:, :3]
        return vertices

    def change(self, vertices: Ints) -> Floats:
        """(len(SHAPES), N, 3) how every shape moves some of the skin's vertices."""
        return np.stack([displacement(self.skin, name)[vertices] for name in SHAPES])

    @cached_property
    def bag(self) -> Mask:
        """(V,) which vertices of the skin are inside the mouth."""
        return self.skin.light[:, 2] > 0.5

    @cached_property
    def lips(self) -> tuple[Ints, Ints]:
        """Upper and lower (N,) vertices of the skin that touch one another at rest."""
        faces = self.skin.faces
        both = self.bag[faces].any(axis=1) & ~self.bag[faces].all(axis=1)
        rim = np.unique(faces[both])
        rim = rim[~self.bag[rim]]
        at = np.round(self.skin.position[rim], 4)
        order = np.lexsort(at.T)
        same = (at[order[1:]] == at[order[:-1]]).all(axis=1)
        first, second = rim[order[:-1][same]], rim[order[1:][same]]
        drop = -displacement(self.skin, "jawOpen")[:, 1]
        lower = drop[first] > drop[second]
        return np.where(lower, second, first), np.where(lower, first, second)

    def lids(self, side: int) -> Ints:
        """(N,) vertices of the skin on the edges of one eye's lids; ``side`` 0 left, 1 right."""
        offset = self.skin.position - self.head.eye_centres[side]
        away = np.linalg.norm(offset, axis=1) / self.head.eye_radius
        edge = (away > 1.03) & (away < 1.13) & (offset[:, 2] > 0)
        return np.flatnonzero(edge)

    @cached_property
    def corner(self) -> Floats:
        """(3,) the left corner of the mouth."""
        upper, _ = self.lips
        at = self.skin.position[upper]
        return np.asarray(at[at[:, 0].argmax()])


def displacement(part: Part, name: str) -> Floats:
    """(V, 3) how a shape moves a part at weight 1."""
    moved = np.zeros_like(part.position)
    if name in part.shapes:
        shape = part.shapes[name]
        moved[shape.index] = shape.position
    return moved


def foremost(vertices: Floats, faces: NDArray[np.int32], at: Floats) -> Floats:
    """(N,) z of the front surface over points (N, 3), -inf where there is none."""
    a, b, c = (vertices[faces[:, k], :2].astype(np.float64) for k in range(3))
    z = vertices[faces, 2]
    across = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    solid = np.abs(across) > 1e-9
    a, b, c, z, across = a[solid], b[solid], c[solid], z[solid], across[solid]
    best = np.full(len(at), -np.inf)
    for k, point in enumerate(at[:, :2]):
        u = ((b - point)[:, 0] * (c - point)[:, 1] - (b - point)[:, 1] * (c - point)[:, 0]) / across
        v = ((c - point)[:, 0] * (a - point)[:, 1] - (c - point)[:, 1] * (a - point)[:, 0]) / across
        share = np.stack([u, v, 1 - u - v], axis=1)
        over = (share >= 0).all(axis=1)
        if over.any():
            best[k] = (share[over] * z[over]).sum(axis=1).max()
    return best.astype(np.float32)
