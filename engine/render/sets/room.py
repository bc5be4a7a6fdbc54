"""Building blocks of the rooms that are rendered: boxes, balls, tubes and lamps.

Centimetres as the camera sees them: x to the picture's right, y up, z towards the camera, the
origin in the middle of the figure's face. Colours are linear RGB.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triple = tuple[float, float, float]

BLACK: Triple = (0.0, 0.0, 0.0)


class Pattern(IntEnum):
    """What a surface shows beside one colour; the numbers are those of trace.frag."""

    PLAIN = 0
    WOOD = 1
    CLOUDED = 2
    SHADE = 3
    OUTDOORS = 4
    SCREEN = 5


class _Kind(IntEnum):
    BOX = 0
    BALL = 1
    TUBE = 2
    OPEN_TUBE = 3


@dataclass(frozen=True, slots=True)
class Material:
    """A surface.

    gloss   0 dull, 1 polished, up to 2 metallic
    second  the other colour of its pattern
    scale   cm that the pattern's unit takes
    lamp    belongs to a lamp, so that its light is not counted twice
    """

    albedo: Triple = BLACK
    emission: Triple = BLACK
    gloss: float = 0.0
    pattern: Pattern = Pattern.PLAIN
    second: Triple = BLACK
    scale: float = 10.0
    lamp: bool = False


@dataclass(slots=True)
class Room:
    """Solids in groups, their materials, and lamps; `tables` is what the tracer reads."""

    _solids: list[Array] = field(default_factory=list)
    _bounds: list[Array] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _materials: list[Material] = field(default_factory=list)
    _lamps: list[Array] = field(default_factory=list)

    def group(self) -> None:
        """What is added from here on lies close together: a ray is first tested against all."""
        self._starts.append(len(self._solids))

    def box(self, centre: Triple, half: Triple, material: Material, turn: float = 0.0) -> None:
        """A box of three half lengths, turned about the vertical, degrees."""
        self._add(_Kind.BOX, _turned(turn, 0.0, 0.0) * half, centre, material)

    def ball(
        self,
        centre: Triple,
        radii: Triple,
        material: Material,
        turn: float = 0.0,
        nod: float = 0.0,
        tip: float = 0.0,
    ) -> None:
        """An ellipsoid; degrees about the vertical, then x, then z."""
        self._add(_Kind.BALL, _turned(turn, nod, tip) * radii, centre, material)

    def tube(
        self,
        foot: Triple,
        head: Triple,
        radius: float,
        material: Material,
        taper: float = 1.0,
        hollow: bool = False,
    ) -> None:
        """From one point to another, ``taper`` times as wide at its head; hollow ones are open."""
        axis = (np.array(head) - np.array(foot)) / 2
        along = axis / np.linalg.norm(axis)
        aside = np.cross([1.0, 0.0, 0.0] if abs(along[0]) < 0.9 else [0.0, 0.0, 1.0], along)
        aside /= np.linalg.norm(aside)
        frame = np.stack([radius * aside, axis, radius * np.cross(aside, along)], axis=1)
        kind = _Kind.OPEN_TUBE if hollow else _Kind.TUBE
        self._add(kind, frame, (np.array(head) + np.array(foot)) / 2, material, taper)

    def bulb(self, centre: Triple, radius: float, emission: Triple) -> None:
        """A ball that shines."""
        self.ball(centre, (radius,) * 3, Material(emission=emission, lamp=True))
        lamp = [[*centre, 1.0], [0, 0, 0, radius], [0, 0, 0, 0], [*emission, 0]]
        self._lamps.append(np.array(lamp))

    def panel(
        self, centre: Triple, facing: Triple, half: tuple[float, float], emission: Triple
    ) -> None:
        """An invisible rectangle that shines to one side.

        ``facing`` is a direction, ``half`` half the width and height; a panel that faces straight
        up or down is as wide along x.
        """
        way = np.array(facing) / np.linalg.norm(facing)
        upright = np.array([0.0, 1.0, 0.0] if abs(way[1]) < 0.999 else [0.0, 0.0, way[1]])
        across = np.cross(upright, way)
        across *= half[0] / np.linalg.norm(across)
        along = np.cross(way, across)
        along *= half[1] / np.linalg.norm(along)
        lamp = [[*centre, 0.0], [*across, 0], [*along, 0], [*emission, 0]]
        self._lamps.append(np.array(lamp))

    def softbox(self, centre: Triple, facing: Triple, radius: float, emission: Triple) -> None:
        """A round panel that polished surfaces reflect; a square one lights as much."""
        way = np.array(facing) / np.linalg.norm(facing)
        back, front = np.array(centre) - way, np.array(centre) - 0.1 * way
        disc = Material(emission=emission, lamp=True)
        self.group()
        self.tube((back[0], back[1], back[2]), (front[0], front[1], front[2]), radius, disc)
        half = math.sqrt(math.pi) / 2 * radius
        self.panel(centre, facing, (half, half), emission)

    def tables(self) -> dict[str, NDArray[np.float32]]:
        """(rows, 4, 4) or (rows, 2, 4) by the name of the tracer's sampler."""
        starts = [*self._starts, len(self._solids)]
        groups = []
        for first, end in itertools.pairwise(starts):
            if end > first:
                bounds = np.stack(self._bounds[first:end])
                low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
                groups.append([[*low, first], [*high, end]])
        materials = [
            [
                [*m.albedo, m.pattern],
                [*m.emission, m.gloss],
                [*m.second, m.scale],
                [m.lamp, 0, 0, 0],
            ]
            for m in self._materials
        ]
        found = {
            "solids": self._solids,
            "groups": groups,
            "materials": materials,
            "lamps": self._lamps,
        }
        return {name: np.array(rows, np.float32) for name, rows in found.items()}

    def _add(
        self,
        kind: _Kind,
        frame: Array,
        centre: Triple | Array,
        material: Material,
        taper: float = 1.0,
    ) -> None:
        if not self._starts:
            self.group()
        if material not in self._materials:
            self._materials.append(material)
        inverse = np.linalg.inv(frame)
        row = np.zeros((4, 4))
        row[:3, :3] = inverse
        row[:3, 3] = -inverse @ np.array(centre)
        row[3, :3] = kind, taper, self._materials.index(material)
        reach = np.abs(frame) @ np.array([max(1.0, taper), 1.0, max(1.0, taper)])
        self._solids.append(row)
        self._bounds.append(np.stack([np.array(centre) - reach, np.array(centre) + reach]))


def _turned(turn: float, nod: float, tip: float) -> Array:
    """(3, 3) rotation whose columns are the turned axes."""
    ct, st = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    cn, sn = math.cos(math.radians(nod)), math.sin(math.radians(nod))
    cp, sp = math.cos(math.radians(tip)), math.sin(math.radians(tip))
    about_y = np.array([[ct, 0, st], [0, 1, 0], [-st, 0, ct]])
    about_x = np.array([[1, 0, 0], [0, cn, -sn], [0, sn, cn]])
    about_z = np.array([[cp, -sp, 0], [sp, cp, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)
