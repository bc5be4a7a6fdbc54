"""What sun and years leave on a face: freckles, beauty spots and lines."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.layout import (
    BROW_Y,
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    MOUTH_HALF_WIDTH,
    MOUTH_Y,
    Array,
    smoothstep,
)
from engine.avatar.head.skin_map_canvas import Canvas, Colour, grain, resampled
from engine.avatar.head.skin_map_chart import SIZE

_FRECKLE: Colour = (0.66, 0.47, 0.34)
_SPOT: Colour = (0.30, 0.18, 0.13)
_LINE: Colour = (0.60, 0.44, 0.38)
_RIDGE: Colour = (1.20, 1.20, 1.20)
_TEXELS_PER_CM = 34.0


def paint_freckles(canvas: Canvas, amount: float, seed: int) -> None:
    """Scatter freckles over cheeks and nose, thinning outwards."""
    if amount <= 0:
        return
    random = np.random.default_rng(seed + 17)
    count = int(620 * amount)
    x = random.normal(0, 3.0, count)
    y = -1.7 + 0.10 * np.abs(x) + random.normal(0, 1.35, count)
    clear = np.hypot((np.abs(x) - EYE[0]) / 1.15, y - EYE[1]) > EYE_RADIUS * 0.72
    clear &= (np.abs(x) < 6.2) & (np.abs(y - MOUTH_Y) > 1.0)
    for place in canvas.over(x[clear], y[clear]):
        size = random.uniform(0.9, 2.3)
        canvas.crease(_FRECKLE, place[None], size, random.uniform(0.25, 0.75))


def paint_spots(canvas: Canvas, spots: tuple[tuple[float, float], ...]) -> None:
    """Beauty spots at (x, y), cm."""
    if not spots:
        return
    x, y = np.array(spots, np.float64).T
    for place in canvas.over(x, y):
        canvas.crease(_SPOT, place[None], 2.4, 0.9)


def paint_age(canvas: Canvas, age: float) -> None:
    """Lines and folds by years: the deeper ones come first, a net of fine ones last."""
    for start, x, y, width in _lines():
        depth = float(smoothstep(start, start + 0.6, np.asarray(age)))
        if depth > 0:
            _fold(canvas, x, y, width, depth)
            _fold(canvas, -x, y, width, depth)
    blotched = smoothstep(0.45, 1.0, np.asarray(age))
    uneven = np.clip(grain(23, SIZE, 7.0) - 0.9, 0, 2)
    canvas.tint((0.84, 0.74, 0.66), 0.30 * blotched * uneven)


def _fold(canvas: Canvas, x: Array, y: Array, width: float, depth: float) -> None:
    """A soft valley, a finer line in it, and the ridge below that catches the light.

    All of them fade out at both ends.
    """
    path = resampled(canvas.over(x, y), 1.0)
    t = np.linspace(0, 1, len(path))
    taper = np.maximum(np.sin(np.pi * (0.04 + 0.92 * t)) ** 0.7, 0.15) * width * _TEXELS_PER_CM
    canvas.crease(_LINE, path, 1.9 * taper, 0.30 * depth)
    canvas.crease(_LINE, path, 0.55 * taper, 0.34 * depth)
    across = np.gradient(path, axis=0)[:, ::-1] * [1.0, -1.0]
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    below = across * np.where(across[:, 1:] > 0, -1.0, 1.0)
    canvas.crease(_RIDGE, path + below * taper[:, None] * 2.2, 1.2 * taper, 0.22 * depth)


def _lines() -> list[tuple[float, Array, Array, float]]:
    """Lines of the left half: the age they begin at, x, y and width, cm."""
    t = np.linspace(0, 1, 13)
    lid, corner = EYE[0] + LID_HALF_WIDTH * EYE_RADIUS, MOUTH_HALF_WIDTH
    bag = EYE[1] - 0.60 * EYE_RADIUS
    lines = [
        (0.10, 1.55 + 1.75 * t**0.9, -2.75 + (MOUTH_Y + 3.1) * t - 0.35 * np.sin(np.pi * t), 0.15),
        (0.20, EYE[0] - 1.55 + 2.3 * t, bag - 0.62 * np.sin(0.35 + 2.2 * t), 0.11),
        (0.50, corner + 0.22 + 0.50 * t, MOUTH_Y - 0.30 - 1.25 * t, 0.12),
        (0.50, 0.52 - 0.10 * t + 0.10 * t**2, BROW_Y - 0.45 + 1.1 * t, 0.08),
    ]
    for k, (lift, drop) in enumerate(((0.50, 0.35), (0.15, -0.15), (-0.25, -0.55))):
        x = lid + 0.22 + (1.0 - 0.12 * k) * t
        lines.append((0.30 + 0.06 * k, x, EYE[1] + lift + drop * t**1.3, 0.06))
    for k in range(3):
        x = 3.6 * t - 0.02
        y = BROW_Y + 1.65 + 1.05 * k + 0.20 * np.sin(3.2 * t + 0.9 * k) - 0.25 * t**2
        lines.append((0.36 + 0.05 * k, x, y, 0.085))
    for k in range(4):
        x = 0.45 + 0.55 * k + 0.10 * t
        lines.append((0.70, x, MOUTH_Y + 0.95 + 0.50 * t - 0.08 * k, 0.04))
    return lines
