"""A part of a head in the graphics driver."""

from __future__ import annotations

import math
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from engine.avatar.morph import PartMorph
from engine.avatar.rig import Part
from engine.face import Floats
from engine.render.gl import Graphics
from engine.render.scene import FURTHEST_TURN

_THIN = ("brow", "lash")
_EYE_BACK = -0.1  # of the radius: what lies behind stays in the socket wherever the eye looks


class DrawnPart:
    """A part's buffers in the driver."""

    def __init__(self, graphics: Graphics, part: Part) -> None:
        self._context = graphics.context
        self._morph = PartMorph(part)
        self._thin = part.name in _THIN
        self._instances = 2 if part.material == "eye" else 1
        program = graphics.programs[part.material]
        self._vertices = self._context.buffer(self._morph.vertices, dynamic=self._morph.moves)
        faces = self._context.buffer(self._morph.faces[_seen(part)])
        content: list[tuple[Any, ...]] = [(self._vertices, "3f 3f", "in_position", "in_normal")]
        for name, form, values in (
            ("in_colour", "4f", part.colour),
            ("in_light", "3f", part.light),
            ("in_shadow", "3f", part.shadow),
            ("in_bind", "3f", part.bind),
        ):
            if name in program:
                buffer = self._context.buffer(np.ascontiguousarray(values[self._morph.order]))
                content.append((buffer, form, name))
        self._array = self._context.vertex_array(program, content, faces, index_element_size=4)
        self._buffers = [faces, *(entry[0] for entry in content)]

    def pose(self, weights: Floats) -> None:
        """Move the vertices to given weights and send them to the driver."""
        if self._morph.moves:
            self._morph.apply(weights)
            self._vertices.write(self._morph.vertices)

    def draw(self) -> None:
        """Draw into the current frame; thin parts show both sides."""
        toggle = self._context.disable if self._thin else self._context.enable
        toggle(moderngl.CULL_FACE)
        self._array.render(instances=self._instances)

    def release(self) -> None:
        """Free everything."""
        self._array.release()
        for buffer in self._buffers:
            buffer.release()


def _seen(part: Part) -> NDArray[np.bool_]:
    """(F,) which triangles can face the camera at all, however the head may turn.

    Half of what is left is culled in the driver, but only after its vertices were worked out.
    """
    if part.name in _THIN:
        return np.ones(len(part.faces), np.bool_)
    if part.material == "eye":
        depth = part.position[:, 2] / part.position[:, 2].max()
        front: NDArray[np.bool_] = depth[part.faces].max(axis=1) > _EYE_BACK
        return front
    first, second, third = part.position[part.faces].transpose(1, 0, 2)
    across = np.cross(second - first, third - first)
    length = np.linalg.norm(across, axis=1)
    seen: NDArray[np.bool_] = across[:, 2] >= -math.sin(FURTHEST_TURN) * length
    return seen
