"""What goes over the data channel, both ways: JSON, one object a message, told by its ``type``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from engine.errors import InvalidInput
from engine.options import SessionOptions
from engine.units import MotionUnit, PhoneUnit

MAX_LENGTH = 1024
"""Characters; the longest message of a client has some 50."""

SUBSCRIPTIONS = {"motion": "motion_units", "phones": "phone_units"}
"""What can be subscribed to, and the option of a session that stands for it."""

_DECIMALS = 4


def told(unit: MotionUnit | PhoneUnit) -> dict[str, object]:
    """The message that tells a unit; ``time`` in samples at 16 kHz, as everywhere."""
    if isinstance(unit, PhoneUnit):
        return {
            "type": "phone",
            "time": unit.time,
            "phone": unit.phone,
            "viseme": unit.viseme,
            "confidence": round(unit.confidence, 2),
        }
    arrays = ("blendshapes", "head", "gaze", "camera")
    values = {name: [round(value, _DECIMALS) for value in getattr(unit, name)] for name in arrays}
    return {"type": "motion", "time": unit.time, **values}


def wish(text: str | bytes) -> dict[str, float]:
    """The engine settings that a client's message asks for.

    InvalidInput names what it does not understand: these come from anywhere.
    """
    message = _object(text)
    kind = message.pop("type", None)
    if not isinstance(kind, str) or kind not in _READERS:
        raise InvalidInput("type", kind, f"use one of {', '.join(sorted(_READERS))}")
    field, read = _READERS[kind]
    if set(message) != {field}:
        raise InvalidInput(kind, sorted(message), f"send {field!r} and nothing else")
    return read(message[field])


def _object(text: str | bytes) -> dict[str, Any]:
    if isinstance(text, bytes) or len(text) > MAX_LENGTH:
        raise InvalidInput("message", f"{len(text)} long", f"send at most {MAX_LENGTH} characters")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise InvalidInput("message", text, "send one JSON object")
    return message


def _subscription(units: Any) -> dict[str, float]:  # noqa: ANN401 - anything may come
    wanted = units if isinstance(units, list) else [units]
    for name in wanted:
        if not isinstance(name, str) or name not in SUBSCRIPTIONS:
            known = ", ".join(SUBSCRIPTIONS)
            raise InvalidInput("units", name, f"use a list of any of {known}; an empty one ends it")
    return {option: name in wanted for name, option in SUBSCRIPTIONS.items()}


def _articulation(value: Any) -> dict[str, float]:  # noqa: ANN401 - anything may come
    return {"articulation": SessionOptions.from_dict({"articulation": value}).articulation}


_READERS: dict[str, tuple[str, Callable[[Any], dict[str, float]]]] = {
    "articulation": ("value", _articulation),
    "subscribe": ("units", _subscription),
}
"""Each message of a client by its type: its one field, and who reads that."""
