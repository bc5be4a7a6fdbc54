"""A shipped motion network back in PyTorch, so that it can learn further.

The exported file holds each convolution with its normalisation folded in. That is also what is
wanted for learning from one person's few minutes: statistics of a single voice would be worse than
those of all voices that the network was made with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from engine.errors import AssetError
from engine.motion.articulation import NAME
from engine.runtime.weights import Description
from models.motion_net import MotionConfig, MotionNet
from models.net import folded


def load_shipped(folder: Path) -> MotionNet:
    """The motion network in ``folder``, without normalisations; AssetError if it is damaged."""
    description = Description.read(folder, NAME)
    graph = onnx.load_from_string(description.verified_bytes()).graph
    try:
        stored = _products(graph)
        net = folded(MotionNet(_config(description)))
        # The graph is in the order of the computation, as the modules are in that of their use.
        convolutions = [module for module in net.modules() if isinstance(module, nn.Conv1d)]
        for convolution, tensors in zip(convolutions, stored, strict=True):
            _fill(convolution, tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"its layers are not those that the manifest tells of ({error})"
        raise AssetError("weights", description.file.name, reason) from error
    return net.eval()


def _config(description: Description) -> MotionConfig:
    """The network's shape; JSON knows no tuples."""
    shape: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in description.values["net"].items()
    }
    return MotionConfig(**shape)


def _products(graph: onnx.GraphProto) -> list[list[Tensor]]:
    """Weight and bias of each product, in the order of the computation."""
    values = {
        item.name: torch.from_numpy(numpy_helper.to_array(item).copy())
        for item in graph.initializer
    }
    for node in graph.node:  # the exporter keeps equal tensors once, and copies of the name
        if node.op_type == "Identity" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
    return [
        [values[name] for name in node.input[1:]] for node in graph.node if node.op_type == "Gemm"
    ]


def _fill(convolution: nn.Conv1d, stored: list[Tensor]) -> None:
    """Put back what `models.net.product` has made a matrix (outputs, kernel * inputs)."""
    matrix, bias = stored
    assert convolution.bias is not None
    outputs, inputs, kernel = convolution.weight.shape
    weight = matrix.reshape(outputs, kernel, inputs).transpose(1, 2)
    if weight.shape != convolution.weight.shape:
        raise ValueError(f"{tuple(weight.shape)} is not {tuple(convolution.weight.shape)}")
    with torch.no_grad():
        convolution.weight.copy_(weight)
        convolution.bias.copy_(bias)
