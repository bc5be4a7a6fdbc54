from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.behaviour import LAYERS
from engine.errors import InvalidInput, VisavisError
from engine.look import FRAMINGS, Look
from engine.options import SessionOptions
from engine.quality import QUALITIES

BAD: list[tuple[str, object]] = [
    *(("look_ahead_ms", value) for value in (-1, 161, 60.0, "60", None, True)),
    *(("width", value) for value in (0, 14, 511, 1282, -512, "512", 512.0)),
    *(("height", value) for value in (0, 14, 511, 1282, None)),
    *(("fps", value) for value in (0, 24, 29, 60, "25", 25.0, True)),
    *(("video_codec", value) for value in ("", "H264", "av1", None, 1, ["h264"])),
    *(("video_bitrate", value) for value in (0, 99_999, 8_000_001, "1000000", 1e6)),
    *(("audio_bitrate", value) for value in (0, 11_999, 128_001, None)),
    *(("avatar", value) for value in ("", "some one", "../default", None)),
    *(("set", value) for value in ("", "/etc/passwd", "a/../b", "a\\b", ".hidden", "a\nb", 3)),
    *(("light", value) for value in ("", "sun light", None)),
    *(("framing", value) for value in ("", "wide", "Portrait", None)),
    *(("quality", value) for value in ("", "best", "HIGH", 1)),
    *(("seed", value) for value in (-1, 2**31, 1.5, "1", False)),
    *(("motion_units", value) for value in (1, 0, "yes", None)),
    *(("phone_units", value) for value in (1, 0, "yes", None)),
    *(("motion_model", value) for value in ("", "..", "../up", "a/b", ".hidden", "é", 1, None)),
    *(("articulation", value) for value in (-0.1, 2.1, 3, "1", None, True, float("nan"))),
    *((layer, value) for layer in LAYERS for value in (-0.1, 2.1, "1", None, True, float("inf"))),
    *(("camera_style", value) for value in ("", "wild", None, 1)),
    *(("role", value) for value in ("", "audience", None, 1)),
]
REMEDIES = {
    "look_ahead_ms": "0 to 160|a whole number",
    "width": "16 to 1280|even|a whole number",
    "height": "16 to 1280|even|a whole number",
    "fps": "25 or 30|a whole number",
    "video_codec": "h264 or vp8|a text",
    "video_bitrate": "100000 to 8000000|a whole number",
    "audio_bitrate": "12000 to 128000|a whole number",
    "avatar": "a name of|a text",
    "set": "the name of a set|a text",
    "light": "a name of|a text",
    "framing": "close or portrait or bust|a text",
    "quality": "high or medium or low or auto|a text",
    "seed": "0 to 2147483647|a whole number",
    "motion_units": "true or false",
    "phone_units": "true or false",
    "motion_model": "a name of|a text",
    "articulation": "from 0 to 2|a number",
    **dict.fromkeys(LAYERS, "from 0 to 2|a number"),
    "camera_style": "still or subtle or lively|a text",
    "role": "speaker or listener|a text",
}


def test_every_field_has_bad_values_here() -> None:
    assert {name for name, _ in BAD} == {field.name for field in fields(SessionOptions)}


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_names_its_field_its_value_and_the_remedy(name: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        SessionOptions.from_dict({name: value})
    error = caught.value
    assert error.field == name
    assert error.value == repr(value)
    assert error.remedy.startswith("use ")
    assert name in str(error) and repr(value) in str(error)
    allowed = REMEDIES[name].split("|")
    assert any(part in error.remedy for part in allowed), error.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [("fps", 24), ("width", 13), ("height", 64.0), ("look_ahead_ms", 161), ("seed", True)],
)
def test_code_is_held_to_the_same_limits(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name):
        SessionOptions(**{name: value})


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (960, 960), (16, 1280)])
def test_a_picture_may_have_any_shape(width: int, height: int) -> None:
    assert SessionOptions(width=width, height=height).bitrate <= 8_000_000


@pytest.mark.parametrize(
    ("width", "height", "most"), [(1280, 722, 720), (962, 962, 958), (722, 1280, 1276)]
)
def test_more_pixels_than_720p_are_too_many(width: int, height: int, most: int) -> None:
    with pytest.raises(InvalidInput, match=f"height: {height} .* at most {most} with"):
        SessionOptions(width=width, height=height)
    assert SessionOptions(width=width, height=most)


def test_a_look_is_part_of_the_options() -> None:
    options = SessionOptions(avatar="theo", set="studio", light="soft", framing="bust")
    assert options.look == Look("theo", "studio", "soft", "bust")
    assert SessionOptions().look == Look()


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"lookahead: 60 .* look_ahead_ms"):
        SessionOptions.from_dict({"lookahead": 60})


def test_a_long_value_is_shown_shortened() -> None:
    with pytest.raises(InvalidInput) as caught:
        SessionOptions.from_dict({"avatar": "x" * 10_000})
    assert len(str(caught.value)) < 250
    assert isinstance(caught.value, VisavisError)


VALID = st.fixed_dictionaries(
    {},
    optional={
        "look_ahead_ms": st.integers(0, 160),
        "width": st.integers(8, 640).map(lambda half: 2 * half),
        "height": st.integers(8, 360).map(lambda half: 2 * half),
        "fps": st.sampled_from([25, 30]),
        "avatar": st.sampled_from(["default", "nora", "my_own-1"]),
        "set": st.sampled_from(
            ["gradient", "my.room:blur", "Büro (2)", "#1d2733", "plain:#1d2733"]
        ),
        "light": st.sampled_from(["auto", "soft"]),
        "framing": st.sampled_from(FRAMINGS),
        "quality": st.sampled_from(QUALITIES),
        "video_codec": st.sampled_from(["h264", "vp8"]),
        "video_bitrate": st.none() | st.integers(100_000, 8_000_000),
        "audio_bitrate": st.integers(12_000, 128_000),
        "seed": st.integers(0, 2**31 - 1),
        "motion_units": st.booleans(),
        "phone_units": st.booleans(),
        "motion_model": st.sampled_from(["default", "anna", "a.b-c_2"]),
        "articulation": st.floats(0, 2) | st.integers(0, 2),
    },
)


@given(VALID)
def test_good_values_survive_a_round_trip(values: dict[str, Any]) -> None:
    options = SessionOptions.from_dict(values)
    assert SessionOptions.from_dict(asdict(options)) == options
    assert all(getattr(options, name) == value for name, value in values.items())
    assert options.look_ahead == options.look_ahead_ms * 16
    assert 100_000 <= options.bitrate <= 8_000_000


def test_bitrate_follows_the_picture_unless_it_is_set() -> None:
    assert SessionOptions(width=1280, height=720).bitrate > SessionOptions().bitrate
    assert SessionOptions(video_bitrate=123_456).bitrate == 123_456
