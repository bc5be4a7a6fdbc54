"""The rooms that ship as pictures, rendered by ``python -m engine.render.sets.build``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.render.sets.pictures import read_picture
from engine.render.sets.stage import Bytes, Foreground, StageSet

SHIPPED = Path(__file__).parent / "shipped"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a set's foreground stands, see `Foreground`, cm."""

    left: float
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Built:
    """A room's light preset, what narrow pictures show of it, its foreground's place if any."""

    light: str
    middle: float
    foreground: Placement | None = None


BUILT: dict[str, Built] = {
    "studio": Built("warm", 0.04, Placement(left=-1.0, top=-2.6, height=21.0)),
    "office": Built("daylight", -0.04),
    "night": Built("warm", 0.02),
}
"""The rooms by name."""

_GRAIN = 0.8


def load_built(name: str) -> StageSet:
    """Read a room's pictures; KeyError for another name, AssetError for damaged files."""
    built = BUILT[name]
    place = built.foreground
    front = None
    if place is not None:
        pixels = _premultiplied(read_picture(SHIPPED / f"{name}_front.webp", "rgba"))
        front = Foreground(pixels, place.left, place.top, place.height)
    picture = read_picture(SHIPPED / f"{name}.webp")
    return StageSet(
        name,
        built.light,
        backdrop=_grained(picture),
        middle=built.middle,
        foreground=front,
    )


def _grained(pixels: Bytes) -> Bytes:
    """With a film's grain, which hides the steps of 8 bits in what is out of focus."""
    random = np.random.default_rng(0)
    grain = random.normal(0, _GRAIN, (*pixels.shape[:2], 1)).astype(np.float32)
    return np.asarray(np.clip(pixels + grain, 0, 255).round(), np.uint8)


def _premultiplied(pixels: Bytes) -> Bytes:
    alpha = pixels[:, :, 3:].astype(np.float32) / 255
    colours = (pixels[:, :, :3] * alpha).round().astype(np.uint8)
    return np.concatenate([colours, pixels[:, :, 3:]], axis=2)
