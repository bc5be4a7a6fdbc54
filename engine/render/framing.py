"""Which part of the figure the picture shows, measured on the figure itself.

Lengths are centimetres in the head's neutral frame (x to the subject's left, y up, z to the
camera); matrices act on column vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.avatar.rig import Head
from engine.errors import InvalidInput
from engine.face import Floats
from engine.look import FRAMINGS

Matrix = NDArray[np.float64]

DISTANCE = 96.0
_NEAR, _FAR = 50.0, 160.0
_FOOT = 0.02
"""Share of the picture's height that the clothes reach below it, for a camera that breathes."""

_CHIN_HALF_WIDTH = 0.24
_CHIN_BEHIND_EYES = 0.16
"""Where a chin is looked for, in distances between the eyes."""


@dataclass(frozen=True, slots=True)
class _Shot:
    """A way of framing.

    height    of the picture, in distances from the eyes' level to the chin
    eyes      their level, as a share of the height from the top
    lowest    to which the eyes may sink where hair is tall
    headroom  above the crown, as a share of the height, and what tall hair leaves of it
    sides     what is left free on each side of the hair, as a share of the picture's width;
              negative where hair may be cut at the sides
    scenery   magnification of the backdrop
    """

    height: float
    eyes: float
    lowest: float
    headroom: float
    least: float
    sides: float
    scenery: float


_SHOTS = {
    "close": _Shot(2.70, 0.46, 0.53, 0.035, 0.025, -0.08, 1.22),
    "portrait": _Shot(3.62, 0.41, 0.48, 0.055, 0.030, 0.06, 1.06),
    "bust": _Shot(4.60, 0.37, 0.44, 0.070, 0.035, 0.08, 1.0),
}


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What a figure is framed by: heights, and half the width of head and hair, cm.

    ``foot`` is where the clothes end, minus infinity without clothes.
    """

    crown: float
    eyes: float
    chin: float
    foot: float
    half_width: float

    @staticmethod
    def of(head: Head) -> Landmarks:
        """Measure a head; hair counts as far as it moves with the head."""
        eyes = float(head.eye_centres[:, 1].mean())
        following = [p.position[p.light[:, 1] > 0.5] for p in head.parts if p.material != "eye"]
        points = np.concatenate(following)
        above = points[points[:, 1] > eyes]
        clothes = [p.position[:, 1].min() for p in head.parts if p.material == "cloth"]
        return Landmarks(
            crown=float(points[:, 1].max()),
            eyes=eyes,
            chin=_chin(head),
            foot=float(min(clothes, default=-np.inf)),
            half_width=float(np.abs(above[:, 0]).max()),
        )


def _chin(head: Head) -> float:
    """The lowest point of what skin there is below the eyes and about as far in front."""
    skin = [p for p in head.parts if p.material == "skin"]
    points = np.concatenate([p.position[p.light[:, 1] > 0.95] for p in skin])
    apart = float(np.linalg.norm(head.eye_centres[0] - head.eye_centres[1]))
    front = points[:, 2] > head.eye_centres[:, 2].mean() - _CHIN_BEHIND_EYES * apart
    middle = np.abs(points[:, 0]) < _CHIN_HALF_WIDTH * apart
    heights = points[front & middle, 1]
    return float(heights.min()) if len(heights) else float(head.neck_pivot[1])


@dataclass(frozen=True, slots=True)
class Framing:
    """The window that the neutral camera sees in the plane z = 0: centre and half height, cm.

    ``scenery`` is how much this way of framing magnifies the backdrop, ``chin`` the chin's height.
    """

    aspect: float
    x: float
    y: float
    half_height: float
    eye_level: float
    scenery: float = 1.0
    chin: float = 0.0

    @staticmethod
    def of(head: Head, aspect: float, framing: str = "portrait") -> Framing:
        """Frame a head by its eyes, chin and crown for a picture of any shape.

        ``framing`` is one of `FRAMINGS`, else InvalidInput. A narrow picture steps back to keep
        the head's width, tall hair lowers the eyes a little before it does the same, and no
        picture reaches below the clothes while the head still fits.
        """
        if framing not in _SHOTS:
            raise InvalidInput("framing", framing, f"use one of {', '.join(FRAMINGS)}")
        shot, marks = _SHOTS[framing], Landmarks.of(head)
        height = _height(shot, marks, aspect)
        crown = (marks.crown - marks.eyes) / height
        eyes = min(shot.lowest, max(shot.eyes, crown + shot.headroom))
        bottom = max(marks.eyes - (1 - eyes) * height, marks.foot + _FOOT * height)
        return Framing(
            aspect=aspect,
            x=0.0,
            y=bottom + height / 2,
            half_height=height / 2,
            eye_level=marks.eyes,
            scenery=shot.scenery,
            chin=marks.chin,
        )

    def view_projection(self, camera: Floats) -> Matrix:
        """The off-axis perspective for a FaceFrame's camera (x, y, zoom), rows top-down.

        The camera stays at eye level and its film shifts, as with a view camera, so that
        verticals stay upright. Positive x and y move the picture's frame to the subject's left
        and up. The result has y pointing down, so that the first row read back is the top one.
        """
        aside, up, zoom = camera.tolist()
        height = self.half_height / max(0.1, zoom)
        across, down = DISTANCE / (height * self.aspect), -DISTANCE / height
        # Of the middle of the film, in half pictures, as the camera looks straight ahead.
        x = (self.x + aside * 2 * self.half_height) / (height * self.aspect)
        y = -(self.y + up * 2 * self.half_height - self.eye_level) / height
        near = -(_FAR + _NEAR) / (_FAR - _NEAR)
        far = -2 * _FAR * _NEAR / (_FAR - _NEAR)
        # The projection times the shift that puts the viewpoint at the origin.
        return np.array(
            [
                [across, 0, x, -x * DISTANCE],
                [0, down, y, -down * self.eye_level - y * DISTANCE],
                [0, 0, near, far - near * DISTANCE],
                [0, 0, -1, DISTANCE],
            ]
        )

    @property
    def viewpoint(self) -> tuple[float, float, float]:
        """Where the camera stands."""
        return (0.0, self.eye_level, DISTANCE)


def _height(shot: _Shot, marks: Landmarks, aspect: float) -> float:
    """Of the picture, cm: as the shot wants, as the clothes allow, as the head needs."""
    wanted = shot.height * (marks.eyes - marks.chin)
    covered = (marks.eyes - marks.foot) / (1 - shot.eyes + _FOOT)
    tall = (marks.crown - marks.eyes) / (shot.lowest - shot.least)
    # The widest part of the head is nearer to the camera than the plane that is measured.
    wide = 2 * marks.half_width / (1 - 2 * shot.sides) / aspect
    return max(min(wanted, covered), tall, wide)
