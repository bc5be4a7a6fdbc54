"""The red of the lips: a border crisp in the middle and soft in the corners, and fine lines."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.layout import MOUTH_HALF_WIDTH, Array, lip_line, smoothstep
from engine.avatar.head.sculpt import lips
from engine.avatar.head.skin_map_canvas import Canvas, Colour
from engine.avatar.head.skin_map_tone import darkness

_LIGHT_LIP: Colour = (0.76, 0.44, 0.46)
_DARK_LIP: Colour = (0.92, 0.66, 0.66)


def bare_lips(tone: Colour) -> Colour:
    """The colour of lips without make-up on skin of a tone."""
    dark = darkness(tone)
    factor = np.sqrt(np.asarray(_LIGHT_LIP) * (1 - dark) + np.asarray(_DARK_LIP) * dark)
    red, green, blue = (float(part) for part in np.asarray(tone) * factor)
    return (red, green, blue)


def lip_red(canvas: Canvas) -> Array:
    """(H, W) 1 on the red of the lips, 0 off it."""
    x, y, z = canvas.folded
    near = (x < MOUTH_HALF_WIDTH * 1.3) & (np.abs(y - lip_line(x)) < 2.2) & (z > 4.5)
    away = np.full(x.shape, 9.0)
    away[near] = lips(canvas.at[near])
    out = smoothstep(0.6, 1.0, x / MOUTH_HALF_WIDTH)
    red = smoothstep(0.0, 1.0, (0.19 + 0.03 * out - away) / (0.09 + 0.08 * out))
    return np.asarray(red * smoothstep(MOUTH_HALF_WIDTH * 1.10, MOUTH_HALF_WIDTH, x))


def paint_lips(
    canvas: Canvas, tone: Colour, bare: Colour | None, lipstick: tuple[Colour, float]
) -> None:
    """Lay on the lips' red, its lighter border, fine lines, and lipstick over it."""
    red = lip_red(canvas)
    x, y, z = canvas.folded
    border = smoothstep(0.02, 0.4, red) * smoothstep(0.75, 0.3, red)
    canvas.tint((1.12, 1.10, 1.08), 0.4 * border * (y > lip_line(x)) * smoothstep(2.0, 1.0, x))
    colour, strength = lipstick
    canvas.cover(bare_lips(tone) if bare is None else bare, 0.90 * red)
    canvas.cover(colour, 0.92 * strength * red)
    canvas.tint((0.66, 0.56, 0.56), 0.5 * red * _lines(canvas.at) * (1 - 0.6 * strength))
    inner = smoothstep(0.35, 0.0, np.abs(y - lip_line(x)))
    canvas.tint((0.62, 0.42, 0.42), 0.55 * red * inner)
    corner = smoothstep(0.5, 0.05, np.hypot(x - MOUTH_HALF_WIDTH * 1.02, y - lip_line(x)))
    canvas.tint((0.70, 0.50, 0.46), 0.6 * corner * (z > 4.5))


def _lines(at: Array) -> Array:
    """(H, W) 0..1: the fine lines of the lips, unevenly spaced, fanned towards the corners."""
    random = np.random.default_rng(11)
    along = np.linspace(-3.2, 3.2, 1200)
    lines = np.zeros_like(along)
    for place in random.uniform(-2.5, 2.5, 60):
        lines += random.uniform(0.1, 0.9) * np.exp(-(((along - place) / 0.022) ** 2))
    x, off = at[..., 0], at[..., 1] - lip_line(at[..., 0])
    fanned = x * (1 - 0.16 * np.abs(off)) + 0.03 * np.sin(7 * off)
    return np.interp(fanned, along, np.minimum(lines, 1.0))
