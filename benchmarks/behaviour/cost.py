"""Milliseconds per 20 ms hop that prosody and the layers of the performance take."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.behaviour.material import Talk
from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import hear
from engine.motion.performance import Performance
from engine.pipeline import Engine
from engine.runtime.weights import DEFAULT
from engine.stopwatch import Stopwatch

_LOOK_AHEAD = 960
_WARM_UP_HOPS = 50


def findings(engine: Engine, talk: Talk, seed: int) -> list[Finding]:
    """Processor time, which other work on the machine does not add to."""
    stopwatch = Stopwatch(time.process_time)
    heard = hear(engine, talk, stopwatch)
    prosody = 1000 * np.array(stopwatch.seconds["prosody"][_WARM_UP_HOPS:])
    performance = Performance(engine.motion(DEFAULT), _LOOK_AHEAD, seed)
    spent: dict[str, float] = defaultdict(float)
    _timed(performance, spent)
    rows = []
    for hop in heard:
        spent.clear()
        performance.push(hop)
        rows.append(dict(spent))
    rows = rows[_WARM_UP_HOPS:]
    parts = {name: 1000 * np.array([row.get(name, 0.0) for row in rows]) for name in rows[-1]}
    together = np.sum(list(parts.values()), axis=0)
    return [
        _finding("prosody", prosody),
        _finding("behaviour: all layers, moments and gate", together),
        *(_finding(f"  {name}", part) for name, part in parts.items()),
    ]


def _finding(what: str, milliseconds: np.ndarray) -> Finding:
    median = float(np.median(milliseconds))
    return Finding("cost per 20 ms", what, median, "ms", of=len(milliseconds))


def _timed(performance: Performance, spent: dict[str, float]) -> None:
    """Count the time of each layer, of the moments and of the gate under their names."""

    def watch(thing: Any, method: str, name: str) -> None:  # noqa: ANN401
        do: Callable[..., Any] = getattr(thing, method)

        def timed(*given: Any) -> Any:  # noqa: ANN401
            start = time.process_time()
            result = do(*given)
            spent[name] += time.process_time() - start
            return result

        setattr(thing, method, timed)

    for name, layer in performance._layers.items():
        watch(layer, "move", name)
    watch(performance._moments, "hear", "moments")
    watch(performance._moments, "at", "moments")
    watch(performance._gate, "let", "gate")
