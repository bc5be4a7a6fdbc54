"""The picture that is drawn into."""

from __future__ import annotations

import moderngl
import numpy as np

from engine.render.gl import Graphics


class Target:
    """The picture that is drawn into, and the backdrop that each frame begins with."""

    def __init__(self, graphics: Graphics, size: tuple[int, int], aspect: float) -> None:
        self._context = graphics.context
        self._colour = self._context.renderbuffer(size, 4)
        self._depth = self._context.depth_renderbuffer(size)
        self._frame = self._context.framebuffer([self._colour], self._depth)
        self._backdrop_colour = self._context.renderbuffer(size, 4)
        self._backdrop = self._context.framebuffer([self._backdrop_colour])
        self._paint_backdrop(graphics.programs["backdrop"], aspect)

    def _paint_backdrop(self, program: moderngl.Program, aspect: float) -> None:
        corners = self._context.buffer(np.array([-1, -1, 3, -1, -1, 3], np.float32))
        array = self._context.vertex_array(program, [(corners, "2f", "in_corner")])
        program["aspect"] = aspect
        self._backdrop.use()
        self._context.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        array.render()
        array.release()
        corners.release()

    def begin(self) -> None:
        """A frame with the backdrop and nothing in front of it."""
        self._frame.clear(depth=1.0)
        self._context.copy_framebuffer(self._frame, self._backdrop)
        self._frame.use()
        self._context.enable(moderngl.DEPTH_TEST)
        self._context.front_face = "cw"  # the projection mirrors top and bottom

    def read_into(self, pixels: object) -> None:
        """Copy the drawn RGBA rows, top first, into a writable buffer."""
        self._frame.read_into(pixels, components=4)

    def release(self) -> None:
        """Free everything."""
        for held in (
            self._frame,
            self._backdrop,
            self._colour,
            self._depth,
            self._backdrop_colour,
        ):
            held.release()
