"""Clips and rows that need no recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.lipsync.bench import CAPTURED, CLEAN, ENGLISH
from benchmarks.lipsync.clips import Clip
from benchmarks.lipsync.measures import MEASURES
from models.corpus import Segment
from tests.conftest import vowels


def clip(name: str = "one", seconds: float = 1.2, seed: int = 1) -> Clip:
    """Syllables at 16 kHz with labels; another seed is another time and another noise."""
    samples = np.roll(vowels(seconds, 16_000, seed), 2_900 * (seed - 1))
    names = ["SIL", "M", "AA", "F", "UW", "SIL"]
    edges = np.linspace(0, seconds, len(names) + 1).tolist()
    spans = zip(edges[:-1], edges[1:], names, strict=True)
    return Clip(name, samples, [Segment(*span) for span in spans], "ma fu")


def row(**known: Any) -> dict[str, Any]:
    """A row whose figures are all .5, but for those given."""
    usual = {
        "system": "Visavis",
        "hears": "60 ms ahead",
        "look_ahead_ms": 60,
        "speech": ENGLISH,
        "condition": CLEAN,
        "clips": 1,
        "minutes": 0.1,
        "intervals": {name: [0.4, 0.6] for name in MEASURES},
        "missing": None,
    }
    return usual | dict.fromkeys((*MEASURES, *CAPTURED), 0.5) | known
