"""What the lips do, measured on a head's deformed vertices rather than guessed from weights.

The vertices are found from the mesh, so that a rebuilt head is measured alike:

- the *rim*, where the lips meet, is every skin vertex outside the mouth's cavity (``light``'s
  fourth value) that shares an edge with one inside;
- what `jawOpen` carries along of it is the lower lip, the rest the upper; the rim's two ends
  across are the corners;
- the lip proper is the rim near the midline and two rings of neighbours outwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.avatar.morph import SHAPES, ShapeWeights
from engine.avatar.rig import Head, Ints, Part
from engine.errors import AssetError
from engine.face import ARKIT, Floats, weights

Mask = NDArray[np.bool_]

WIDE = weights(
    jawOpen=0.75,
    mouthLowerDownLeft=0.2,
    mouthLowerDownRight=0.2,
    mouthUpperUpLeft=0.15,
    mouthUpperUpRight=0.15,
)
"""The wide /aa/ at which the aperture is 1."""

PURSED = weights(jawOpen=0.15, mouthPucker=0.85, mouthFunnel=0.25)
"""The /u/ at which the rounding is 1."""

TUCKED = weights(jawOpen=0.08, mouthRollLower=0.7, mouthUpperUpLeft=0.35, mouthUpperUpRight=0.35)
"""The /f/ at which the labiodental measure is 1."""

_MIDLINE = 0.2  # of the mouth's half width
_RINGS = 2
_CHUNK = 16_384
_TOO_OPEN = 0.5  # aperture beyond /f/'s at which the lower lip has left the upper teeth
_JAW = ("jawOpen", "jawForward", "jawLeft", "jawRight", "mouthClose")


class LipMeasure:
    """Aperture, rounding and labiodental contact of one head's lips.

    AssetError if the head's skin has no mouth to measure.
    """

    def __init__(self, head: Head) -> None:
        self._weights = ShapeWeights(head)
        skin = head.part("skin")
        lips = _find(skin)
        self._upper_y = _Linear(skin, lips.upper, 1)
        self._lower_y = _Linear(skin, lips.lower, 1)
        self._corners_x = _Linear(skin, lips.corners, 0)
        self._upper_z = _Linear(skin, lips.upper_rim, 2)
        self._upper_unjawed_z = _Linear(skin, lips.upper_rim, 2, without=_JAW)
        self._lower_unjawed_z = _Linear(skin, lips.lower_rim, 2, without=_JAW)
        poses = np.stack([np.zeros(len(ARKIT), np.float32), WIDE, PURSED, TUCKED])
        rest, wide, pursed, tucked = np.stack(self._raw(poses), axis=1)
        self._rest = rest
        self._gap_span = wide[0] - rest[0]
        self._width_span = rest[1] - pursed[1]
        self._forward_span = pursed[2] - rest[2]
        self._tuck_span = tucked[3] - rest[3]
        self._tucked_aperture = (tucked[0] - rest[0]) / self._gap_span

    def measure(self, blendshapes: Floats) -> dict[str, Floats]:
        """From (T, 52) ARKit weights to three (T,) float32 series in [0, 1].

        aperture     gap between the inner lips at the midline; 1 at `WIDE`
        rounding     corners drawn together and upper lip pushed forward, in equal parts; 1 at
                     `PURSED`
        labiodental  lower lip drawn back behind the upper one, apart from what the jaw does,
                     with the lips neither sealed nor wide apart; 1 at `TUCKED`
        """
        count = len(blendshapes)
        out = {
            name: np.empty(count, np.float32) for name in ("aperture", "rounding", "labiodental")
        }
        for start in range(0, count, _CHUNK):
            part = slice(start, start + _CHUNK)
            gap, width, forward, tuck = self._raw(blendshapes[part])
            aperture = (gap - self._rest[0]) / self._gap_span
            narrow = (self._rest[1] - width) / self._width_span
            forward = (forward - self._rest[2]) / self._forward_span
            tuck = (tuck - self._rest[3]) / self._tuck_span
            out["aperture"][part] = np.clip(aperture, 0, 1)
            out["rounding"][part] = np.clip((narrow + forward) / 2, 0, 1)
            out["labiodental"][part] = np.clip(tuck, 0, 1) * self._contact(aperture)
        return out

    def _contact(self, aperture: Floats) -> Floats:
        """How plausible labiodental contact is at an aperture: least when sealed or wide open."""
        unsealed = np.clip(0.5 + 0.5 * aperture / self._tucked_aperture, 0.5, 1)
        apart = (aperture - self._tucked_aperture) / _TOO_OPEN
        contact: Floats = unsealed * np.clip(1 - apart, 0, 1)
        return contact

    def _raw(self, blendshapes: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Centimetres: gap, width between the corners, the upper lip's z, and how far behind the
        upper lip the lower one would be if the jaw had not moved."""
        expanded = self._weights.expand(np.asarray(blendshapes, np.float32))
        gap = self._upper_y(expanded).min(axis=1) - self._lower_y(expanded).max(axis=1)
        corners = self._corners_x(expanded)
        forward = self._upper_z(expanded).mean(axis=1)
        unjawed = self._upper_unjawed_z(expanded).mean(axis=1)
        behind = unjawed - self._lower_unjawed_z(expanded).mean(axis=1)
        return gap, corners[:, 0] - corners[:, 1], forward, behind


