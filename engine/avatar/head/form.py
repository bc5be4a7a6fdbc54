"""The individual shape of a head: a smooth warp of the space in which everything is made.

    W(p) = p + (1 - w) D(p) + w (S(p) - p)

D is the sum of the displacements of `form_features`. Around each eye, where w is 1, S is an exact
similarity (a uniform scale, a rotation about z, a shift), so that lids fit the eyeball in every
pose whatever the character. Motion is carried along by its own linear map: scaled and turned with
the eyes, widened with the mouth, and unchanged elsewhere. It depends on the place at rest alone,
so what touches in a pose of the canonical head, as lips do, touches in each character's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.avatar.head.character import Character
from engine.avatar.head.form_features import (
    BETWEEN_EYES,
    WIDER,
    displacement,
    fullness,
    mouth_reach,
)
from engine.avatar.head.layout import EYE, EYE_RADIUS, Array, smoothstep
from engine.avatar.rig import Head, Part, Shape
from engine.face import Floats

_MIRROR = np.array([-1.0, 1.0, 1.0])
_RIGID = EYE_RADIUS + 0.55
_FREE = EYE_RADIUS + 4.4
"""Distances from an eye's centre up to which and from which S and D alone act, cm."""

_STEP = 0.02
_INSIDE = ("teeth", "gum", "tongue")


@dataclass(frozen=True, slots=True)
class Similarity:
    """x -> scale * rotation * (x - from_) + to."""

    matrix: Array
    from_: Array
    to: Array

    def place(self, points: Array) -> Array:
        """Where points (N, 3) go."""
        return np.asarray((points - self.from_) @ self.matrix.T + self.to)


class Form:
    """The warp of one character.

    eye_scale    how much larger the eyes are than the canonical ones
    eye_centres  (2, 3) where they are: left, right
    """

    def __init__(self, character: Character) -> None:
        self._character = character
        self.eye_scale = float(np.exp(0.17 * character.eyes.size))
        at = np.stack([EYE, EYE * _MIRROR])
        self.eye_centres: Array = at + displacement(at, character, self.eye_scale)
        self._eyes = [self._eye(at[k], self.eye_centres[k], sign) for k, sign in enumerate((1, -1))]

    def _eye(self, at: Array, to: Array, sign: int) -> Similarity:
        angle = 0.13 * self._character.eyes.tilt * sign
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        return Similarity(self.eye_scale * turn, at, to)

    def place(self, points: Array) -> Array:
        """Where canonical points (N, 3) lie on this head."""
        free = displacement(points, self._character, self.eye_scale)
        moved = free.copy()
        for eye, sign in zip(self._eyes, (1, -1), strict=True):
            moved += eye_share(points, sign)[:, None] * (eye.place(points) - points - free)
        return points + moved

    def place_skin(self, points: Array) -> Array:
        """As `place`, for what lies on the face and takes part in the lips' fullness."""
        return self.place(points + fullness(points, self._character))

    def carry(self, points: Array, motion: Array) -> Array:
        """Displacements (N, 3) of canonical points as this head makes them."""
        carried, free = motion.copy(), np.ones(len(points))
        for eye, sign in zip(self._eyes, (1, -1), strict=True):
            share = eye_share(points, sign)
            carried += share[:, None] * (motion @ eye.matrix.T - motion)
            free -= share
        carried[:, 0] *= 1 + WIDER * self._character.mouth.width * mouth_reach(points) * free
        return carried

    def jacobian(self, points: Array, skin: bool = True) -> Array:
        """(N, 3, 3) derivative of `place_skin` or `place` at points, by central differences."""
        place = self.place_skin if skin else self.place
        columns = [
            (place(points + _STEP * axis) - place(points - _STEP * axis)) / (2 * _STEP)
            for axis in np.eye(3)
        ]
        return np.stack(columns, -1)

    def shape_part(self, part: Part) -> Part:
        """A part of the canonical head as this character's: positions, normals and shapes."""
        if part.material == "eye":
            return replace(part, position=(part.position * self.eye_scale).astype(np.float32))
        skin = not part.name.startswith(_INSIDE)
        points = part.position.astype(np.float64)
        jacobian = self.jacobian(points, skin)
        turn = _cofactors(jacobian)
        normal = np.einsum("nij,nj->ni", turn, part.normal)
        length = np.linalg.norm(normal, axis=1)[:, None]
        turn = turn / length[:, :, None]
        shapes = {
            name: self._shape(shape, points[shape.index], turn[shape.index])
            for name, shape in part.shapes.items()
        }
        placed = self.place_skin(points) if skin else self.place(points)
        return replace(
            part,
            position=placed.astype(np.float32),
            normal=(normal / length).astype(np.float32),
            colour=_turned_strands(part, jacobian),
            shapes=shapes,
        )

    def _shape(self, shape: Shape, points: Array, turn: Array) -> Shape:
        moved = self.carry(points, shape.position.astype(np.float64))
        turned = np.einsum("nij,nj->ni", turn, shape.normal)
        return Shape(shape.index, moved.astype(np.float32), turned.astype(np.float32))

    def shape_head(self, head: Head) -> Head:
        """The canonical head as this character's."""
        pivot = self.place(head.neck_pivot[None].astype(np.float64))[0]
        return replace(
            head,
            parts=tuple(self.shape_part(part) for part in head.parts),
            eye_centres=self.eye_centres.astype(np.float32),
            eye_radius=head.eye_radius * self.eye_scale,
            neck_pivot=pivot.astype(np.float32),
        )


def eye_share(points: Array, sign: int) -> Array:
    """How far points (N, 3) belong to one eye (+1 the subject's left), 0..1."""
    away = np.linalg.norm(points - EYE * [sign, 1, 1], axis=1)
    side = smoothstep(-BETWEEN_EYES, BETWEEN_EYES, sign * points[:, 0])
    return smoothstep(_FREE, _RIGID, away) * side


def _cofactors(matrices: Array) -> Array:
    """(N, 3, 3) what turns normals where ``matrices`` turn tangents."""
    a, b, c = matrices[:, :, 0], matrices[:, :, 1], matrices[:, :, 2]
    return np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], -1)


def _turned_strands(part: Part, jacobian: Array) -> Floats:
    """The colours; of hair they hold the strands' direction, which turns with the head."""
    if part.material != "hair":
        return part.colour
    strand = np.einsum("nij,nj->ni", jacobian, part.colour[:, :3] * 2.0 - 1.0)
    strand /= np.linalg.norm(strand, axis=1, keepdims=True) + 1e-9
    return np.column_stack([strand * 0.5 + 0.5, part.colour[:, 3]]).astype(np.float32)
