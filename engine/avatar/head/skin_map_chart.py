"""Where the skin's texture lies on the face: its coordinates, and each texel's place.

The chart is the template's (angle from straight ahead as radius), linear over the front of the
face and squeezed beyond, so that what the camera sees gets most of the texels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from engine.avatar.head.layout import Array
from engine.avatar.head.sdf import Faces
from engine.avatar.head.template import Template, chart

SIZE = 1024
"""Texels along each side of the map."""

_FRONT = 1.05  # radians from straight ahead that the linear part reaches
_SLOPE = 0.34  # of the map's side per radian, there
_REST = 0.5 - _SLOPE * _FRONT


def chart_uv(points: Array) -> Array:
    """Texture coordinates (N, 2), 0..1, of points of the skin (N, 3)."""
    polar = chart(points)
    angle = np.hypot(polar[:, 0], polar[:, 1]) + 1e-12
    beyond = np.maximum(angle - _FRONT, 0.0)
    squeezed = _REST * (1 - np.exp(-beyond * _SLOPE / _REST))
    radius = np.minimum(angle, _FRONT) * _SLOPE + squeezed
    return np.asarray(0.5 + polar * (radius / angle)[:, None])


def texels_over(x: Array, y: Array, places: Array) -> Array:
    """Texel coordinates (N, 2) of the foremost skin over (x, y), cm, given `texel_places`.

    Depth and texel depend on one another; a few rounds settle both.
    """
    z = np.full_like(x, 8.0)
    for _ in range(8):
        at = chart_uv(np.stack([x, y, z], -1)) * SIZE - 0.5
        column, row = np.clip(np.rint(at), 0, SIZE - 1).astype(int).T
        z = 0.5 * z + 0.5 * places[row, column, 2]
    return np.asarray(at)


def skin_uv(face: Template) -> Array:
    """Texture coordinates (V, 2) of the face's vertices, u to the subject's left, v up.

    The mouth's inside and the lids' rims, which fold back under the skin, take those of the
    edge that they hang from.
    """
    rim = face.rim > 0
    hangs = (face.bag > 0) | (rim & ~_touching(face.faces, ~rim))
    edge = np.flatnonzero(~hangs & _touching(face.faces, hangs))
    uv = chart_uv(face.position)
    inner = np.flatnonzero(hangs)
    across = np.linalg.norm(face.position[inner, None, :2] - face.position[None, edge, :2], axis=2)
    uv[inner] = uv[edge[across.argmin(1)]]
    return uv


def _touching(faces: Faces, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(V,) vertices of faces that have a marked vertex."""
    touched = np.zeros(len(marked), np.bool_)
    touched[faces[marked[faces].any(1)]] = True
    return touched


def texel_places(face: Template) -> NDArray[np.float64]:
    """(SIZE, SIZE, 3) cm: where each texel lies; beyond the face, as its nearest texel there."""
    corners = skin_uv(face) * SIZE - 0.5
    place = np.full((SIZE, SIZE, 3), np.nan)
    for triangle in face.faces[(face.bag[face.faces] == 0).any(1)]:
        _fill(place, corners[triangle], face.position[triangle])
    missing = np.isnan(place[..., 0])
    nearest = distance_transform_edt(missing, return_distances=False, return_indices=True)
    return np.asarray(place[nearest[0], nearest[1]])


def _fill(place: Array, corners: Array, positions: Array) -> None:
    """Write interpolated positions at the texels inside one triangle, edges included."""
    low = np.maximum(np.ceil(corners.min(0) - 1e-6), 0).astype(int)
    high = np.minimum(np.floor(corners.max(0) + 1e-6), SIZE - 1).astype(int)
    (ax, ay), (bx, by), (cx, cy) = corners
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if abs(area) < 1e-9 or (high < low).any():
        return
    x = np.arange(low[0], high[0] + 1)[None, :]
    y = np.arange(low[1], high[1] + 1)[:, None]
    second = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
    third = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
    weight = np.stack([1 - second - third, second, third], -1)
    inside = weight.min(-1) >= -1e-6
    window = place[low[1] : high[1] + 1, low[0] : high[0] + 1]
    window[inside] = weight[inside] @ positions
