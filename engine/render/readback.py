"""Fetching pictures from a GPU: scaled and converted there, so that little has to be moved.

Drawing, filtering, conversion and the copy into a buffer of pixels are all queued at once and
nothing waits for them until the picture is read. Reading picture k only when k + 1 has been
queued would hide the wait altogether, but hold every picture back by the time of one; a live
session, which has one picture to show and shows it at once, gains nothing from that. So a read
waits for its own picture, and what its caller does in between costs nothing.

So far this has been run by llvmpipe alone, in tests, and on no GPU. On a CPU these shaders take
ten to thirty times as long as `engine.render.yuv`.
"""

from __future__ import annotations

import moderngl
import numpy as np

from engine.render.gl import Graphics
from engine.render.target import Target
from engine.render.yuv import Bytes, checked

_UNIT = 3


class GpuReader:
    """Makes a target's picture into planes or pixels of another size.

    width, height  of the result, even
    """

    def __init__(self, graphics: Graphics, target: Target, width: int, height: int) -> None:
        self._target = target
        self._planes = _Pass(graphics, "planes", target, (width, height), (width, height * 3 // 2))
        self._pixels = _Pass(graphics, "scaled", target, (width, height), (width, height))
        self._started: _Pass | None = None

    def start(self, *, planes: bool) -> None:
        """Queue the way of what has just been drawn to planes, or else to pixels."""
        self._target.resolve()
        self._started = self._planes if planes else self._pixels
        self._started.start()

    def i420(self, out: Bytes | None = None) -> Bytes:
        """As `Converter.i420`."""
        return self._fetched(self._planes, out)

    def rgba(self, out: Bytes | None = None) -> Bytes:
        """As `Converter.rgba`."""
        return self._fetched(self._pixels, out)

    def rgb(self) -> Bytes:
        """As `Converter.rgb`."""
        return self.rgba()[..., :3].copy()

    def _fetched(self, wanted: _Pass, out: Bytes | None) -> Bytes:
        if self._started is not wanted:
            self.start(planes=wanted is self._planes)
        return wanted.fetch(out)

    def release(self) -> None:
        """Free everything."""
        self._planes.release()
        self._pixels.release()


class _Pass:
    """A shader over the whole picture, and the buffer that its result is fetched through."""

    def __init__(
        self,
        graphics: Graphics,
        name: str,
        target: Target,
        shown: tuple[int, int],
        size: tuple[int, int],
    ) -> None:
        self._context = context = graphics.context
        self._program = graphics.program(name)
        self._target = target
        self._shown = shown
        self._components = 1 if name == "planes" else 4
        self._array = context.vertex_array(self._program, [])
        self._frame = context.framebuffer([context.renderbuffer(size, self._components)])
        self._buffer = context.buffer(reserve=size[0] * size[1] * self._components)
        shape = (size[1], size[0]) if self._components == 1 else (size[1], size[0], 4)
        self._kept = np.empty(shape, np.uint8)

    def start(self) -> None:
        """Queue the shader and the copy into the buffer."""
        self._target.use_picture(_UNIT)
        self._program["picture"] = _UNIT
        self._program["size"] = self._shown
        self._frame.use()
        self._context.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._array.render(moderngl.TRIANGLES, vertices=3)
        self._frame.read_into(self._buffer, components=self._components, alignment=1)

    def fetch(self, out: Bytes | None) -> Bytes:
        """Wait for the buffer and copy it into ``out``, or into an array that is filled again."""
        filled = self._kept if out is None else checked(out, self._kept.shape)
        self._buffer.read_into(filled)
        return filled

    def release(self) -> None:
        """Free everything."""
        self._array.release()
        self._buffer.release()
        for store in self._frame.color_attachments:
            store.release()
        self._frame.release()
