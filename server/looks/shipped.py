"""Stills of what ships with Visavis, drawn beforehand: ``python -m server.looks.shipped``.

Drawing all of them takes seconds of a core, which the first visitor's call would feel.
"""

from __future__ import annotations

from pathlib import Path

from engine.avatar import catalogue as avatars
from engine.cast import Cast
from engine.render import sets
from server.looks.painter import Painter

WIDTH = 176
"""Pixels across a thumbnail: a character's is square, a place's a quarter lower."""

FACE = {"set": "gradient", "light": "auto", "framing": "close"}
"""The look in which characters are shown side by side."""

_WEB = Path(__file__).resolve().parents[2] / "web"
_FOLDER = "stills"


def address(kind: str, name: str) -> str | None:
    """Where the page finds the still of an ``avatar`` or ``set`` of ours; None if there is none."""
    file = f"{_FOLDER}/{kind}-{name}.webp"
    return f"web/{file}" if (_WEB / file).is_file() else None


def main() -> None:
    """Draw them all into ``web/stills``."""
    painter = Painter(Cast())
    folder = _WEB / _FOLDER
    folder.mkdir(exist_ok=True)
    for name in avatars.names():
        still = painter.paint(name, WIDTH, WIDTH, **FACE)
        (folder / f"avatar-{name}.webp").write_bytes(still)
    for name in sets.names():
        still = painter.paint(None, WIDTH, WIDTH * 3 // 4, set=name)
        (folder / f"set-{name}.webp").write_bytes(still)


if __name__ == "__main__":
    main()
