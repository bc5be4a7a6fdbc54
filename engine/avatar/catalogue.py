"""The heads that can be chosen by name: those that come with Visavis and a user's own."""

from __future__ import annotations

from pathlib import Path

from engine.avatar.rig import DEFAULT, HEADS, Head, load_head, read_about
from engine.errors import InvalidInput

ALIAS = "default"
"""Another name of the head that is shown when nobody asks for one."""


def names(folder: Path | None = None) -> tuple[str, ...]:
    """All names in order, the default first; those of ``folder``'s .npz files after our own."""
    ours = sorted(path.stem for path in HEADS.glob("*.npz"))
    ours.sort(key=lambda name: name != DEFAULT.stem)
    own = sorted(path.stem for path in folder.glob("*.npz")) if folder else []
    return (*ours, *(name for name in own if name not in ours))


def load(name: str, folder: Path | None = None) -> Head:
    """The head of that name.

    InvalidInput naming what there is if it is unknown, AssetError if its file is damaged.
    """
    return load_head(path_of(name, folder))


def title(name: str, folder: Path | None = None) -> str:
    """What people call the head; errors as `load`, but without reading the whole file."""
    found = read_about(path_of(name, folder))["title"]
    return str(found) or name.capitalize()


def path_of(name: str, folder: Path | None = None) -> Path:
    """The file of the head of that name; a user's own goes before ours of the same name."""
    if name == ALIAS:
        return DEFAULT
    known = names(folder)
    if name not in known:
        raise InvalidInput("avatar", name, f"use one of {', '.join(known)}")
    own = folder / f"{name}.npz" if folder else None
    return own if own is not None and own.is_file() else HEADS / f"{name}.npz"
