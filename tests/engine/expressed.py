"""What the expression layer does with moments made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np

from engine.face import INDEX
from engine.motion.expression import Expression
from engine.motion.layers import Draft, Moment, Pause
from engine.timeline import MOTION_HOP, SAMPLE_RATE
from tests.engine.conversation import Array, drafts, monologue, spoken

ACCENT_EVERY_S = 0.73


def at_rest(seconds: float, **more: object) -> Iterator[Moment]:
    """Moments of silence; ``more`` is true of each."""
    for index in range(round(seconds * 100)):
        moment = Moment(index * MOTION_HOP, False, False, 0, 0, 0, pause=Pause.TURN_END)
        yield replace(moment, **more)  # type: ignore[arg-type]


def speech(seconds: float, seed: int = 0, **more: object) -> list[Moment]:
    """A monologue with accents of uneven height, the pitch rising with each."""
    heights = np.random.default_rng(seed).uniform(0.2, 1.0, round(seconds) * 2 + 2)
    moments = []
    for moment in spoken(seconds, monologue):
        beat, into = divmod(moment.time / SAMPLE_RATE, ACCENT_EVERY_S)
        height = heights[int(beat)] * np.exp(-(((into - 0.35) / 0.08) ** 2)) * moment.speaking
        told = {"accent": height, "contour": 7 * height, "effort": (0.5 + 0.4 * height)}
        told["effort"] *= moment.speaking
        moments.append(replace(moment, **(told | more)))
    return moments


def shown(moments: Iterable[Moment], seed: int = 1, gain: float = 1.0) -> list[Draft]:
    """What the layer adds at each."""
    layer = Expression(np.random.default_rng(seed))
    layer.gain = gain
    return drafts(layer, iter(moments))


class Part(Protocol):
    """A part of the layer, which has no gain of its own."""

    def move(self, moment: Moment, draft: Draft) -> None:
        """As a layer's."""


def alone(part: Part, moments: Iterable[Moment]) -> list[Draft]:
    """What one part of the layer adds at each."""
    made = []
    for moment in moments:
        draft = Draft.neutral()
        part.move(moment, draft)
        made.append(draft)
    return made


def shape(made: list[Draft], *stems: str) -> Array:
    """(moments,) the mean of the named weights; a name without its side stands for both."""
    at = [index for name, index in INDEX.items() for stem in stems if name.startswith(stem)]
    return np.array([draft.blendshapes[at].mean() for draft in made], np.float64)


def weights(made: list[Draft]) -> Array:
    """(moments, 52)."""
    return np.array([draft.blendshapes for draft in made], np.float64)
