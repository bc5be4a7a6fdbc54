"""What the skin's vertices say of it, beside its map: gloss, and tints that multiply the map.

Colours are square roots of linear RGB, as parts hold them.
"""

from __future__ import annotations

import numpy as np

from engine.avatar.head.hair_scalp import hairline
from engine.avatar.head.layout import BROW_Y, EYE, EYE_RADIUS, Array, bell, smoothstep
from engine.avatar.head.meshes import smoothed
from engine.avatar.head.sculpt import ear, lips
from engine.avatar.head.sdf import mirrored
from engine.avatar.head.template import Template

_MOUTH = (0.42, 0.18, 0.175)
_RIM = (1.0, 0.88, 0.87)
_EAR = (1.0, 0.91, 0.89)


def face_colour(face: Template) -> Array:
    """(V, 3): white where the map is all, the mouth's own colour inside it."""
    colour = np.ones((len(face.position), 3))
    colour += (np.asarray(_RIM) - 1) * face.rim[:, None]
    return np.asarray(colour + (np.asarray(_MOUTH) - colour) * face.bag[:, None])


def ear_colour(points: Array) -> Array:
    """(N, 3): ears are thin, and blood shows through them."""
    thin = smoothstep(0.4, -0.1, ear(points))[:, None]
    return np.asarray(1 + (np.asarray(_EAR) - 1) * thin)


def face_gloss(face: Template, scalp: float) -> Array:
    """(V,) 0 matt to 1 wet: forehead, nose and lips are oily, brows are not, nor is the scalp
    as far as hair grows on it (``scalp`` 1; 0 is bald)."""
    p = mirrored(face.position)
    x, y, z = p.T
    red = smoothed(smoothstep(0.20, 0.04, lips(p)) * (z > 5.0), face.faces, 1)
    nose = bell(1.4 * x**2 + 0.35 * (y + 1.2) ** 2 + (z - 9.0) ** 2, 1.7)
    forehead = bell(0.12 * x**2 + (y - BROW_Y - 2.6) ** 2, 2.2)
    cheekbone = bell((x - 4.3) ** 2 + (y + 1.6) ** 2, 1.4)
    gloss = 0.26 + 0.26 * nose + 0.16 * forehead + 0.12 * cheekbone
    brow = bell(((x - EYE[0]) / (1.1 * EYE_RADIUS)) ** 4 + ((y - BROW_Y) / 0.55) ** 2, 1.0)
    gloss = gloss * (1 - 0.9 * brow * (z > 3))
    gloss = gloss + (0.72 - gloss) * red + 0.5 * face.rim + 0.45 * face.bag
    grown = smoothstep(-0.3, 0.5, hairline(face.position))
    crown = bell(0.3 * x**2 + (y - 11.0) ** 2 + 0.3 * z**2, 4.0)
    gloss = gloss + 0.22 * crown * (1 - scalp)
    return np.asarray(np.clip(gloss * (1 - 0.8 * scalp * grown), 0.0, 1.0))
