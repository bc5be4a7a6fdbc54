"""What every model back end offers: immutable weights, stepped with an explicit state."""

from __future__ import annotations

from typing import Protocol

from engine.face import Floats


class SteppedModel(Protocol):
    """A network that consumes one step of input and carries its past in a flat state.

    It is immutable and may serve any number of streams: whoever streams owns the state. N streams
    that have a step ready may be stacked along the first axis; together equals alone.
    """

    def initial_state(self, streams: int) -> Floats:
        """(streams, S) state of streams that have heard nothing, all zeros."""
        ...

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Outputs (N, ...) and next state (N, S) for inputs (N, ...) and state (N, S)."""
        ...
