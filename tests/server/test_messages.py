from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.units import MotionUnit, PhoneUnit
from server.messages import MAX_LENGTH, told, wish


def test_a_phone_is_told():
    message = told(PhoneUnit(1600, "AA", "aa", 0.83214))
    assert message == {
        "type": "phone",
        "time": 1600,
        "phone": "AA",
        "viseme": "aa",
        "confidence": 0.83,
    }


def test_a_motion_is_told_and_stays_small():
    unit = MotionUnit(
        320, 320, (1 / 3,) * 52, (0.123456,) * 6, (-0.2,) * 2, (0.0, 0.0, 1.0), (0.001,) * 3
    )
    text = json.dumps(told(unit), separators=(",", ":"))
    assert len(text) < 700
    message = json.loads(text)
    assert (message["type"], message["time"]) == ("motion", 320)
    assert message["blendshapes"] == [0.3333] * 52
    assert message["head"] == [0.1235] * 6
    assert (len(message["gaze"]), len(message["camera"])) == (2, 3)
    assert message["body"] == [0.001] * 3


@pytest.mark.parametrize(
    ("units", "motion", "phones"),
    [
        ([], False, False),
        (["phones"], False, True),
        (["motion", "phones"], True, True),
        ("motion", True, False),
    ],
)
def test_a_subscription_says_all_that_is_wanted(units, motion, phones):
    wanted = wish(json.dumps({"type": "subscribe", "units": units}))
    assert wanted == {"motion_units": motion, "phone_units": phones}


@pytest.mark.parametrize("amount", [0, 1, 1.3, 2.0])
def test_an_articulation_is_a_number(amount):
    assert wish(f'{{"type": "articulation", "value": {amount}}}') == {"articulation": amount}


@pytest.mark.parametrize(
    ("message", "settings"),
    [
        ({"type": "look", "avatar": "theo"}, {"avatar": "theo"}),
        (
            {"type": "look", "set": "studio", "light": "auto", "framing": "bust"},
            {"set": "studio", "light": "auto", "framing": "bust"},
        ),
        ({"type": "size", "width": 360, "height": 640}, {"width": 360, "height": 640}),
        ({"type": "quality", "value": "low"}, {"quality": "low"}),
    ],
)
def test_a_look_a_size_and_a_quality_are_settings(message, settings):
    assert wish(json.dumps(message)) == settings


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "message"),
        ("[]", "message"),
        ('"subscribe"', "message"),
        (b"{}", "message"),
        ("[" * 1000, "message"),
        (" " * (MAX_LENGTH + 1), "message"),
        ("{}", "type"),
        ('{"type": "dance"}', "type"),
        ('{"type": ["subscribe"]}', "type"),
        ('{"type": "subscribe"}', "subscribe"),
        ('{"type": "subscribe", "units": [], "more": 1}', "subscribe"),
        ('{"type": "subscribe", "units": ["faces"]}', "units"),
        ('{"type": "subscribe", "units": [["phones"]]}', "units"),
        ('{"type": "subscribe", "units": {"phones": true}}', "units"),
        ('{"type": "subscribe", "units": null}', "units"),
        ('{"type": "articulation"}', "articulation"),
        ('{"type": "articulation", "value": 2.5}', "articulation"),
        ('{"type": "articulation", "value": NaN}', "articulation"),
        ('{"type": "articulation", "value": true}', "articulation"),
        ('{"type": "articulation", "value": [1]}', "articulation"),
        ('{"type": "look"}', "look"),
        ('{"type": "look", "avatar": "theo", "hat": "red"}', "look"),
        ('{"type": "look", "avatar": 3}', "avatar"),
        ('{"type": "look", "set": "../secret"}', "set"),
        ('{"type": "look", "set": "studio", "framing": "wide"}', "framing"),
        ('{"type": "size", "width": 512}', "size"),
        ('{"type": "size", "width": 512, "height": 511}', "height"),
        ('{"type": "size", "width": 1280, "height": 1280}', "height"),
        ('{"type": "size", "width": 512.0, "height": 512}', "width"),
        ('{"type": "quality", "value": "best"}', "quality"),
    ],
)
def test_what_is_not_understood_is_named(text, field):
    with pytest.raises(InvalidInput) as raised:
        wish(text)
    assert raised.value.field == field and raised.value.remedy
    assert len(str(raised.value)) < 250


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from(["subscribe", "articulation", "look", "size", "?"]), JSON, JSON)
def test_whatever_comes_is_a_wish_or_a_refusal(kind, value, other):
    for message in ({"type": kind, "units": value}, {"type": kind, "value": value}, other):
        try:
            assert isinstance(wish(json.dumps(message)), dict)
        except InvalidInput as error:
            assert error.remedy
