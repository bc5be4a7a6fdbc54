from __future__ import annotations

import itertools
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.channel import MAX_FRAME, Kind, Message, Unpacker, pack, unit_message
from engine.units import AudioUnit, EventUnit, MotionUnit, PhoneUnit, Unit, VideoUnit

TIMES = st.integers(0, 2**62)
LENGTHS = st.integers(0, 2**32 - 1)
SESSIONS = st.integers(0, 2**32 - 1)
FLOATS = st.floats(-100, 100, width=32)
NAMES = st.text(max_size=8)
VALUES = st.dictionaries(NAMES, st.none() | st.booleans() | st.integers() | FLOATS | NAMES)

UNITS: st.SearchStrategy[Unit] = st.one_of(
    st.builds(AudioUnit, TIMES, LENGTHS, st.binary(max_size=400)),
    st.builds(VideoUnit, TIMES, LENGTHS, st.binary(max_size=400), st.booleans()),
    st.builds(
        MotionUnit,
        TIMES,
        LENGTHS,
        *(st.tuples(*[FLOATS] * size) for size in (52, 6, 2, 3, 3)),
    ),
    st.builds(PhoneUnit, TIMES, NAMES, NAMES, FLOATS),
    st.builds(EventUnit, TIMES, NAMES, st.dictionaries(NAMES, st.integers() | FLOATS | NAMES)),
)
PLAIN_KINDS = [kind for kind in Kind if kind < Kind.AUDIO and kind is not Kind.PCM]
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(unit_message, SESSIONS, UNITS),
    st.builds(Message, st.just(Kind.PCM), SESSIONS, st.just({}), st.binary(max_size=400)),
    st.builds(Message, st.sampled_from(PLAIN_KINDS), SESSIONS, VALUES),
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=6), st.lists(st.integers(0, 10**6), max_size=10))
def test_messages_survive_however_the_bytes_are_cut(
    messages: list[Message], places: list[int]
) -> None:
    unpacker = Unpacker()
    stream = b"".join(map(pack, messages))
    found = [message for part in cut(stream, places) for message in unpacker.feed(part)]
    assert found == messages


EXAMPLES = [
    Message(Kind.OPEN, 1, {"seed": 7}),
    Message(Kind.PCM, 2, payload=b"\x01\x00\x02\x00"),
    Message(Kind.CONTROL, 3, {"keyframe": True}),
    Message(Kind.PING),
    Message(Kind.PONG, 0, {"stages": {}, "waiting_s": 0.02}),
    Message(Kind.MEASURE, 0, {"options": {}, "seconds": 1.0}),
    Message(Kind.MEASURED, 0, {"speed": 3.5}),
    Message(Kind.CLOSE, 4),
    Message(Kind.READY),
    Message(Kind.OPENED, 5, {"delays": [["hop", 160]]}),
    Message(Kind.REFUSED, 6, {"field": "fps"}),
    Message(Kind.FAILED, 7, {"message": "why"}),
    unit_message(8, AudioUnit(320, 320, b"opus")),
    unit_message(9, VideoUnit(640, 640, b"h264", True)),
    unit_message(
        10, MotionUnit(0, 320, (0.5,) * 52, (0.1,) * 6, (0.2,) * 2, (0.0, 0.0, 1.0), (0.1,) * 3)
    ),
    unit_message(12, PhoneUnit(160, "AA", "aa", 0.75)),
    unit_message(11, EventUnit(0, "stats", {"skipped_frames": 3})),
]


def test_every_kind_is_tried_here() -> None:
    assert {message.kind for message in EXAMPLES} == set(Kind)


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: message.kind.name)
def test_every_kind_survives_byte_by_byte(message: Message) -> None:
    unpacker = Unpacker()
    data = pack(message)
    parts = [list(unpacker.feed(bytes([byte]))) for byte in data]
    assert parts[-1] == [message]
    assert not any(parts[:-1]), "nothing comes before it is whole"


@pytest.mark.parametrize("length", [0, 1, 4, MAX_FRAME + 1, 2**32 - 1])
def test_a_nonsense_length_is_an_error_at_once(length: int) -> None:
    with pytest.raises(ValueError, match=str(length)):
        list(Unpacker().feed(struct.pack(">I", length)))


def test_what_came_before_the_nonsense_is_still_given_out() -> None:
    feed = Unpacker().feed(pack(EXAMPLES[0]) + b"\xff" * 8)
    assert next(feed) == EXAMPLES[0]
    with pytest.raises(ValueError, match="frame of"):
        next(feed)


@pytest.mark.parametrize(
    "body",
    [
        struct.pack(">BI", 99, 0),
        struct.pack(">BI", Kind.OPEN, 0) + b"not json",
        struct.pack(">BI", Kind.EVENT, 0) + b"\xff\xfe",
    ],
)
def test_a_frame_that_makes_no_sense_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(Unpacker().feed(struct.pack(">I", len(body)) + body))


def test_the_documented_layout() -> None:
    data = pack(Message(Kind.PCM, 258, payload=b"\x05\x00"))
    assert data == b"\0\0\0\x07" + b"\x02" + b"\0\0\x01\x02" + b"\x05\x00"
    assert json.loads(pack(Message(Kind.READY))[9:]) == {}
