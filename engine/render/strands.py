"""A small repeating texture of strands of hair, made of filtered noise.

Noise is drawn fine across the strands and long along them by weighting its spectrum, which also
makes it repeat. Each channel is then ranked, so that its values are spread evenly: a share x of
the texture lies below x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

SIZE = (256, 128)
"""Texels across and along the strands."""

PERIOD = (6.0, 14.0)
"""Centimetres across and along before the texture repeats; hair.vert divides by them."""


def strand_texture(seed: int = 5) -> Bytes:
    """(SIZE[1], SIZE[0], 3) uint8, strands along the rows' normal, repeating both ways.

    Channels: brightness of strands; where a highlight shifts along them; which strands go first
    where hair thins out (the highest).
    """
    random = np.random.default_rng(seed)
    brightness = (
        0.8 * _strands(random, 8, 2.0)
        + 0.9 * _strands(random, 22, 3.0)
        + 0.5 * _strands(random, 50, 4.0)
    )
    shift = _strands(random, 7, 3.0) + 0.6 * _strands(random, 22, 4.0)
    cover = _strands(random, 10, 1.0) + 0.7 * _strands(random, 26, 1.2)
    return np.stack([_ranked(layer) for layer in (brightness, shift, cover)], -1)


def _strands(random: np.random.Generator, across: float, along: float) -> NDArray[np.float64]:
    """Noise with about ``across`` cycles per width and up to ``along`` per length, variance 1."""
    width, height = SIZE
    u = np.abs(np.fft.fftfreq(width) * width)[None]
    v = np.abs(np.fft.fftfreq(height) * height)[:, None]
    band = np.exp(-((np.log2(np.maximum(u, 0.1) / across) / 0.6) ** 2) - (v / along) ** 2)
    noise = np.fft.ifft2(np.fft.fft2(random.normal(size=(height, width))) * band).real
    return np.asarray(noise / noise.std())


def _ranked(values: NDArray[np.float64]) -> Bytes:
    order = np.argsort(values, axis=None)
    ranks = np.empty(values.size)
    ranks[order] = np.linspace(0.0, 255.0, values.size)
    return ranks.reshape(values.shape).round().astype(np.uint8)
