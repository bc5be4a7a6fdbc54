"""What goes over an agent's WebSocket, both ways: JSON, one object a message, told by its ``type``.

Names are those of OpenAI's Realtime API where it has the same thing, as agents know them; what the
face understands beside that is what `server.messages` has.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from engine.errors import InvalidInput
from server.agent.ledger import heard
from server.agent.outbox import Event
from server.agent.segments import LIMIT, Segment
from server.ingest import INPUT_RATE

LONGEST = 1 << 20
"""Bytes of one message: with base64 some 16 s of PCM16 at 24 kHz."""

LONGEST_ID = 512
"""Characters of an ``event_id``, as OpenAI's API has it."""

APPEND, COMMIT = "input_audio_buffer.append", "input_audio_buffer.commit"
CANCEL, UPDATE = "response.cancel", "session.update"
OWN = (APPEND, COMMIT, CANCEL, UPDATE)


def read(text: str) -> dict[str, Any]:
    """An event of the agent; InvalidInput if it is none. Never quotes what it holds."""
    if len(text) > LONGEST:
        raise InvalidInput("event", f"{len(text)} long", f"send at most {LONGEST} bytes at a time")
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise InvalidInput("event", f"{len(text)} characters", "send one JSON object a message")
    return event


def event_id(event: Mapping[str, Any]) -> str | None:
    """The name that an agent gave its event, if that can be one."""
    name = event.get("event_id")
    return name[:LONGEST_ID] if isinstance(name, str) else None


def sound_of(event: Mapping[str, Any]) -> bytes:
    """The bytes of an append; InvalidInput if they are not base64 (RFC 4648, section 4)."""
    audio = event.get("audio")
    if not isinstance(audio, str):
        raise InvalidInput("audio", type(audio).__name__, "send base64 in a string")
    try:
        return base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError):
        remedy = "send base64 with its padding, or the bytes themselves as a binary message"
        raise InvalidInput("audio", f"{len(audio)} characters", remedy) from None


def only(event: Mapping[str, Any], *fields: str) -> None:
    """InvalidInput if an event has fields beside these, its type and its id."""
    for name in event:
        if name not in (*fields, "type", "event_id"):
            known = f"{', '.join(fields)} and event_id" if fields else "no field but event_id"
            raise InvalidInput(name, "unknown field", f"send {known}")


# --- from the server ---


def error(refused: Mapping[str, object], event: str | None = None) -> Event:
    """Something could not be done, and nothing has changed."""
    told = {"type": "invalid_request_error", "code": "invalid_value", **refused}
    if "message" not in told and "field" in told:
        told["message"] = f"{told['field']}: {told.get('value')} is not usable; {told['remedy']}"
    return {"type": "error", "error": {**told, "event_id": event}}


def refusal(refused: InvalidInput, event: str | None = None) -> Event:
    """The same of an error of ours."""
    field = {"field": refused.field, "value": refused.value, "remedy": refused.remedy}
    return error({**field, "message": str(refused)}, event)


def committed(segment: Segment) -> Event:
    """A segment has been ended."""
    return {
        "type": "input_audio_buffer.committed",
        "item_id": segment.id,
        "samples": segment.in_its_rate(segment.came),
    }


def started(segment: Segment, time: int) -> Event:
    """The first sound of a segment leaves; ``time`` is its media time."""
    return {"type": "output_audio_buffer.started", "item_id": segment.id, "time": time}


def stopped(segment: Segment) -> Event:
    """All of a segment has been played."""
    samples = segment.in_its_rate(segment.came)
    return {
        "type": "output_audio_buffer.stopped",
        "item_id": segment.id,
        "samples": samples,
        "audio_end_ms": _ms(samples, segment),
    }


def cleared(segment: Segment | None, forgotten: list[Segment]) -> Event:
    """What was being played has been cut off, and those that waited are forgotten."""
    samples = 0 if segment is None else heard(segment)
    return {
        "type": "output_audio_buffer.cleared",
        "item_id": None if segment is None else segment.id,
        "samples": samples,
        "audio_end_ms": 0.0 if segment is None else _ms(samples, segment),
        "forgotten": [other.id for other in forgotten],
    }


def level(waiting: int, *, reading: bool) -> Event:
    """So many samples at 48 kHz wait; unless ``reading``, what is sent now waits in the network."""
    return {
        "type": "input_audio_buffer.level",
        "buffered_ms": round(waiting * 1000 / INPUT_RATE),
        "limit_ms": LIMIT * 1000 // INPUT_RATE,
        "reading": reading,
    }


def _ms(samples: int, segment: Segment) -> float:
    return round(samples * 1000 / segment.sound.rate, 3)
