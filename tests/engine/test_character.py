"""Options of a character: defaults, values, and errors that name file, option and remedy."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from engine.avatar.head import character as options
from engine.avatar.head import hair_options
from engine.avatar.head.character import (
    SECTIONS,
    Character,
    described,
    parse_character,
    read_character,
)
from engine.avatar.head.option_rules import Colour, Within
from engine.errors import InvalidInput

SHIPPED = sorted(options.CHARACTERS.glob("*.toml"))


def parsed(text: str) -> Character:
    return parse_character(text, "anna", "anna.toml")


def test_an_empty_file_is_the_canonical_head_under_its_name() -> None:
    assert parsed("") == Character(name="anna", title="Anna")


def test_values_are_read_into_their_sections() -> None:
    found = parsed(
        'title = "Anna K."\nstyle = "toon"\n[face]\nwidth = 1\n[skin]\ntone = "#ffffff"\n'
        "[hair]\nfringe = true\nwave = 0.5"
    )
    assert (found.title, found.style) == ("Anna K.", "toon")
    assert found.face.width == 1.0
    assert found.skin.tone == Colour(1.0, 1.0, 1.0)
    assert (found.hair.fringe, found.hair.wave) == (True, 0.5)


@pytest.mark.parametrize(
    ("text", "field", "remedy"),
    [
        ("[face]\nwidht = 1", "anna.toml: [face] widht", "did you mean width?"),
        ("[face]\nzzz = 1", "anna.toml: [face] zzz", "use width, length"),
        ("[face]\nwidth = 3", "anna.toml: [face] width", "a number from -1 to 1"),
        ('[face]\nwidth = "wide"', "anna.toml: [face] width", "a number from -1 to 1"),
        ("[face]\nwidth = true", "anna.toml: [face] width", "a number from -1 to 1"),
        ("[face]\nwidth = nan", "anna.toml: [face] width", "a number from -1 to 1"),
        ("[face]\nage = -0.5", "anna.toml: [face] age", "a number from 0 to 1"),
        ('[skin]\ntone = "red"', "anna.toml: [skin] tone", '"#rrggbb"'),
        ("[skin]\ntone = 7", "anna.toml: [skin] tone", '"#rrggbb"'),
        ('[hair]\nstyle = "mohawk"', "anna.toml: [hair] style", "one of crop, side"),
        ("[hair]\nfringe = 1", "anna.toml: [hair] fringe", "true or false"),
        ("face = 3", "anna.toml: face", "a table [face]"),
        ("[fase]\nwidth = 1", "anna.toml: fase", "did you mean face?"),
        ('style = "cubist"', "anna.toml: style", "natural, toon, facet"),
        ('title = ""', "anna.toml: title", "1 to 40 characters"),
        ("[face", "character", "mend the TOML"),
    ],
)
def test_a_wrong_option_is_named_with_its_remedy(text: str, field: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(text)
    assert caught.value.field == field
    assert remedy in caught.value.remedy


def test_files_are_named_plainly_and_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "Big Name.toml").write_text("")
    (tmp_path / "latin.toml").write_bytes(b"title = '\xe9'")
    for name in ("Big Name.toml", "latin.toml", "missing.toml"):
        with pytest.raises(InvalidInput):
            read_character(tmp_path / name)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_options_are_valid_and_a_few_dozen_lines(path: Path) -> None:
    found = read_character(path)
    assert found.name == path.stem
    assert len(path.read_text().splitlines()) < 100


def test_shipped_characters_are_eight_different_people() -> None:
    found = [read_character(path) for path in SHIPPED]
    assert len(found) == 8
    assert len({c.title for c in found}) == 8
    assert {c.style for c in found} == {"natural", "toon", "facet"}
    assert len({c.skin.tone for c in found}) == len({c.face for c in found}) == 8


def test_every_option_says_what_it_does_and_its_default_is_allowed() -> None:
    assert len(described()) > 60
    assert all(about and said for _, _, about, said in described())
    for kind in SECTIONS.values():
        section = kind()
        for f in fields(kind):
            rule = f.metadata["rule"]
            if isinstance(rule, Within) and getattr(section, f.name) is not None:
                assert rule.read(getattr(section, f.name)) == getattr(section, f.name)


def test_styles_are_those_that_can_be_grown() -> None:
    assert set(options.HAIR_STYLES) == set(hair_options.STYLES)
    assert set(options.BEARDS) == set(hair_options.BEARDS)
    assert set(options.HAIRLINES) == set(hair_options.HAIRLINES)
