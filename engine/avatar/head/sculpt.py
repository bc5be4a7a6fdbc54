"""The head as a solid: skull, face, neck, nose, lips, eyelids and ears.

Everything is a distance function of points (N, 3) in cm. The face is sculpted with closed lips
and eyelids filled in; the mesh template cuts the mouth and the eyes open.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.avatar.head.layout import (
    EYE,
    EYE_RADIUS,
    LID_RADIUS,
    MOUTH_HALF_WIDTH,
    Array,
    lip_line,
    smoothstep,
)
from engine.avatar.head.sdf import (
    Triple,
    capsule,
    chain,
    difference,
    ellipsoid,
    height,
    intersection,
    mirrored,
    sphere,
    union,
)

SKULL_CENTRE = (0.0, 3.5, -0.7)
SKULL_RADII = (7.25, 8.0, 8.6)


def _raised(p: Array, d: Array, centre: Triple, radii: Triple, amount: float) -> Array:
    """``d`` with the surface raised (``amount`` > 0) or sunk in a soft patch."""
    away = (p - np.asarray(centre)) / np.asarray(radii)
    return np.asarray(d - amount * np.exp(-(away**2).sum(-1)))


def _skull(p: Array) -> Array:
    d = ellipsoid(p, SKULL_CENTRE, SKULL_RADII)
    d = union(d, ellipsoid(p, (0, 4.0, 1.7), (5.6, 4.7, 5.9)), 2.5)
    d = union(d, ellipsoid(p, (0, -2.4, 1.3), (5.95, 7.1, 6.5)), 2.5)
    d = union(d, ellipsoid(p, (3.9, -2.2, 4.2), (2.4, 2.3, 2.5)), 3.0)
    ramus = capsule(p, (5.0, -1.2, -0.7), (4.3, -5.4, 0.5), 1.3, 1.4)
    body = capsule(p, (4.3, -5.4, 0.5), (1.1, -8.15, 5.5), 1.4, 1.5)
    d = union(d, union(ramus, body, 1.5), 2.6)
    d = union(d, ellipsoid(p, (0, -8.65, 6.3), (1.5, 1.40, 1.85)), 1.8)
    return union(d, capsule(p, (1.2, 2.75, 6.95), (4.8, 2.75, 5.3), 0.55, 0.5), 1.8)


def _socket(p: Array, d: Array) -> Array:
    """Hollows for the eyes; the brow's flesh hangs over them and makes the lid's crease."""
    hollow = ellipsoid(p, EYE + np.array([0.05, -0.15, 3.0]), (2.65, 1.75, 2.35))
    return difference(d, hollow, 0.9)


def _neck(p: Array) -> Array:
    d = capsule(p, (0, -5, -2.75), (0, -24, -3.2), 3.5, 3.4)
    muscle = capsule(p, (5.0, -3.6, -2.6), (0.95, -17.0, -0.35), 0.95, 0.50)
    d = union(d, muscle, 1.3)
    d = union(d, capsule(p, (0, -20.8, -3.4), (11, -24.5, -3.4), 2.6, 2.2), 4.0)
    d = union(d, ellipsoid(p, (0, -27.5, -2.6), (12.5, 10.5, 6.4)), 2.5)
    return union(d, capsule(p, (0.9, -17.6, 0.5), (6.5, -18.4, -1.2), 0.42, 0.40), 0.9)


def nostrils(points: Array) -> Array:
    """Distance to the hollows of the nostrils."""
    return ellipsoid(mirrored(points), (0.58, -3.00, 8.85), (0.32, 0.42, 0.52))


def _nose(p: Array) -> Array:
    d = capsule(p, (0, 1.9, 7.30), (0, -1.55, 9.0), 0.46, 0.60)
    d = union(d, ellipsoid(p, (0, -1.2, 7.6), (1.25, 2.4, 1.25)), 0.9)
    d = union(d, sphere(p, (0, -2.05, 9.40), 0.78), 0.6)
    d = union(d, ellipsoid(p, (0.38, -2.2, 9.35), (0.52, 0.50, 0.60)), 0.4)
    d = union(d, ellipsoid(p, (0.98, -2.52, 8.60), (0.56, 0.58, 0.85)), 0.65)
    d = union(d, capsule(p, (0, -2.70, 9.40), (0, -3.10, 8.45), 0.34, 0.40), 0.5)
    return difference(d, nostrils(p), 0.28)


def _soft_parts(p: Array, d: Array) -> Array:
    """What lies over the bone: cheeks, the muzzle, philtrum, folds."""
    d = union(d, ellipsoid(p, (0, -5.75, 6.35), (2.9, 2.4, 1.85)), 1.8)
    d = _raised(p, d, (3.4, -2.7, 6.8), (1.7, 1.5, 2.0), 0.14)
    d = _raised(p, d, (4.4, -4.6, 4.3), (1.9, 1.7, 2.5), 0.22)
    d = _raised(p, d, (0.0, -7.25, 8.4), (1.4, 0.55, 1.5), -0.20)
    d = _raised(p, d, (0.0, -4.2, 8.6), (0.24, 0.75, 1.0), -0.09)
    d = _raised(p, d, (0.48, -4.35, 8.6), (0.22, 0.65, 1.0), 0.05)
    return _raised(p, d, (2.50, -5.75, 7.7), (0.50, 0.42, 0.9), -0.09)


def bare_face(points: Array) -> Array:
    """Head and neck without lips, eyelids and ears."""
    p = mirrored(points)
    d = union(_skull(p), _neck(p), 1.9)
    d = _socket(p, d)
    d = union(d, _nose(p), 0.9)
    return _soft_parts(p, d)


@cache
def lip_chains() -> tuple[Array, Array]:
    """Capsule chains (7, 4) of the upper and the lower lip, snapped to the bare face."""
    x = np.array([0, 0.17, 0.34, 0.54, 0.75, 0.91, 1.03]) * MOUTH_HALF_WIDTH
    upper_y = lip_line(x) + np.array([0.27, 0.36, 0.31, 0.20, 0.09, 0.03, 0.0])
    upper_radius = np.array([0.32, 0.37, 0.36, 0.30, 0.21, 0.13, 0.07])
    lower_y = lip_line(x) - [0.38, 0.38, 0.35, 0.27, 0.17, 0.07, 0.0]
    lower_radius = np.array([0.44, 0.43, 0.40, 0.32, 0.22, 0.13, 0.07])
    upper_z = height(bare_face, x, upper_y) - upper_radius * 0.75
    lower_z = height(bare_face, x, lower_y) - lower_radius * 0.72
    upper_z += [0.22, 0.22, 0.18, 0.10, 0.04, 0.00, -0.03]
    lower_z += [0.20, 0.19, 0.15, 0.09, 0.03, 0.00, -0.03]
    upper = np.stack([x, upper_y, upper_z, upper_radius], -1)
    return upper, np.stack([x, lower_y, lower_z, lower_radius], -1)


def lips(points: Array) -> Array:
    """Distance to the red of the lips."""
    p = mirrored(points)
    upper, lower = lip_chains()
    return np.minimum(chain(p, upper, 0.22), chain(p, lower, 0.22))


def closed_face(points: Array) -> Array:
    """The face with closed lips and with lids over the whole front of the eyes."""
    p = mirrored(points)
    upper, lower = lip_chains()
    d = bare_face(p)
    d = union(d, chain(p, upper, 0.22), 0.40)
    d = union(d, chain(p, lower, 0.22), 0.40)
    from_eye = sphere(p, EYE, 0.0)
    lid = intersection(from_eye - LID_RADIUS, EYE[2] - 0.9 - p[:, 2], 0.5)
    rise = (p[:, 1] - EYE[1]) / EYE_RADIUS
    return union(d, lid, 0.22 + 1.0 * smoothstep(0.25, -0.5, rise))


_HELIX = np.array(
    [  # y, z, x (outwards) and radius, from the root of the rim to the lobe
        [0.0, 0.35, 0.15, 0.26],
        [0.9, 0.85, 0.15, 0.30],
        [2.0, 0.75, 0.20, 0.34],
        [2.65, -0.1, 0.40, 0.36],
        [2.25, -1.2, 0.62, 0.37],
        [1.0, -1.75, 0.78, 0.34],
        [-0.4, -1.55, 0.74, 0.32],
        [-1.6, -0.85, 0.50, 0.36],
        [-2.3, 0.05, 0.25, 0.48],
        [-2.1, 0.65, 0.05, 0.34],
    ]
)[:, [2, 0, 1, 3]]
_ANTIHELIX = np.array(
    [[0.40, 1.5, -0.25, 0.24], [0.62, 0.5, -0.85, 0.28], [0.55, -0.7, -0.75, 0.28]]
)
_EAR_ROOT = np.array([6.95, -0.75, -1.35])
_EAR_FLARE = 0.42


def ear(points: Array) -> Array:
    """One ear (folded for both sides): rim, fold, bowl, tragus and lobe."""
    q = mirrored(points) - _EAR_ROOT
    c, s = np.cos(_EAR_FLARE), np.sin(_EAR_FLARE)
    lean = q[:, 2] + 0.14 * q[:, 1]
    q = np.stack([c * q[:, 0] + s * lean, q[:, 1], c * lean - s * q[:, 0]], -1)
    d = ellipsoid(q, (0.22, 0.35, -0.40), (0.40, 2.25, 1.30))
    d = union(d, ellipsoid(q, (0.1, -1.95, 0.15), (0.36, 0.85, 0.75)), 0.5)
    d = union(d, capsule(q, (-0.6, -0.2, -0.1), (0.1, 0.1, -0.4), 1.0, 0.7), 0.6)
    d = union(d, chain(q, _HELIX, 0.25), 0.22)
    d = union(d, chain(q, _ANTIHELIX, 0.2), 0.35)
    d = difference(d, ellipsoid(q, (0.66, -0.45, 0.12), (0.72, 0.95, 0.62)), 0.25)
    d = difference(d, capsule(q, (0.72, 1.75, -0.05), (0.95, 0.2, -1.2), 0.20, 0.16), 0.25)
    d = union(d, ellipsoid(q, (0.36, -0.50, 0.85), (0.30, 0.46, 0.24)), 0.22)
    return union(d, sphere(q, (0.42, -1.40, -0.20), 0.26), 0.3)


def face_with_ears(points: Array) -> Array:
    """The closed face and both ears, joined softly."""
    return union(closed_face(points), ear(points), 0.6)
