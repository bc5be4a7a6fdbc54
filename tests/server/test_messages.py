from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.units import MotionUnit, PhoneUnit
from server.messages import _READERS, MAX_LENGTH, merged, told, wish


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
        ({"type": "receiver", "sound_ms": 48, "picture_ms": 1.5}, {"receiver": (0.048, 0.0015)}),
        ({"type": "role", "value": "listener"}, {"role": "listener"}),
        ({"type": "others", "speaking": True}, {"others": True}),
        (
            {"type": "behaviour", "blink": 0.5, "camera": 0, "camera_style": "lively"},
            {"blink": 0.5, "camera": 0, "camera_style": "lively"},
        ),
        ({"type": "attend", "yaw": 0.2, "pitch": -0.1}, {"attention": [0.2, -0.1]}),
        ({"type": "attend", "yaw": 0.2}, {"attention": [0.2, 0.0]}),
        ({"type": "attend", "to": "camera"}, {"attention": None}),
    ],
)
def test_what_is_told_to_a_session_is_settings(message, settings):
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
        ('{"type": "receiver", "sound_ms": 48, "picture_ms": NaN}', "picture_ms"),
        ('{"type": "receiver", "sound_ms": true, "picture_ms": 1}', "sound_ms"),
        ('{"type": "receiver", "sound_ms": -1, "picture_ms": 1}', "sound_ms"),
        ('{"type": "role", "value": "dancer"}', "role"),
        ('{"type": "role", "value": ["listener"]}', "role"),
        ('{"type": "others", "speaking": "yes"}', "speaking"),
        ('{"type": "others"}', "others"),
        ('{"type": "behaviour"}', "behaviour"),
        ('{"type": "behaviour", "wings": 1}', "behaviour"),
        ('{"type": "behaviour", "blink": 2.5}', "blink"),
        ('{"type": "behaviour", "gaze": NaN}', "gaze"),
        ('{"type": "behaviour", "head": true}', "head"),
        ('{"type": "behaviour", "camera_style": "wild"}', "camera_style"),
        ('{"type": "emotion"}', "emotion"),
        ('{"type": "emotion", "amount": 0.5}', "name"),
        ('{"type": "emotion", "name": "boredom"}', "name"),
        ('{"type": "emotion", "name": ["joy"]}', "name"),
        ('{"type": "emotion", "name": "joy", "amount": 1.5}', "amount"),
        ('{"type": "emotion", "name": "joy", "seconds": 0}', "seconds"),
        ('{"type": "emotion", "name": "joy", "seconds": Infinity}', "seconds"),
        ('{"type": "emotion", "name": "joy", "override": 1}', "override"),
        ('{"type": "emotion", "name": "joy", "colour": "red"}', "emotion"),
        ('{"type": "attend"}', "attend"),
        ('{"type": "attend", "yaw": 3}', "yaw"),
        ('{"type": "attend", "pitch": "up"}', "pitch"),
        ('{"type": "attend", "to": "window"}', "to"),
        ('{"type": "attend", "to": "camera", "yaw": 0.1}', "to"),
    ],
)
def test_what_is_not_understood_is_named(text, field):
    with pytest.raises(InvalidInput) as raised:
        wish(text)
    assert raised.value.field == field and raised.value.remedy
    assert len(str(raised.value)) < 250


def test_an_emotion_is_a_cue_with_its_defaults():
    cue = {"name": "joy", "amount": 0.7, "seconds": 2.0, "override": False}
    assert wish('{"type": "emotion", "name": "joy"}') == {"emotions": [cue]}


def test_of_many_wishes_the_last_of_each_kind_counts_and_of_emotions_the_last_of_each_name():
    wanted = {}
    for message in (
        {"type": "emotion", "name": "joy", "amount": 0.2},
        {"type": "emotion", "name": "surprised"},
        {"type": "others", "speaking": True},
        {"type": "emotion", "name": "joy", "amount": 0.9},
        {"type": "others", "speaking": False},
    ):
        wanted = merged(wanted, wish(json.dumps(message)))
    assert [(cue["name"], cue["amount"]) for cue in wanted["emotions"]] == [
        ("joy", 0.9),
        ("surprised", 0.7),
    ]
    assert wanted["others"] is False


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from([*_READERS, "?"]), JSON, JSON)
def test_whatever_comes_is_a_wish_or_a_refusal(kind, value, other):
    fields = ("units", "value", "yaw", "name", "speaking", "blink")
    for message in (*({"type": kind, field: value} for field in fields), other):
        try:
            assert isinstance(wish(json.dumps(message)), dict)
        except InvalidInput as error:
            assert error.remedy
