"""Which sources a result was made from: to tell stale assets, and to keep slow steps' results."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
KEPT = HERE.parents[2] / "build" / "head"
"""Where intermediate results lie in a checkout; nothing is kept elsewhere."""

_IMPORT = re.compile(r"^\s*from engine\.avatar\.head\.(\w+) import", re.M)
_memory: dict[str, Mapping[str, NDArray[np.generic]]] = {}


def sources(module: str) -> list[Path]:
    """The module's file and those of this folder that it imports, directly or not, by name."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = HERE / f"{name}.py"
        if name not in found:
            found[name] = path
            waiting += _IMPORT.findall(path.read_text(encoding="utf-8"))
    return [found[name] for name in sorted(found)]


def source_digest(module: str, *texts: str) -> str:
    """SHA-256, hexadecimal, of `sources` and of ``texts``."""
    digest = hashlib.sha256()
    for path in sources(module):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for text in texts:
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()


def kept(
    module: str, make: Callable[[], Mapping[str, NDArray[np.generic]]]
) -> Mapping[str, NDArray[np.generic]]:
    """What ``make``, a function of ``module``, gives: from memory or disk if nothing changed."""
    key = f"{module}-{source_digest(module)[:24]}"
    if key not in _memory:
        path = KEPT / f"{key}.npz"
        if path.is_file():
            with np.load(path) as stored:
                _memory[key] = dict(stored)
        else:
            _memory[key] = make()
            _store(path, _memory[key])
    return _memory[key]


def _store(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write all or nothing, in place of older results of the same module; only in a checkout."""
    if not (KEPT.parents[1] / "pyproject.toml").is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    for older in path.parent.glob(f"{path.name.split('-')[0]}-*.npz"):
        older.unlink(missing_ok=True)
    part = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(part, **arrays)  # type: ignore[arg-type]
    part.replace(path)
