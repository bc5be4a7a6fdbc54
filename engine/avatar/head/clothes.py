"""Clothes: a body of cloth with folds, and a collar for each style.

Made for the canonical figure; its neck and shoulders, and with them the clothes, follow `Form`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.avatar.head.character import Clothes
from engine.avatar.head.clothes_blazer import blazer, opened
from engine.avatar.head.clothes_body import body_mesh, folded
from engine.avatar.head.clothes_collars import (
    Paint,
    Piece,
    hoodie,
    jumper,
    shirt,
    tshirt,
    turtleneck,
)
from engine.avatar.head.layout import Array
from engine.avatar.head.meshes import compacted, joined, lofted, vertex_normals
from engine.avatar.head.sdf import Distance, Faces, gradient

_CRISP = 1.8
"""How much deeper folds are shaded than they are, for the mesh is too coarse for sharp ones."""

_FOLDS = {"natural": 1.0, "toon": 0.3, "facet": 0.0}
"""How deep folds are, by the style of the head."""

_TURNED_AWAY = -0.45
"""z of the unit normal of faces that no camera in front sees."""


@dataclass(frozen=True, slots=True)
class Garment:
    """``mesh`` with ``normal`` and gamma-2 ``colour`` per vertex; ``body`` is its distance
    function without the collar, ``collar`` (K, 4) points of the collar with a radius."""

    mesh: tuple[Array, Faces]
    normal: Array
    colour: Array
    body: Distance
    collar: Array


def garment(options: Clothes, style: str = "natural") -> Garment:
    """What a character of a style (`rig.STYLES`) wears.

    An inked drawing has plainer folds and a back, which its outline needs; facets are large.
    """
    make, depth = _STYLES[options.style]
    depth *= _FOLDS[style]
    cloth, under = options.colour.gamma2, options.under.gamma2

    def body(points: Array) -> Array:
        return folded(points, depth)

    vertices, faces = body_mesh(body, coarse=style == "facet")
    normal = gradient(partial(folded, depth=_CRISP * depth), vertices, 0.25)
    colour = np.tile(cloth, (len(vertices), 1))
    if options.style == "blazer":
        vertices, colour = opened(vertices, normal, colour, under)
    meshes, normals, colours, cores = [(vertices, faces)], [normal], [colour], []
    for piece in make(cloth, under):
        mesh = _outwards(lofted(piece.rows))
        meshes.append(mesh)
        normals.append(vertex_normals(*mesh))
        shade = np.ones(piece.rows.shape[:2])
        shade *= np.array(piece.shades or (1.0,))[:, None]
        colours.append(shade.reshape(-1, 1) * piece.colour)
        flat = piece.rows[1:-1].reshape(-1, 3)
        cores.append(np.column_stack([flat, np.full(len(flat), 0.25)]))
    vertices, faces = joined(meshes)
    seen = faces if style == "toon" else _before(vertices, faces)
    used, faces = compacted(seen, len(vertices))
    return Garment(
        (vertices[used], faces),
        np.concatenate(normals)[used],
        np.concatenate(colours)[used],
        body,
        np.concatenate(cores),
    )


def _before(vertices: Array, faces: Faces) -> Faces:
    """The faces that a camera in front can see, with some that turn away at the outline: clothes
    do not turn with the head."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    return np.asarray(faces[across[:, 2] > _TURNED_AWAY * np.linalg.norm(across, axis=1)])


def _outwards(mesh: tuple[Array, Faces]) -> tuple[Array, Faces]:
    """The mesh turned so that most of it looks away from the body's axis."""
    vertices, faces = mesh
    normal = vertex_normals(vertices, faces)
    away = vertices - [0.0, vertices[:, 1].mean() - 4.0, -3.0]
    return (vertices, faces) if (normal * away).sum() > 0 else (vertices, faces[:, ::-1].copy())


_Collar = Callable[[Paint, Paint], list[Piece]]
_STYLES: dict[str, tuple[_Collar, float]] = {
    "jumper": (jumper, 1.0),
    "tshirt": (tshirt, 0.7),
    "shirt": (shirt, 0.75),
    "blazer": (blazer, 0.35),
    "hoodie": (hoodie, 1.1),
    "turtleneck": (turtleneck, 0.45),
}
"""What each style has at the neck, and how deep its folds are."""
