"""A character: what makes one head differ from another, read from a file of options.

Every number is relative: 0 is the canonical head, -1 and 1 are as far as a believable face goes.
The file is TOML with one table for each section below; what it leaves out keeps its default.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from engine.avatar.head.option_rules import (
    Colour,
    OneOf,
    Rule,
    Text,
    amount,
    choice,
    nearest,
    own,
    read_section,
    read_value,
    share,
    switch,
    tint,
)
from engine.avatar.rig import STYLES
from engine.errors import InvalidInput

HAIR_STYLES = (
    *("crop", "side", "straight", "bob", "long", "waves", "curly", "bun", "ponytail"),
    *("buzz", "bald"),
)
HAIRLINES = ("round", "square", "receding")
BEARDS = ("none", "stubble", "moustache", "short", "full")
CLOTHES = ("jumper", "tshirt", "shirt", "blazer", "hoodie", "turtleneck")
GLASSES = ("none", "round", "square", "browline")
CHARACTERS = Path(__file__).parent / "characters"
"""Options of the characters that come with Visavis."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Face:
    """The head's own shape."""

    width: float = amount("whole head: narrow to broad")
    length: float = amount("from the eyes to the chin")
    depth: float = amount("skull from front to back")
    forehead: float = amount("from the brows to the crown")
    jaw_width: float = amount("corners of the jaw: tapered to broad")
    chin_width: float = amount("pointed to square")
    chin_length: float = amount("short to long")
    chin_forward: float = amount("receding to strong")
    cheekbones: float = amount("flat to high")
    cheeks: float = amount("hollow to round")
    brow_ridge: float = amount("smooth to heavy")
    temples: float = amount("hollow to full")
    neck_width: float = amount("slender to thick")
    neck_length: float = amount("short to long")
    shoulders: float = amount("narrow to broad")
    head_size: float = amount("against the body: small to a child's or a cartoon's large", high=2.0)
    age: float = share("0 is young; towards 1 cheeks sink, jowls, nose and ears grow")


@dataclass(frozen=True, slots=True)
class Eyes:
    """The eyes and how they sit."""

    size: float = amount("small to large", high=1.5)
    spacing: float = amount("close to wide apart")
    height: float = amount("low to high in the face")
    depth: float = amount("deep-set to prominent")
    tilt: float = amount("outer corners low to high")
    openness: float = amount("half closed to wide")
    iris_inner: Colour = tint("around the pupil", "#70863f")
    iris_outer: Colour = tint("the rim of the iris", "#34514f")
    lashes: float = amount("sparse to full")


@dataclass(frozen=True, slots=True)
class Nose:
    """The nose."""

    size: float = amount("small to large")
    length: float = amount("short to long")
    width: float = amount("narrow to broad")
    bridge: float = amount("low to high")
    hump: float = amount("scooped to aquiline")
    tip_up: float = amount("drooping to turned up")
    wings: float = amount("narrow to flared nostrils")


@dataclass(frozen=True, slots=True)
class Mouth:
    """The lips."""

    width: float = amount("narrow to wide")
    height: float = amount("low to high under the nose")
    forward: float = amount("set back to prominent")
    upper: float = amount("upper lip thin to full")
    lower: float = amount("lower lip thin to full")
    colour: Colour = tint("of the lips", "#b26a62")


@dataclass(frozen=True, slots=True)
class Ears:
    """The ears."""

    size: float = amount("small to large")
    flare: float = amount("close to the head to standing off", low=-0.5)


@dataclass(frozen=True, slots=True)
class Skin:
    """How the skin is painted."""

    tone: Colour = tint("where it is neither red nor shaded", "#d9a58b")
    blush: float = share("red of cheeks, nose and ears", 0.4)
    freckles: float = share("none to many")
    lines: float = share("of age and of expression")
    stubble: float = share("shadow of a shaved beard")
    makeup: float = share("on lids, cheeks and lips")
    gloss: float = amount("powdered to shiny")


@dataclass(frozen=True, slots=True)
class Brows:
    """The eyebrows."""

    thickness: float = amount("thin to bushy")
    arch: float = amount("straight to arched")
    height: float = amount("low to high")
    colour: Colour = tint("of the hairs", "#35261c")


