"""Which sources an asset was made from, so that a test can tell when it is older than the code."""

from __future__ import annotations

import hashlib
from pathlib import Path


def source_digest() -> list[float]:
    """SHA-256 of this folder's Python sources as eight 32-bit numbers."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    raw = digest.digest()
    return [float(int.from_bytes(raw[i : i + 4], "big")) for i in range(0, 32, 4)]
