"""What an option of a character may be, and how a wrong one is told.

A section of options is a frozen dataclass; each field's ``metadata["rule"]`` reads the value that
stands in the file. Rules raise ValueError with the remedy; `read_section` adds file and option.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple, Protocol, TypeVar

from engine.errors import InvalidInput


class Colour(NamedTuple):
    """Linear RGB, each 0..1."""

    red: float
    green: float
    blue: float

    @staticmethod
    def parse(text: str) -> Colour:
        """The colour of a "#rrggbb" text, which is sRGB; ValueError for any other text."""
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
            raise ValueError('write a colour as "#rrggbb", e.g. "#c08a6b"')
        red, green, blue = (_linear(int(text[i : i + 2], 16) / 255) for i in (1, 3, 5))
        return Colour(red, green, blue)

    @property
    def gamma2(self) -> tuple[float, float, float]:
        """Square roots, as vertex colours and skin maps hold them."""
        return (self.red**0.5, self.green**0.5, self.blue**0.5)


def _linear(value: float) -> float:
    """IEC 61966-2-1."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


class Rule(Protocol):
    """Reads one value; ``said`` tells what is accepted."""

    @property
    def said(self) -> str:
        """What is accepted, to follow "use"."""

    def read(self, value: object) -> object:
        """The value as the field holds it; ValueError with a remedy."""


@dataclass(frozen=True, slots=True)
class Within:
    """A number from ``low`` to ``high``."""

    low: float
    high: float

    @property
    def said(self) -> str:
        """What is accepted."""
        return f"a number from {self.low:g} to {self.high:g}"

    def read(self, value: object) -> float:
        """The number."""
        if type(value) not in (int, float) or not self.low <= value <= self.high:  # type: ignore[operator]
            raise ValueError(f"use {self.said}")
        return float(value)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Painted:
    """A colour."""

    @property
    def said(self) -> str:
        """What is accepted."""
        return 'a colour as "#rrggbb"'

    def read(self, value: object) -> Colour:
        """The colour."""
        return Colour.parse(value if isinstance(value, str) else "")


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    @property
    def said(self) -> str:
        """What is accepted."""
        return "true or false"

    def read(self, value: object) -> bool:
        """The value."""
        if not isinstance(value, bool):
            raise ValueError(f"use {self.said}")
        return value


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some names."""

    names: Sequence[str]

    @property
    def said(self) -> str:
        """What is accepted."""
        return f"one of {', '.join(self.names)}"

    def read(self, value: object) -> str:
        """The name."""
        if not isinstance(value, str) or value not in self.names:
            raise ValueError(f"use {self.said}")
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text that is not empty."""

    @property
    def said(self) -> str:
        """What is accepted."""
        return "a text of 1 to 40 characters"

    def read(self, value: object) -> str:
        """The text."""
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= 40:
            raise ValueError(f"use {self.said}")
        return value.strip()


def amount(about: str, low: float = -1.0, high: float = 1.0, default: float = 0.0) -> float:
    """A field that holds a number."""
    return field(default=default, metadata={"rule": Within(low, high), "about": about})


def share(about: str, default: float = 0.0) -> float:
    """A field that holds a number from 0 to 1."""
    return amount(about, 0.0, 1.0, default)


def tint(about: str, default: str) -> Colour:
    """A field that holds a `Colour`."""
    rule = Painted()
    return field(default=rule.read(default), metadata={"rule": rule, "about": about})


def switch(about: str, default: bool = False) -> bool:
    """A field that holds true or false."""
    return field(default=default, metadata={"rule": Flag(), "about": about})


def own(about: str, low: float = 0.0, high: float = 1.0) -> float | None:
    """A field that holds a number, or None while the file leaves it out."""
    return field(default=None, metadata={"rule": Within(low, high), "about": about})


def choice(about: str, names: Sequence[str], default: str | None = None) -> str:
    """A field that holds one of ``names``, the first by default."""
    first = names[0] if default is None else default
    return field(default=first, metadata={"rule": OneOf(names), "about": about})


Section = TypeVar("Section")


def read_section(kind: type[Section], values: object, file: str, section: str) -> Section:
    """The section that ``values`` of a file describe.

    InvalidInput names file, section and option, the value and what to write instead.
    """
    if not isinstance(values, Mapping):
        raise InvalidInput(f"{file}: {section}", values, f"write it as a table [{section}]")
    rules = {f.name: f.metadata["rule"] for f in fields(kind)}  # type: ignore[arg-type]
    found = {}
    for name, value in values.items():
        place = f"{file}: [{section}] {name}"
        if name not in rules:
            raise InvalidInput(place, value, nearest(name, rules))
        found[name] = read_value(rules[name], value, place)
    return kind(**found)


def read_value(rule: Rule, value: object, place: str) -> object:
    """The value as its rule reads it; InvalidInput with ``place`` and the remedy."""
    try:
        return rule.read(value)
    except ValueError as error:
        raise InvalidInput(place, value, str(error)) from error


def nearest(name: str, known: Mapping[str, object]) -> str:
    """The remedy for an unknown name: the one that was probably meant, or all there are."""
    close = difflib.get_close_matches(name, known, 1)
    if close:
        return f"there is no {name}; did you mean {close[0]}?"
    return f"there is no {name}; use {', '.join(known)}"
