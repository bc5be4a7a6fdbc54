"""What a hosted session has been asked to be, so that it can be opened again elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from engine.behaviour import Behaviour
from engine.options import SessionOptions

SHOWN = ("avatar", "set", "light", "framing", "quality", "width", "height")
"""What the worker answers with an event ``look`` or ``refused``: it counts once it is shown."""

_AT_ONCE = ("articulation", "motion_units", "phone_units", "role", *asdict(Behaviour()))
_BESIDE = ("bitrate", "stride", "attention", "others")
"""What lasts and is no option. Cues of emotion pass, and are not repeated."""


class Kept:
    """``options`` to open a session with, ``settings`` to give it next."""

    def __init__(self, options: SessionOptions) -> None:
        self.options = options
        self._beside: dict[str, Any] = {}
        self._asked: dict[str, Any] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """What is in force beside the options, and what has been asked for and not been shown."""
        return self._beside | self._asked

    def control(self, settings: Mapping[str, Any]) -> None:
        """Note what is asked of the session."""
        lasting = {name: settings[name] for name in _AT_ONCE if name in settings}
        self.options = replace(self.options, **lasting)
        self._beside |= {name: settings[name] for name in _BESIDE if name in settings}
        self._asked |= {name: settings[name] for name in SHOWN if name in settings}

    def shown(self, look: Mapping[str, Any]) -> None:
        """Note what the session shows now."""
        self.options = replace(self.options, **{name: look[name] for name in SHOWN})
        self._asked = {name: value for name, value in self._asked.items() if look[name] != value}

    def refused(self, field: object) -> None:
        """Forget what cannot be had, or it would be asked for again."""
        self._asked.pop(str(field), None)
