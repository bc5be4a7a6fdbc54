"""From a character's options to how its skin is painted."""

from __future__ import annotations

import zlib

import numpy as np

from engine.avatar.head.character import Character
from engine.avatar.head.skin_map import SkinOptions
from engine.avatar.head.skin_map_canvas import Colour

_LIPSTICK: Colour = (0.70, 0.27, 0.29)
_SHADOW: Colour = (0.44, 0.30, 0.28)


def gamma2(linear: tuple[float, float, float]) -> Colour:
    """The gamma-2 colour of a linear one."""
    red, green, blue = (float(part) for part in np.sqrt(np.maximum(linear, 0.0)))
    return (red, green, blue)


def lash_fullness(character: Character) -> float:
    """How full the lashes are, 0..1."""
    return 0.5 + 0.5 * character.eyes.lashes


def skin_options(character: Character) -> SkinOptions:
    """What `skin_map` needs to know of a character."""
    skin, brows = character.skin, character.brows
    grown = {"bald": 0.0, "buzz": 0.72}.get(character.hair.style, 1.0)
    beard = {"none": 0.0, "stubble": 0.45}.get(character.beard.style, 0.6)
    made_up = skin.makeup
    return SkinOptions(
        tone=gamma2(skin.tone),
        blush=min(1.0, skin.blush + 0.35 * made_up),
        freckles=skin.freckles,
        age=max(skin.lines, 0.85 * character.face.age),
        stubble=max(skin.stubble, beard),
        hair=gamma2(character.hair.root),
        beard=gamma2(character.beard.colour),
        scalp=grown,
        lips=gamma2(character.mouth.colour),
        lipstick=(_LIPSTICK, 0.75 * made_up),
        lashes=lash_fullness(character),
        eyeliner=made_up,
        eyeshadow=(_SHADOW, 0.7 * made_up),
        brow=gamma2(brows.colour),
        brow_density=1.0 + 0.45 * brows.thickness,
        brow_thickness=1.0 + 0.40 * brows.thickness,
        brow_arch=1.0 + 0.75 * brows.arch,
        brow_height=0.35 * brows.height,
        seed=zlib.crc32(character.name.encode()) % 10_000,
    )
