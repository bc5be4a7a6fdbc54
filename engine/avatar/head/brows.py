"""Brows: hundreds of fine strokes on the skin, fanned as brow hairs grow."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from engine.avatar.head.layout import BROW_Y, EYE, EYE_RADIUS, Array
from engine.avatar.head.skin_map_canvas import Canvas, Colour, resampled

_HAIRS = 330
_STEPS = 7


def brow_line(t: Array, arch: float = 1.0, raised: float = 0.0) -> tuple[Array, Array]:
    """x, y of a left brow's middle at ``t`` from 0 at the nose to 1 at the temple, cm."""
    x = EYE[0] + EYE_RADIUS * (-0.95 + 1.98 * t)
    rise = PchipInterpolator([0, 0.3, 0.62, 0.82, 1], [-0.30, 0.02, 0.36, 0.26, -0.12])(t)
    return x, BROW_Y + raised + 0.05 + rise * arch


def brow_half_width(t: Array, thickness: float = 1.0) -> Array:
    """Half the height of a brow, cm, at ``t``."""
    knots = [0, 0.06, 0.25, 0.55, 0.85, 1.0]
    return np.asarray(PchipInterpolator(knots, [0.16, 0.30, 0.33, 0.25, 0.12, 0.03])(t) * thickness)


def paint_brows(
    canvas: Canvas,
    colour: Colour,
    *,
    density: float,
    thickness: float,
    arch: float,
    raised: float,
    seed: int,
) -> None:
    """Both brows, hair by hair: lower hairs sweep up and out, upper ones down to meet them."""
    if density <= 0:
        return
    random = np.random.default_rng(seed + 41)
    for side in (1.0, -1.0):
        count = int(_HAIRS * min(density, 2.0))
        t = random.beta(1.05, 1.0, count) * 0.97
        v = np.clip(random.normal(0.0, 0.52, count), -1.0, 1.0)
        paths = _hairs(t, v, thickness, arch, raised, random)
        flat = paths.reshape(-1, 2)
        texels = canvas.over(flat[:, 0] * side, flat[:, 1]).reshape(count, _STEPS, 2)
        for path, place in zip(texels, t, strict=True):
            fine = resampled(path)
            taper = np.linspace(1.0, 0.25, len(fine)) * random.uniform(0.75, 1.15)
            alpha = random.uniform(0.45, 0.85) * min(1.0, 0.55 + 3.5 * place)
            shade = random.uniform(0.75, 1.25)
            red, green, blue = (min(1.0, part * shade) for part in colour)
            canvas.stroke((red, green, blue), fine, taper, alpha * min(1.0, 0.5 + 0.5 * density))


def _hairs(
    t: Array,
    v: Array,
    thickness: float,
    arch: float,
    raised: float,
    random: np.random.Generator,
) -> Array:
    """Paths (N, _STEPS, 2) of hairs in the plane of the face, cm."""
    x, y = brow_line(t, arch, raised)
    ahead, rise = brow_line(t + 0.02, arch, raised)
    slope = np.arctan2(rise - y, ahead - x)
    half = brow_half_width(t, thickness)
    upright = 1.15 * np.exp(-t / 0.10) + 0.42 * np.exp(-t / 0.5)
    angle = slope + upright - 0.30 * v * (1 - np.exp(-t / 0.15))
    angle += random.normal(0.0, 0.11, len(t))
    bend = -0.55 * (upright + 0.2) * random.uniform(0.5, 1.2, len(t))
    length = (0.62 - 0.20 * t) * thickness**0.4 * random.uniform(0.75, 1.15, len(t))
    root = np.stack([x, y + v * half - 0.10 * np.sin(angle) * length], -1)
    along = np.linspace(0.0, 1.0, _STEPS)
    heading = angle[:, None] + bend[:, None] * along
    step = np.stack([np.cos(heading), np.sin(heading)], -1) * (length / (_STEPS - 1))[:, None, None]
    return np.asarray(root[:, None] + np.cumsum(step, axis=1) - step[:, :1])
