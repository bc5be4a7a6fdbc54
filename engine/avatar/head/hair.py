"""Hair: strands grown over the sculpted head and lofted to ribbons, by haircut.

Under locks that hug the skull, no skin shows; over them lie locks in the order in which hair
falls, and a few that have gone astray.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.avatar.head.hair_curls import curly
from engine.avatar.head.hair_draped import bob, long, waves
from engine.avatar.head.hair_options import HairLayer, HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, Sheet, lofted_locks
from engine.avatar.head.hair_scalp import CENTRE, hairline
from engine.avatar.head.hair_short import crop, side, straight
from engine.avatar.head.hair_tied import bun, ponytail
from engine.avatar.head.layout import Array
from engine.avatar.head.sdf import Faces

__all__ = ["CENTRE", "Hair", "HairLayer", "HairOptions", "grow", "grow_hair", "hairline"]

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
    """The layers of a haircut, in the head's canonical space; none for a bald or shaved head."""
    if options.style in ("bald", "buzz"):
        return []
    locks = _CUTS[options.style](options)
    if options.form == "shapes":
        locks = [group for group in locks if not group.fine]
    return [lofted_locks(locks, "hair")]


@dataclass(frozen=True, slots=True)
class Hair:
    """The default haircut: `HairLayer` without what it says of colours."""

    mesh: tuple[Array, Faces]
    normal: Array
    tangent: Array
    texture: Array
    shade: Array
    core: Array


def grow_hair() -> Hair:
    """The default haircut."""
    (layer,) = grow(HairOptions())
    return Hair(layer.mesh, layer.normal, layer.tangent, layer.texture, layer.shade, layer.core)
