"""A map to paint skin on: washes, tints, strokes and noise. Colours are gamma-2 RGB."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from engine.avatar.head.layout import Array
from engine.avatar.head.skin_map_chart import texels_over

Colour = tuple[float, float, float]


@dataclass(slots=True)
class Canvas:
    """The map being painted.

    colour  (H, W, 3) gamma-2 RGB, row 0 at v = 0
    at      (H, W, 3) cm: each texel's place on the face
    """

    colour: Array
    at: Array

    @property
    def folded(self) -> tuple[Array, Array, Array]:
        """x, y, z (H, W) of the texels, folded onto the subject's left half."""
        return np.abs(self.at[..., 0]), self.at[..., 1], self.at[..., 2]

    def over(self, x: Array, y: Array) -> Array:
        """Texel coordinates (N, 2) of the foremost skin over (x, y), cm."""
        return texels_over(x, y, self.at)

    def cover(self, paint: Colour, amount: Array) -> None:
        """Lay an opaque colour over as much of each texel as ``amount`` (H, W) says."""
        self.colour += (np.asarray(paint, np.float64) - self.colour) * _one(amount)

    def tint(self, factor: Colour, amount: Array) -> None:
        """Multiply by a colour of linear light, as far as ``amount`` (H, W) says."""
        change = np.sqrt(np.asarray(factor, np.float64)) - 1
        self.colour *= 1 + change * _one(amount)

    def stroke(self, paint: Colour, path: Array, radius: Array | float, alpha: float) -> None:
        """Draw one opaque hair or line along ``path`` (K, 2), texels, no more than one apart."""
        window, away = _near(path, radius, 2.0, self.colour.shape)
        cover = np.clip(0.5 - away, 0.0, 1.0)[..., None] * alpha
        part = self.colour[window]
        part += (np.asarray(paint) - part) * cover

    def crease(self, factor: Colour, path: Array, width: Array | float, alpha: float) -> None:
        """Tint along a soft line through ``path`` (K, 2), texels, no more than one apart."""
        reach = float(np.max(width)) * 2.5
        window, away = _near(path, 0.0, reach, self.colour.shape, scale=width)
        amount = np.exp(-(away**2))[..., None] * alpha
        self.colour[window] *= 1 + (np.sqrt(np.asarray(factor)) - 1) * amount


def _one(amount: Array) -> Array:
    return np.asarray(amount, np.float64)[..., None]


def _near(
    path: Array,
    radius: Array | float,
    margin: float,
    shape: tuple[int, ...],
    scale: Array | float = 1.0,
) -> tuple[tuple[slice, slice], Array]:
    """A window about a path and, there, the distance to it less its radius, in ``scale``."""
    reach = float(np.max(radius)) + margin
    low = np.maximum(np.floor(path.min(0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(path.max(0) + reach) + 1, (shape[1], shape[0])).astype(int)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    away = np.hypot(x[..., None] - path[:, 0], y[..., None] - path[:, 1])
    nearest = ((away - radius) / scale).min(-1)
    return (slice(low[1], high[1]), slice(low[0], high[0])), nearest


def resampled(path: Array, step: float = 0.8) -> Array:
    """A polyline (K, 2) with its points no more than ``step`` apart."""
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    at = np.linspace(0.0, along[-1], max(2, int(np.ceil(along[-1] / step)) + 1))
    return np.stack([np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1])], -1)


def grain(seed: int, size: int, scale: float | tuple[float, float]) -> Array:
    """Smooth noise (size, size), deviation 1, whose blotches are ``scale`` texels (y, x) wide."""
    rough = np.random.default_rng(seed).normal(size=(size, size))
    soft = gaussian_filter(rough, scale, mode="wrap")
    return np.asarray(soft / soft.std(), np.float64)
