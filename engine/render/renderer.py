"""From a FaceFrame to a picture, by OpenGL: the back end behind `engine.render.backend`."""

from __future__ import annotations

import threading
from types import TracebackType

from engine.avatar.rig import Head
from engine.errors import InvalidInput
from engine.face import FaceFrame
from engine.render.framing import Framing, Landmarks
from engine.render.gl import BINDINGS, graphics
from engine.render.lights import Light, light_named
from engine.render.mesh import DrawnPart, SharedHead
from engine.render.overlay import Overlay
from engine.render.readback import GpuReader
from engine.render.scene import UNIFORMS, Scene
from engine.render.sets import StageSet, load_set
from engine.render.target import Target
from engine.render.yuv import Bytes, Converter

LONGEST_SIDE = 1280
MOST_PIXELS = 1280 * 720

_SAMPLES = 4  # per pixel on a GPU, where they cost little; on a CPU more than larger pictures do


class Renderer:
    """Draws one head in one place at one size; stateless from frame to frame.

    width, height  16..1280 each, even, at most 1280 * 720 pixels together
    supersample    1..4: the picture is drawn this much larger each way and area-filtered down,
                   which smooths edges for less than samples cost on a CPU
    hardware       whether a GPU draws: it smooths edges with several samples per pixel as well,
                   and makes planes itself; None finds out

    It begins in the set `gradient`, framed as a portrait. Use it in the thread that made it, and
    close it: it holds buffers of the graphics driver. InvalidInput for a bad size, AssetError for
    a head that cannot be drawn, BackendUnavailable if nothing can draw here.
    """

    def __init__(
        self,
        head: Head,
        width: int,
        height: int,
        *,
        supersample: float = 1.3,
        hardware: bool | None = None,
    ) -> None:
        check_size(width, height, supersample)
        self._thread = threading.get_ident()
        self._closed = False
        self._graphics = graphics()
        self._hardware = not self._graphics.software if hardware is None else hardware
        self._stage = load_set("gradient")
        self._light = light_named(self._stage.light)
        self._framing = "portrait"
        self._overlay: Overlay | None = None
        self._head = SharedHead.share(self._graphics, head)
        self._parts = [DrawnPart(part) for part in self._head.parts]
        context = self._graphics.context
        self._scene_block = context.buffer(reserve=UNIFORMS.itemsize, dynamic=True)
        self._light_block = context.buffer(self._light.pack())
        self._make_target(width, height, supersample)

    # What is drawn

    def set_head(self, head: Head) -> None:
        """Draw this head from now on; AssetError if it cannot be drawn."""
        self._check_usable()
        if head is self._head.head:
            return
        shared = SharedHead.share(self._graphics, head)
        self._release_head()
        self._head = shared
        self._parts = [DrawnPart(part) for part in shared.parts]
        self._frame()

    def set_stage(self, stage: StageSet, light: Light, framing: str) -> None:
        """Draw it in this place, in this light, this near, from now on.

        InvalidInput for an unknown ``framing``.
        """
        self._check_usable()
        Framing.of(self._head.head, self._aspect, framing)
        self._stage, self._light, self._framing = stage, light, framing
        self._light_block.write(light.pack())
        self._frame()
        self._paint()

    def resize(self, width: int, height: int, supersample: float) -> None:
        """Make pictures of another size from now on; InvalidInput as for a new Renderer."""
        self._check_usable()
        check_size(width, height, supersample)
        self._release_target()
        self._make_target(width, height, supersample)

    def _make_target(self, width: int, height: int, supersample: float) -> None:
        drawn = (-(-round(width * supersample) // 16) * 16, round(height * supersample))
        self._aspect = width / height
        samples = min(_SAMPLES, self._graphics.context.max_samples) if self._hardware else 0
        self._target = Target(self._graphics, drawn, samples)
        self._reader = (
            GpuReader(self._graphics, self._target, width, height)
            if self._hardware
            else Converter(width, height, *drawn)
        )
        self._frame()
        self._paint()

    def _frame(self) -> None:
        """Point the camera anew, as head, shape or way of framing have changed."""
        head = self._head.head
        self._window = Framing.of(head, self._aspect, self._framing)
        self._scene = Scene(head, self._window)
        if self._overlay is not None:
            self._overlay.release()
            self._overlay = None
        if self._stage.foreground is not None:
            chin = Landmarks.of(head).chin
            self._overlay = Overlay(self._graphics, self._stage.foreground, chin)

    def _paint(self) -> None:
        """Lay out the backdrop anew, as place, light, size or way of framing have changed."""
        stage = self._stage.opaque()
        self._target.set_backdrop(stage, self._light.backdrop, self._window.scenery)

    # Pictures

    def i420(self, face: FaceFrame, out: Bytes | None = None) -> Bytes:
        """The picture of a face as `read_i420` gives it."""
        self.pose(face)
        self.draw()
        return self.read_i420(out)

    def rgba(self, face: FaceFrame, out: Bytes | None = None) -> Bytes:
        """The picture of a face as `read_rgba` gives it, transparent where the set is."""
        self.pose(face)
        self.draw(transparent=True)
        return self.read_rgba(out)

    def rgb(self, face: FaceFrame) -> Bytes:
        """(height, width, 3) uint8, sRGB, in an array of its own."""
        self.pose(face)
        self.draw()
        return self._fetched().rgb()

    def pose(self, face: FaceFrame) -> None:
        """First step of a picture: move vertices, head, eyes and camera."""
        self._check_usable()
        weights = self._head.weights.expand(face.blendshapes)
        self._scene_block.write(self._scene.pack(face, weights))
        for part in self._parts:
            part.pose(weights)

    def draw(self, *, transparent: bool = False, wait: bool = False) -> None:
        """Second step: draw what was posed.

        ``transparent`` draws a transparent set as nothing and not as chroma green; ``wait`` until
        all is done, to time it.
        """
        self._scene_block.bind_to_uniform_block(BINDINGS["Scene"])
        self._light_block.bind_to_uniform_block(BINDINGS["Light"])
        self._head.bind()
        self._target.begin(clear=transparent and self._stage.colour[3] == 0)
        for part in self._parts:
            part.draw()
        if self._overlay is not None:
            self._overlay.draw()
        if isinstance(self._reader, GpuReader):
            self._reader.start(planes=not transparent)
        if wait:
            self._graphics.context.finish()

    def read_i420(self, out: Bytes | None = None) -> Bytes:
        """Third step: (height * 3 // 2, width) uint8, contiguous: planes Y, U, V.

        Scaled and converted as `engine.render.yuv` says; filled into ``out``, or into an array
        that the next call fills again.
        """
        return self._fetched().i420(out)

    def read_rgba(self, out: Bytes | None = None) -> Bytes:
        """Or: (height, width, 4) uint8, sRGB multiplied by alpha, kept as `read_i420` does.

        Edges are filtered, so they are partly transparent; `engine.render.yuv.straight` divides
        by alpha for formats that want it so, as PNG does.
        """
        return self._fetched().rgba(out)

    def _fetched(self) -> GpuReader | Converter:
        """What converts the picture, once it has it."""
        if isinstance(self._reader, Converter):
            self._target.read_into(self._reader.pixels)
        return self._reader

    # The end

    def close(self) -> None:
        """Free the driver's buffers; again does nothing."""
        if self._closed:
            return
        self._check_usable()
        self._closed = True
        self._release_head()
        self._release_target()
        if self._overlay is not None:
            self._overlay.release()
        self._scene_block.release()
        self._light_block.release()

    def _release_head(self) -> None:
        for part in self._parts:
            part.release()
        self._head.release()

    def _release_target(self) -> None:
        if isinstance(self._reader, GpuReader):
            self._reader.release()
        self._target.release()

    def _check_usable(self) -> None:
        if self._closed or threading.get_ident() != self._thread:
            raise RuntimeError("a Renderer is used open, in the thread that made it")

    def __enter__(self) -> Renderer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def check_size(width: int, height: int, supersample: float) -> None:
    """InvalidInput unless pictures of this size can be drawn."""
    for name, value in (("width", width), ("height", height)):
        if not 16 <= value <= LONGEST_SIDE or value % 2:
            raise InvalidInput(name, value, f"use an even number of pixels, 16 to {LONGEST_SIDE}")
    if width * height > MOST_PIXELS:
        raise InvalidInput("height", height, f"use at most {MOST_PIXELS // width} at this width")
    if not 1 <= supersample <= 4:
        raise InvalidInput("supersample", supersample, "use a factor from 1 to 4")