@dataclass(frozen=True, slots=True)
class Hair:
    """The hair on the head."""

    style: str = choice("the cut", HAIR_STYLES)
    root: Colour = tint("near the scalp", "#2b1b12")
    tip: Colour = tint("at the ends", "#6b4630")
    grey: float = share("none to all")
    length: float = amount("of the style: shorter to longer")
    volume: float = amount("flat to voluminous")
    parting: float = amount("towards the character's right to left", default=0.35)
    wave: float | None = own("straight to wavy; the style's own if left out")
    fringe: bool = switch("hair over the forehead, where the style leaves the choice")
    hairline: str = choice("where hair begins", HAIRLINES)


@dataclass(frozen=True, slots=True)
class Beard:
    """The beard."""

    style: str = choice("the cut", BEARDS)
    colour: Colour = tint("of the hairs", "#35261c")
    grey: float = share("none to all")
    length: float = amount("of the style: shorter to longer")


@dataclass(frozen=True, slots=True)
class Clothes:
    """What is worn."""

    style: str = choice("the garment", CLOTHES)
    colour: Colour = tint("of the garment", "#3d5d78")
    under: Colour = tint("of what shows beneath: shirt, top, lining, trim", "#e6e2da")


@dataclass(frozen=True, slots=True)
class Glasses:
    """What is worn on the nose."""

    style: str = choice("the frame", GLASSES)
    colour: Colour = tint("of the frame", "#26211f")
    size: float = amount("small to large")


@dataclass(frozen=True, slots=True)
class Expression:
    """The face at rest; added to every pose."""

    smile: float = amount("corners of the mouth raised", 0.0, 0.5, 0.13)
    squint: float = share("lower lids raised", 0.06)
    brows_up: float = share("brows raised")
    brows_down: float = share("brows lowered and drawn together")


@dataclass(frozen=True, slots=True)
class Character:
    """A whole character; ``name`` is the file's name without its ending.

    ``title`` is how people call it, ``style`` how it is shaded (`engine.avatar.rig.STYLES`).
    """

    name: str
    title: str
    style: str = "natural"
    face: Face = field(default_factory=Face)
    eyes: Eyes = field(default_factory=Eyes)
    nose: Nose = field(default_factory=Nose)
    mouth: Mouth = field(default_factory=Mouth)
    ears: Ears = field(default_factory=Ears)
    skin: Skin = field(default_factory=Skin)
    brows: Brows = field(default_factory=Brows)
    hair: Hair = field(default_factory=Hair)
    beard: Beard = field(default_factory=Beard)
    clothes: Clothes = field(default_factory=Clothes)
    glasses: Glasses = field(default_factory=Glasses)
    expression: Expression = field(default_factory=Expression)


SECTIONS: dict[str, type[Any]] = {
    "face": Face,
    "eyes": Eyes,
    "nose": Nose,
    "mouth": Mouth,
    "ears": Ears,
    "skin": Skin,
    "brows": Brows,
    "hair": Hair,
    "beard": Beard,
    "clothes": Clothes,
    "glasses": Glasses,
    "expression": Expression,
}
_HEADINGS: dict[str, Rule] = {"title": Text(), "style": OneOf(STYLES)}


def read_character(path: Path) -> Character:
    """The character of an options file; InvalidInput names file, option, value and remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            "character", str(path), f"name a readable TOML file ({error})"
        ) from error
    return parse_character(text, path.stem, path.name)


def parse_character(text: str, name: str, file: str) -> Character:
    """As `read_character`, from the file's text."""
    if not _NAME.fullmatch(name):
        remedy = "name the file with small letters, digits, - and _, a letter first"
        raise InvalidInput("character", file, remedy)
    try:
        options = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("character", file, f"mend the TOML: {error}") from error
    known = dict.fromkeys((*_HEADINGS, *SECTIONS))
    found: dict[str, Any] = {"title": name.capitalize()}
    for key, value in options.items():
        place = f"{file}: {key}"
        if key not in known:
            raise InvalidInput(place, value, nearest(key, known))
        if key in SECTIONS:
            found[key] = read_section(SECTIONS[key], value, file, key)
        else:
            found[key] = read_value(_HEADINGS[key], value, place)
    return Character(name=name, **found)


def described() -> list[tuple[str, str, str, str]]:
    """Every option as (section, name, what it does, what is accepted), for help and documents."""
    return [
        (section, f.name, f.metadata["about"], f.metadata["rule"].said)
        for section, kind in SECTIONS.items()
        for f in fields(kind)
    ]
