"""What stands behind and in front of a figure, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Rgba = tuple[int, int, int, int]

CHROMA_GREEN: Rgba = (0, 177, 64, 255)
"""What stands for "nothing" in pictures without transparency, to be keyed out."""


@dataclass(frozen=True, slots=True)
class Foreground:
    """A picture in front of the figure.

    pixels  (h, w, 4) uint8, sRGB, multiplied by alpha
    left    its left edge, cm to the picture's right of the figure's middle
    top     its upper edge, cm above the figure's chin
    height  cm; all in the plane of the figure
    """

    pixels: Bytes
    left: float
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class StageSet:
    """A place.

    light       name of the light preset that suits it
    colour      sRGB and alpha, 0..255, where no backdrop is
    backdrop    (h, w, 3) uint8 sRGB, shown from edge to edge and cut to the picture's shape
    middle      where narrow pictures are cut out, widths to the right of the backdrop's middle
    foreground  drawn over the figure
    """

    name: str
    light: str
    colour: Rgba = (0, 0, 0, 255)
    backdrop: Bytes | None = None
    middle: float = 0.0
    foreground: Foreground | None = None

    def opaque(self) -> StageSet:
        """The same for pictures that cannot be transparent: chroma green where nothing is."""
        return self if self.colour[3] == 255 else replace(self, colour=CHROMA_GREEN)
