"""The local channel between a server and a worker: messages as bytes, framed by length.

A frame is a big-endian u32 length and that many bytes: a u8 kind, a u32 session number, and a
body. Media bodies are binary, all others JSON. Nothing here reads or writes: a pipe, a socket or a
test carries the bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any

from engine.units import AudioUnit, EventUnit, MotionUnit, PhoneUnit, Unit, VideoUnit

_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">BI")
_MEDIA = struct.Struct(">qIB")
MAX_FRAME = 8 * 1024 * 1024
"""Longer frames mean that the two ends have lost step: ValueError."""


class Kind(IntEnum):
    """What a message is. The first group goes to the worker, the second comes from it."""

    OPEN = 1
    PCM = 2
    CONTROL = 3
    CLOSE = 4
    PING = 5
    MEASURE = 6

    READY = 16
    OPENED = 17
    REFUSED = 18
    FAILED = 19
    AUDIO = 20
    VIDEO = 21
    MOTION = 22
    EVENT = 23
    PHONE = 24
    PONG = 25
    MEASURED = 26


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``values`` for JSON kinds, ``payload`` for PCM, ``unit`` for units."""

    kind: Kind
    session: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    payload: bytes = b""
    unit: Unit | None = None


def pack(message: Message) -> bytes:
    """The framed bytes of a message."""
    body = _HEAD.pack(message.kind, message.session) + _body(message)
    return _LENGTH.pack(len(body)) + body


def unit_message(session: int, unit: Unit) -> Message:
    """The message that carries a unit."""
    kinds = {
        AudioUnit: Kind.AUDIO,
        VideoUnit: Kind.VIDEO,
        MotionUnit: Kind.MOTION,
        PhoneUnit: Kind.PHONE,
        EventUnit: Kind.EVENT,
    }
    return Message(kinds[type(unit)], session, unit=unit)


def _body(message: Message) -> bytes:
    unit = message.unit
    if isinstance(unit, AudioUnit):
        return _MEDIA.pack(unit.time, unit.duration, 0) + unit.payload
    if isinstance(unit, VideoUnit):
        return _MEDIA.pack(unit.time, unit.duration, unit.keyframe) + unit.payload
    if message.kind is Kind.PCM:
        return message.payload
    values = message.values if unit is None else asdict(unit)
    return json.dumps(values).encode()


class Unpacker:
    """Bytes of any length in, whole messages out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that these bytes complete; ValueError if they make no sense."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME or length < _HEAD.size:
                raise ValueError(f"a frame of {length} bytes on the worker channel")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            frame = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield _message(frame)


def _message(frame: bytes) -> Message:
    number, session = _HEAD.unpack_from(frame)
    kind, body = Kind(number), frame[_HEAD.size :]
    if kind is Kind.PCM:
        return Message(kind, session, payload=body)
    if kind in (Kind.AUDIO, Kind.VIDEO):
        time, duration, flag = _MEDIA.unpack_from(body)
        payload = body[_MEDIA.size :]
        unit: Unit = (
            AudioUnit(time, duration, payload)
            if kind is Kind.AUDIO
            else VideoUnit(time, duration, payload, bool(flag))
        )
        return Message(kind, session, unit=unit)
    values = json.loads(body)
    if kind is Kind.EVENT:
        return Message(kind, session, unit=EventUnit(**values))
    if kind is Kind.PHONE:
        return Message(kind, session, unit=PhoneUnit(**values))
    if kind is Kind.MOTION:
        lists: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return Message(kind, session, unit=MotionUnit(**lists))
    return Message(kind, session, values=values)
