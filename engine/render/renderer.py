"""From a FaceFrame to a picture."""

from __future__ import annotations

import threading
from types import TracebackType

from engine.avatar.morph import ShapeWeights
from engine.avatar.rig import Head, Part
from engine.errors import AssetError, InvalidInput
from engine.face import FaceFrame
from engine.render.gl import BINDINGS, graphics
from engine.render.lights import LIGHTS
from engine.render.mesh import DrawnPart
from engine.render.scene import UNIFORMS, Scene
from engine.render.target import Target
from engine.render.yuv import Bytes, Converter

_DRAW_ORDER = ("skin", "eye", "hard", "hair", "cloth")


class Renderer:
    """Draws one head at one size; stateless from frame to frame.

    width, height  16..1280 x 16..720, even, pixels
    supersample    1..4: the picture is drawn this much larger each way and area-filtered down,
                   which smooths edges for less than samples cost on a CPU
    samples        per drawn pixel, 0 for one; None takes what suits the renderer found

    Use it in the thread that made it, and close it: it holds buffers of the graphics driver.
    InvalidInput for a bad size, AssetError for a head that cannot be drawn, BackendUnavailable
    if nothing can draw here.
    """

    def __init__(
        self,
        head: Head,
        width: int,
        height: int,
        *,
        supersample: float = 1.4,
        samples: int | None = None,
    ) -> None:
        _check(width, height, supersample)
        parts = _in_order(head)
        self._thread = threading.get_ident()
        self._graphics = graphics()
        if samples is None:
            samples = 0 if self._graphics.software else min(4, self._graphics.context.max_samples)
        drawn = (-(-round(width * supersample) // 16) * 16, round(height * supersample))
        self._converter = Converter(width, height, *drawn)
        self._weights = ShapeWeights(head)
        self._scene = Scene(head, width / height)
        context = self._graphics.context
        self._uniforms = context.buffer(reserve=UNIFORMS.itemsize, dynamic=True)
        self._light = context.buffer(LIGHTS["soft"].pack())
        self._light.bind_to_uniform_block(BINDINGS["Light"])
        self._target = Target(self._graphics, drawn, width / height, samples)
        self._parts = [DrawnPart(self._graphics, part) for part in parts]
        self._closed = False

    def i420(self, face: FaceFrame) -> Bytes:
        """(height * 3 // 2, width) uint8, contiguous: planes Y, U, V as `engine.render.yuv`."""
        self.pose(face)
        self.draw()
        return self.read_i420()

    def rgb(self, face: FaceFrame) -> Bytes:
        """(height, width, 3) uint8, sRGB."""
        self.pose(face)
        self.draw()
        self._target.read_into(self._converter.pixels)
        return self._converter.rgb()

    def pose(self, face: FaceFrame) -> None:
        """First step of a picture: move vertices, head, eyes and camera."""
        if self._closed or threading.get_ident() != self._thread:
            raise RuntimeError("a Renderer is used open, in the thread that made it")
        weights = self._weights.expand(face.blendshapes)
        self._uniforms.write(self._scene.pack(face, weights))
        for part in self._parts:
            part.pose(weights)

    def draw(self, wait: bool = False) -> None:
        """Second step: draw what was posed; ``wait`` until it is done, to time it."""
        self._uniforms.bind_to_uniform_block(BINDINGS["Scene"])
        self._light.bind_to_uniform_block(BINDINGS["Light"])
        self._target.begin()
        for part in self._parts:
            part.draw()
        if wait:
            self._graphics.context.finish()

    def read_i420(self) -> Bytes:
        """Third step: fetch what was drawn, scaled and converted."""
        self._target.read_into(self._converter.pixels)
        return self._converter.i420()

    def close(self) -> None:
        """Free the driver's buffers; again does nothing."""
        if self._closed:
            return
        self._closed = True
        for part in self._parts:
            part.release()
        self._target.release()
        self._uniforms.release()
        self._light.release()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _in_order(head: Head) -> list[Part]:
    """The parts, what hides most first; AssetError for a material that nothing here draws."""
    for part in head.parts:
        if part.material not in _DRAW_ORDER:
            raise AssetError("material", part.material, f"use one of {', '.join(_DRAW_ORDER)}")
    return sorted(head.parts, key=lambda part: _DRAW_ORDER.index(part.material))


def _check(width: int, height: int, supersample: float) -> None:
    for name, value, most in (("width", width, 1280), ("height", height, 720)):
        if not 16 <= value <= most or value % 2:
            raise InvalidInput(name, value, f"use an even number of pixels from 16 to {most}")
    if not 1 <= supersample <= 4:
        raise InvalidInput("supersample", supersample, "use a factor from 1 to 4")
