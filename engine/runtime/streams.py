"""Many voices of one network: where their states lie, and one call for all that have a step ready.

Whoever streams asks, `Ask`, and is answered by whoever hosts it: alone at once, or together with
others that ask of the same network. The state of each is a row of one array, so that a call gathers
the rows that take part and no other is touched (masked slots, as in batched streaming inference).
"""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from engine.face import Floats
from engine.runtime.base import SteppedModel

_FIRST_SLOTS = 4

T = TypeVar("T")
Asking = Generator["Ask", Floats, T]
"""Work that comes to T, and asks networks on its way; it is sent what they answer."""


class Slots(Protocol):
    """The states of many streams of one network, on the host or on a device."""

    @property
    def backend(self) -> str:
        """What computes the network now, such as "onnxruntime-cpu"."""
        ...

    def open(self) -> int:
        """A slot in the state from which a stream starts."""
        ...

    def close(self, slot: int) -> None:
        """Give a slot back; it may be opened again, for another stream."""
        ...

    def reset(self, slot: int) -> None:
        """Put a slot back into the state from which a stream starts."""
        ...

    def step(self, slots: Sequence[int], inputs: Floats) -> Floats:
        """Outputs (N, ...) for one step, inputs (N, ...), of the streams in N distinct slots.

        Each of them has made its step afterwards, or none has, if this raises.
        """
        ...

    def state(self, slot: int) -> Floats:
        """(S,) a copy of a slot's state."""
        ...


class Streams:
    """States on the host: rows of one array (slots, S), which doubles when it is full.

    ``initial`` (1, S) is the state from which each stream starts. Not thread-safe.
    """

    def __init__(self, model: SteppedModel, initial: Floats) -> None:
        self._model = model
        self._initial = initial[0]
        self._states: Floats = np.empty((_FIRST_SLOTS, len(self._initial)), np.float32)
        self._gathered: Floats = np.empty_like(self._states)
        self._free = list(range(_FIRST_SLOTS))[::-1]

    @property
    def backend(self) -> str:
        """As `Slots`."""
        return self._model.backend

    @staticmethod
    def of(model: SteppedModel, initial: Floats) -> Slots:
        """Those that the model offers by a method ``streams(initial)``, or these."""
        offered = getattr(model, "streams", None)
        slots: Slots = offered(initial) if offered else Streams(model, initial)
        return slots

    def open(self) -> int:
        """As `Slots`; the lowest that is free, so that calls find their rows close together."""
        if not self._free:
            self._grow()
        slot = min(self._free)
        self._free.remove(slot)
        self.reset(slot)
        return slot

    def close(self, slot: int) -> None:
        """As `Slots`; ValueError for a slot that is not open."""
        if slot in self._free or not 0 <= slot < len(self._states):
            raise ValueError(f"slot {slot} is not open")
        self._free.append(slot)

    def reset(self, slot: int) -> None:
        """As `Slots`."""
        self._states[slot] = self._initial

    def state(self, slot: int) -> Floats:
        """As `Slots`."""
        copied: Floats = self._states[slot].copy()
        return copied

    def step(self, slots: Sequence[int], inputs: Floats) -> Floats:
        """As `Slots`; more than the network takes in one call are split."""
        if len(slots) == 1:
            outputs, following = self._model.step(inputs, self._states[slots[0], None])
            self._states[slots[0]] = following[0]
            return outputs
        if len(set(slots)) < len(slots):
            raise ValueError("a stream can make one step at a time")
        rows, most = list(slots), self._model.batches[1]
        parts = [slice(at, at + most) for at in range(0, len(rows), most)]
        made = [self._model.step(inputs[part], self._gather(rows[part])) for part in parts]
        for part, (_, following) in zip(parts, made, strict=True):
            self._states[rows[part]] = following
        return made[0][0] if len(made) == 1 else np.concatenate([outputs for outputs, _ in made])

    def _gather(self, rows: list[int]) -> Floats:
        """(N, S) their states, in memory that is used again; a model keeps nothing of it."""
        gathered = self._gathered[: len(rows)]
        # "clip": the default mode would copy twice, to leave ``out`` alone if an index is wrong
        np.take(self._states, rows, axis=0, out=gathered, mode="clip")
        return gathered

    def _grow(self) -> None:
        count = len(self._states)
        self._states = np.concatenate([self._states, np.empty_like(self._states)])
        self._gathered = np.empty_like(self._states)
        self._free = list(range(count, 2 * count))


class Stream:
    """One voice's place among the streams of a network, given back when nobody holds it any more.

    ``network`` names the network in metrics.
    """

    __slots__ = ("__weakref__", "network", "slot", "slots")

    def __init__(self, slots: Slots, network: str) -> None:
        self.slots, self.network = slots, network
        self.slot = slots.open()
        weakref.finalize(self, slots.close, self.slot).atexit = False

    def reset(self) -> None:
        """Forget the voice: the next step is the first again."""
        self.slots.reset(self.slot)

    def ask(self, inputs: Floats) -> Ask:
        """The question what the network says to ``inputs``, one step without an axis of streams."""
        return Ask(self, inputs)


@dataclass(slots=True)
class Ask:
    """A step that a stream is ready to make; it is made once, when it is answered."""

    stream: Stream
    inputs: Floats

    def alone(self) -> Floats:
        """The outputs, without an axis of streams, of a call for this stream only."""
        stream = self.stream
        outputs: Floats = stream.slots.step((stream.slot,), self.inputs[None])[0]
        return outputs


def alone(work: Asking[T]) -> T:
    """What work comes to if each of its questions is answered at once."""
    try:
        ask = next(work)
        while True:
            ask = work.send(ask.alone())
    except StopIteration as done:
        result: T = done.value
        return result


def together(asks: Sequence[Ask]) -> list[Floats]:
    """The outputs of each, of one call for all; they ask of the same `Slots`."""
    if len(asks) == 1:
        return [asks[0].alone()]
    slots = [ask.stream.slot for ask in asks]
    return list(asks[0].stream.slots.step(slots, np.stack([ask.inputs for ask in asks])))
