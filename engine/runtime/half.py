"""A network in float16: TensorRT computes in the types that the graph states."""

from __future__ import annotations

import importlib

from engine.errors import BackendUnavailable


def halved(content: bytes) -> bytes:
    """The ONNX network ``content`` with float16 weights and arithmetic; inputs and outputs stay.

    BackendUnavailable without the ``onnx`` package, which does the conversion with ONNX Runtime's
    own tool.
    """
    try:
        onnx = importlib.import_module("onnx")
        tool = importlib.import_module("onnxruntime.transformers.float16")
    except ImportError as error:
        raise BackendUnavailable(
            "float16", str(error), "run: pip install 'visavis[tensorrt]'"
        ) from error
    network = tool.convert_float_to_float16(onnx.load_from_string(content), keep_io_types=True)
    half: bytes = network.SerializeToString()
    return half
