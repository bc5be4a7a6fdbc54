"""Colours of skin, lips and scalp. Colours are square roots of linear RGB, as parts hold them."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.hair import hairline
from engine.avatar.head.layout import EYE, EYE_RADIUS, MOUTH_HALF_WIDTH, Array, bell, smoothstep
from engine.avatar.head.meshes import smoothed
from engine.avatar.head.sculpt import ear, lips
from engine.avatar.head.sdf import ellipsoid, mirrored, sphere
from engine.avatar.head.template import Template

SKIN = (0.835, 0.640, 0.535)
_LIP = (0.715, 0.395, 0.370)
_MOUTH = (0.42, 0.18, 0.175)
_SCALP = (0.20, 0.135, 0.10)


def _over(colour: Array, paint: tuple[float, float, float], amount: Array) -> Array:
    return colour + (np.asarray(paint) - colour) * amount[:, None]


def skin_tone(points: Array) -> Array:
    """Skin without lips: (N, 3) with a blush on cheeks, nose, chin and ears."""
    p = mirrored(points)
    x, y, z = p.T
    colour = np.tile(np.array(SKIN), (len(p), 1))
    cheek = bell((x - 4.2) ** 2 + (y + 2.8) ** 2 + ((z - 6.4) * 0.8) ** 2, 2.3)
    colour = _over(colour, (0.855, 0.535, 0.465), 0.42 * cheek)
    nose = bell(0.7 * x**2 + (y + 2.3) ** 2 + 0.5 * (z - 9.6) ** 2, 1.5)
    colour = _over(colour, (0.855, 0.535, 0.465), 0.42 * nose)
    colour = _over(colour, (0.845, 0.575, 0.495), 0.45 * smoothstep(0.5, -0.2, ear(p)) * (x > 6))
    nostril = ellipsoid(p, (0.54, -3.32, 8.95), (0.34, 0.34, 0.50))
    colour = _over(colour, (0.45, 0.23, 0.19), 0.8 * smoothstep(0.10, -0.12, nostril))
    chin = bell(0.2 * x**2 + (y + 9.2) ** 2, 1.8) * (z > 4)
    colour = _over(colour, (0.86, 0.60, 0.51), 0.25 * chin)
    lid = smoothstep(EYE_RADIUS + 0.75, EYE_RADIUS + 0.3, sphere(p, EYE, 0.0)) * (z > EYE[2])
    colour = _over(colour, (0.79, 0.565, 0.495), 0.40 * lid)
    depth = hairline(points)
    sideburn = np.minimum(y - 0.7, 1.1 - z) * (z > -1.0)
    depth = np.where(ear(p) < 0.15, -1.0, np.maximum(depth, np.where(x > 5.5, sideburn, -1.0)))
    return _over(colour, _SCALP, 0.96 * smoothstep(-0.55, 0.75, depth))


def face_colour(face: Template) -> tuple[Array, Array]:
    """Colour (V, 3) and gloss (V,) of the face's vertices."""
    p = mirrored(face.position)
    x, y, z = p.T
    colour = skin_tone(face.position)
    red = smoothstep(0.20, 0.04, lips(p)) * (z > 5.8)
    red = red * smoothstep(MOUTH_HALF_WIDTH * 1.17, MOUTH_HALF_WIDTH * 1.04, x)
    red = smoothed(red, face.faces, 2)
    colour = _over(colour, _LIP, 0.85 * red)
    colour = _over(colour, (0.42, 0.16, 0.15), 0.65 * face.slit**2)
    colour = _over(colour, (0.74, 0.46, 0.43), 0.7 * face.rim)
    colour = _over(colour, _MOUTH, face.bag)
    shine = bell(x**2 + (y + 2.2) ** 2 + (z - 9.6) ** 2, 1.6)
    forehead = bell(0.3 * x**2 + (y - 6) ** 2, 3.0)
    gloss = 0.22 + 0.22 * shine + 0.15 * forehead + 0.50 * red + 0.45 * face.bag
    scalp = smoothstep(-0.3, 0.5, hairline(face.position))
    return colour, np.clip(gloss * (1 - scalp), 0.0, 1.0)
