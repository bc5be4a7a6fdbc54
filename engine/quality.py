"""The quality dial: how finely, how often and how large pictures are drawn, as the machine can.

Pure logic: it counts media time in pictures and is told what each one cost, so the same inputs
give the same steps. Between stepping down and stepping up lies a wide gap (as with the hysteresis
of a thermostat), and each step up that had to be taken back doubles the wait before the next one,
as exponential back-off does in congestion control (Jacobson, Congestion Avoidance and Control,
1988). So a load that comes and goes cannot make a picture flicker.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

from engine.errors import InvalidInput

_SMALLEST = 16  # pixels


@dataclass(frozen=True, slots=True)
class Step:
    """One setting of the dial.

    supersample  how much larger each way pictures are drawn than they are sent
    scale        of the width and height that were asked for
    divisor      every how manyth picture is drawn
    """

    name: str
    supersample: float
    scale: Fraction
    divisor: int

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The even width and height of pictures where so much was asked for."""
        return self._even(width), self._even(height)

    def _even(self, length: int) -> int:
        return max(min(_SMALLEST, length), round(length * self.scale / 2) * 2)

    @property
    def work(self) -> float:
        """Pixels that are drawn per second, relative to one per pixel of every picture.

        What a step costs grows at most by the ratio of these.
        """
        return float((self.supersample * self.scale) ** 2 / self.divisor)


STEPS: tuple[Step, ...] = (
    Step("high", 1.7, Fraction(1), 1),
    Step("medium", 1.3, Fraction(1), 1),
    Step("modest", 1.15, Fraction(1), 1),
    Step("low", 1.0, Fraction(1), 1),
    Step("half rate", 1.0, Fraction(1), 2),
    Step("smaller", 1.0, Fraction(2, 3), 2),
    Step("smallest", 1.0, Fraction(1, 2), 2),
)
"""From the finest down. Edges go first, for few see it; the size goes last, for it takes a
keyframe and everybody sees it."""

_NAMED = {"high": 0, "medium": 1, "low": 3, "auto": 1}
QUALITIES: tuple[str, ...] = tuple(_NAMED)
"""What the dial can be set to; "auto" begins at "medium" and goes below it when it must."""

_SKIPPED = 0.12
"""Share of a second's pictures left out that is too much: three at 25 a second. They must be left
out more than once: a single stall, as when a character is loaded, is over when it is seen."""

_OUTLIERS = 0.1
"""Share of a second's pictures, the slowest, that do not count."""

_SECONDS_OF_LOAD = 2
"""For how long there must be too much of it before the rate or the size goes; for edges, one."""

OVERLOAD = 0.85
"""Share of the time between pictures, spent on pictures, that is too much."""

_ROOM = 0.60
"""Share that a finer step may take, as predicted: other work and other sessions need the rest."""

_PATIENCE, _MOST_PATIENCE = 10, 320
"""Seconds of calm before a step up: the first time, and after many that were taken back."""


class QualityDial:
    """Chooses a `Step` for a session.

    name     one of ``QUALITIES``; all but "auto" stay where they are
    fps      pictures per second that were asked for
    changes  how often the dial has turned itself
    least_divisor  every how manyth picture is drawn at most, for another reason than the dial's
    """

    def __init__(self, name: str, fps: int) -> None:
        self._fps = fps
        self._level = self._calm = self._strikes = 0
        self._costs: deque[float | None] = deque()
        self.changes = 0
        self.least_divisor = 1
        self.set(name)

    def set(self, name: str) -> None:
        """Turn the dial; InvalidInput naming the settings for any other."""
        if name not in _NAMED:
            raise InvalidInput("quality", name, f"use one of {', '.join(QUALITIES)}")
        self.name = name
        self._patience = _PATIENCE
        self._raised = False
        self._go_to(_NAMED[name])

    @property
    def step(self) -> Step:
        """The step in force."""
        return STEPS[self._level]

    def note(self, cost: float | None) -> bool:
        """Tell what the next picture that was due cost, in seconds, or None if it was left out.

        True if the step has changed.
        """
        if self.name != "auto":
            return False
        self._costs.append(cost)
        if len(self._costs) < self._rate:
            return False
        load, late = self._load(), self._costs.count(None)
        if load > OVERLOAD or (late > _SKIPPED * self._rate and self._bursts() > 1):
            return self._strike()
        self._strikes = 0
        fits = self._level > _NAMED["auto"] and not late and self._raised_load(load) < _ROOM
        self._calm = self._calm + 1 if fits else 0
        return self._calm >= self._patience * self._rate and self._raise()

    @property
    def _rate(self) -> int:
        """Pictures in a second of the step in force."""
        return self._fps // max(self.least_divisor, self.step.divisor)

    def _load(self) -> float:
        """The share of the last second's time that pictures took."""
        spent = sorted(cost for cost in self._costs if cost is not None)
        usual = spent[: math.ceil(len(spent) * (1 - _OUTLIERS))]
        return sum(usual) / len(usual) * self._rate if usual else 0.0

    def _bursts(self) -> int:
        """How often in the last second pictures began to be left out."""
        before = [0.0, *self._costs]
        return sum(
            cost is None and last is not None
            for last, cost in zip(before, self._costs, strict=False)
        )

    def _raised_load(self, load: float) -> float:
        """What the load would be one step up, at most."""
        return load * STEPS[self._level - 1].work / self.step.work

    def _strike(self) -> bool:
        """Too much for a second: step down, if that was long enough for what it costs."""
        self._strikes += 1
        self._calm = 0
        now, then = self.step, STEPS[min(self._level + 1, len(STEPS) - 1)]
        seen = (now.divisor, now.scale) != (then.divisor, then.scale)
        if seen and self._strikes < _SECONDS_OF_LOAD:
            self._costs.clear()
            return False
        return self._lower()

    def _lower(self) -> bool:
        if self._raised:
            self._patience = min(_MOST_PATIENCE, 2 * self._patience)
        self._raised = False
        return self._turn(min(self._level + 1, len(STEPS) - 1))

    def _raise(self) -> bool:
        self._raised = True
        return self._turn(self._level - 1)

    def _turn(self, level: int) -> bool:
        changed = level != self._level
        self.changes += changed
        self._go_to(level)
        return changed

    def _go_to(self, level: int) -> None:
        """Set the step; what was measured at another says nothing of it."""
        self._level = level
        self._costs = deque(maxlen=self._rate)
        self._calm = self._strikes = 0
