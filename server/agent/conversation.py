"""What an agent says over its socket, done: its sound, its events, and errors that lose nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from engine.behaviour import Behaviour
from engine.errors import InvalidInput
from server import messages
from server.agent import events
from server.agent.intake import SoundFormat
from server.agent.outbox import Event
from server.agent.voice import AgentVoice

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "look": ("avatar", "set", "light", "framing"),
    "size": ("width", "height"),
    "behaviour": tuple(asdict(Behaviour())),
}
_VALUES = ("articulation", "quality", "role")
_SOUND = ("input_audio_format", "sample_rate")
_FIELDS = (*_SOUND, *_VALUES, *(name for group in _GROUPS.values() for name in group))


class Directed(Protocol):
    """A session whose face can be directed."""

    def ask(self, text: str | bytes) -> None:
        """Note a wish; InvalidInput if it is none."""


class Conversation:
    """With one agent; ``send`` is given what it is to be told."""

    def __init__(self, session: Directed, voice: AgentVoice, send: Callable[[Event], None]) -> None:
        self._session = session
        self._voice = voice
        self._send = send

    async def said(self, text: str) -> None:
        """Do as a text message asks; returns once the next may come."""
        named: str | None = None
        try:
            event = events.read(text)
            named = events.event_id(event)
            self._do(event)
        except InvalidInput as error:
            self._send(events.refusal(error, named))
        await self._voice.has_room()

    async def sounded(self, piece: bytes) -> None:
        """Take a binary message, which is sound; returns once the next may come."""
        try:
            if len(piece) > events.LONGEST:
                remedy = f"send at most {events.LONGEST} bytes at a time"
                raise InvalidInput("audio", f"{len(piece)} bytes", remedy)
            self._voice.append(piece)
        except InvalidInput as error:
            self._send(events.refusal(error))
        await self._voice.has_room()

    def _do(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind == events.APPEND:
            events.only(event, "audio")
            self._voice.append(events.sound_of(event))
        elif kind == events.COMMIT:
            events.only(event)
            self._voice.commit()
        elif kind == events.CANCEL:
            events.only(event)
            self._voice.interrupt()
        elif kind == events.UPDATE:
            events.only(event, "session")
            self._update(event.get("session"))
        elif kind in messages.KINDS:
            event.pop("event_id", None)
            self._session.ask(json.dumps(event))
        else:
            known = ", ".join((*events.OWN, *messages.KINDS))
            raise InvalidInput("type", kind, f"use one of {known}")

    def _update(self, wanted: object) -> None:
        """Change what is named, or nothing of it."""
        if not isinstance(wanted, dict):
            raise InvalidInput("session", type(wanted).__name__, "send an object of settings")
        for name, value in wanted.items():
            if name not in _FIELDS:
                raise InvalidInput(name, value, f"use any of {', '.join(_FIELDS)}")
        wishes = [json.dumps(wish) for wish in _wishes(wanted)]
        for wish in wishes:
            messages.wish(wish)
        if any(name in wanted for name in _SOUND):
            name, rate = (wanted.get(field) for field in _SOUND)
            self._voice.set_sound(SoundFormat.of(name, rate, self._voice.sound))
        for wish in wishes:
            self._session.ask(wish)
        sound = self._voice.sound
        now = {**wanted, "input_audio_format": sound.name, "sample_rate": sound.rate}
        self._send({"type": "session.updated", "session": now})


def _wishes(wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of `server.messages` that ask for the same."""
    wishes = [{"type": name, "value": wanted[name]} for name in _VALUES if name in wanted]
    for kind, names in _GROUPS.items():
        if given := {name: wanted[name] for name in names if name in wanted}:
            wishes.append({"type": kind, **given})
    return wishes
