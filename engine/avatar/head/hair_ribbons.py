"""From centre lines to ribbons of hair: a lock is a tapered sheet with an arched cross-section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.avatar.head.hair_growth import directions, facing
from engine.avatar.head.hair_options import HairLayer
from engine.avatar.head.hair_scalp import round_normals
from engine.avatar.head.layout import NECK_PIVOT, Array, smoothstep
from engine.avatar.head.meshes import joined, vertex_normals
from engine.avatar.head.sdf import Faces

_ROUNDNESS = 0.5
"""Share of the hair's overall shape in its normals; the rest is the single lock's."""

_ELSEWHERE = np.array([1.618, 2.718])
"""Centimetres by which the texture of a lock is shifted against that of the one before."""


@dataclass(frozen=True, slots=True)
class Ribbons:
    """N locks of S points each.

    line    (N, S, 3) cm
    width   (N, S) cm across
    left    (N, S) share of the strands that is left in the middle of the lock
    shade   (N, S) light between the locks
    tint    (N, S) 0 dark to 1 light
    grey    (N, S) share of grey
    up      (N, S, 3) where the lock faces; None: away from the head
    frayed  share of the strands that is missing at the edges
    arch    height of the cross-section's middle, in half widths
    columns of vertices across: 2 is flat
    inside  whether the lock is seen from within, as through hair on the far side of the neck
    woolly  how much the texture is pressed together along the strands
    fine    whether these are single strands, which drawn and faceted heads go without
    """

    line: Array
    width: Array
    left: Array
    shade: Array
    tint: Array
    grey: Array
    up: Array | None = None
    frayed: float = 0.55
    arch: float = 0.35
    columns: int = 3
    inside: bool = False
    woolly: float = 1.0
    fine: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """N strands of S points side by side as one sheet: ``line`` (N, S, 3) in the order in which
    they go round the head; the last joins the first if ``closed``. The rest is as in `Ribbons`,
    ``fine`` never."""

    line: Array
    left: Array
    shade: Array
    tint: Array
    grey: Array
    closed: bool = True
    woolly: float = 1.0
    fine: bool = False


def taper(steps: int, root: float, belly: float, tip: float, pointed: bool = False) -> Array:
    """Widths (1, steps + 1) along a lock: at its root, its widest, and its tip, to which it
    narrows at the end or, if it is ``pointed``, from the middle on."""
    t = np.linspace(0, 1, steps + 1)
    if pointed:
        return np.interp(t, [0, 0.3, 1], [root, belly, tip])[None]
    widths = np.interp(t, [0, 0.3, 0.7, 0.9, 1], [root, belly, belly, 0.6 * belly + 0.4 * tip, tip])
    return widths[None]


def follow_of(points: Array) -> Array:
    """How far hair turns with the head: wholly down to the neck, little on the shoulders."""
    low = smoothstep(NECK_PIVOT[1] + 2.0, NECK_PIVOT[1] - 9.0, points[:, 1])
    return 1.0 - 0.8 * low


def lofted_locks(groups: Sequence[Ribbons | Sheet], name: str) -> HairLayer:
    """One layer of all groups, in the order given: what hides most should come first."""
    pieces = [
        _woven(group, name) if isinstance(group, Sheet) else _lofted(group, name)
        for group in groups
    ]

    def together(field: str) -> Array:
        return np.concatenate([getattr(piece, field) for piece in pieces])

    mesh = joined([piece.mesh for piece in pieces])
    return HairLayer(
        name=name,
        mesh=mesh,
        normal=together("normal"),
        tangent=together("tangent"),
        texture=together("texture"),
        shade=together("shade"),
        tint=together("tint"),
        grey=together("grey"),
        follow=follow_of(mesh[0]),
        core=together("core"),
    )


def _lofted(group: Ribbons, name: str) -> HairLayer:
    """The locks of one group as sheets."""
    line, columns = group.line, group.columns
    count, points = line.shape[:2]
    along = directions(line)
    up = facing(line) if group.up is None else group.up
    side = np.cross(along, up)
    side /= np.linalg.norm(side, axis=2, keepdims=True) + 1e-9
    up = np.cross(side, along)
    across = np.linspace(-1, 1, columns)
    rise = group.arch * (0.5 - across**2)
    half = 0.5 * group.width[..., None, None]
    lateral, raised = side[:, :, None] * across[:, None], up[:, :, None] * rise[:, None]
    vertices = (line[:, :, None] + half * (lateral + raised)).reshape(-1, 3)
    edge = np.abs(np.broadcast_to(across, (count, points, columns))) * (columns > 2)

    def spread(values: Array) -> Array:
        return np.broadcast_to(values[..., None], (count, points, columns))

    return HairLayer(
        name=name,
        mesh=(vertices, _sheets(count, points, columns, group.inside)),
        normal=_normals(up[:, :, None] + 0.8 * lateral, vertices, group.inside),
        tangent=np.repeat(along.reshape(-1, 3), columns, axis=0),
        texture=_texture(group, across, spread(group.left) * (1 - group.frayed * edge)),
        shade=(spread(group.shade) * (1 - 0.35 * edge)).ravel(),
        tint=spread(group.tint).ravel(),
        grey=spread(group.grey).ravel(),
        follow=follow_of(vertices),
        core=np.column_stack([line[:, ::2].reshape(-1, 3), 0.22 * group.width[:, ::2].ravel()]),
    )


def _woven(sheet: Sheet, name: str) -> HairLayer:
    """A sheet whose strands run along the mesh's rows."""
    again = 1 if sheet.closed else 0
    line = np.concatenate([sheet.line, sheet.line[:again]])
    count, points = line.shape[:2]
    mesh = line.reshape(-1, 3), _sheets(1, count, points, True)
    steps = np.linalg.norm(np.diff(line, axis=1), axis=2)
    reach = np.concatenate([np.zeros((count, 1)), np.cumsum(steps, 1)], 1)
    apart = np.linalg.norm(np.diff(line, axis=0), axis=2).max(1)
    across = np.concatenate([[0.0], np.cumsum(apart)])
    rounds = max(1, round(across[-1] / 6.0))
    u = np.broadcast_to(across[:, None] * (6.0 * rounds / across[-1]), (count, points))

    def values(of: Array) -> Array:
        return np.concatenate([of, of[:again]]).ravel()

    normal = vertex_normals(*mesh)
    normal = _ROUNDNESS * normal + (1 - _ROUNDNESS) * round_normals(mesh[0])
    return HairLayer(
        name=name,
        mesh=mesh,
        normal=normal / (np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9),
        tangent=directions(line).reshape(-1, 3),
        texture=np.column_stack([u.ravel(), reach.ravel() * sheet.woolly, values(sheet.left)]),
        shade=values(sheet.shade),
        tint=values(sheet.tint),
        grey=values(sheet.grey),
        follow=follow_of(mesh[0]),
        core=np.column_stack([mesh[0], np.full(count * points, 0.2)]),
    )


