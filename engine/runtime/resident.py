"""Many voices of one network whose states stay on the GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import AtCapacity
from engine.face import Floats
from engine.runtime.rows import Rows

_COME_AGAIN_S = 10


class ResidentStreams:
    """States in rows on the device; see `engine.runtime.streams.Slots`. Not thread-safe.

    A call runs over all rows up to the highest that takes part; whoever has no step ready is masked
    and keeps its state. ``initial`` (1, S) is the state from which each stream starts.
    """

    def __init__(self, rows: Rows, initial: Floats, backend: str) -> None:
        self._rows, self._initial, self.backend = rows, initial, backend
        self._free = set(range(len(rows.inputs)))

    def open(self) -> int:
        """A slot in the initial state, the lowest that is free; AtCapacity if none is."""
        if not self._free:
            raise AtCapacity(len(self._rows.inputs), _COME_AGAIN_S)
        slot = min(self._free)
        self._free.remove(slot)
        self.reset(slot)
        return slot

    def adopt(self, states: Mapping[int, Floats]) -> None:
        """Open these slots in these states (S,); AtCapacity if there are none of such numbers."""
        if not self._free.issuperset(states):
            raise AtCapacity(len(self._rows.inputs), _COME_AGAIN_S)
        self._free.difference_update(states)
        for slot, state in states.items():
            self._rows.write_states(slot, state[None])

    def close(self, slot: int) -> None:
        """Give a slot back; ValueError if it is not open."""
        self._check(slot)
        self._free.add(slot)

    def reset(self, slot: int) -> None:
        """Put a slot back into the initial state."""
        self._check(slot)
        self._rows.write_states(slot, self._initial)

    def state(self, slot: int) -> Floats:
        """(S,) a copy of a slot's state."""
        self._check(slot)
        state: Floats = self._rows.read_states(slot, 1)[0]
        return state

    def step(self, slots: Sequence[int], inputs: Floats) -> Floats:
        """Outputs (N, ...) of one step, inputs (N, ...), of N distinct slots.

        BackendUnavailable if the GPU fails, after which all states are lost.
        """
        for slot in slots:
            self._check(slot)
        if len(set(slots)) < len(slots):
            raise ValueError("a stream can make one step at a time")
        chosen = list(slots)
        self._rows.inputs[chosen] = inputs
        self._rows.taking[:] = False
        self._rows.taking[chosen] = True
        self._rows.step(max(chosen) + 1)
        outputs: Floats = self._rows.outputs[chosen]
        return outputs

    def _check(self, slot: int) -> None:
        if slot in self._free or not 0 <= slot < len(self._rows.inputs):
            raise ValueError(f"slot {slot} is not open")
