"""What is inside the mouth: teeth, gums and the tongue, with their own motion.

The lower jaw carries the lower teeth, gum and tongue. Rounded lips stand away from the teeth;
``mouthPucker`` and ``mouthFunnel`` therefore also draw the teeth back, as seen past pursed lips.
"""

from __future__ import annotations

import numpy as np

from engine.avatar.head.fields_mouth import jaw_rotation
from engine.avatar.head.layout import MOUTH_Y, Array, signed_power, smoothstep
from engine.avatar.head.meshes import joined, lofted, make_part, vertex_normals, without_slivers
from engine.avatar.head.sdf import Faces
from engine.avatar.rig import Part

TEETH_Z = 7.62
"""Front of the upper incisors; the lower ones stand 0.3 cm behind."""

_LOWER_LIT = TEETH_Z + 0.55
"""z from which lower teeth are lit: those at the sides, seen from beside, lie in the dark."""

_CURVE = 0.235
_SMILE_ARC = 0.065
"""How the rows rise towards the sides, along the lips: cm per cm squared."""

_UPPER = ((0.86, 0.70, 0.72, 0.66, 0.66), (1.12, 1.00, 1.06, 0.92, 0.85))
_LOWER = ((0.56, 0.60, 0.66, 0.64, 0.66), (0.90, 0.90, 0.96, 0.86, 0.80))


def _arch(along: Array, front: float) -> Array:
    """x, z and heading (3, N) at distances along the dental arch, a parabola."""
    x = np.linspace(0, 3.1, 300)
    z = front - _CURVE * x**2
    length = np.r_[0, np.cumsum(np.hypot(np.diff(x), np.diff(z)))]
    across = np.interp(np.abs(along), length, x) * np.sign(along)
    return np.stack([across, front - _CURVE * across**2, np.arctan(-2 * _CURVE * across)])


def _tooth(width: float, tall: float, sign: int) -> tuple[Array, Faces]:
    """The front of one tooth, a rounded box, biting edge at y = 0."""
    turn = np.linspace(-1.9, 1.9, 8)
    rise = np.linspace(-np.pi / 2, np.pi / 2, 7)
    t, r = np.meshgrid(turn, rise)
    box = np.stack(
        [
            signed_power(np.cos(r), 0.5) * signed_power(np.sin(t), 0.5) * width * 0.495,
            signed_power(np.sin(r), 0.55) * tall * 0.5,
            signed_power(np.cos(r), 0.5) * signed_power(np.cos(t), 0.55) * 0.28,
        ],
        -1,
    )
    up = sign * box[..., 1] / tall
    box[..., 0] *= 1 - 0.12 * up
    box[..., 2] -= 0.12 * up**2
    box[..., 1] += sign * tall / 2
    return without_slivers(lofted(box))


def _row(level: float, sign: int, front: float) -> tuple[Array, Faces]:
    """Ten teeth along the arch; ``sign`` +1 is the upper row, ``level`` its biting edge."""
    meshes, start = [], 0.0
    for width, tall in zip(*(_UPPER if sign > 0 else _LOWER), strict=True):
        for side in (1, -1):
            x, z, heading = _arch(np.array(side * (start + width / 2)), front)
            c, s = np.cos(heading), np.sin(heading)
            turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
            vertices, faces = _tooth(width, tall, sign)
            rise = _SMILE_ARC * float(x) ** 2
            meshes.append((vertices @ turn.T + [x, level + rise, z], faces))
        start += width
    return joined(meshes)


def _gum(level: float, front: float) -> tuple[Array, Faces]:
    along = np.linspace(-4.0, 4.0, 25)
    x, z, heading = _arch(along, front - 0.18)
    around = np.linspace(-2.2, 2.2, 7)
    out = 0.40 * np.cos(around)
    rows = np.stack(
        [
            x[None] - np.sin(heading)[None] * out[:, None],
            level + 0.42 * np.sin(around)[:, None] + _SMILE_ARC * x[None] ** 2,
            z[None] + np.cos(heading)[None] * out[:, None],
        ],
        -1,
    )
    return lofted(rows)


