"""Make-up about the eyes, and the dark roots of the lashes that everyone has."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.layout import (
    EYE,
    EYE_RADIUS,
    LID_HALF_WIDTH,
    lower_lid,
    smoothstep,
    upper_lid,
)
from engine.avatar.head.skin_map_canvas import Canvas, Colour, resampled

_INK: Colour = (0.13, 0.09, 0.085)


def paint_lower_lashes(canvas: Canvas, fullness: float) -> None:
    """Fine strokes down from both lower lids, longest towards the temple."""
    random = np.random.default_rng(13)
    count = round(16 + 10 * fullness)
    for side in (1.0, -1.0):
        a = np.linspace(-0.55, 0.95, count) * LID_HALF_WIDTH + random.normal(0, 0.012, count)
        length = (0.10 + 0.09 * fullness) * np.interp(a, [-0.5, 0.6, 0.85], [0.6, 1.2, 1.0])
        lean = 0.05 + 0.55 * a + random.normal(0, 0.1, count)
        x = EYE[0] + EYE_RADIUS * a
        y = EYE[1] + EYE_RADIUS * lower_lid(a) - 0.02
        root, tip = (
            canvas.over(side * (x + t * lean * length), y - t * length * EYE_RADIUS * 0.5)
            for t in (0.0, 1.0)
        )
        for ends in np.stack([root, tip], 1):
            path = resampled(ends)
            canvas.stroke(_INK, path, np.linspace(0.45, 0.0, len(path)), 0.35 + 0.2 * fullness)


def paint_makeup(canvas: Canvas, eyeliner: float, shadow: Colour, strength: float) -> None:
    """Lash roots and eyeliner along both lids, eye shadow up to the crease and a little over."""
    x, y, z = canvas.folded
    across = (x - EYE[0]) / EYE_RADIUS
    inside = np.clip(across, -LID_HALF_WIDTH, LID_HALF_WIDTH)
    front = smoothstep(EYE[2], EYE[2] + 0.6, z)
    above = (y - EYE[1]) / EYE_RADIUS - upper_lid(inside)
    below = lower_lid(inside) - (y - EYE[1]) / EYE_RADIUS
    ends = smoothstep(LID_HALF_WIDTH * 1.06, LID_HALF_WIDTH * 0.9, np.abs(across)) * front
    out = smoothstep(-LID_HALF_WIDTH, LID_HALF_WIDTH * 0.6, across)

    wide = smoothstep(LID_HALF_WIDTH * 1.45, LID_HALF_WIDTH * 0.85, np.abs(across + 0.05)) * front
    lid = (
        smoothstep(-0.04, 0.02, above)
        * smoothstep(1.0, 0.0, (above - 0.10) / (0.42 + 0.16 * out))
        * wide
    )
    canvas.cover(shadow, 0.85 * strength * lid * (0.55 + 0.45 * out))
    under = smoothstep(-0.02, 0.02, below) * smoothstep(0.16, 0.02, below) * ends
    canvas.cover(shadow, 0.40 * strength * under * out)

    thick = (0.035 + 0.075 * eyeliner) * (0.35 + 0.65 * out)
    line = smoothstep(1.35, 0.55, np.abs(above) / thick) * ends
    canvas.cover(_INK, (0.50 + 0.48 * eyeliner) * line)
    low = smoothstep(0.045, 0.012, np.abs(below)) * ends * out
    canvas.cover(_INK, (0.14 + 0.50 * eyeliner) * low)
    if eyeliner > 0.5:
        reach = np.clip((across - 0.80 * LID_HALF_WIDTH) / 0.42, 0.0, 1.0)
        at = (y - EYE[1]) / EYE_RADIUS - upper_lid(np.full_like(x, 0.80 * LID_HALF_WIDTH))
        wing = smoothstep(0.075, 0.025, np.abs(at - 0.42 * reach) + 0.06 * reach)
        canvas.cover(_INK, 0.9 * wing * front * ((reach > 0) & (reach < 1)))
