"""A GPU that is none: memory by address, work that is done only when it is waited for."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from types import SimpleNamespace

import numpy as np

from engine.errors import BackendUnavailable
from engine.runtime.base import SteppedModel
from engine.runtime.onnx import load_cpu
from engine.runtime.rows import Rows, Shapes
from engine.runtime.tensorrt import TensorRTModel
from engine.runtime.weights import WEIGHTS, Description


class FakeDevice:
    """See :class:`engine.runtime.cuda.Device`.

    Like a real one it does nothing before it has to: whoever reads results without waiting, or
    changes what is still to be read, gets wrong ones.
    """

    stream = 77

    def __init__(self, architecture: str = "sm89", name: str = "A card") -> None:
        self.architecture = architecture
        self.name = name
        self.memory: dict[int, np.ndarray] = {}
        self.launches = 0
        self.recorded = 0
        self.recordable = True
        self.failing = False
        self._queue: list[Callable[[], None]] = []
        self._next = 1 << 20

    def enter(self) -> None:
        pass

    def allocate(self, size: int) -> int:
        address = self._next
        self._next += size + 4096
        self.memory[address] = np.zeros(size, np.uint8)
        return address

    def host_array(self, shape, dtype):
        return np.zeros(shape, dtype)

    def bytes_at(self, address: int, size: int) -> np.ndarray:
        """The memory itself; it must have been allocated in one piece."""
        for start, memory in self.memory.items():
            if start <= address and address + size <= start + len(memory):
                return memory[address - start :][:size]
        raise AssertionError(f"{size} bytes at {address} were never allocated")

    def ask(self, work: Callable[[], None]) -> None:
        """Put something into the stream."""
        self._queue.append(work)

    def upload(self, address: int, values) -> None:
        assert values.flags.c_contiguous
        target = self.bytes_at(address, values.nbytes)

        def copy() -> None:
            target[:] = values.reshape(-1).view(np.uint8)

        self.ask(copy)

    def download(self, values, address: int) -> None:
        assert values.flags.c_contiguous
        source = self.bytes_at(address, values.nbytes)

        def copy() -> None:
            values.reshape(-1).view(np.uint8)[:] = source

        self.ask(copy)

    def copy(self, address: int, source: int, size: int) -> None:
        target, origin = self.bytes_at(address, size), self.bytes_at(source, size)

        def copy() -> None:
            target[:] = origin

        self.ask(copy)

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        if not self.recordable:
            raise BackendUnavailable("cuda", "cannot be recorded", "nothing")
        before, self._queue = self._queue, []
        work()
        recorded, self._queue = self._queue, before
        self.recorded += 1

        def launch() -> None:
            self.launches += 1
            self._queue.extend(recorded)

        return launch

    def wait(self) -> None:
        queue, self._queue = self._queue, []
        if self.failing:
            raise BackendUnavailable("cuda", "an illegal memory access", "nothing")
        for work in queue:
            work()


class FakeContext:
    """An execution context on a `FakeDevice` whose engine is ONNX Runtime.

    Like the real one it computes with the shapes and addresses of the moment in which it is asked,
    and takes the step of a row only where ``mask`` says so.
    """

    def __init__(self, device: FakeDevice, model: SteppedModel, shapes: Shapes) -> None:
        self._device, self._model, self._shapes = device, model, shapes
        self._size = {}
        self._at = {}

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        tail = {"features": self._shapes.features, "mask": (1,), "state": (self._shapes.state,)}
        self._size[name] = shape[0]
        return shape[1:] == tail[name] and 1 <= shape[0] <= 128

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._at[name] = address
        return name in ("features", "mask", "state", self._shapes.output_name, "next_state")

    def execute_async_v3(self, stream: int) -> bool:
        (size,) = set(self._size.values())
        assert stream == self._device.stream
        features = self._array("features", (size, *self._shapes.features))
        state = self._array("state", (size, self._shapes.state))
        mask = self._array("mask", (size, 1), np.bool_)
        output = self._array(self._shapes.output_name, (size, *self._shapes.output))
        following = self._array("next_state", state.shape)

        def compute() -> None:
            given, after = self._model.step(features.copy(), state.copy())
            output[:] = given
            following[:] = np.where(mask, after, state)

        self._device.ask(compute)
        return True

    def _array(self, name: str, shape: tuple[int, ...], dtype=np.float32) -> np.ndarray:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        return self._device.bytes_at(self._at[name], size).view(dtype).reshape(shape)


def fake_model(device: FakeDevice, name: str = "motion") -> TensorRTModel:
    """A network on the fake device."""
    shapes = Shapes.of(Description.read(WEIGHTS, name))
    network = load_cpu(WEIGHTS, name)

    def rows() -> Rows:
        return Rows(device, lambda: FakeContext(device, network, shapes), shapes, 128)

    return TensorRTModel(rows, shapes, "float32", lambda: None)


class FakeTensorRT:
    """The part of NVIDIA's module that runs an engine: one whose content is a network's name."""

    class ComputeCapability(Enum):
        SM89 = 8

    class DynamicShapesKernelSpecializationStrategy(Enum):
        EAGER = 1

    class ExecutionContextAllocationStrategy(Enum):
        USER_MANAGED = 2

    class ILogger:
        ERROR = INTERNAL_ERROR = "error"

    def __init__(self, device: FakeDevice, *, jit: bool = True) -> None:
        self.device, self.jit = device, jit
        self.kernels: list[bytes] = []
        """What the caches of kernels were filled with."""

    def Runtime(self, log):  # noqa: N802 (its name there)
        def deserialize(content: bytes):
            if content not in (b"phonemes", b"motion"):
                log.log("error", "no engine at all")
                return None
            return _Engine(self, content.decode())

        return SimpleNamespace(deserialize_cuda_engine=deserialize)


class _Engine:
    device_memory_size_v2 = 1000

    def __init__(self, trt: FakeTensorRT, name: str) -> None:
        self._trt = trt
        self._shapes = Shapes.of(Description.read(WEIGHTS, name))
        self._model = load_cpu(WEIGHTS, name)

    def create_runtime_config(self):
        def fill(kept: bytes) -> bool:
            self._trt.kernels.append(kept)
            return True

        strategy = FakeTensorRT.ExecutionContextAllocationStrategy.USER_MANAGED
        config = SimpleNamespace(
            set_execution_context_allocation_strategy=lambda given: given is strategy or 1 / 0
        )
        if self._trt.jit:
            kernels = SimpleNamespace(serialize=lambda: b"kernels", deserialize=fill)
            config.create_runtime_cache = lambda: kernels
            config.set_runtime_cache = lambda given: given is kernels
        return config

    def create_execution_context(self, config):
        if self._trt.jit:
            eager = FakeTensorRT.DynamicShapesKernelSpecializationStrategy.EAGER
            assert config.dynamic_shapes_kernel_specialization_strategy is eager
        context = FakeContext(self._trt.device, self._model, self._shapes)
        context.set_device_memory = self._trt.device.bytes_at
        return context
