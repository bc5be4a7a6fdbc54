"""What the rest of the engine asks of whatever draws, and the one place where that is chosen.

A back end draws one head in one place at one size, and each of the three can change while it
lives. Nothing outside this room knows how it does so.
"""

from __future__ import annotations

from typing import Protocol

from engine.avatar.rig import Head
from engine.face import FaceFrame
from engine.render.lights import Light
from engine.render.sets.stage import StageSet
from engine.render.yuv import Bytes


class DrawingBackend(Protocol):
    """Draws pictures of one face; each depends on its FaceFrame alone, not on those before."""

    def set_head(self, head: Head) -> None:
        """Draw this head from now on; AssetError if it cannot be drawn."""

    def set_stage(self, stage: StageSet, light: Light, framing: str) -> None:
        """Draw it in this place, in this light, this near, from now on.

        InvalidInput for an unknown ``framing``.
        """

    def resize(self, width: int, height: int, supersample: float) -> None:
        """Make pictures of another size, drawn ``supersample`` times larger each way.

        InvalidInput for a size that `Renderer` does not take.
        """

    def pose(self, face: FaceFrame) -> None:
        """First step of a picture: move what moves."""

    def draw(self, *, transparent: bool = False) -> None:
        """Second step: start drawing; ``transparent`` leaves the place out as far as it is none."""

    def read_i420(self, out: Bytes | None = None) -> Bytes:
        """Third step: (height * 3 // 2, width) uint8, contiguous: planes Y, U, V.

        Filled into ``out``, or into an array that the next call fills again.
        """

    def read_rgba(self, out: Bytes | None = None) -> Bytes:
        """Or: (height, width, 4) uint8, sRGB multiplied by alpha, kept likewise."""

    def close(self) -> None:
        """Free everything; again does nothing."""


def open_backend(
    head: Head, width: int, height: int, *, supersample: float = 1.3
) -> DrawingBackend:
    """What draws best on this machine, which is OpenGL on a GPU or else on the processor.

    InvalidInput for a bad size, AssetError for a head that cannot be drawn, BackendUnavailable
    if nothing can draw here.
    """
    from engine.render.renderer import Renderer

    return Renderer(head, width, height, supersample=supersample)
