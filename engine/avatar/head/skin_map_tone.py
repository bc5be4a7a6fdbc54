"""The skin's ground: where blood shows, mottling, folds, beard shadow and scalp."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import zoom

from engine.avatar.head.hair_scalp import hairline
from engine.avatar.head.layout import (
    EYE,
    EYE_RADIUS,
    MOUTH_HALF_WIDTH,
    MOUTH_Y,
    Array,
    bell,
    smoothstep,
)
from engine.avatar.head.sculpt import closed_face, ear, nostrils
from engine.avatar.head.sdf import gradient, project
from engine.avatar.head.skin_map_canvas import Canvas, Colour, grain
from engine.avatar.head.skin_map_chart import SIZE
from engine.avatar.head.template import CHART_CENTRE

_BLOOD: Colour = (1.02, 0.62, 0.54)
_LID: Colour = (0.82, 0.67, 0.66)
_TIRED: Colour = (0.78, 0.69, 0.73)
_FOLD: Colour = (0.36, 0.22, 0.19)
_BLUE: Colour = (0.80, 0.90, 0.98)


def darkness(tone: Colour) -> float:
    """0 for light skin to 1 for the darkest, from its luminance."""
    light = float(np.dot([0.2126, 0.7152, 0.0722], np.square(tone)))
    return float(smoothstep(0.42, 0.05, np.asarray(light)))


def paint_zones(canvas: Canvas, tone: Colour, blush: float) -> None:
    """Blood in cheeks, nose and chin, thin skin about the eyes, a cooler jaw."""
    x, y, z = canvas.folded
    show = blush * (1.6 - 0.9 * darkness(tone))
    cheek = bell((x - 4.1) ** 2 * 0.8 + (y + 2.7) ** 2 + ((z - 6.4) * 0.7) ** 2, 2.1)
    canvas.tint(_BLOOD, 0.50 * show * cheek)
    nose = bell(0.8 * x**2 + (y + 2.4) ** 2 + 0.5 * (z - 9.4) ** 2, 1.35)
    canvas.tint(_BLOOD, 0.50 * show * nose)
    chin = bell(0.35 * x**2 + (y + 8.6) ** 2, 1.5) * (z > 4)
    canvas.tint(_BLOOD, 0.22 * show * chin)
    about_mouth = bell(0.30 * x**2 + 0.6 * (y - MOUTH_Y) ** 2, 1.9) * (z > 4)
    canvas.tint(_BLOOD, 0.16 * show * about_mouth)
    canvas.tint(_BLUE, 0.25 * smoothstep(-5.0, -9.0, y) * (1 - chin))
    away = np.sqrt((x - EYE[0]) ** 2 + (y - EYE[1]) ** 2 + (z - EYE[2]) ** 2)
    lid = smoothstep(EYE_RADIUS + 0.9, EYE_RADIUS + 0.25, away) * (z > EYE[2] - 0.5)
    canvas.tint(_LID, 0.55 * lid * (0.6 + 0.4 * darkness(tone)))
    inner = bell((x - EYE[0] + 0.78 * EYE_RADIUS) ** 2 + (y - EYE[1] - 0.1) ** 2, 0.8)
    canvas.tint(_TIRED, 0.45 * inner * (z > EYE[2] - 0.5))
    bag = (x - EYE[0] + 0.35) ** 2 * 0.35 + (y - EYE[1] + 0.62 * EYE_RADIUS) ** 2
    canvas.tint(_TIRED, 0.30 * bell(bag, 0.62) * (z > EYE[2] - 0.5))


def mottle(canvas: Canvas, seed: int) -> None:
    """Uneven pigment and blood: broad blotches and fine ones."""
    pigment = 0.6 * grain(seed + 1, SIZE, 26.0) + 0.4 * grain(seed + 2, SIZE, 5.0)
    seen = smoothstep(-2.0, 3.0, canvas.at[..., 2])  # behind, the map is stretched
    canvas.colour *= (1 + 0.008 * pigment * seen)[..., None]
    canvas.tint((1.0, 0.88, 0.85), 0.17 * seen * np.clip(grain(seed + 3, SIZE, 11.0), -2, 2))


def fold_shade(at: Array) -> Array:
    """(SIZE, SIZE) 0 in the open to 1 deep in a narrow fold of the sculpt.

    Samples the distance along the normal, as `bake.creases` does, at every other texel of one
    half of the face's front; the sculpt is symmetric. ``at`` (SIZE, SIZE, 3) is where texels lie.
    """
    coarse = at[::2, ::2]
    want = np.zeros(coarse.shape[:2], np.bool_)
    half = SIZE // 4
    want[:, half:] = (coarse[:, half:, 2] > 2.0) & (coarse[:, half:, 1] < BROW_TOP)
    points = project(closed_face, coarse[want], 1)
    normal = gradient(closed_face, points, 0.04)
    shade = np.zeros(len(points))
    for reach, share in ((0.08, 0.35), (0.18, 0.40), (0.40, 0.35)):
        free = closed_face(points + normal * reach) / reach
        shade += share * np.clip(0.92 - free, 0.0, 1.0)
    shade *= smoothstep(2.0, 4.0, points[:, 2]) * smoothstep(BROW_TOP, BROW_TOP - 2, points[:, 1])
    whole = np.zeros(want.shape)
    whole[want] = shade
    whole[:, :half] = whole[:, : half - 1 : -1]
    return np.asarray(np.clip(zoom(whole, 2, order=1), 0.0, 1.0))


BROW_TOP = EYE[1] + 2.4 * EYE_RADIUS
"""Above this height the face has no folds of its own."""


def paint_creases(canvas: Canvas, folds: Array) -> None:
    """Darken nostrils, lid creases, the lips' parting and other narrow ``folds``, reddish."""
    canvas.tint(_FOLD, np.clip(1.5 * folds, 0.0, 1.0))
    hollow = nostrils(canvas.at.reshape(-1, 3)).reshape(canvas.at.shape[:2])
    canvas.tint(_FOLD, smoothstep(0.06, -0.10, hollow))


