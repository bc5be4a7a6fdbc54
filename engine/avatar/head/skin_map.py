"""The skin's texture: tone, blush, lips, brows, marks of sun and age, and make-up.

One map is painted per character on the canonical face, in layers from the ground up. Whatever
is painted bends and stretches with the skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.avatar.head.brows import paint_brows
from engine.avatar.head.digest import kept
from engine.avatar.head.layout import Array
from engine.avatar.head.skin_map_canvas import Canvas, Colour
from engine.avatar.head.skin_map_chart import texel_places
from engine.avatar.head.skin_map_drawn import (
    paint_cheeks,
    paint_dots,
    paint_flat_lips,
    paint_ink,
    paint_solid_brows,
)
from engine.avatar.head.skin_map_lips import bare_lips, paint_lips
from engine.avatar.head.skin_map_makeup import paint_lower_lashes, paint_makeup
from engine.avatar.head.skin_map_marks import paint_age, paint_freckles, paint_spots
from engine.avatar.head.skin_map_tone import (
    fold_shade,
    mottle,
    paint_creases,
    paint_scalp,
    paint_stubble,
    paint_zones,
)
from engine.avatar.head.template import Template


@dataclass(frozen=True, slots=True)
class SkinOptions:
    """How a character's skin looks. Colours are gamma-2 RGB, strengths 0..1.

    tone                    of bare skin on the forehead
    blush                   how much blood shows in cheeks, nose and chin; 0.5 is usual
    freckles                from none to covered
    spots                   beauty spots: (x, y) on the face, cm, x to the subject's left
    age                     0 has no line, 0.4 is forty, 1 is eighty
    stubble                 the shadow of a shaved beard
    hair, beard             colour of the hairs that scalp and stubble show
    hairline                one of `hair_options.HAIRLINES`
    scalp                   how dense the hair is where it grows: 1 hides the skin, 0 is bald
    lips                    colour of bare lips; None takes what suits the skin
    lipstick                colour and strength
    lashes                  of the lower lids: short and sparse to long
    eyeliner                along the lids
    eyeshadow               colour and strength
    brow                    colour of the brows; None takes the hair's
    brow_density, brow_thickness, brow_arch, brow_height   about the usual, which is 1, 1, 1, 0
    seed                    of everything scattered at random
    """

    tone: Colour = (0.835, 0.640, 0.535)
    blush: float = 0.5
    freckles: float = 0.0
    spots: tuple[tuple[float, float], ...] = ()
    age: float = 0.25
    stubble: float = 0.0
    hair: Colour = (0.20, 0.135, 0.10)
    beard: Colour = (0.20, 0.135, 0.10)
    hairline: str = "round"
    scalp: float = 1.0
    lips: Colour | None = None
    lipstick: tuple[Colour, float] = ((0.70, 0.20, 0.22), 0.0)
    lashes: float = 0.5
    eyeliner: float = 0.0
    eyeshadow: tuple[Colour, float] = ((0.45, 0.30, 0.28), 0.0)
    brow: Colour | None = None
    brow_density: float = 1.0
    brow_thickness: float = 1.0
    brow_arch: float = 1.0
    brow_height: float = 0.0
    seed: int = 0

    @property
    def brow_colour(self) -> Colour:
        """The brows' own colour, or the hair's."""
        return self.hair if self.brow is None else self.brow


def skin_map(face: Template, options: SkinOptions, style: str = "natural") -> NDArray[np.uint8]:
    """(H, W, 3) uint8 gamma-2 albedo, row 0 at v = 0; coordinates are `skin_map_chart.skin_uv`.

    ``style`` is one of `engine.avatar.rig.STYLES`: any but the natural one gets flat shapes.
    """
    at, folds = _ground(face)
    canvas = Canvas(np.broadcast_to(np.asarray(options.tone), at.shape).copy(), at)
    if style == "natural":
        _paint_natural(canvas, options, folds)
    else:
        _paint_drawn(canvas, options, inked=style == "toon")
    return np.asarray(np.clip(canvas.colour * 255 + 0.5, 0, 255), np.uint8)


def _ground(face: Template) -> tuple[Array, Array]:
    """Where the texels lie and how deep in folds: the same for everyone, so kept."""

    def make() -> dict[str, Array]:
        at = texel_places(face)
        return {"at": at, "folds": fold_shade(at)}

    found = kept("skin_map_tone", make)
    return np.asarray(found["at"], np.float64), np.asarray(found["folds"], np.float64)


def _paint_natural(canvas: Canvas, options: SkinOptions, folds: Array) -> None:
    paint_zones(canvas, options.tone, options.blush)
    mottle(canvas, options.seed)
    paint_age(canvas, options.age)
    paint_freckles(canvas, options.freckles, options.seed)
    paint_spots(canvas, options.spots)
    paint_stubble(canvas, options.beard, options.stubble, options.seed)
    paint_scalp(canvas, options.hair, options.scalp, options.hairline, options.seed)
    paint_lips(canvas, options.tone, options.lips, options.lipstick)
    paint_creases(canvas, folds)
    paint_lower_lashes(canvas, options.lashes)
    paint_makeup(canvas, options.eyeliner, *options.eyeshadow)
    paint_brows(
        canvas,
        options.brow_colour,
        density=options.brow_density,
        thickness=options.brow_thickness,
        arch=options.brow_arch,
        raised=options.brow_height,
        seed=options.seed,
    )


def _paint_drawn(canvas: Canvas, options: SkinOptions, inked: bool) -> None:
    paint_cheeks(canvas, options.blush, soft=0.0 if inked else 0.9)
    paint_dots(canvas, options.freckles)
    paint_stubble(canvas, options.beard, 0.6 * options.stubble, options.seed, grained=False)
    paint_scalp(canvas, options.hair, options.scalp, options.hairline, options.seed, grained=False)
    lips = bare_lips(options.tone) if options.lips is None else options.lips
    paint_flat_lips(canvas, lips, 0.75 if inked else 1.0)
    paint_solid_brows(
        canvas,
        options.brow_colour,
        options.brow_thickness * (1.15 if inked else 0.9),
        options.brow_arch,
        options.brow_height,
    )
    if inked:
        paint_ink(canvas)
    else:
        paint_makeup(canvas, 0.6 * options.eyeliner, *options.eyeshadow)
