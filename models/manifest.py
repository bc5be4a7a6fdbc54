"""The description of the shipped weights, beside them; needs nothing that training needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.runtime.weights import MANIFEST, WEIGHTS

NAME = "phonemes"


def update_manifest(name: str, entry: dict[str, Any], folder: Path = WEIGHTS) -> None:
    """Merge ``entry`` into the description of the network ``name`` in the manifest."""
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"models": {}}
    manifest["models"].setdefault(name, {}).update(entry)
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
