"""Parts of a face's pose by name: what layers add, in the words of ARKit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.face import ARKIT, Floats
from engine.motion.channels import arkit_matrix

SIDE: Floats = np.array(
    [name.endswith("Left") - float(name.endswith("Right")) for name in ARKIT], np.float32
)
"""(52,) 1 for a weight of the subject's left side, -1 for one of the right, 0 for the middle."""


def pose(weights: Mapping[str, float]) -> Floats:
    """(52,) from named weights; a name without its side stands for both. KeyError if unknown."""
    values = np.array(list(weights.values()), np.float32)
    return np.asarray(values @ arkit_matrix(tuple(weights)), dtype=np.float32)


def poses(*tables: Mapping[str, float]) -> Floats:
    """(len(tables), 52): one pose after another, so that ``amounts @ poses(...)`` mixes them."""
    return np.stack([pose(table) for table in tables])
