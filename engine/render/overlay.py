"""What stands in front of the figure: a picture in the figure's own plane."""

from __future__ import annotations

import moderngl
import numpy as np

from engine.render.gl import Graphics
from engine.render.sets.stage import Foreground

_UNIT = 1


class Overlay:
    """A `Foreground` in the driver."""

    def __init__(self, graphics: Graphics, foreground: Foreground, chin: float) -> None:
        self._context = context = graphics.context
        height, width, _ = foreground.pixels.shape
        self._texture = context.texture((width, height), 4, np.ascontiguousarray(foreground.pixels))
        self._texture.build_mipmaps()
        self._texture.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
        self._texture.repeat_x = self._texture.repeat_y = False
        left, top = foreground.left, chin + foreground.top
        right, bottom = left + foreground.height * width / height, top - foreground.height
        corners = [left, top, 0, 0, left, bottom, 0, 1, right, top, 1, 0, right, bottom, 1, 1]
        self._corners = context.buffer(np.array(corners, np.float32))
        self._program = graphics.program("foreground")
        self._array = context.vertex_array(
            self._program, [(self._corners, "2f 2f", "in_place", "in_at")]
        )

    def draw(self) -> None:
        """Draw over whatever the current frame shows."""
        context = self._context
        context.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        context.enable(moderngl.BLEND)
        context.blend_func = (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)
        self._texture.use(_UNIT)
        self._program["picture"] = _UNIT
        self._array.render(moderngl.TRIANGLE_STRIP)
        context.disable(moderngl.BLEND)

    def release(self) -> None:
        """Free everything."""
        self._array.release()
        self._corners.release()
        self._texture.release()
