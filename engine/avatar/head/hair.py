"""Hair as tapered clumps that grow along the scalp in a combed direction.

A clump is a ridged, pointed sheet. Clumps are thrown like darts over the scalp inside the
hairline, each grown step by step along a flow field: off the parting to both sides and back on
top, down and back at the sides, down at the nape. Short fine ones line the hairline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.avatar.head.layout import Array, smoothstep
from engine.avatar.head.meshes import joined, lofted, vertex_normals
from engine.avatar.head.sculpt import SKULL_CENTRE, closed_face
from engine.avatar.head.sdf import Faces, march_in

CENTRE = np.array(SKULL_CENTRE)
PARTING = 0.36
"""Where the hair parts: sine of the angle towards the subject's left."""

_STEPS = 6


@dataclass(frozen=True, slots=True)
class Hair:
    """The hair mesh: ``tangent`` (V, 3) along the strands, ``texture`` (V, 3) cross, along, id,
    ``shade`` (V,) 0 in the gaps between clumps to 1 on their ridges, ``core`` (K, 4) points
    inside the hair with a radius, for shadows."""

    mesh: tuple[Array, Faces]
    normal: Array
    tangent: Array
    texture: Array
    shade: Array
    core: Array


@dataclass(frozen=True, slots=True)
class _Clumps:
    """Parameters of N clumps: unit root directions and sizes in cm."""

    root: Array
    length: Array
    width: Array
    lift: Array
    astray: Array
    """Angle off the combed direction, radians."""


def hairline(points: Array) -> Array:
    """Depth inside the hair's region on the scalp, about cm; negative on bare skin."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    front = 8.15 - 0.030 * x**2 + 0.65 * np.exp(-(((x - 4.4) / 1.3) ** 2))
    on_top = y - front
    temple = 1.7 + 3.4 * smoothstep(2.0, 6.5, y) - z
    bottom = np.where(z > 0.25, 1.6, np.where(z > -3.6, 2.3, -4.0))
    beside = np.minimum(temple, y - bottom)
    return np.maximum(np.minimum(on_top, 9.0), np.where(z < 5.5, beside, -9.0))


def _flow(u: Array) -> Array:
    """Combed direction (N, 3) at unit directions from the skull's centre."""
    top = smoothstep(0.30, 0.72, u[:, 1])
    right = smoothstep(PARTING + 0.30, PARTING - 0.30, u[:, 0])
    front = smoothstep(0.25, 0.75, u[:, 2])
    sweep = np.stack([-0.75 + 0 * top, 0.3 * front, -0.70 - 0.1 * front], -1)
    short = np.stack([0.60 + 0 * top, 0.1 * front, -0.80 + 0 * top], -1)
    above = right[:, None] * sweep + (1 - right)[:, None] * short
    back = smoothstep(0.1, -0.8, u[:, 2])
    temple = smoothstep(0.0, 0.45, u[:, 2])
    beside = np.stack([0 * top, -1.0 + 0.35 * temple, -(0.75 + 0.75 * temple) * (1 - back)], -1)
    direction = top[:, None] * above + (1 - top)[:, None] * beside
    direction -= (direction * u).sum(1, keepdims=True) * u
    return np.asarray(direction / (np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9))


def _on_scalp(u: Array) -> Array:
    return march_in(closed_face, CENTRE, u, 11.0)


def _darts(spacing: float, inside: tuple[float, float], seed: int) -> Array:
    """Unit directions about ``spacing`` cm apart where ``hairline`` lies within ``inside``."""
    random = np.random.default_rng(seed)
    u = random.normal(size=(9000, 3))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    points = _on_scalp(u)
    depth = hairline(points)
    keep = (depth > inside[0]) & (depth < inside[1])
    u, points = u[keep], points[keep]
    parting = np.exp(-(((u[:, 0] - PARTING) / 0.16) ** 2)) * smoothstep(0.0, 0.4, u[:, 2])
    gap = spacing * (1.0 + 0.55 * smoothstep(-0.1, -0.6, u[:, 2])) * (1.0 - 0.35 * parting)
    chosen: list[int] = []
    for k in range(len(u)):
        if not chosen or np.linalg.norm(points[chosen] - points[k], axis=1).min() > gap[k]:
            chosen.append(k)
    return np.asarray(u[chosen])


