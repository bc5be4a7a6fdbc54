"""Putting pictures out of focus, as a lens does: discs of light, not a smear of colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.render.sets.pictures import cover
from engine.render.sets.stage import Bytes

Floats = NDArray[np.float32]

_WIDTH = 960
_RADIUS = 0.018  # of the picture's width
_GLOW = 6.0


def defocus(pixels: Bytes) -> Bytes:
    """(h, w, 3) sRGB as a wide aperture sees it, at most 960 wide.

    The blur is a disc and adds up linear light. What a photograph has clipped to white was
    brighter than that: it is taken as several times white, or lamps would turn grey.
    """
    rows, columns = pixels.shape[:2]
    width = min(columns, _WIDTH)
    small = cover(pixels, width, max(1, round(rows * width / columns)))
    value = small.astype(np.float32) / 255
    clipped = np.clip((value.min(axis=2, keepdims=True) - 0.85) / 0.15, 0, 1)
    light = value**2.2 * (1 + (_GLOW - 1) * clipped**2)
    blurred = disc_blur(light, max(1.0, _RADIUS * width))
    return np.asarray(np.clip(255 * blurred ** (1 / 2.2), 0, 255).round(), np.uint8)


def disc_blur(light: Floats, radius: float) -> Floats:
    """(h, w, n) light, each point spread over a disc of ``radius`` pixels; edges are mirrored."""
    reach = int(np.ceil(radius))
    padded = np.pad(light, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    shape = (padded.shape[0], padded.shape[1])
    kernel = np.fft.rfft2(disc / disc.sum(), shape)[..., None]
    blurred = np.fft.irfft2(np.fft.rfft2(padded, axes=(0, 1)) * kernel, shape, axes=(0, 1))
    return np.asarray(np.maximum(blurred[2 * reach :, 2 * reach :], 0), np.float32)
