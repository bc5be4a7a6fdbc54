"""A trained network to ONNX, with the manifest's entry that describes it."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.phones import PHONES
from engine.runtime.weights import WEIGHTS
from engine.speech import features
from models.manifest import NAME, update_manifest
from models.motion_net import MotionNet
from models.net import FRAMES, NetConfig, PhonemeNet, Step, Stepping, folded

OPSET = 17
REFERENCE_FRAMES = 120
TOLERANCE = {"float32": 1e-4, "float16": 1e-2}
"""Largest difference allowed between an output here and on another back end, by its arithmetic."""


def save_checkpoint(net: PhonemeNet | MotionNet, path: Path) -> None:
    """Write the network's shape and weights to ``path``, whole or not at all."""
    part = path.with_suffix(".part")
    torch.save({"config": net.config.as_dict(), "weights": net.state_dict()}, part)
    part.replace(path)


def load_checkpoint(path: Path) -> PhonemeNet:
    """The network in ``path``, ready to be run."""
    saved = torch.load(path, weights_only=True)
    net = PhonemeNet(NetConfig(**saved["config"]))
    net.load_state_dict(saved["weights"])
    return net.eval()


def export(net: PhonemeNet, version: str, folder: Path = WEIGHTS) -> Path:
    """Write ``phonemes.onnx`` and its manifest entry into ``folder``; the ONNX file's path."""
    path = folder / f"{NAME}.onnx"
    inputs = (torch.zeros(1, FRAMES, features.MELS), torch.zeros(1, net.config.state_size))
    write_onnx(net, inputs, "posteriors", path)
    reference = folder / f"{NAME}_reference.npz"
    _write_reference(net, reference)
    update_manifest(NAME, {**_entry(net, path, version), "reference": reference.name}, folder)
    return path


def write_onnx(net: Stepping, inputs: tuple[Tensor, Tensor], output: str, path: Path) -> None:
    """One step of ``net`` as ONNX: features, state -> ``output``, next_state; any batch size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    step = Step(folded(net)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            step,
            inputs,
            str(path),
            input_names=["features", "state"],
            output_names=[output, "next_state"],
            dynamic_axes={
                name: {0: "streams"} for name in ("features", "state", output, "next_state")
            },
            opset_version=OPSET,
            dynamo=False,
        )


def file_entry(net: nn.Module, path: Path, version: str) -> dict[str, Any]:
    """What the manifest says of any network."""
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "version": version,
        "opset": OPSET,
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "tolerance": TOLERANCE,
    }


def _write_reference(net: PhonemeNet, path: Path) -> None:
    """What PyTorch says of a whole made-up signal, for every back end to be compared with.

    ``features`` (T, 40) log-mel frames heard from the zero state, ``posteriors`` (heads, T, 40).
    """
    choice = np.random.default_rng(7)
    contour = np.repeat(choice.normal(-4, 3, (REFERENCE_FRAMES // 10, features.MELS)), 10, axis=0)
    frames = (contour + choice.normal(0, 0.5, contour.shape)).astype(np.float32)
    with torch.no_grad():
        logits = net.eval()(torch.from_numpy(frames)[None])
    posteriors = functional.softmax(logits, dim=-1)[0].numpy()
    np.savez_compressed(path, features=frames, posteriors=posteriors)


def _entry(net: PhonemeNet, path: Path, version: str) -> dict[str, Any]:
    config = net.config
    heads = len(config.heads_ms)
    return {
        **file_entry(net, path, version),
        "inputs": {
            "features": ["streams", FRAMES, features.MELS],
            "state": ["streams", config.state_size],
        },
        "outputs": {
            "posteriors": ["streams", heads, FRAMES, len(PHONES)],
            "next_state": ["streams", config.state_size],
        },
        "state_size": config.state_size,
        "heads_ms": list(config.heads_ms),
        "phones": list(PHONES),
        "features": {
            "mels": features.MELS,
            "window": features.WINDOW,
            "stride": features.STRIDE,
            "low_hz": features.LOW_HZ,
            "high_hz": features.HIGH_HZ,
            "floor": features.FLOOR,
        },
        "net": config.as_dict(),
    }
