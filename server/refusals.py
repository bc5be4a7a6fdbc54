"""Refusals that another process has put into words already."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import InvalidInput


class _Shown(str):
    """A value as the other process's error has shown it."""

    def __repr__(self) -> str:
        return str(self)


def refusal(values: Mapping[str, str]) -> InvalidInput:
    """The error with these ``field``, ``value`` and ``remedy``."""
    return InvalidInput(values["field"], _Shown(values["value"]), values["remedy"])
