"""Blendshapes applied to a head: weights with their correctives, and vertices from weights.

Deformation is linear (position and normal are the neutral ones plus weighted changes), so a
vertex buffer is one small matrix product. Vertices are reordered once so that those which the
same family of shapes touches lie together: each such run is then one product of the weights with
a dense matrix, straight into the buffer that the renderer uploads. That measured faster than
scattering sparse changes with numpy, and allocates nothing per frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.avatar.rig import Head, Ints, Part
from engine.face import ARKIT, INDEX, Floats

CORRECTIVES: tuple[str, ...] = ("eyeBlinkHalfLeft", "eyeBlinkHalfRight", "tongueUp", "mouthPurse")
"""Shapes that no FaceFrame carries: their weights follow from the 52 (see `ShapeWeights`)."""

SHAPES: tuple[str, ...] = ARKIT + CORRECTIVES
"""Order of the expanded weights."""

_TONGUE_RISE = 4**4 / 3**3  # makes the peak of w(1 - w)^3, at w = 0.25, equal 1
_LOWER_FACE = ("jaw", "mouth", "cheek", "nose", "tongue")
_LID_SHAPES = ("eyeLookDown", "eyeLookUp", "eyeSquint", "eyeWide", "cheekSquint")
_SIDES = ("Left", "Right")
_BLINKS = np.array([INDEX[f"eyeBlink{side}"] for side in _SIDES])
_HALVES = slice(len(ARKIT), len(ARKIT) + len(_SIDES))
_LIDS = np.array([INDEX[shape + side] for side in _SIDES for shape in _LID_SHAPES])
_SIDES_OF_LIDS = np.repeat(range(len(_SIDES)), len(_LID_SHAPES))


class ShapeWeights:
    """From a FaceFrame's 52 weights to those of every shape of a head.

    The head's resting expression (settings ``rest_<shape>``) is added. `mouthClose` undoes what
    `jawOpen` does to the lips, and so is at most that. A closing lid takes the
    other lid shapes with it, so that a blink ends at the same place wherever the eye looks.
    An in-between corrective that peaks halfway, 4w(1 - w), makes the lid slide over the eyeball
    and not through it. The tongue's tip rises first, w(1 - w)^3, and comes forward after: about
    0.2 of `tongueOut` is behind the upper teeth as for /l t d n/, 0.5 between them as for /θ/.
    Puckered lips that the jaw parts are no slit but a ring: `mouthPurse`, a corrective of both
    together, keeps them shut beside it, the less the wider the jaw.
    """

    def __init__(self, head: Head) -> None:
        self._rest = np.zeros(len(ARKIT), np.float32)
        for name, value in head.settings.items():
            shape = name.removeprefix("rest_")
            if shape != name and isinstance(value, int | float) and shape in INDEX:
                self._rest[INDEX[shape]] = value

    def expand(self, blendshapes: Floats) -> Floats:
        """(..., 52) weights, clipped to [0, 1], to (..., len(SHAPES)) weights, float32."""
        out = np.empty((*blendshapes.shape[:-1], len(SHAPES)), np.float32)
        weights = out[..., : len(ARKIT)]
        np.clip(blendshapes, 0, 1, out=weights)
        weights += self._rest
        np.minimum(weights, 1, out=weights)
        close = weights[..., INDEX["mouthClose"]]
        np.minimum(close, weights[..., INDEX["jawOpen"]], out=close)
        blinks = weights[..., _BLINKS]
        opened = 1 - blinks
        weights[..., _LIDS] *= opened[..., _SIDES_OF_LIDS]
        out[..., _HALVES] = 4 * blinks * opened
        tongue = weights[..., INDEX["tongueOut"]]
        inside = 1 - tongue
        out[..., len(ARKIT) + 2] = _TONGUE_RISE * tongue * inside * inside * inside
        out[..., len(ARKIT) + 3] = _purse(weights)
        return out


def _purse(weights: Floats) -> Floats:
    """(...) the weight of `mouthPurse` under (..., 52) weights."""
    jaw, pucker = weights[..., INDEX["jawOpen"]], weights[..., INDEX["mouthPucker"]]
    parted = np.maximum(jaw - weights[..., INDEX["mouthClose"]], 0)
    flared = 0.4 * weights[..., INDEX["mouthFunnel"]]
    purse: Floats = (parted * (1 - parted) + flared) * pucker * pucker
    return purse


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of vertices and the shapes that move them: one row of ``change`` per shape."""

    target: Floats
    rows: NDArray[np.intp]
    neutral: Floats
    change: Floats


class PartMorph:
    """One part's vertices under given weights.

    order     (V,) int32: the part's vertex that stands at each place of ``vertices``
    faces     (F, 3) int32: the part's triangles in that order
    vertices  (V, 6) float32: position and normal (not normalised), rewritten by `apply`
    """

    def __init__(self, part: Part) -> None:
        changes = {name: _dense(part, name) for name in part.shapes if name in SHAPES}
        family = np.zeros(len(part.position), np.int32)
        for name, change in changes.items():
            family |= np.where(change.any(axis=1), 1 if name.startswith(_LOWER_FACE) else 2, 0)
        self.order: Ints = np.argsort(family, kind="stable").astype(np.int32)
        place = np.empty(len(family), np.int32)
        place[self.order] = np.arange(len(family), dtype=np.int32)
        self.faces: Ints = place[part.faces]
        neutral = np.hstack([part.position, part.normal]).astype(np.float32)
        self.vertices: Floats = np.ascontiguousarray(neutral[self.order])
        bounds = np.searchsorted(family[self.order], np.arange(1, 5))
        self._runs = [
            _run(self.vertices[start:stop], changes, self.order[start:stop])
            for start, stop in pairwise(bounds)
            if stop > start
        ]

    @property
    def moves(self) -> bool:
        """Whether any shape touches the part."""
        return bool(self._runs)

    def apply(self, weights: Floats) -> None:
        """Rewrite ``vertices`` for (len(SHAPES),) weights."""
        for run in self._runs:
            np.dot(weights[run.rows], run.change, out=run.target)
            np.add(run.target, run.neutral, out=run.target)


def _dense(part: Part, name: str) -> Floats:
    shape = part.shapes[name]
    change = np.zeros((len(part.position), 6), np.float32)
    change[shape.index, :3] = shape.position
    change[shape.index, 3:] = shape.normal
    return change


def _run(vertices: Floats, changes: dict[str, Floats], order: Ints) -> _Run:
    touching = [name for name in changes if changes[name][order].any()]
    target = vertices.reshape(-1)
    return _Run(
        target=target,
        rows=np.array([SHAPES.index(name) for name in touching], np.intp),
        neutral=target.copy(),
        change=np.stack([changes[name][order].reshape(-1) for name in touching]),
    )