def _crop() -> list[_Clumps]:
    """The haircut: full clumps on top and at the sides, fine ones along the hairline."""
    random = np.random.default_rng(7)
    layers = []
    for spacing, inside, fine in ((1.52, (0.30, 20.0), False), (0.70, (0.02, 0.55), True)):
        root = _darts(spacing, inside, 3 + fine)
        top = smoothstep(0.35, 0.75, root[:, 1])
        quiff = top * smoothstep(0.25, 0.70, root[:, 2])
        vary = random.uniform(0.85, 1.15, (4, len(root)))
        if fine:
            length = (2.0 + 2.6 * top + 1.6 * quiff) * vary[0]
            width = (0.62 + 0.25 * top) * vary[1]
            lift = (0.12 + 0.40 * top + 0.55 * quiff) * vary[2]
        else:
            length = (5.2 + 2.4 * top + 1.0 * quiff) * vary[0]
            width = (1.35 + 0.70 * top) * vary[1]
            lift = (0.36 + 0.70 * top + 0.55 * quiff) * vary[2]
        place = _on_scalp(root)
        sideburn = smoothstep(3.5, 1.5, place[:, 1]) * smoothstep(-1.5, 0.0, place[:, 2])
        nape = smoothstep(2.0, -1.0, place[:, 1]) * smoothstep(-2.0, -4.0, place[:, 2])
        length = length * (1 - 0.62 * sideburn) * (1 - 0.55 * nape)
        width = width * (1 - 0.40 * sideburn)
        width = width * (1 + 0.5 * smoothstep(-0.1, -0.6, root[:, 2]))
        astray = random.normal(0.0, 0.16, len(root))
        layers.append(_Clumps(root, length, width, lift, astray))
    return layers


def _loose(u: Array) -> Array:
    """How far clumps stand off at unit directions: least at the sides and the back."""
    beside = smoothstep(0.35, 0.75, np.abs(u[:, 0]))
    return 1.0 - 0.68 * np.maximum(beside, smoothstep(0.0, -0.6, u[:, 2]))


def _grow(clumps: _Clumps) -> tuple[Array, Array, Array]:
    """Centre lines, scalp normals and sideways directions, each (N, steps + 1, 3)."""
    u = clumps.root
    step = (clumps.length / _STEPS / 8.4)[:, None]
    stray = clumps.astray[:, None]
    lines, ups = [], []
    for k in range(_STEPS + 1):
        t = k / _STEPS
        rise = smoothstep(0.0, 0.40, np.array(t)) * (
            1.0 - 0.84 * smoothstep(0.45, 1.0, np.array(t))
        )
        height = clumps.lift * _loose(u) * rise + 0.17 * t**0.5 - 0.08
        lines.append(_on_scalp(u) + u * height[:, None])
        ups.append(u)
        flow = _flow(u)
        flow = flow * np.cos(stray) + np.cross(u, flow) * np.sin(stray)
        u = u + flow * step
        u = u / np.linalg.norm(u, axis=1, keepdims=True)
    line, up = np.stack(lines, 1), np.stack(ups, 1)
    along = np.gradient(line, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True)
    side = np.cross(along, up)
    side /= np.linalg.norm(side, axis=2, keepdims=True)
    return line, along, side


def _loft(
    clumps: _Clumps, number: int, line: Array, along: Array, side: Array
) -> tuple[tuple[Array, Faces], Array, Array, Array]:
    """One clump's mesh, tangents, texture coordinates and shade."""
    t = np.linspace(0, 1, _STEPS + 1)
    half = (
        0.5
        * clumps.width[number]
        * np.interp(t, [0, 0.3, 0.55, 0.85, 1], [0.45, 1, 0.95, 0.45, 0.03])
    )
    across = np.array([-1.0, -0.45, 0.45, 1.0])
    ridge = np.array([-0.30, 0.12, 0.12, -0.30])
    up = np.cross(side[number], along[number])
    rows = (
        line[number][:, None]
        + side[number][:, None] * (across[None] * half[:, None])[..., None]
        + up[:, None] * (ridge[None] * half[:, None] * 0.75)[..., None]
    )
    mesh = lofted(rows)
    tangent = np.repeat(along[number], 4, axis=0)
    texture = np.stack(
        [
            (across[None] * half[:, None]).ravel(),
            np.repeat(t * clumps.length[number], 4),
            np.full(4 * len(t), (number * 7.31) % 61.0),
        ],
        -1,
    )
    edge = np.array([0.55, 1.0, 1.0, 0.55])
    shade = (edge[None] * np.interp(t, [0, 0.35, 1], [0.45, 0.95, 1.0])[:, None]).ravel()
    return mesh, tangent, texture, shade


def grow_hair() -> Hair:
    """The whole haircut."""
    meshes, tangents, textures, shades, cores = [], [], [], [], []
    for clumps in _crop():
        line, along, side = _grow(clumps)
        for number in range(len(clumps.root)):
            mesh, tangent, texture, shade = _loft(clumps, number, line, along, side)
            meshes.append(mesh)
            tangents.append(tangent)
            textures.append(texture)
            shades.append(shade)
        radius = np.repeat(0.35 * clumps.width, _STEPS)
        cores.append(np.column_stack([line[:, :-1].reshape(-1, 3), radius]))
    mesh = joined(meshes)
    outwards = mesh[0] - CENTRE
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    normal = 0.6 * vertex_normals(*mesh) + 0.4 * outwards
    return Hair(
        mesh=mesh,
        normal=normal / np.linalg.norm(normal, axis=1, keepdims=True),
        tangent=np.concatenate(tangents),
        texture=np.concatenate(textures),
        shade=np.concatenate(shades),
        core=np.concatenate(cores),
    )
