"""From a character's options to how its skin is painted."""

from __future__ import annotations

import zlib

from engine.avatar.head.character import Character
from engine.avatar.head.skin_map import SkinOptions
from engine.avatar.head.skin_map_canvas import Colour
from engine.avatar.head.skin_map_tone import darkness

_LIPSTICK: tuple[Colour, Colour] = ((0.70, 0.27, 0.29), (0.47, 0.15, 0.18))
_SHADOW: tuple[Colour, Colour] = ((0.44, 0.30, 0.28), (0.27, 0.15, 0.14))
_GREY: Colour = (0.66, 0.66, 0.67)
_DARK_PURITY = 0.80
"""Dark skin scatters less red from within: its colour in shade is less pure than in the light."""


def lash_fullness(character: Character) -> float:
    """How full the lashes are, 0..1."""
    return 0.5 + 0.5 * character.eyes.lashes


def skin_options(character: Character) -> SkinOptions:
    """What `skin_map` needs to know of a character."""
    skin, brows = character.skin, character.brows
    dark = darkness(skin.tone.gamma2)
    grown = {"bald": 0.0, "buzz": 0.72}.get(character.hair.style, 1.0)
    beard = {"none": 0.0, "stubble": 0.45}.get(character.beard.style, 0.8)
    made_up = skin.makeup
    return SkinOptions(
        tone=_greyed(skin.tone.gamma2, 1 - (1 - _DARK_PURITY) * dark),
        blush=min(1.0, skin.blush + 0.35 * made_up),
        freckles=skin.freckles,
        age=max(skin.lines, 0.85 * character.face.age),
        stubble=max(skin.stubble, beard),
        hair=_between(character.hair.root.gamma2, _GREY, 0.7 * character.hair.grey),
        beard=_between(character.beard.colour.gamma2, _GREY, 0.6 * character.beard.grey),
        hairline=character.hair.hairline,
        scalp=grown,
        lips=_greyed(character.mouth.colour.gamma2, 1 - 0.3 * dark),
        lipstick=(_between(*_LIPSTICK, dark), 0.65 * made_up),
        lashes=lash_fullness(character),
        eyeliner=made_up,
        eyeshadow=(_between(*_SHADOW, dark), 0.7 * made_up),
        brow=brows.colour.gamma2,
        brow_density=1.0 + 0.45 * brows.thickness,
        brow_thickness=1.0 + 0.40 * brows.thickness,
        brow_arch=1.0 + 0.75 * brows.arch,
        brow_height=0.35 * brows.height,
        seed=zlib.crc32(character.name.encode()) % 10_000,
    )


def _between(light: Colour, dark: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(light, dark, strict=True))
    return (red, green, blue)


def _greyed(colour: Colour, purity: float) -> Colour:
    grey = 0.30 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
    return _between((grey, grey, grey), colour, purity)
