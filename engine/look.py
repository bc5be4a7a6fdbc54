"""What a session shows beside the voice: who speaks, where, in which light, how near."""

from __future__ import annotations

from dataclasses import dataclass

FRAMINGS = ("close", "portrait", "bust")
"""How near the camera stands: the face alone, head and shoulders, down to the chest."""


@dataclass(frozen=True, slots=True)
class Look:
    """The names that make a picture; each can be changed while a session runs.

    avatar   a character that is installed; "default" is the one that ships as such
    set      the place behind it: one of the built-in sets, or a picture of the operator's own
    light    a light preset; "auto" takes the one that suits the set
    framing  one of ``FRAMINGS``
    """

    avatar: str = "default"
    set: str = "gradient"
    light: str = "auto"
    framing: str = "portrait"
