"""Compiled engines on disk: a folder that may be deleted at any time.

A file holds what its engine was made from, so that whoever reads it knows whether it still fits:

    8 bytes   "VISAVIS" and the layout's version
    4 bytes   length of the recipe, little endian
    n bytes   the recipe as JSON
    32 bytes  SHA-256 of all other bytes
    the rest  the engine, as TensorRT serialised it
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import AssetError, InvalidInput

_MAGIC = b"VISAVIS\x01"
_LENGTH = 4
_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that an engine depends on; another value of any of these is another engine.

    ``model`` is the network's name and ``sha256`` that of its file; ``package`` and ``version``
    are those of TensorRT; ``architecture`` as in "sm89", with the GPU's name where an engine is
    bound to it; ``precision`` is float32 or float16; ``batches`` least, best and most streams;
    ``form`` counts how we have changed what we make of a network.
    """

    model: str
    sha256: str
    package: str
    version: str
    architecture: str
    precision: str
    batches: tuple[int, int, int]
    form: int

    def as_json(self) -> bytes:
        """One text for one recipe."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @property
    def file_name(self) -> str:
        """Where its engine is kept.

        Not all of the recipe is part of it: the engine of another version or profile is replaced.
        """
        architecture = "".join(c if c.isalnum() else "_" for c in self.architecture)
        parts = (self.model, self.sha256[:12], architecture, self.precision, self.package)
        return "-".join(parts) + ".engine"


@dataclass(frozen=True, slots=True)
class Kept:
    """An engine: its serialised form, where it is kept, and whether it was there already."""

    content: bytes
    path: Path
    cached: bool


class EngineCache:
    """Engines by what they were made from."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def path(self, recipe: Recipe) -> Path:
        """Where the engine of ``recipe`` is, or would be."""
        return self.folder / recipe.file_name

    def read(self, recipe: Recipe) -> bytes | None:
        """The engine of ``recipe``; None if there is none, or one of another recipe.

        AssetError if what is there is damaged: it is neither used nor silently replaced.
        """
        path = self.path(recipe)
        try:
            stored = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AssetError("engine", str(path), f"it cannot be read: {error}") from error
        told, content = _unpack(path, stored)
        return content if told == recipe.as_json() else None

    def write(self, recipe: Recipe, content: bytes) -> Path:
        """Keep an engine, whole or not at all; where it is now.

        InvalidInput if the folder cannot be written.
        """
        path = self.path(recipe)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.folder, prefix=f".{path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_pack(recipe, content))
                    file.flush()
                    os.fsync(file.fileno())
                Path(part).replace(path)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise _not_writable(self.folder, error) from error
        return path

    def obtain(self, recipe: Recipe, build: Callable[[], bytes], *, anew: bool = False) -> Kept:
        """The engine of ``recipe``, built if it is not there, or in any case if ``anew``.

        Of several processes that want the same one, one builds and the others wait for it.
        """
        with self._alone(recipe):
            found = None if anew else self.read(recipe)
            if found is not None:
                return Kept(found, self.path(recipe), True)
            content = build()
            return Kept(content, self.write(recipe, content), False)

    @contextmanager
    def _alone(self, recipe: Recipe) -> Iterator[None]:
        """While no other process has the engine of this recipe under construction.

        The lock's file stays: whoever removed it would let two in who hold different ones.
        """
        lock = self.folder / f".{recipe.file_name}.lock"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = lock.open("wb")
        except OSError as error:
            raise _not_writable(self.folder, error) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def default_folder() -> Path:
    """``$VISAVIS_ENGINES``, or else ``visavis/engines`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.

    XDG Base Directory Specification 0.8: a relative path in its variable is to be ignored.
    """
    own = os.environ.get("VISAVIS_ENGINES")
    if own:
        return Path(own)
    told = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = told if told.is_absolute() else Path.home() / ".cache"
    return base / "visavis" / "engines"


def _pack(recipe: Recipe, content: bytes) -> bytes:
    told = recipe.as_json()
    head = _MAGIC + len(told).to_bytes(_LENGTH, "little") + told
    return head + _digest(told, content) + content


def _unpack(path: Path, stored: bytes) -> tuple[bytes, bytes]:
    """What it says it was made from, and the engine; AssetError unless every byte is right."""
    start = len(_MAGIC) + _LENGTH
    length = int.from_bytes(stored[len(_MAGIC) : start], "little")
    told = stored[start : start + length]
    digest = stored[start + length : start + length + _DIGEST]
    content = stored[start + length + _DIGEST :]
    if stored[: len(_MAGIC)] != _MAGIC or digest != _digest(told, content):
        remedy = f"it is damaged; run 'visavis compile --force', or delete it in {path.parent}"
        raise AssetError("engine", path.name, remedy)
    return told, content


def _digest(told: bytes, content: bytes) -> bytes:
    return hashlib.sha256(told + content).digest()


def _not_writable(folder: Path, error: OSError) -> InvalidInput:
    return InvalidInput("cache", str(folder), f"it cannot be written ({error}); name another")
