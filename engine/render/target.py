"""The picture that is drawn into."""

from __future__ import annotations

import moderngl
import numpy as np

from engine.render.gl import Graphics

_LAMPS = 24


class Target:
    """The picture that is drawn into, and the backdrop that each frame begins with.

    size     width and height, pixels
    aspect   width to height of the picture as it will be shown
    samples  per pixel, or 0: a GPU smooths edges with several at little cost, a CPU does not
    """

    def __init__(
        self, graphics: Graphics, size: tuple[int, int], aspect: float, samples: int
    ) -> None:
        self._context = context = graphics.context
        self._backdrop = context.framebuffer([context.renderbuffer(size, 4, samples=samples)])
        self._frame = context.framebuffer(
            [context.renderbuffer(size, 4, samples=samples)],
            context.depth_renderbuffer(size, samples=samples),
        )
        self._resolved = (
            context.framebuffer([context.renderbuffer(size, 4)]) if samples else self._frame
        )
        self._paint_backdrop(graphics.programs["backdrop"], aspect)

    def _paint_backdrop(self, program: moderngl.Program, aspect: float) -> None:
        corners = self._context.buffer(np.array([-1, -1, 3, -1, -1, 3], np.float32))
        array = self._context.vertex_array(program, [(corners, "2f", "in_corner")])
        program["aspect"] = aspect
        program["lamps"] = _lamps()
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
        if self._resolved is not self._frame:
            self._context.copy_framebuffer(self._resolved, self._frame)
        self._resolved.read_into(pixels, components=4)

    def release(self) -> None:
        """Free everything."""
        for frame in {self._frame, self._backdrop, self._resolved}:
            for attached in (*frame.color_attachments, frame.depth_attachment):
                if attached is not None:
                    attached.release()
            frame.release()


def _lamps() -> list[tuple[float, float, float, float]]:
    """Distant lamps out of focus, spread evenly by a low-discrepancy sequence (R2, Roberts 2018).

    Centre in picture heights, radius, brightness.
    """
    plastic = 1.32471795724
    steps = np.arange(1, _LAMPS + 1)
    across, up = (0.5 + steps / plastic) % 1, (0.5 + steps / plastic**2) % 1
    size, brightness = (steps * 0.6180339887) % 1, (steps * 0.7548776662) % 1
    columns = (2.0 * across - 1.0, 0.72 * up - 0.2, 0.014 + 0.024 * size, 0.025 + 0.07 * brightness)
    rows = np.stack(columns, axis=1).tolist()
    return [(x, y, radius, light) for x, y, radius, light in rows]
