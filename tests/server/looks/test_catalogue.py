from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.avatar import catalogue as avatars
from engine.errors import InvalidInput
from engine.look import FRAMINGS, Look
from engine.options import SessionOptions
from engine.render.lights import LIGHTS
from server.looks.catalogue import (
    QUALITIES,
    LookCatalogue,
    check_room,
    fitting,
    own_picture,
)

ROOT = Path(__file__).resolve().parents[3]


def names(entries):
    return [entry["name"] for entry in entries]


def test_it_lists_what_there_is_with_titles():
    listing = LookCatalogue(None, None, SessionOptions()).listing()
    assert json.loads(json.dumps(listing)) == listing
    assert names(listing["avatars"]) == list(avatars.names())
    assert listing["avatars"][0]["title"] == avatars.title("default")
    assert {"gradient", "plain", "transparent"} <= set(names(listing["sets"]))
    assert names(listing["lights"]) == ["auto", *LIGHTS]
    assert names(listing["framings"]) == list(FRAMINGS)
    assert names(listing["qualities"]) == list(QUALITIES)
    assert names(listing["shapes"]) == ["1:1", "16:9", "9:16"]
    for kind in ("avatars", "sets"):
        for entry in listing[kind]:
            assert (ROOT / entry["thumbnail"]).is_file(), "drawn beforehand: run `make avatar`"
    for name, value in listing["defaults"].items():
        kind = {"quality": "qualities"}.get(name, f"{name}s")
        assert value in names(listing[kind]), "what is shown can also be chosen"


def test_the_operator_s_own_defaults_can_be_chosen_too():
    options = SessionOptions(width=640, height=480, set="#aabbcc")
    listing = LookCatalogue(None, None, options).listing()
    assert listing["sets"][-1]["name"] == listing["defaults"]["set"] == "#aabbcc"
    assert "set=%23aabbcc" in listing["sets"][-1]["thumbnail"]
    own = {"name": "4:3", "title": "640 × 480", "width": 640, "height": 480}
    assert listing["shapes"][0] == own and listing["defaults"]["shape"] == "4:3"


def test_a_character_of_the_operator_s_own_is_drawn_when_it_is_asked_for(tmp_path):
    (tmp_path / "theo.npz").write_bytes(avatars.path_of("kenji").read_bytes())
    entries = LookCatalogue(tmp_path, None, SessionOptions()).listing()["avatars"]
    theo = next(entry for entry in entries if entry["name"] == "theo")
    assert theo["thumbnail"].startswith("looks/picture?avatar=theo&")


def test_pictures_of_the_operator_s_own_are_sets(tmp_path):
    (tmp_path / "our_room & co.png").write_bytes(b"")
    listing = LookCatalogue(None, tmp_path, SessionOptions()).listing()
    entry = listing["sets"][-1]
    assert (entry["name"], entry["title"]) == ("our_room & co", "Our room & co")
    assert "set=our_room%20%26%20co&" in entry["thumbnail"]


@pytest.mark.parametrize(
    ("look", "field"),
    [
        (Look("elvis"), "avatar"),
        (Look(set="moon"), "set"),
        (Look(light="moon"), "light"),
    ],
)
def test_what_is_not_there_is_named(look, field):
    catalogue = LookCatalogue(None, None, SessionOptions())
    catalogue.check(Look())
    with pytest.raises(InvalidInput, match="use one of") as raised:
        catalogue.check(look)
    assert raised.value.field == field


@given(st.sampled_from([(1, 1), (16, 9), (9, 16)]), st.integers(64 * 64, 1280 * 720))
def test_shapes_are_exact_even_and_as_large_as_fits(ratio, pixels):
    width, height = fitting(*ratio, pixels)
    assert width * ratio[1] == height * ratio[0]
    assert width % 2 == height % 2 == 0
    assert width * height <= pixels < (width + 2 * ratio[0]) * (height + 2 * ratio[1])


def test_there_is_room_for_so_many_pixels_in_any_shape():
    check_room(720, 1280, (1280, 720))
    with pytest.raises(InvalidInput, match="at most 640x360"):
        check_room(512, 512, (640, 360))


def test_a_file_can_be_a_set(tmp_path):
    picture = tmp_path / "our room.jpg"
    picture.write_bytes(b"")
    assert own_picture(str(picture), None) == ("our room", tmp_path)
    assert own_picture(f"{picture}:blur", None) == ("our room:blur", tmp_path)
    assert own_picture("studio", tmp_path) == ("studio", tmp_path)
    assert own_picture("missing.jpg", None) == ("missing.jpg", None)
    (tmp_path / "gradient.png").write_bytes(b"")
    with pytest.raises(InvalidInput, match="another name"):
        own_picture(str(tmp_path / "gradient.png"), None)
