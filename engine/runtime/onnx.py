"""ONNX Runtime: on one CPU thread, which every machine has, or on an NVIDIA GPU through CUDA.

One thread, because these networks take some tenth of a millisecond a step: waking a second core
costs more than it saves, and the other cores render and encode.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import AssetError, BackendUnavailable
from engine.face import Floats
from engine.runtime.parity import verify
from engine.runtime.weights import Description

CPU, CUDA = "onnxruntime-cpu", "onnxruntime-cuda"
_PROVIDERS = {CPU: "CPUExecutionProvider", CUDA: "CUDAExecutionProvider"}
_EXACT = {"use_tf32": "0"}
"""Float32 in full: the 10 bits of TF32 would cost a thousandth of a probability."""

_CUDA_REMEDY = "with an NVIDIA GPU: pip uninstall onnxruntime; pip install onnxruntime-gpu"


class OnnxModel:
    """A stepped ONNX network: inputs ``features``, ``state``; outputs posteriors, next state."""

    batches = (1, 1024)

    def __init__(
        self,
        session: Any,  # noqa: ANN401
        description: Description,
        backend: str = CPU,
    ) -> None:
        self.backend = backend
        self._session = session
        self._state_size = int(description.values["state_size"])

    def initial_state(self, streams: int) -> Floats:
        """(streams, S) zeros."""
        return np.zeros((streams, self._state_size), np.float32)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Outputs and next state; see :class:`engine.runtime.base.SteppedModel`."""
        outputs, following = self._session.run(None, {"features": inputs, "state": state})
        return outputs, following


def load_cpu(folder: Path, name: str) -> OnnxModel:
    """The network on one CPU thread; see `engine.runtime.base.Load`."""
    description = Description.read(folder, name)
    return OnnxModel(_session(_onnxruntime(), description, [_PROVIDERS[CPU]]), description)


def load_cuda(folder: Path, name: str) -> OnnxModel:
    """The network on the first GPU, checked against the reference; see `Load`."""
    onnxruntime = _onnxruntime()
    if _PROVIDERS[CUDA] not in onnxruntime.get_available_providers():
        reason = f"ONNX Runtime {onnxruntime.__version__} was built without CUDA"
        raise BackendUnavailable(CUDA, reason, _CUDA_REMEDY)
    description = Description.read(folder, name)
    session = _session(onnxruntime, description, [(_PROVIDERS[CUDA], _EXACT), _PROVIDERS[CPU]])
    # A provider that does not start is left out with no more than a warning.
    if _PROVIDERS[CUDA] not in session.get_providers():
        remedy = "compare `nvidia-smi` with the CUDA and cuDNN that onnxruntime-gpu asks for"
        raise BackendUnavailable(CUDA, "no GPU, or not the CUDA that it needs", remedy)
    model = OnnxModel(session, description, CUDA)
    verify(model, description)
    return model


def _session(onnxruntime: Any, description: Description, providers: list[Any]) -> Any:  # noqa: ANN401
    content = description.verified_bytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # ONNX Runtime raises its own unrelated exception types
        remedy = f"ONNX Runtime {onnxruntime.__version__} cannot load it: {error}"
        raise AssetError("weights", description.file.name, remedy) from error


def _onnxruntime() -> Any:  # noqa: ANN401 (a module without type information)
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise BackendUnavailable(
            "onnxruntime", str(error), "install it with 'make setup'"
        ) from error
