"""The picture that is drawn into."""

from __future__ import annotations

import moderngl
import numpy as np

from engine.render.gl import Graphics
from engine.render.lights import Triple
from engine.render.sets.pictures import cover
from engine.render.sets.stage import Bytes, StageSet

_DISPLAY_GAMMA = 2.2


class Target:
    """The picture that is drawn into, and what each frame begins with.

    size     width and height, pixels
    samples  per pixel, or 0: a GPU smooths edges with several at little cost, a CPU does not
    """

    def __init__(self, graphics: Graphics, size: tuple[int, int], samples: int) -> None:
        self._context = context = graphics.context
        self._size, self._samples = size, samples
        self.frame = context.framebuffer(
            [context.texture(size, 4, samples=samples)],
            context.depth_renderbuffer(size, samples=samples),
        )
        self._resolved = context.framebuffer([context.texture(size, 4)]) if samples else self.frame
        self._backdrop: moderngl.Framebuffer | None = None
        self._colour = (0.0, 0.0, 0.0, 1.0)

    def set_backdrop(self, stage: StageSet, gain: Triple, scenery: float) -> None:
        """Begin with this from now on.

        ``gain`` brightens each channel of a picture, ``scenery`` magnifies it about its middle.
        """
        if self._backdrop is not None:
            _free(self._backdrop)
            self._backdrop = None
        red, green, blue, alpha = stage.colour
        self._colour = (red / 255, green / 255, blue / 255, alpha / 255)
        if stage.backdrop is not None:
            self._backdrop = self._painted(
                _graded(cover(stage.backdrop, *self._size, scenery, stage.middle), gain)
            )

    def _painted(self, pixels: Bytes) -> moderngl.Framebuffer:
        """A framebuffer that can be copied into the picture, with the same samples."""
        context = self._context
        painted = context.framebuffer([context.texture(self._size, 4, pixels)])
        if not self._samples:
            return painted
        # Only equal numbers of samples can be copied, so each pixel is spread over its own once.
        spread = context.framebuffer([context.renderbuffer(self._size, 4, samples=self._samples)])
        context.copy_framebuffer(spread, painted)
        _free(painted)
        return spread

    def begin(self, clear: bool = False) -> None:
        """A frame with nothing but the backdrop, or with nothing at all if ``clear``."""
        if clear:
            self.frame.clear()
        elif self._backdrop is None:
            self.frame.clear(*self._colour)
        else:
            # In this order: copied over a cleared picture, a backdrop costs another pass over it.
            self._context.copy_framebuffer(self.frame, self._backdrop)
            self.frame.color_mask = (False, False, False, False)
            self.frame.clear(depth=1.0)
            self.frame.color_mask = (True, True, True, True)
        self.frame.use()
        self._context.enable(moderngl.DEPTH_TEST)
        self._context.front_face = "cw"  # the projection mirrors top and bottom

    def resolve(self) -> None:
        """Make one sample per pixel of what was drawn."""
        if self._resolved is not self.frame:
            self._context.copy_framebuffer(self._resolved, self.frame)

    def use_picture(self, unit: int) -> None:
        """Let shaders see what was resolved."""
        drawn = self._resolved.color_attachments[0]
        assert isinstance(drawn, moderngl.Texture)
        drawn.use(unit)

    def read_into(self, pixels: object) -> None:
        """Copy what was drawn, RGBA rows, top first, into a writable buffer."""
        self.resolve()
        self._resolved.read_into(pixels, components=4)

    def release(self) -> None:
        """Free everything."""
        for frame in {self.frame, self._backdrop, self._resolved}:
            if frame is not None:
                _free(frame)


def _free(frame: moderngl.Framebuffer) -> None:
    for attached in (*frame.color_attachments, frame.depth_attachment):
        if attached is not None:
            attached.release()
    frame.release()


def _graded(picture: Bytes, gain: Triple) -> Bytes:
    """(height, width, 4): the picture with each channel brightened in linear light."""
    height, width, _ = picture.shape
    levels = np.arange(256)[:, None] * np.power(gain, 1 / _DISPLAY_GAMMA)
    curve = np.clip(levels.round(), 0, 255).astype(np.uint8)
    painted = np.full((height, width, 4), 255, np.uint8)
    for channel in range(3):
        painted[..., channel] = curve[picture[..., channel], channel]
    return painted
