"""What one can choose of hair and beards, and what growing them gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.avatar.head.layout import Array
from engine.avatar.head.sdf import Faces

STYLES = (
    "bald",
    "buzz",
    "crop",
    "side",
    "straight",
    "bob",
    "long",
    "waves",
    "curly",
    "bun",
    "ponytail",
)
"""Haircuts; ``bald`` and ``buzz`` (shaved) have no strands."""

BEARDS = ("none", "stubble", "moustache", "short", "full")
"""Beards; ``stubble`` has no strands, the skin is painted."""

HAIRLINES = ("round", "square", "receding")
"""Where hair begins: rounded temples, corners, or corners far back."""


@dataclass(frozen=True, slots=True)
class HairOptions:
    """A haircut.

    style     one of `STYLES`
    length    -1..1, shorter to longer than is the style's own
    volume    -1..1, flatter to fuller
    parting   -1..1, where the hair parts: towards the subject's right or left
    wave      0..1, from straight to wavy; None takes the style's own
    fringe    hair over the forehead, where the style leaves the choice
    grey      0..1, share of grey strands; the temples go first
    hairline  one of `HAIRLINES`
    form      ``strands``, or ``shapes``: few large smooth locks, for drawn and faceted heads
    seed      another seed, other locks of the same haircut
    """

    style: str = "crop"
    length: float = 0.0
    volume: float = 0.0
    parting: float = 0.35
    wave: float | None = None
    fringe: bool = False
    grey: float = 0.0
    hairline: str = "round"
    form: str = "strands"
    seed: int = 0

    @property
    def longer(self) -> float:
        """Factor of the style's own length."""
        return 1.0 + (0.6 if self.length > 0 else 0.45) * self.length

    @property
    def fuller(self) -> float:
        """Factor of how far hair stands off the head."""
        return 1.0 + (0.6 if self.volume > 0 else 0.5) * self.volume


@dataclass(frozen=True, slots=True)
class BeardOptions:
    """A beard: ``style`` one of `BEARDS`; the rest as in `HairOptions`, the chin greys first."""

    style: str = "none"
    length: float = 0.0
    grey: float = 0.0
    form: str = "strands"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class HairLayer:
    """A mesh of strands, with a value per vertex for everything that the renderer wants to know.

    name      of the part
    mesh      vertices (V, 3) cm and faces (F, 3), outermost locks first
    normal    (V, 3) unit; rounder than the mesh
    tangent   (V, 3) unit, along the strands towards the tips
    texture   (V, 3) cm across and along the strands, and how much of them is left, 0..1
    shade     (V,) light between the strands, 0 to 1
    tint      (V,) 0 the dark colour to 1 the light one
    grey      (V,) share of grey strands
    follow    (V,) how far a vertex turns with the head
    core      (K, 4) points inside the hair with a radius, for shadows
    motion    displacements (V, 3) by blendshape
    """

    name: str
    mesh: tuple[Array, Faces]
    normal: Array
    tangent: Array
    texture: Array
    shade: Array
    tint: Array
    grey: Array
    follow: Array
    core: Array
    motion: Mapping[str, Array] = field(default_factory=dict)
