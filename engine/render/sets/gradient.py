"""A studio wall without a place: dark paper, a lamp on it behind the figure, two coloured gels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.render.sets.stage import Bytes

_PAPER = (0.028, 0.036, 0.054)
_POOLS = (
    # Colour of light, centre to the right and below the middle, size; all in picture heights.
    ((0.165, 0.200, 0.270), (0.08, -0.08), 0.46),
    ((0.022, 0.115, 0.138), (-0.60, -0.20), 0.50),
    ((0.188, 0.080, 0.045), (0.66, 0.34), 0.52),
)
_GRAIN = 0.9


def gradient(width: int = 1600, height: int = 900) -> Bytes:
    """(height, width, 3) uint8 sRGB, with enough grain to hide 8-bit steps."""
    across = (np.arange(width) + 0.5 - width / 2) / height
    down = (np.arange(height) + 0.5) / height - 0.5
    light = np.tile(np.array(_PAPER, np.float32), (height, width, 1))
    for colour, (x, y), size in _POOLS:
        falloff = np.outer(_bell(down - y, size), _bell(across - x, size)).astype(np.float32)
        light += falloff[..., None] * np.array(colour, np.float32)
    random = np.random.default_rng(0)
    grain = random.standard_normal((height, width, 1), np.float32) * _GRAIN
    return np.asarray(np.clip(255 * np.sqrt(light) + grain, 0, 255).round(), np.uint8)


def _bell(distance: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-((distance / size) ** 2)))
