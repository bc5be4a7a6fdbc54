"""Curves as arrays: an npz with ``weights`` (T, K), ``names`` (K,) and ``fps``.

Names are ARKit's, or those of FACEGOOD's rigs, which that company's documentation maps to ARKit.
Their rigs have several shapes for one rounding of the lips, and a clip uses one or the other; only
how far the lips are rounded is the same in all. So that is what is kept: it moves funnel and pucker
together, in the proportion of the /u/
by which the engine measures rounding.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from engine.avatar.lips import PURSED
from engine.errors import InvalidInput
from engine.face import INDEX, Floats
from models.capture.channels import REQUIRED, columns_of
from models.capture.recording import Finding, Recording, in_range

_JAW = "mouth_stretch_c"
"""FACEGOOD's jaw opening; its presence tells whose names these are."""

_FACEGOOD: dict[str, tuple[str, ...]] = {
    "jawOpen": (_JAW,),
    "jawForward": ("jaw_thrust_c",),
    "mouthSmile": ("mouth_lipCornerPull_l", "mouth_lipCornerPull_r"),
    "mouthStretch": ("mouth_lipStretch_l", "mouth_lipStretch_r"),
    "mouthRollLower": ("mouth_suck_dl", "mouth_suck_dr"),
    "mouthRollUpper": ("mouth_suck_ul", "mouth_suck_ur"),
    "mouthPress": ("mouth_press_l", "mouth_press_r"),
    "mouthLowerDown": ("mouth_lowerLipDepress_l", "mouth_lowerLipDepress_r"),
    "mouthUpperUp": ("mouth_upperLipRaise_l", "mouth_upperLipRaise_r"),
    "mouthShrugLower": ("mouth_chinRaise_d",),
    "mouthShrugUpper": ("mouth_chinRaise_u",),
}
_ROUNDING: dict[str, float] = {
    **{f"mouth_funnel_{side}": 1.0 for side in ("dl", "dr", "ul", "ur")},
    **{"mouth_pucker_l": 1.0, "mouth_pucker_r": 1.0, "mouth_oo_c": 1.0},
    "mouth_oh_c": 0.75,
}
"""Rounding of each shape at its full weight, /u/ being 1; /o/ is open, and less pursed."""


def read_archive(path: Path) -> Recording:
    """The curves in ``path``; InvalidInput names what makes it unusable."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights = np.asarray(arrays["weights"], np.float32)
            names = [str(name) for name in arrays["names"]]
            fps = float(arrays["fps"])
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        remedy = f"an npz with weights (T, K), names (K,) and fps is needed ({error})"
        raise InvalidInput("capture", path.name, remedy) from error
    if weights.ndim != 2 or weights.shape[1] != len(names) or not 10 <= fps <= 1000:
        remedy = f"weights {weights.shape} and {len(names)} names at {fps:.4g} fps do not agree"
        raise InvalidInput("capture", path.name, remedy)
    theirs = _JAW in names
    shapes, kept = _from_facegood(names, weights) if theirs else _arkit(path, names, weights)
    kept, of_values = in_range(path.name, shapes, kept)
    findings = [
        Finding("rows", f"{len(weights)}"),
        Finding("rate", f"{fps:.2f} rows per second"),
        of_values,
    ]
    return Recording(np.arange(len(weights)) / fps, shapes, kept, findings)


def _arkit(path: Path, names: list[str], weights: Floats) -> tuple[tuple[str, ...], Floats]:
    columns = columns_of(names)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        remedy = f"curves are missing: {', '.join(missing)}; export all of ARKit's blendshapes"
        raise InvalidInput("capture", path.name, remedy)
    return tuple(columns), weights[:, list(columns.values())]


def _from_facegood(names: list[str], weights: Floats) -> tuple[tuple[str, ...], Floats]:
    """Channel names and values (T, K) from FACEGOOD's shapes; the strongest of several counts."""

    def strongest(scaled: dict[str, float]) -> Floats | None:
        present = [
            weights[:, names.index(name)] * by for name, by in scaled.items() if name in names
        ]
        return np.max(np.stack(present), axis=0) if present else None

    found: dict[str, Floats | None] = {
        channel: strongest(dict.fromkeys(shapes, 1.0)) for channel, shapes in _FACEGOOD.items()
    }
    rounding = strongest(_ROUNDING)
    if rounding is not None:
        for channel in ("mouthFunnel", "mouthPucker"):
            found[channel] = rounding * PURSED[INDEX[channel]]
    known: dict[str, NDArray[np.float32]] = {k: v for k, v in found.items() if v is not None}
    return tuple(known), np.stack(list(known.values()), axis=1)
