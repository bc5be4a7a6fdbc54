"""A trained motion network to ONNX, with the manifest's entry that describes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from engine.motion.articulation import ACOUSTICS, NAME
from engine.motion.channels import CONTACTS
from engine.phones import PHONES
from models.export import file_entry, write_onnx
from models.manifest import update_manifest
from models.motion_net import MotionConfig, MotionNet
from models.net import FRAMES

REFERENCE_FRAMES = 120


def load_checkpoint(path: Path) -> MotionNet:
    """The network in ``path``, ready to be run."""
    saved = torch.load(path, weights_only=True)
    net = MotionNet(MotionConfig(**saved["config"]))
    net.load_state_dict(saved["weights"])
    return net.eval()


def export(net: MotionNet, version: str, folder: Path) -> Path:
    """Write ``motion.onnx`` and its manifest entry into ``folder``; the ONNX file's path."""
    config = net.config
    path = folder / f"{NAME}.onnx"
    inputs = (torch.zeros(1, FRAMES, config.features), torch.zeros(1, config.state_size))
    write_onnx(net, inputs, "poses", path)
    reference = folder / f"{NAME}_reference.npz"
    _write_reference(net, reference)
    entry = {
        **file_entry(net, path, version),
        "inputs": {
            "features": ["streams", FRAMES, config.features],
            "state": ["streams", config.state_size],
        },
        "outputs": {
            "poses": ["streams", len(config.heads_ms), FRAMES, config.outputs],
            "next_state": ["streams", config.state_size],
        },
        "state_size": config.state_size,
        "heads_ms": list(config.heads_ms),
        "phoneme_heads_ms": list(config.phoneme_heads_ms),
        "phones": list(PHONES),
        "acoustics": list(ACOUSTICS),
        "weights": list(config.weights),
        "contacts": list(CONTACTS),
        "net": config.as_dict(),
        "reference": reference.name,
    }
    update_manifest(NAME, entry, folder)
    return path


def _write_reference(net: MotionNet, path: Path) -> None:
    """What PyTorch says of made-up features, for every back end to be compared with.

    ``features`` (T, F) heard from the zero state, ``poses`` (heads, T, outputs).
    """
    choice = np.random.default_rng(7)
    shape = (REFERENCE_FRAMES // 10, net.config.features)
    frames = np.repeat(choice.uniform(0, 0.7, shape), 10, axis=0).astype(np.float32)
    with torch.no_grad():
        poses = net.eval().bounded(net(torch.from_numpy(frames)[None]))[0].numpy()
    np.savez_compressed(path, features=frames.astype(np.float32), poses=poses)