class _Linear:
    """One coordinate of some vertices as a function of expanded weights."""

    def __init__(
        self, part: Part, vertices: Ints, axis: int, without: tuple[str, ...] = ()
    ) -> None:
        self._neutral = part.position[vertices, axis]
        self._change = np.zeros((len(SHAPES), len(vertices)), np.float32)
        for row, name in enumerate(SHAPES):
            if name in part.shapes and name not in without:
                self._change[row] = _displacement(part, name)[vertices, axis]
        self._rows = np.flatnonzero(self._change.any(axis=1))
        self._change = self._change[self._rows]

    def __call__(self, expanded: Floats) -> Floats:
        """(T, len(SHAPES)) weights to (T, vertices) centimetres."""
        moved: Floats = expanded[:, self._rows] @ self._change + self._neutral
        return moved


@dataclass(frozen=True, slots=True)
class _Lips:
    """Vertex numbers: lips near the midline, their share of the rim, corners (left, right)."""

    upper: Ints
    lower: Ints
    upper_rim: Ints
    lower_rim: Ints
    corners: Ints


def _find(skin: Part) -> _Lips:
    edges = _edges(skin.faces)
    inside: Mask = skin.light[:, 2] > 0.5
    rim: Mask = _neighbours(inside, edges) & ~inside
    if not rim.any() or "jawOpen" not in skin.shapes:
        raise AssetError("avatar", skin.name, "use a head whose skin has a mouth and a jaw")
    x = skin.position[:, 0]
    corners = np.flatnonzero(rim)[[np.argmax(x[rim]), np.argmin(x[rim])]].astype(np.int32)
    middle: Mask = rim & (np.abs(x) < _MIDLINE * (x[corners[0]] - x[corners[1]]) / 2)
    drop = -_displacement(skin, "jawOpen")[:, 1]
    falls: Mask = drop > (drop[middle].min() + drop[middle].max()) / 2
    upper, lower = (_lip(middle & part, inside | ~part, edges) for part in (~falls, falls))
    return _Lips(
        upper=upper,
        lower=lower,
        upper_rim=np.flatnonzero(middle & ~falls).astype(np.int32),
        lower_rim=np.flatnonzero(middle & falls).astype(np.int32),
        corners=corners,
    )


def _lip(seed: Mask, barred: Mask, edges: Ints) -> Ints:
    grown = seed
    for _ in range(_RINGS):
        grown = grown | (_neighbours(grown, edges) & ~barred)
    return np.flatnonzero(grown).astype(np.int32)


def _edges(faces: Ints) -> Ints:
    """(E, 2) vertex pairs, each edge in both directions at least once."""
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return np.concatenate([pairs, pairs[:, ::-1]])


def _neighbours(chosen: Mask, edges: Ints) -> Mask:
    """Vertices that share an edge with a chosen one."""
    found = np.zeros_like(chosen)
    found[edges[chosen[edges[:, 0]], 1]] = True
    return found


def _displacement(part: Part, name: str) -> Floats:
    shape = part.shapes[name]
    moved = np.zeros_like(part.position)
    moved[shape.index] = shape.position
    return moved
