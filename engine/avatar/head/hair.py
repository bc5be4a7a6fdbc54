"""Hair: strands grown over the sculpted head and lofted to ribbons, by haircut.

Under locks that hug the skull, no skin shows; over them lie locks in the order in which hair
falls, and a few that have gone astray.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.avatar.head.hair_curls import curly
from engine.avatar.head.hair_draped import bob, long, waves
from engine.avatar.head.hair_options import STYLES, HairLayer, HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, Sheet, lofted_locks
from engine.avatar.head.hair_scalp import CENTRE, hairline
from engine.avatar.head.hair_short import crop, side, straight
from engine.avatar.head.hair_tied import bun, ponytail
from engine.errors import InvalidInput

__all__ = ["CENTRE", "HairLayer", "HairOptions", "grow", "hairline"]

_CUTS: dict[str, Callable[[HairOptions], list[Ribbons | Sheet]]] = {
    "crop": crop,
    "side": side,
    "straight": straight,
    "bob": bob,
    "long": long,
    "waves": waves,
    "curly": curly,
    "bun": bun,
    "ponytail": ponytail,
}


def grow(options: HairOptions) -> list[HairLayer]:
    """The layers of a haircut, in the head's canonical space; none for a bald or shaved head.

    InvalidInput for an unknown style.
    """
    if options.style not in STYLES:
        raise InvalidInput("hair style", options.style, f"use one of {', '.join(STYLES)}")
    if options.style in ("bald", "buzz"):
        return []
    locks = _CUTS[options.style](options)
    if options.form == "shapes":
        locks = [group for group in locks if not group.fine]
    return [lofted_locks(locks, "hair")]
