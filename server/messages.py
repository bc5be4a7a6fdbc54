"""What goes over the data channel, both ways: JSON, one object a message, told by its ``type``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from engine.behaviour import Attention, Behaviour, Emotion
from engine.errors import InvalidInput
from engine.options import SessionOptions
from engine.units import MotionUnit, PhoneUnit

MAX_LENGTH = 1024
"""Characters; the longest message of a client has some 300."""

MAX_KEPT_MS = 10_000
"""More than any jitter buffer keeps."""

SUBSCRIPTIONS = {"motion": "motion_units", "phones": "phone_units"}
"""What can be subscribed to, and the option of a session that stands for it."""

Settings = dict[str, Any]
"""What can be changed in a session: by the names of `engine.options.SessionOptions`, and what is
told to the face, see `engine.worker`. Plain values, as JSON has them."""

BEHAVIOUR = tuple(asdict(Behaviour()))

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
    arrays = ("blendshapes", "head", "gaze", "camera", "body")
    values = {name: [round(value, _DECIMALS) for value in getattr(unit, name)] for name in arrays}
    return {"type": "motion", "time": unit.time, **values}


def wish(text: str | bytes) -> Settings:
    """The engine settings that a client's message asks for.

    InvalidInput names what it does not understand: these come from anywhere.
    """
    message = _object(text)
    kind = message.pop("type", None)
    if not isinstance(kind, str) or kind not in _READERS:
        raise InvalidInput("type", kind, f"use one of {', '.join(sorted(_READERS))}")
    reader = _READERS[kind]
    reader.check(kind, set(message))
    return reader.read(message)


def merged(wanted: Settings, wish: Settings) -> Settings:
    """Wishes with a later one: the last of each kind counts, of emotions the last of each name."""
    both = wanted | wish
    if "emotions" in wanted and "emotions" in wish:
        cues = {cue["name"]: cue for cue in wanted["emotions"] + wish["emotions"]}
        both["emotions"] = list(cues.values())
    return both


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


def _subscription(message: dict[str, Any]) -> Settings:
    units = message["units"]
    wanted = units if isinstance(units, list) else [units]
    for name in wanted:
        if not isinstance(name, str) or name not in SUBSCRIPTIONS:
            known = ", ".join(SUBSCRIPTIONS)
            raise InvalidInput("units", name, f"use a list of any of {known}; an empty one ends it")
    return {option: name in wanted for name, option in SUBSCRIPTIONS.items()}


def _articulation(message: dict[str, Any]) -> Settings:
    return _checked(articulation=message["value"])


def _quality(message: dict[str, Any]) -> Settings:
    return _checked(quality=message["value"])


def _role(message: dict[str, Any]) -> Settings:
    return _checked(role=message["value"])


def _others(message: dict[str, Any]) -> Settings:
    speaking = message["speaking"]
    if type(speaking) is not bool:
        raise InvalidInput("speaking", speaking, "use true or false")
    return {"others": speaking}


def _emotion(message: dict[str, Any]) -> Settings:
    return {"emotions": [Emotion.from_dict(message).as_dict()]}


def _attention(message: dict[str, Any]) -> Settings:
    if "to" not in message:
        place = Attention(**message)
        return {"attention": [place.yaw, place.pitch]}
    if message != {"to": "camera"}:
        raise InvalidInput("to", message["to"], "use 'camera' alone, or yaw and pitch")
    return {"attention": None}


def _receiver(message: dict[str, Any]) -> Settings:
    for field, value in message.items():
        if type(value) not in (int, float) or not 0 <= value <= MAX_KEPT_MS:
            raise InvalidInput(field, value, f"use milliseconds from 0 to {MAX_KEPT_MS}")
    return {"receiver": (message["sound_ms"] / 1000, message["picture_ms"] / 1000)}


def _as_named(message: dict[str, Any]) -> Settings:
    return _checked(**message)


def _checked(**settings: Any) -> Settings:  # noqa: ANN401 - anything may come
    options = SessionOptions.from_dict(settings)
    return {name: getattr(options, name) for name in settings}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads a kind of message: its fields, all of them unless ``any_of`` will do."""

    read: Callable[[dict[str, Any]], Settings]
    fields: tuple[str, ...] = ("value",)
    any_of: bool = False

    def check(self, kind: str, given: set[str]) -> None:
        enough = bool(given) if self.any_of else given >= set(self.fields)
        if not enough or not given <= set(self.fields):
            names = ", ".join(map(repr, self.fields))
            amount = "some of " if self.any_of else ""
            raise InvalidInput(kind, sorted(given), f"send {amount}{names} and nothing else")


_READERS = {
    "articulation": _Reader(_articulation),
    "attend": _Reader(_attention, ("yaw", "pitch", "to"), any_of=True),
    "behaviour": _Reader(_as_named, BEHAVIOUR, any_of=True),
    "emotion": _Reader(_emotion, ("name", "amount", "seconds", "override"), any_of=True),
    "look": _Reader(_as_named, ("avatar", "set", "light", "framing"), any_of=True),
    "others": _Reader(_others, ("speaking",)),
    "quality": _Reader(_quality),
    "receiver": _Reader(_receiver, ("sound_ms", "picture_ms")),
    "role": _Reader(_role),
    "size": _Reader(_as_named, ("width", "height")),
    "subscribe": _Reader(_subscription, ("units",)),
}
"""The messages of a client by their type."""

KINDS = tuple(_READERS)
"""Their types."""