def _tongue() -> tuple[Array, Faces]:
    turn = np.linspace(np.pi, -np.pi, 17)
    across = np.linspace(-np.pi / 2, np.pi / 2, 17)
    t, a = np.meshgrid(turn, across)
    body = np.stack([np.sin(a), np.cos(a) * np.sin(t), np.cos(a) * np.cos(t)], -1)
    body = signed_power(body, 0.9)
    front = smoothstep(-0.2, 1.0, body[..., 2])
    groove = np.exp(-((body[..., 0] / 0.22) ** 2)) * (body[..., 1] > 0)
    shape = body * [1.65, 0.60, 2.75]
    shape[..., 1] *= 1 - 0.35 * front
    shape[..., 1] -= 0.22 * groove
    shape[..., 1] += 0.12 * front - 0.35 * smoothstep(0.2, -1.0, body[..., 2])
    return without_slivers(lofted(shape + np.array([0.0, MOUTH_Y - 0.92, 4.15])))


def _with_jaw(position: Array) -> dict[str, Array]:
    still = np.zeros_like(position)
    return {
        "jawOpen": jaw_rotation(position, 1.0),
        "jawForward": still + np.array([0, 0, 0.8]),
        "jawLeft": still + np.array([0.9, 0, 0]),
        "jawRight": still + np.array([-0.9, 0, 0]),
    }


def _drawn_back(position: Array, sign: int) -> dict[str, Array]:
    still = np.zeros_like(position)
    return {
        "mouthPucker": still + np.array([0, 0.45 * sign, -0.90]),
        "mouthFunnel": still + np.array([0, 0.12 * sign, -0.25]),
    }


def _tongue_motion(position: Array) -> dict[str, Array]:
    """``tongueUp`` lifts the tip behind the upper teeth, ``tongueOut`` shows it past the lips."""
    tip = smoothstep(2.4, 6.6, position[:, 2])[:, None]
    narrow = position * [-0.12, 0, 0] * tip
    thin = (position - [0, MOUTH_Y - 0.85, 0]) * [0, -0.25, 0] * tip
    motion = _with_jaw(position)
    motion["tongueOut"] = narrow + thin + tip * [0, 0.95, 4.0] - tip**3 * [0, 0.45, 0]
    motion["tongueUp"] = tip**1.6 * [0, 1.15, 0.35]
    back = _drawn_back(position, -1)
    motion["mouthPucker"] = back["mouthPucker"]
    return motion


def _inside(
    name: str,
    mesh: tuple[Array, Faces],
    paint: tuple[float, float, float, float],
    motion: dict[str, Array],
    shaded: float = 0.5,
    lit_from: float = TEETH_Z + 0.1,
) -> Part:
    """A part lit as the mouth's inside: darker towards the throat, ``shaded`` at the lips and
    open to the light from ``lit_from`` (z) on."""
    position, faces = mesh
    deep = 0.08 + 0.92 * smoothstep(lit_from - 2.8, lit_from, position[:, 2])
    cavity = 1.0 - (1.0 - shaded) * smoothstep(4.6, 6.7, position[:, 2])
    light = np.stack([deep, np.ones(len(position)), cavity], -1)
    colour = np.tile(paint, (len(position), 1))
    colour[:, :3] *= (0.15 + 0.85 * deep)[:, None]
    normal = vertex_normals(position, faces)
    return make_part(name, "hard", mesh, normal, colour, light, displacements=motion)


def mouth_parts() -> list[Part]:
    """Teeth, gums and tongue."""
    upper, lower = _row(MOUTH_Y - 0.12, 1, TEETH_Z), _row(MOUTH_Y - 0.15, -1, TEETH_Z - 0.34)
    upper_gum, lower_gum = _gum(MOUTH_Y + 1.12, TEETH_Z), _gum(MOUTH_Y - 1.12, TEETH_Z - 0.34)
    tongue = _tongue()
    white, gum = (0.94, 0.915, 0.865, 0.7), (0.72, 0.40, 0.39, 0.6)

    def carried(mesh: tuple[Array, Faces]) -> dict[str, Array]:
        return _with_jaw(mesh[0]) | _drawn_back(mesh[0], -1)

    return [
        _inside("teeth_upper", upper, white, _drawn_back(upper[0], 1)),
        _inside(
            "teeth_lower", lower, (0.93, 0.905, 0.86, 0.75), carried(lower), lit_from=_LOWER_LIT
        ),
        _inside("gum_upper", upper_gum, gum, _drawn_back(upper_gum[0], 1)),
        _inside("gum_lower", lower_gum, gum, carried(lower_gum)),
        _inside("tongue", tongue, (0.84, 0.47, 0.46, 0.45), _tongue_motion(tongue[0]), 0.08, 6.7),
    ]
