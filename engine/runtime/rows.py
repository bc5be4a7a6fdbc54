"""An engine at work on the GPU: a row for each stream, states stay there from step to step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendUnavailable
from engine.face import Floats
from engine.runtime.cuda import Device
from engine.runtime.weights import Description

_FLOAT = np.dtype(np.float32).itemsize


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a network takes and gives for one stream: shapes and names, without the batch axis."""

    features: tuple[int, ...]
    state: int
    output_name: str
    output: tuple[int, ...]

    @staticmethod
    def of(description: Description) -> Shapes:
        """Those that the manifest states."""
        values = description.values
        name = next(iter(values["outputs"]))
        features = tuple(int(size) for size in values["inputs"]["features"][1:])
        output = tuple(int(size) for size in values["outputs"][name][1:])
        return Shapes(features, int(values["state_size"]), name, output)


class Rows:
    """``count`` rows of one engine: states on the device, inputs and outputs in host arrays.

    inputs   (count, ...) float32, to be filled before a step
    taking   (count, 1) bool, which rows take the step; the others keep their state
    outputs  (count, ...) float32, filled by a step

    A step is made for the first 1, 2, 4, 8 … rows, as many as it needs: few sizes, so that each can
    be recorded once as a CUDA graph that copies, computes and copies back by one call. TensorRT
    wants an execution context of its own for each recording; they share their working memory, as
    no two run at once (TensorRT documentation, "CUDA Graphs").

    ``context`` makes an ``IExecutionContext``. Not thread-safe.
    """

    def __init__(
        self, device: Device, context: Callable[[], Any], shapes: Shapes, count: int
    ) -> None:
        self._device, self._context, self._shapes = device, context, shapes
        device.enter()
        self.inputs: Floats = device.host_array((count, *shapes.features), np.float32)
        self.taking: NDArray[np.bool_] = device.host_array((count, 1), np.bool_)
        self.outputs: Floats = device.host_array((count, *shapes.output), np.float32)
        states = count * shapes.state * _FLOAT
        self._at = {
            "features": device.allocate(self.inputs.nbytes),
            "mask": device.allocate(self.taking.nbytes),
            "state": device.allocate(states),
            shapes.output_name: device.allocate(self.outputs.nbytes),
            "next_state": device.allocate(states),
        }
        device.wait()
        self._launch: dict[int, Callable[[], None]] = {}

    def step(self, rows: int) -> None:
        """A step for those of the first ``rows`` that are taking it; ``outputs`` are theirs then.

        BackendUnavailable if the GPU fails; states are lost then.
        """
        size = self._size(rows)
        launch = self._launch.get(size) or self._prepare(size)
        self._device.enter()
        launch()
        self._device.wait()

    def warm_up(self) -> None:
        """Prepare steps of every size; afterwards none takes longer for being the first."""
        for size in sorted({self._size(rows) for rows in range(1, len(self.inputs) + 1)}):
            self._launch.get(size) or self._prepare(size)

    def write_states(self, first: int, states: Floats) -> None:
        """Put (N, S) states into the rows from ``first`` on."""
        self._device.enter()
        self._device.upload(self._state_at(first), np.ascontiguousarray(states, np.float32))
        self._device.wait()

    def read_states(self, first: int, count: int) -> Floats:
        """(count, S) states of the rows from ``first`` on."""
        states = np.empty((count, self._shapes.state), np.float32)
        self._device.enter()
        self._device.download(states, self._state_at(first))
        self._device.wait()
        return states

    def _state_at(self, row: int) -> int:
        return self._at["state"] + row * self._shapes.state * _FLOAT

    def _size(self, rows: int) -> int:
        """The next power of two, or all."""
        return min(1 << (rows - 1).bit_length(), len(self.inputs))

    def _prepare(self, size: int) -> Callable[[], None]:
        """What makes a step of ``size`` rows: a recording, or where none is possible each call.

        TensorRT must have run once with these shapes before it is recorded; nobody takes that step.
        """
        taking = self.taking.copy()
        self.taking[:] = False
        self._device.enter()
        work, capturable = self._bound(size)
        work()
        self._device.wait()
        self.taking[:] = taking
        if capturable:
            try:
                work = self._device.record(work)
            except BackendUnavailable:
                # A context in which recording has failed is not to be relied on.
                work, _ = self._bound(size)
        self._launch[size] = work
        return work

    def _bound(self, size: int) -> tuple[Callable[[], None], bool]:
        """What asks the device for a step of ``size`` rows, and whether it can be recorded."""
        context, device, shapes = self._context(), self._device, self._shapes
        wanted = {"features": shapes.features, "mask": (1,), "state": (shapes.state,)}
        for name, shape in wanted.items():
            _ensure(context.set_input_shape(name, (size, *shape)), f"the shape of {name}")
        for name, address in self._at.items():
            _ensure(context.set_tensor_address(name, address), f"the address of {name}")
        states = size * shapes.state * _FLOAT

        def work() -> None:
            device.upload(self._at["features"], self.inputs[:size])
            device.upload(self._at["mask"], self.taking[:size])
            _ensure(context.execute_async_v3(device.stream), "to run")
            device.copy(self._at["state"], self._at["next_state"], states)
            device.download(self.outputs[:size], self._at[shapes.output_name])

        # Only TensorRT for RTX, which compiles kernels at run time, has reason to say no.
        asked = getattr(context, "is_stream_capturable", None)
        return work, bool(asked(device.stream)) if asked else True


def _ensure(done: bool, what: str) -> None:
    if not done:
        remedy = "use another --backend, and tell the maintainers"
        raise BackendUnavailable("tensorrt", f"the engine refuses {what}", remedy)
