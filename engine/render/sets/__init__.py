"""Places for a figure to be in: built-in ones, plain colours, and pictures of the user's own.

gradient      a studio wall with a pool of light
studio        a podcast studio, with a microphone in front of the chest
office        a bright office with a window
plain         a colour: "plain:#1d2733" or just "#1d2733"
transparent   nothing; chroma green where a picture cannot be transparent
NAME          NAME.jpg, .png or .webp of the operator's folder, cut to the picture's shape;
              "NAME:blur" puts it out of focus
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from engine.errors import InvalidInput
from engine.render.sets.built import BUILT, load_built
from engine.render.sets.gradient import gradient
from engine.render.sets.lens import defocus
from engine.render.sets.pictures import SUFFIXES, read_picture
from engine.render.sets.stage import CHROMA_GREEN, Foreground, StageSet

__all__ = ["CHROMA_GREEN", "Foreground", "StageSet", "load_set", "names"]

_PLAIN = "#1d2733"
_COLOUR = re.compile(r"(?:plain:)?#([0-9a-fA-F]{6})")
_BLUR = ":blur"


def names(folder: Path | None = None) -> tuple[str, ...]:
    """All sets there are, those of the operator's ``folder`` last."""
    built = ("gradient", *BUILT, "plain", "transparent")
    return built + tuple(name for name in _own(folder) if name not in built)


def load_set(name: str, folder: Path | None = None) -> StageSet:
    """The set of that name.

    InvalidInput naming the sets if there is none, AssetError if its picture is damaged.
    """
    colour = _COLOUR.fullmatch(_PLAIN if name == "plain" else name)
    if colour:
        red, green, blue = bytes.fromhex(colour[1])
        return StageSet(name, "soft", (red, green, blue, 255))
    if name == "transparent":
        return StageSet(name, "soft", (0, 0, 0, 0))
    if name == "gradient" or name in BUILT:
        return _shipped(name)
    own = _own(folder)
    stem = name.removesuffix(_BLUR)
    if stem not in own:
        remedy = f'use one of {", ".join(names(folder))} or a colour such as "{_PLAIN}"'
        raise InvalidInput("set", name, remedy)
    picture = read_picture(own[stem])
    return StageSet(name, "soft", backdrop=defocus(picture) if name != stem else picture)


@lru_cache(maxsize=8)
def _shipped(name: str) -> StageSet:
    return StageSet(name, "soft", backdrop=gradient()) if name == "gradient" else load_built(name)


def _own(folder: Path | None) -> dict[str, Path]:
    if folder is None or not folder.is_dir():
        return {}
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return {path.stem: path for path in files}
