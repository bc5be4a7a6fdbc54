"""ONNX Runtime on one CPU thread: the back end that every machine has.

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
from engine.runtime.weights import Description

PROVIDER = "CPUExecutionProvider"


class OnnxModel:
    """A stepped ONNX network: inputs ``features``, ``state``; outputs posteriors, next state."""

    def __init__(self, session: Any, description: Description) -> None:  # noqa: ANN401
        self.description = description
        self._session = session
        self._state_size = int(description.values["state_size"])

    @staticmethod
    def load(folder: Path, name: str) -> OnnxModel:
        """The network ``name`` of the manifest in ``folder``.

        AssetError if it is unusable, BackendUnavailable without ONNX Runtime.
        """
        onnxruntime = _onnxruntime()
        description = Description.read(folder, name)
        content = description.verified_bytes()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        try:
            session = onnxruntime.InferenceSession(content, options, providers=[PROVIDER])
        except Exception as error:  # ONNX Runtime raises its own unrelated exception types
            remedy = f"ONNX Runtime {onnxruntime.__version__} cannot load it: {error}"
            raise AssetError("weights", description.file.name, remedy) from error
        return OnnxModel(session, description)

    def initial_state(self, streams: int) -> Floats:
        """(streams, S) zeros."""
        return np.zeros((streams, self._state_size), np.float32)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Outputs and next state; see :class:`engine.runtime.base.SteppedModel`."""
        outputs, following = self._session.run(None, {"features": inputs, "state": state})
        return outputs, following


def describe() -> dict[str, str]:
    """The model back end in use, its version, what the machine offers, and why it was taken.

    BackendUnavailable without ONNX Runtime.
    """
    onnxruntime = _onnxruntime()
    return {
        "backend": "onnxruntime",
        "version": onnxruntime.__version__,
        "providers": ", ".join(onnxruntime.get_available_providers()),
        "taken": PROVIDER,
        "why": "the shipped networks take well under a millisecond a step on one CPU thread",
    }


def _onnxruntime() -> Any:  # noqa: ANN401 (a module without type information)
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise BackendUnavailable(
            "onnxruntime", str(error), "install it with 'make setup'"
        ) from error
