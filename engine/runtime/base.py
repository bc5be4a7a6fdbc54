"""What every model back end offers: immutable weights, stepped with an explicit state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from engine.face import Floats


class SteppedModel(Protocol):
    """A network that consumes one step of input and carries its past in a flat state.

    It is immutable and may serve any number of streams: whoever streams owns the state. N streams
    that have a step ready may be stacked along the first axis; together equals alone.
    """

    @property
    def backend(self) -> str:
        """What computes it, such as "onnxruntime-cpu": for reports and metrics."""
        ...

    @property
    def batches(self) -> tuple[int, int]:
        """Least and most streams in one call; whoever has more splits them."""
        ...

    def initial_state(self, streams: int) -> Floats:
        """(streams, S) state of streams that have heard nothing, all zeros."""
        ...

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Outputs (N, ...) and next state (N, S) for inputs (N, ...) and state (N, S).

        Host arrays, float32. What was given stays as it was.
        """
        ...


Load = Callable[[Path, str], SteppedModel]
"""What a back end does with the network of that name in the manifest of that folder: it gives a
model that works, or raises BackendUnavailable with the reason and the remedy; AssetError if the
network itself cannot be used, which no other back end would mend."""
