"""Networks compiled by TensorRT, on the NVIDIA GPU that is there.

Whoever asks for one never waits for it to be compiled: `load` gives a model that computes on
ONNX Runtime until then (`engine.runtime.switching`).
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import AssetError, BackendUnavailable, InvalidInput
from engine.face import Floats
from engine.runtime import compile as compiling
from engine.runtime.compile import BATCHES, CURRENT, Order
from engine.runtime.cuda import Cuda, Device
from engine.runtime.engine_cache import EngineCache, Recipe
from engine.runtime.onnx import load_cpu
from engine.runtime.parity import verify
from engine.runtime.resident import ResidentStreams
from engine.runtime.rows import Rows, Shapes
from engine.runtime.switching import Switching
from engine.runtime.weights import Description

NAME = "tensorrt"
_COMPILE_S = 600
"""Longer than any compilation takes; whoever needs more is hanging."""


class TensorRTModel:
    """A network compiled for this GPU; see `engine.runtime.base.SteppedModel`.

    ``precision`` is that of its arithmetic, float32 or float16. ``step`` takes states from the host
    and gives them back. Whoever serves many streams had better have them from `streams`, where they
    stay on the GPU.
    """

    backend = NAME
    batches = (BATCHES[0], BATCHES[-1])

    def __init__(
        self, rows: Callable[[], Rows], shapes: Shapes, precision: str, keep: Callable[[], None]
    ) -> None:
        self.precision = precision
        self._make_rows, self._shapes, self._keep = rows, shapes, keep
        self._rows = rows()
        self._one_at_a_time = threading.Lock()

    def initial_state(self, streams: int) -> Floats:
        """(streams, S) zeros."""
        return np.zeros((streams, self._shapes.state), np.float32)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Outputs and next state; BackendUnavailable if the GPU fails."""
        count, rows = len(inputs), self._rows
        with self._one_at_a_time:
            rows.inputs[:count] = inputs
            rows.taking[:] = False
            rows.taking[:count] = True
            rows.write_states(0, state)
            rows.step(count)
            return rows.outputs[:count].copy(), rows.read_states(0, count)

    def streams(self, initial: Floats) -> ResidentStreams:
        """Streams whose states stay on the GPU, each starting from ``initial`` (1, S).

        It takes as long as the GPU needs to be ready for any number of them.
        """
        rows = self._make_rows()
        rows.warm_up()
        self._keep()
        return ResidentStreams(rows, initial, self.backend)


def load(folder: Path, name: str) -> Switching:
    """The network ``name`` of the manifest in ``folder``; see `engine.runtime.base.Load`.

    An engine that is kept is taken at once. If there is none it is compiled in another process,
    and until it is there the network runs on one CPU thread.
    """
    device = Cuda.open()
    description = Description.read(folder, name)
    order = compiling.order(description, device=device)
    cache = EngineCache()
    switching = Switching(load_cpu(folder, name), TensorRTModel.batches)
    try:
        content = cache.read(order.recipe)
    except AssetError as error:
        raise BackendUnavailable(NAME, f"{error.field} {error.value}", error.remedy) from error
    if content is not None:
        switching.become(_checked(order, content, device, cache))
        return switching

    def compiled() -> TensorRTModel:
        _compile_aside(folder, name, cache)
        made = cache.read(order.recipe)
        if made is None:
            raise BackendUnavailable(NAME, "what was compiled is not kept", "look at the disk")
        return _checked(order, made, device, cache)

    switching.become_later(compiled)
    return switching


def _checked(order: Order, content: bytes, device: Device, cache: EngineCache) -> TensorRTModel:
    """The model of an engine; BackendUnavailable unless it computes what it should."""
    device.enter()
    loaded = Loaded.of(order, content, device, cache)
    shapes = Shapes.of(order.description)
    precision = order.recipe.precision

    def rows() -> Rows:
        return Rows(device, loaded.context, shapes, BATCHES[-1])

    model = TensorRTModel(rows, shapes, precision, loaded.keep)
    verify(model, order.description, precision)
    return model


@dataclass(frozen=True, slots=True)
class Loaded:
    """A deserialised engine, what its contexts are made with, and the kernels compiled for it.

    ``runtime`` and ``log`` must outlive the engine.

    TensorRT for RTX finishes compilation on the GPU itself, at the first step of each size; what
    comes of it is kept beside the engine and makes the next start quick.
    """

    log: Any
    runtime: Any
    engine: Any
    config: Any
    scratch: tuple[int, int]
    kernels: Any
    recipe: Recipe
    cache: EngineCache

    @staticmethod
    def of(order: Order, content: bytes, device: Device, cache: EngineCache) -> Loaded:
        """BackendUnavailable if this GPU, driver or TensorRT does not take the engine."""
        trt = order.toolkit.module
        log = compiling.listener(trt)
        runtime = trt.Runtime(log)
        engine = runtime.deserialize_cuda_engine(content)
        if engine is None:
            reason = "; ".join(log.heard) or "it does not load the engine"
            raise BackendUnavailable(NAME, reason, "run: visavis compile --force")
        config = engine.create_runtime_config()
        config.set_execution_context_allocation_strategy(
            trt.ExecutionContextAllocationStrategy.USER_MANAGED
        )
        # The engine says what it is made for, this says on what; kernels depend on both.
        machine = f"{order.recipe.architecture} {device.name}"
        recipe = replace(order.recipe, model=f"{order.recipe.model}_kernels", architecture=machine)
        kernels = _kernels(trt, config, cache, recipe)
        size = int(engine.device_memory_size_v2)
        scratch = (device.allocate(max(1, size)), size)
        return Loaded(log, runtime, engine, config, scratch, kernels, recipe, cache)

    def context(self) -> Any:  # noqa: ANN401
        """Another execution context; all work in the same memory."""
        context = self.engine.create_execution_context(self.config)
        if context is None:
            raise BackendUnavailable(NAME, "it gives no execution context", "free GPU memory")
        context.set_device_memory(*self.scratch)
        return context

    def keep(self) -> None:
        """Keep the kernels compiled by now, if there are any and they can be kept."""
        if self.kernels is not None:
            with suppress(InvalidInput):
                self.cache.write(self.recipe, bytes(self.kernels.serialize()))


def _kernels(trt: Any, config: Any, cache: EngineCache, recipe: Recipe) -> Any:  # noqa: ANN401
    """The cache of kernels of TensorRT for RTX, filled with what was kept; None in the other."""
    if not hasattr(config, "create_runtime_cache"):
        return None
    # A step that is recorded must have the kernels of its size, not the general ones.
    strategy = trt.DynamicShapesKernelSpecializationStrategy
    config.dynamic_shapes_kernel_specialization_strategy = strategy.EAGER
    kernels = config.create_runtime_cache()
    with suppress(AssetError):  # what is damaged is made again
        kept = cache.read(recipe)
        if kept is not None:
            kernels.deserialize(kept)
    config.set_runtime_cache(kernels)
    return kernels


def _compile_aside(folder: Path, name: str, cache: EngineCache) -> None:
    """Compile in a process of its own: the sessions of this one notice nothing of it, nor a crash.

    BackendUnavailable with what the process said if it failed.
    """
    command = [sys.executable, "-m", "engine.runtime.compile", str(folder), name]
    command += [CURRENT, str(cache.folder)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMPILE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendUnavailable(
            NAME, f"compiling failed: {error}", "run: visavis compile"
        ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else f"it ended with {done.returncode}"
        raise BackendUnavailable(NAME, f"compiling failed: {reason}", "run: visavis compile")
