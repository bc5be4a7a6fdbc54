"""A tap that keeps what it gets."""

from __future__ import annotations

from engine.units import Unit
from server.taps import Tap


class Listening(Tap):
    def __init__(self) -> None:
        self.units: list[Unit] = []

    def put(self, unit: Unit) -> None:
        self.units.append(unit)

    def lost(self) -> None:
        pass

    def end(self) -> None:
        pass
