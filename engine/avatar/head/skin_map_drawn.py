"""The skin's map for heads that are not shaded as in life: flat shapes with clean edges."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.brows import brow_half_width, brow_line
from engine.avatar.head.layout import (
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    MOUTH_HALF_WIDTH,
    MOUTH_Y,
    Array,
    lip_line,
    lower_lid,
    smoothstep,
    upper_lid,
)
from engine.avatar.head.skin_map_canvas import Canvas, Colour, resampled
from engine.avatar.head.skin_map_lips import lip_red

_INK: Colour = (0.20, 0.09, 0.10)
_BLUSH: Colour = (1.06, 0.56, 0.52)
_FRECKLE: Colour = (0.72, 0.50, 0.40)
NOSE_FOOT = MOUTH_Y + 2.62
"""Height of the nostrils, about."""


def paint_cheeks(canvas: Canvas, blush: float, soft: float) -> None:
    """An oval of blush on each cheek, and one on the nose; ``soft`` 0..1 is their edge."""
    x, y, z = canvas.folded
    cheek = np.hypot((x - 4.0) / 1.9, (y + 2.75) / 1.25)
    nose = np.hypot(x / 1.1, (y + 2.3) / 0.75)
    for away, strength in ((cheek, 0.55), (nose, 0.40)):
        oval = smoothstep(1.0 + 0.5 * soft, 0.95 - 0.7 * soft, away) * (z > 3)
        canvas.tint(_BLUSH, strength * blush * oval)


def paint_dots(canvas: Canvas, freckles: float) -> None:
    """A few round freckles on each cheek, placed by hand."""
    if freckles <= 0:
        return
    x = np.array([3.1, 3.85, 4.6, 3.45, 4.25])
    y = np.array([-2.15, -2.35, -2.15, -2.85, -2.9])
    for side in (1.0, -1.0):
        for place in canvas.over(side * x, y):
            canvas.stroke(_FRECKLE, place[None], 3.4, min(1.0, 0.4 + freckles))


def paint_solid_brows(
    canvas: Canvas, colour: Colour, thickness: float, arch: float, raised: float
) -> None:
    """Brows as one tapered shape each."""
    x, y, z = canvas.folded
    t = ((x - EYE[0]) / EYE_RADIUS + 0.95) / 1.98
    inside = np.clip(t, 0.0, 1.0)
    _, middle = brow_line(inside, arch, raised)
    across = np.abs(y - middle) / np.maximum(brow_half_width(inside, thickness), 0.02)
    ends = smoothstep(-0.02, 0.01, t) * smoothstep(1.02, 0.99, t)
    canvas.cover(colour, smoothstep(1.12, 0.90, across) * ends * (z > 2))


def paint_flat_lips(canvas: Canvas, colour: Colour, strength: float) -> None:
    """Lips of two tones, the upper one darker, with a clean edge."""
    x, y, _ = canvas.folded
    red = smoothstep(0.35, 0.65, lip_red(canvas))
    canvas.cover(colour, strength * red)
    canvas.tint((0.72, 0.66, 0.72), 0.8 * strength * red * (y > lip_line(x)))


def paint_ink(canvas: Canvas) -> None:
    """Lines as with a brush: where the lips meet, under the nose, the lids' creases and edges."""
    t = np.linspace(0.0, 1.0, 60)
    for side in (1.0, -1.0):
        x = t * MOUTH_HALF_WIDTH * 1.10
        _brush(canvas, side * x, lip_line(x), 2.9 * (1.0 - 0.75 * t**3))
        a = (-0.72 + 1.55 * t) * LID_HALF_WIDTH
        above = upper_lid(np.clip(a, -0.86, 0.86)) + 0.27 * np.sin(np.pi * (0.1 + 0.75 * t))
        taper = np.sin(np.pi * (0.04 + 0.90 * t)) ** 0.8
        _brush(canvas, side * (EYE[0] + EYE_RADIUS * a), EYE[1] + EYE_RADIUS * above, 1.5 * taper)
        a = (-0.15 + 1.05 * t) * LID_HALF_WIDTH
        below = EYE[1] + EYE_RADIUS * lower_lid(a) - 0.03
        _brush(canvas, side * (EYE[0] + EYE_RADIUS * a), below, 1.7 * np.sin(np.pi * t) ** 0.6)
        nostril = NOSE_FOOT + 0.10 * np.sin(np.pi * t) - 0.04 * t
        _brush(canvas, side * (0.22 + 0.62 * t), nostril, 2.0 * np.sin(np.pi * (0.1 + 0.8 * t)))


def _brush(canvas: Canvas, x: Array, y: Array, width: Array) -> None:
    """An ink line through (x, y), cm, as wide as ``width`` texels on each side."""
    path = resampled(canvas.over(x, y))
    spread = np.interp(np.linspace(0, 1, len(path)), np.linspace(0, 1, len(width)), width)
    canvas.stroke(_INK, path, spread, 0.92)
