"""Networks on disk: a folder of ONNX files with one manifest that describes each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import AssetError, InvalidInput
from engine.face import Floats

WEIGHTS = Path(__file__).resolve().parents[2] / "models" / "weights"
"""The networks that come with the product."""

MANIFEST = "manifest.json"
DEFAULT = "default"
"""The name of the models that come with the product."""

MOTION_FILE = "motion.onnx"
_REMEDY = "restore it from the release, or make it again with 'make train'"


@dataclass(frozen=True, slots=True)
class Description:
    """A manifest's entry for one network; ``values`` as in the JSON."""

    name: str
    file: Path
    values: dict[str, Any]

    @staticmethod
    def read(folder: Path, name: str) -> Description:
        """The entry ``name`` of the manifest in ``folder``; AssetError if it cannot be used."""
        path = folder / MANIFEST
        try:
            values = json.loads(path.read_text(encoding="utf-8"))["models"][name]
            file = folder / values["file"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise _unusable(path, f"{type(error).__name__} in reading {name!r}") from error
        return Description(name, file, values)

    def require(self, key: str, expected: object) -> None:
        """AssetError unless the entry's ``key`` says exactly ``expected``."""
        if self.values.get(key) != expected:
            remedy = f"{self.name} of another version: this program needs {expected!r}; {_REMEDY}"
            raise AssetError(f"weights.{key}", self.values.get(key), remedy)

    def tolerance(self, precision: str) -> float:
        """Largest difference to the reference that arithmetic of this precision may make.

        ``precision`` is "float32" or "float16"; a plain number, as in manifests of version 0.1,
        holds for both. AssetError if the entry does not say.
        """
        told = self.values.get("tolerance")
        try:
            return float(told[precision] if isinstance(told, dict) else told)  # type: ignore[arg-type]
        except (LookupError, TypeError, ValueError):
            remedy = f"this program needs one for {precision}; {_REMEDY}"
            raise AssetError("weights.tolerance", told, remedy) from None

    def reference(self) -> tuple[Floats, Floats]:
        """(T, F) features and what the training framework said of them, (heads, T, outputs).

        From the zero state; they lie beside the network. AssetError if they cannot be read.
        """
        output = next(iter(self.values["outputs"]))
        try:
            with np.load(self.file.parent / self.values["reference"]) as stored:
                return stored["features"], stored[output]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise _unusable(self.file, "its reference cannot be read") from error

    def verified_bytes(self) -> bytes:
        """The network file, checked against the manifest's SHA-256; AssetError if it differs."""
        try:
            content = self.file.read_bytes()
        except OSError as error:
            raise _unusable(self.file, "cannot be read") from error
        if hashlib.sha256(content).hexdigest() != self.values.get("sha256"):
            raise _unusable(self.file, "damaged, its SHA-256 differs")
        return content


def named(name: str, folder: Path | None = None) -> Path:
    """The folder of the motion model ``name``: the product's own, or one below ``folder``.

    A model is a folder with a manifest and ``MOTION_FILE``. InvalidInput lists those there are.
    """
    if name == DEFAULT:
        return WEIGHTS
    known = names(folder)
    if folder is None or name not in known:
        remedy = f"use one of {', '.join(known)}"
        if folder is None:
            remedy += "; others are looked for where --models or VISAVIS_MODELS says"
        raise InvalidInput("motion_model", name, remedy)
    return folder / name


def names(folder: Path | None = None) -> list[str]:
    """The motion models that :func:`named` finds, the product's own first."""
    found = (
        path.parent.name
        for path in (folder.glob(f"*/{MANIFEST}") if folder else ())
        if (path.parent / MOTION_FILE).is_file()
    )
    return [DEFAULT, *sorted(set(found) - {DEFAULT})]


def _unusable(path: Path, reason: str) -> AssetError:
    return AssetError("weights", path.name, f"{reason}; {_REMEDY} (in {path.parent})")
