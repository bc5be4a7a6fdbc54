"""Lip-sync stays as it is, whatever else the face does."""

from __future__ import annotations

import numpy as np

from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import Performed
from engine.face import ARKIT

_SHUT = 0.03
"""Closure by articulation alone: jaw less mouthClose below this, in speech, is lips that touch."""


def findings(alone: Performed, whole: Performed) -> list[Finding]:
    """Articulation with all other layers switched off, beside that with all of them at 1."""
    jaw_alone, jaw = alone.shape("jawOpen"), whole.shape("jawOpen")
    round_alone, rounded = (one.shape("mouthPucker", "mouthFunnel") for one in (alone, whole))
    spoken = alone.within(alone.talk.phrases)
    gap_alone, gap = jaw_alone - alone.shape("mouthClose"), jaw - whole.shape("mouthClose")
    shut = spoken & (gap_alone < _SHUT) & (jaw_alone > _SHUT)
    opened = (
        100 * float(np.mean(gap[shut] > gap_alone[shut] + 0.05)) if shut.any() else float("nan")
    )
    return [
        Finding("lip-sync", "jaw, with all layers, r", _r(jaw_alone[spoken], jaw[spoken])),
        Finding(
            "lip-sync", "jaw, largest difference", float(np.abs(jaw - jaw_alone)[spoken].max())
        ),
        Finding(
            "lip-sync", "rounding, with all layers, r", _r(round_alone[spoken], rounded[spoken])
        ),
        Finding(
            "lip-sync",
            "rounding, largest difference",
            float(np.abs(rounded - round_alone)[spoken].max()),
        ),
        Finding("lip-sync", "closures that other layers open", opened, "%", of=int(shut.sum())),
    ]


def largest(alone: Performed, whole: Performed) -> dict[str, float]:
    """The largest difference of each shape of jaw, lips and tongue."""
    most = np.abs(alone.shapes - whole.shapes).max(axis=0)
    names = [name for name in ARKIT if name.startswith(("jaw", "mouth", "tongue"))]
    return {name: round(float(most[ARKIT.index(name)]), 3) for name in names}


def _r(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first, second)[0, 1])