def _sheets(count: int, points: int, columns: int, inside: bool) -> Faces:
    """Faces of ``count`` sheets of ``points`` rows by ``columns``, one sheet after another."""
    i = (np.arange(points - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    lower = np.stack([i, i + 1, i + columns + 1], -1)
    upper = np.stack([i, i + columns + 1, i + columns], -1)
    sheet = np.concatenate([lower, upper])
    if inside:
        sheet = sheet[:, ::-1]
    start = np.arange(count)[:, None, None] * points * columns
    return (sheet[None] + start).reshape(-1, 3).astype(np.int32)


def _normals(lock: Array, vertices: Array, inside: bool) -> Array:
    """Normals (V, 3) between those of the locks (N, S, C, 3) and of the hair's overall shape."""
    own = lock.reshape(-1, 3)
    own = own / (np.linalg.norm(own, axis=1, keepdims=True) + 1e-9)
    normal = (1 - _ROUNDNESS) * own + _ROUNDNESS * round_normals(vertices)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    return np.asarray(-normal if inside else normal)


def _texture(group: Ribbons, across: Array, left: Array) -> Array:
    """(V, 3): cm across and along the strands, elsewhere in the texture for each lock, and what
    is left of the strands."""
    count, points = group.line.shape[:2]
    steps = np.linalg.norm(np.diff(group.line, axis=1), axis=2)
    reach = np.concatenate([np.zeros((count, 1)), np.cumsum(steps, 1)], 1) * group.woolly
    start = (np.arange(1, count + 1)[:, None] + 7.0 * group.columns) * _ELSEWHERE
    u = 0.5 * across * group.width.max(1)[:, None] + start[:, :1] % 6.0
    v = reach + start[:, 1:] % 14.0
    shape = (count, points, len(across))
    columns = [np.broadcast_to(u[:, None], shape), np.broadcast_to(v[..., None], shape), left]
    return np.stack([column.ravel() for column in columns], -1)
