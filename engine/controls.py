"""What may be asked of a session while it runs, as plain values."""

from __future__ import annotations

from typing import Any

from engine.behaviour import Attention, Emotion
from engine.session import Session


def control(session: Session, values: dict[str, Any]) -> None:
    """Do what is asked beside what `engine.options` names; InvalidInput if something cannot be."""
    _set(session, values)
    _direct(session, values)


def _set(session: Session, values: dict[str, Any]) -> None:
    """Change what can be changed at once and has nothing to do with pictures."""
    if values.get("keyframe"):
        session.request_keyframe()
    if values.get("hush"):
        session.hush()
    if "stride" in values:
        session.set_stride(int(values["stride"]))
    if "bitrate" in values:
        session.set_bitrate(int(values["bitrate"]))
    if "articulation" in values:
        session.set_articulation(values["articulation"])
    for units in ("motion_units", "phone_units"):
        if units in values:
            setattr(session, units, bool(values[units]))


def _direct(session: Session, values: dict[str, Any]) -> None:
    """Tell the face what goes on and what is asked of it."""
    for cue in values.get("emotions", ()):
        session.cue_emotion(Emotion.from_dict(cue))
    if "attention" in values:
        place = values["attention"]
        session.attend(None if place is None else Attention(*place))
    if "others" in values:
        session.set_others(bool(values["others"]))
    if "role" in values:
        session.set_role(values["role"])
