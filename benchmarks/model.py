"""Milliseconds of one call of a network, by back end and number of streams; and of a picture.

A call is what sessions make: it takes streams out of their slots, computes, and puts them back. It
is timed twice: again and again (warm), and with a picture drawn before each (cold). Drawing leaves
little of the network's weights in the processor's caches, and that is how sessions find them.
What cannot be measured on this machine is told, with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.render import talking
from benchmarks.report import save_report, show
from engine.cast import Cast
from engine.errors import BackendUnavailable
from engine.look import Look
from engine.quality import QualityDial
from engine.render import Renderer, describe
from engine.runtime.choice import CANDIDATES, choose
from engine.runtime.streams import Slots, Streams
from engine.runtime.switching import Switching
from engine.runtime.weights import WEIGHTS, Description

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
NETWORKS = ("phonemes", "motion")
SIZES = ((512, 512), (1280, 720))
QUALITY = "medium"
CPU, GPU = "CPU", "GPU"
_ON_CPU = ("onnxruntime-cpu", "reference")

_CALLS = 40
"""Of each kind; ten more before them do not count."""

_BEFORE = 10
_COMPILE_S = 60.0
"""Seconds that a network may take to be compiled."""

_PATIENCE_S = 4.0
"""Of each kind, whatever the number of calls: the reference is slow."""

COLUMNS = {
    "what": "what",
    "backend": "back end",
    "device": "on",
    "precision": "precision",
    "streams": "streams",
    "warm_p50_ms": "warm p50 ms",
    "warm_p95_ms": "p95 ms",
    "cold_p50_ms": "cold p50 ms",
    "cold_p95_ms": "p95 ms",
    "stream_ms": "cold, a stream ms",
}

Rows = list[dict[str, Any]]
Work = Callable[[], object]


def main(
    backends: Sequence[str] = (),
    batches: Sequence[int] = BATCHES,
    json_path: Path | None = None,
) -> dict[str, Any]:
    """Time pictures, and both networks on each back end; print a table and write JSON if asked.

    Without ``backends`` all that may be taken unasked. Returns settings and rows.
    """
    rows, missing = _pictures()
    with _drawing(SIZES[0]) as draw:
        for backend in backends or [one.name for one in CANDIDATES if one.name != "reference"]:
            try:
                for network in NETWORKS:
                    rows += _network(backend, network, batches, draw)
            except BackendUnavailable as error:
                missing[f"networks on {backend}"] = error.reason
    settings = {"calls": _CALLS, "quality": QUALITY, **describe(), "not_measured": missing}
    show("bench model", COLUMNS, rows)
    for what, reason in missing.items():
        print(f"not measured here: {what}: {reason}")
    save_report("model", settings, rows, json_path)
    return {"settings": settings, "rows": rows}


def _network(backend: str, network: str, batches: Sequence[int], draw: Work) -> Rows:
    """A row for each number of streams; BackendUnavailable if the back end does not work here."""
    model, _ = choose(WEIGHTS, network, backend)
    if isinstance(model, Switching):  # it is to be measured as what it becomes
        model.wait(_COMPILE_S)
    features, _ = Description.read(WEIGHTS, network).reference()
    rows = []
    for count in batches:
        slots = Streams.of(model, model.initial_state(1))
        call = _call(slots, [slots.open() for _ in range(count)], features)
        warm, cold = timed(call, None), timed(call, draw)
        rows.append(
            {
                "what": network,
                "backend": model.backend,
                "device": CPU if model.backend in _ON_CPU else GPU,
                "precision": getattr(model, "precision", "float32"),
                "streams": count,
                **_told("warm", warm),
                **_told("cold", cold),
                "stream_ms": float(np.median(cold)) / count,
            }
        )
    return rows


def _call(slots: Slots, rows: list[int], features: np.ndarray) -> Work:
    """The next hop of speech for every stream, each elsewhere in it."""
    hops = features[: len(features) // 2 * 2].reshape(-1, 2, features.shape[-1])
    at = np.arange(len(rows)) * 7

    def call() -> object:
        nonlocal at
        at = (at + 1) % len(hops)
        return slots.step(rows, hops[at])

    return call


def timed(call: Work, between: Work | None, calls: int = _CALLS) -> np.ndarray:
    """Milliseconds of each call, ``between`` being done, untimed, before each."""
    spent: list[float] = []
    end = time.perf_counter() + _PATIENCE_S
    while len(spent) < calls + _BEFORE and (time.perf_counter() < end or len(spent) < 2 * _BEFORE):
        if between is not None:
            between()
        begun = time.perf_counter()
        call()
        spent.append(time.perf_counter() - begun)
    return 1000 * np.array(spent[_BEFORE:])


def _told(name: str, spent: np.ndarray) -> dict[str, float]:
    middle, high = np.quantile(spent, (0.5, 0.95))
    return {f"{name}_p50_ms": float(middle), f"{name}_p95_ms": float(high)}


def _pictures() -> tuple[Rows, dict[str, str]]:
    """A row for each size, drawn through EGL and read back; and what cannot be measured."""
    drawn = describe()
    rows: Rows = []
    for size in SIZES:
        with _drawing(size) as draw:
            spent = timed(draw, None)
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        rows.append(
            {
                **row,
                "what": f"picture {size[0]}x{size[1]}",
                "backend": str(drawn["renderer"]).partition(" (")[0],
                "device": GPU if drawn["hardware"] else CPU,
                **_told("warm", spent),
            }
        )
    missing = (
        {} if drawn["hardware"] else {"pictures on a GPU": f"EGL has {drawn['renderer']} only"}
    )
    return rows, missing


@contextmanager
def _drawing(size: tuple[int, int]) -> Iterator[Work]:
    """What draws the next picture of a face that talks."""
    dressed = Cast().dress(Look("nora", "studio"))
    faces = cycle([talking(index / 25) for index in range(50)])
    supersample = QualityDial(QUALITY, 25).step.supersample
    with Renderer(dressed.head, *size, supersample=supersample) as renderer:
        renderer.set_stage(dressed.stage, dressed.light, dressed.look.framing)
        yield lambda: renderer.i420(next(faces))