def beard(canvas: Canvas) -> Array:
    """(H, W) 0..1 where a beard grows: jaw, chin, upper lip and the front of the throat."""
    x, y, z = canvas.folded
    edge = MOUTH_Y + 0.2 + 0.34 * x - 0.9 * bell((x - 3.2) ** 2, 1.2)
    cheek = smoothstep(0.6, -0.5, y - np.minimum(edge + 1.2, 0.5))
    moustache = smoothstep(-3.35, -3.75, y) * smoothstep(MOUTH_HALF_WIDTH * 1.3, 1.8, x)
    jaw = np.maximum(cheek * smoothstep(1.3, 2.7, x), moustache)
    jaw = np.maximum(jaw, smoothstep(MOUTH_Y - 1.4, MOUTH_Y - 1.9, y))
    return np.asarray(jaw * smoothstep(-11.2, -9.9, y) * smoothstep(-1.8, -0.2, z))


def paint_stubble(
    canvas: Canvas, hair: Colour, amount: float, seed: int, grained: bool = True
) -> None:
    """The grey shadow of a shaved beard, with the ends of its hairs unless not ``grained``."""
    if amount <= 0:
        return
    where = beard(canvas)
    fine = np.clip(0.5 + 0.5 * grained * grain(seed + 5, SIZE, 0.9), 0, 1.6)
    canvas.cover(_cooled(hair), amount * where * (0.28 + 0.26 * fine))


def paint_scalp(
    canvas: Canvas, hair: Colour, density: float, kind: str, seed: int, grained: bool = True
) -> None:
    """Hair seen in the skin where it grows on the head, thinning towards its line."""
    if density <= 0:
        return
    depth = _growing(canvas, kind)
    fine = np.clip(grained * grain(seed + 6, SIZE, 0.8), -1.5, 1.5)
    grown = density * smoothstep(-0.45, 0.70, depth)
    canvas.cover(hair, np.clip(grown * (0.96 + 0.40 * (1.1 - grown) * fine), 0.0, 0.97))


def _growing(canvas: Canvas, kind: str) -> Array:
    """(H, W) depth inside the hair's region, cm, for one of `hair_options.HAIRLINES`.

    The ears have their texels where they stand before the head, so no hair is painted there.
    """
    flat = canvas.at.reshape(-1, 3)
    depth = hairline(flat, kind)
    x, y, z = np.abs(flat[:, 0]), flat[:, 1], flat[:, 2]
    depth -= 0.6 * smoothstep(1.5, -1.5, y)
    beside = (x > 4.0) & (np.abs(y + 0.7) < 4.5) & (np.abs(z + 1.5) < 4.0)
    outwards = flat[beside] - CHART_CENTRE
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    over = np.min([ear(flat[beside] + outwards * reach) for reach in (0.0, 0.8, 1.6)], axis=0)
    depth[beside] = np.where(over < 0.15, -1.0, depth[beside])
    return depth.reshape(canvas.at.shape[:2])


def _cooled(hair: Colour) -> Colour:
    red, green, blue = hair
    return (0.85 * red + 0.06, 0.9 * green + 0.07, blue + 0.09)
