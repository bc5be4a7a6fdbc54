"""Which back end computes a network, and why not another: decided here and nowhere else.

Candidates are tried from the fastest on. Each is imported only when its turn comes, and what is
not known to work everywhere is taken only once it has given, on this machine, what the training
framework gave (`engine.runtime.parity`).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import BackendUnavailable, InvalidInput
from engine.runtime.base import Load, SteppedModel

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A back end: its name, where the function that loads it is found, and what speaks for it."""

    name: str
    module: str
    function: str
    why: str

    def load(self, folder: Path, name: str) -> SteppedModel:
        """Have it load a network; see `engine.runtime.base.Load`."""
        try:
            module = importlib.import_module(f"engine.runtime.{self.module}")
        except ImportError as error:
            raise BackendUnavailable(self.name, str(error), "run: make setup") from error
        load: Load = getattr(module, self.function)
        return load(folder, name)


CANDIDATES = (
    Candidate("tensorrt", "tensorrt", "load", "the network compiled for this GPU"),
    Candidate("onnxruntime-cuda", "onnx", "load_cuda", "this machine's GPU, through CUDA"),
    Candidate("onnxruntime-cpu", "onnx", "load_cpu", "well under a millisecond on one CPU thread"),
    Candidate("reference", "reference", "load", "exact, slow, for tests"),
)
"""Best first. The last is never taken unasked."""

BACKENDS = (AUTO, "onnxruntime", *(candidate.name for candidate in CANDIDATES))
"""What may be asked for; "onnxruntime" is the better of its two."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The back end that computes the network."""

    backend: str
    why: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A back end that was tried and does not compute the network, why, and what would help."""

    backend: str
    reason: str
    remedy: str


Finding = Taken | NotTaken


def choose(folder: Path, name: str, wanted: str = AUTO) -> tuple[SteppedModel, list[Finding]]:
    """The network ``name`` of the manifest in ``folder`` on the best back end that works.

    With it what was found of each candidate, in the order tried. ``wanted`` is one of BACKENDS.
    InvalidInput if it is none, BackendUnavailable if it does not work here, AssetError if the
    network cannot be used at all.
    """
    check_backend(wanted)
    refused: list[NotTaken] = []
    for candidate in _asked_for(wanted):
        try:
            model = candidate.load(folder, name)
        except BackendUnavailable as error:
            refused.append(NotTaken(candidate.name, error.reason, error.remedy))
        else:
            why = candidate.why
            if not model.backend.startswith(candidate.name):
                why += f"; until it is ready {model.backend} computes"
            return model, [*refused, Taken(candidate.name, why)]
    if len(refused) > 1:
        told = "; ".join(f"{found.backend}: {found.reason}" for found in refused)
        raise BackendUnavailable(wanted, told, refused[-1].remedy)
    raise BackendUnavailable(wanted, refused[0].reason, refused[0].remedy)


def check_backend(wanted: str) -> None:
    """InvalidInput unless ``wanted`` is one of BACKENDS."""
    if wanted not in BACKENDS:
        raise InvalidInput("backend", wanted, f"use one of {', '.join(BACKENDS)}")


def _asked_for(wanted: str) -> Iterator[Candidate]:
    for candidate in CANDIDATES:
        if wanted == AUTO:
            if candidate.name != "reference":
                yield candidate
        elif candidate.name == wanted or candidate.name.startswith(f"{wanted}-"):
            yield candidate


@dataclass(slots=True)
class Chooser:
    """Loads networks on the back end that is wanted, and keeps what was found for each."""

    wanted: str = AUTO
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def load(self, folder: Path, name: str) -> SteppedModel:
        """The network, see :func:`choose`."""
        model, self.findings[name] = choose(folder, name, self.wanted)
        return model

    def taken(self) -> dict[str, str]:
        """The back end of each network."""
        return {name: found[-1].backend for name, found in self.findings.items()}


def automatic(folder: Path, name: str) -> SteppedModel:
    """The network on the best back end that works here; what is meant where nobody chooses."""
    return choose(folder, name)[0]
