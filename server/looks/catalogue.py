"""What can be shown: the names to choose from, their titles, and the shapes of pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from engine.avatar import catalogue as avatars
from engine.avatar.rig import HEADS
from engine.errors import InvalidInput
from engine.look import FRAMINGS, Look
from engine.options import SessionOptions
from engine.render import sets
from engine.render.lights import LIGHTS, light_named
from engine.render.sets.pictures import SUFFIXES
from server.looks import shipped

AUTO = "auto"
QUALITIES = ("auto", "low", "medium", "high")
RATIOS = {"1:1": (1, 1), "16:9": (16, 9), "9:16": (9, 16)}
TITLES = {"transparent": "Green", "plain": "Colour"}
"""Where a name alone would mislead: live video cannot be transparent."""

_BLURRED = ":blur"

Entry = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class LookCatalogue:
    """What one server offers.

    avatars, sets  folders of the operator's own, or None
    defaults       what is shown to those who do not choose
    """

    avatars: Path | None
    sets: Path | None
    defaults: SessionOptions

    def check(self, look: Look) -> None:
        """InvalidInput naming what there is unless everything in a look is there."""
        avatars.path_of(look.avatar, self.avatars)
        sets.load_set(look.set, self.sets)
        if look.light != AUTO:
            light_named(look.light)

    def listing(self) -> dict[str, list[Entry] | Entry]:
        """All of it as plain values: a list for each choice, and the ``defaults``."""
        options = self.defaults
        avatar = avatars.path_of(options.avatar, self.avatars).stem
        width, height = options.width, options.height
        shapes = {(entry["width"], entry["height"]): entry for entry in self._shapes()}
        return {
            "avatars": [self._avatar(name) for name in avatars.names(self.avatars)],
            "sets": [_set(name) for name in _with(options.set, sets.names(self.sets))],
            "lights": [_titled(name) for name in (AUTO, *LIGHTS)],
            "framings": [_titled(name) for name in FRAMINGS],
            "shapes": list(shapes.values()),
            "qualities": [_titled(name) for name in QUALITIES],
            "defaults": {
                "avatar": avatar,
                "set": options.set,
                "light": options.light,
                "framing": options.framing,
                "quality": options.quality,
                "shape": shapes[width, height]["name"],
            },
        }

    def _avatar(self, name: str) -> Entry:
        title = avatars.title(name, self.avatars)
        ours = avatars.path_of(name, self.avatars).parent == HEADS
        thumbnail = shipped.address("avatar", name) if ours else None
        thumbnail = thumbnail or _picture(shipped.WIDTH, avatar=name, **shipped.FACE)
        return {"name": name, "title": title, "thumbnail": thumbnail}

    def _shapes(self) -> Iterable[Entry]:
        """The usual shapes with about as many pixels as the default, and the default's own."""
        width, height = self.defaults.width, self.defaults.height
        own = f"{width // math.gcd(width, height)}:{height // math.gcd(width, height)}"
        if own not in RATIOS:
            yield {"name": own, "title": f"{width} × {height}", "width": width, "height": height}
        for name, ratio in RATIOS.items():
            size = (width, height) if name == own else fitting(*ratio, width * height)
            yield {"name": name, "title": name, "width": size[0], "height": size[1]}


def fitting(across: int, down: int, pixels: int) -> tuple[int, int]:
    """The largest even size of exactly the shape ``across`` : ``down`` within so many pixels."""
    times = max(2, math.isqrt(pixels // (across * down)) // 2 * 2)
    return across * times, down * times


def own_picture(place: str, folder: Path | None) -> tuple[str, Path | None]:
    """Name and folder of a set that may be given as a picture's file; InvalidInput."""
    path = Path(place.removesuffix(_BLURRED))
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return place, folder
    if path.stem in sets.names():
        raise InvalidInput("set", place, f"give the file another name: {path.stem} is a set itself")
    return path.stem + place.removeprefix(str(path)), path.parent


def check_room(width: int, height: int, most: tuple[int, int]) -> None:
    """InvalidInput unless a picture has at most as many pixels as one of the size ``most``."""
    if width * height > most[0] * most[1]:
        remedy = f"this server sends at most {most[0]}x{most[1]}, or as many pixels in other shapes"
        raise InvalidInput("size", f"{width}x{height}", remedy)


def _with(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def _titled(name: str) -> Entry:
    return {"name": name, "title": TITLES.get(name, name.capitalize())}


def _set(name: str) -> Entry:
    title = TITLES.get(name, name.removesuffix(_BLURRED).replace("_", " ").capitalize())
    drawn = shipped.address("set", name) if name in sets.names() else None
    thumbnail = drawn or _picture(shipped.WIDTH * 3 // 4, set=name)
    return {"name": name, "title": title, "thumbnail": thumbnail}


def _picture(height: int, **names: str) -> str:
    query = {**names, "width": shipped.WIDTH, "height": height}
    return f"looks/picture?{urlencode(query, quote_via=quote)}"
