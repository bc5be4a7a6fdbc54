"""A studio wall without a place: paper, and a lamp on it behind the figure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.render.sets.stage import Bytes

_PAPER = np.array([0.058, 0.070, 0.095])
_SPOT = np.array([0.150, 0.185, 0.240])
_WARM = np.array([0.110, 0.058, 0.036])


def gradient(width: int = 1600, height: int = 900) -> Bytes:
    """(height, width, 3) uint8 sRGB, with enough grain to hide 8-bit steps."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (x + 0.5 - width / 2) / height, (y + 0.5) / height - 0.5
    light = _PAPER * np.ones((height, width, 1))
    light += _SPOT * _pool(across - 0.10, down + 0.04, 0.50)
    light += _WARM * _pool(across + 0.62, down - 0.42, 0.52)
    light *= (1 - 0.30 * np.clip(across**2 / 1.1 + down**2 / 0.55, 0, 2))[..., None].clip(0.25)
    grain = np.random.default_rng(0).normal(0, 0.9, (height, width, 1))
    return np.asarray(np.clip(255 * light ** (1 / 2.2) + grain, 0, 255).round(), np.uint8)


def _pool(
    across: NDArray[np.float32], down: NDArray[np.float32], size: float
) -> NDArray[np.float32]:
    falloff: NDArray[np.float32] = np.exp(-(across**2 + down**2) / size**2)[..., None]
    return falloff
