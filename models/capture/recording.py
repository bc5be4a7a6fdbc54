"""What every reader of curves makes of a file, and what is found on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.face import Floats

Seconds = NDArray[np.float64]
Verdict = Literal["good", "mended", "look"]
"""Nothing to do; found and put right; worth a look by whoever made the recording."""

LOWEST, HIGHEST = -0.05, 1.05
"""Weights are 0 to 1; trackers overshoot a little, and what is further out is no measurement."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a take's report."""

    check: str
    found: str
    done: str = ""
    verdict: Verdict = "good"


@dataclass(frozen=True, slots=True)
class Recording:
    """Curves as they were recorded, on the recorder's own clock.

    ``times`` (R,) seconds from the first row, rising; ``names`` (K,) ARKit's names, sided or not;
    ``values`` (R, K) in [0, 1], NaN where a value is missing or was none.
    """

    times: Seconds
    names: tuple[str, ...]
    values: Floats
    findings: list[Finding] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Rows per second, from the usual distance of two rows."""
        return 1 / float(np.median(np.diff(self.times)))


def in_range(file: str, names: Sequence[str], values: Floats) -> tuple[Floats, Finding]:
    """``values`` (R, K) within [0, 1] and NaN where they were not, with the count of those.

    InvalidInput if the file counts in other units.
    """
    missing = ~np.isfinite(values)
    outside = ~missing & ((values < LOWEST) | (values > HIGHEST))
    if outside.mean() > 0.2:
        name = names[int(outside.mean(axis=0).argmax())]
        largest = float(np.abs(values[~missing]).max())
        remedy = f"weights are 0 to 1, {name} reaches {largest:.4g}: divide them before you export"
        raise InvalidInput("capture", file, remedy)
    bad = outside | missing
    clean = np.where(bad, np.nan, np.clip(values, 0, 1)).astype(np.float32)
    if not bad.any():
        return clean, Finding("values", "all within 0 to 1")
    worst = names[int(bad.sum(axis=0).argmax())]
    found = f"{int(outside.sum())} out of range, {int(missing.sum())} missing (most in {worst})"
    return clean, Finding("values", found, "left out", "mended")
