"""The networks as the ONNX standard defines them: numpy, operator by operator, slow.

What every other back end is compared with. It needs the ``onnx`` package, which the product itself
does not.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import BackendUnavailable
from engine.face import Floats
from engine.runtime.weights import Description

NAME = "reference"


class ReferenceModel:
    """A stepped network run by ``onnx.reference``."""

    backend = NAME
    batches = (1, 1024)

    def __init__(self, evaluator: Any, description: Description) -> None:  # noqa: ANN401
        self._evaluator = evaluator
        self._state_size = int(description.values["state_size"])

    def initial_state(self, streams: int) -> Floats:
        """(streams, S) zeros."""
        return np.zeros((streams, self._state_size), np.float32)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Outputs and next state; see :class:`engine.runtime.base.SteppedModel`."""
        outputs, following = self._evaluator.run(None, {"features": inputs, "state": state})
        return outputs, following


def load(folder: Path, name: str) -> ReferenceModel:
    """The network ``name`` of the manifest in ``folder``; see `engine.runtime.base.Load`."""
    try:
        onnx = importlib.import_module("onnx")
        reference = importlib.import_module("onnx.reference")
    except ImportError as error:
        raise BackendUnavailable(NAME, str(error), "run: pip install onnx") from error
    description = Description.read(folder, name)
    graph = onnx.load_from_string(description.verified_bytes())
    return ReferenceModel(reference.ReferenceEvaluator(graph), description)
