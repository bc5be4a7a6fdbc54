"""Pictures for encoder tests: a textured ellipse that drifts over a plain ground."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def picture(index: int, width: int, height: int, grain: float = 3.0) -> Picture:
    """Frame ``index`` as I420; ``grain`` is new noise in each frame, which costs bits."""
    rng = np.random.default_rng(index)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = width * (0.5 + 0.1 * np.sin(index / 9)), height * (0.5 + 0.1 * np.cos(index / 11))
    inside = ((x - cx) / (0.3 * width)) ** 2 + ((y - cy) / (0.4 * height)) ** 2 < 1
    luma = np.where(inside, 150 + 30 * np.sin((x - cx) / 5) * np.cos((y - cy) / 7), 50)
    luma += rng.normal(0, grain, luma.shape)
    i420 = np.full((height * 3 // 2, width), 128, np.uint8)
    i420[:height] = np.clip(luma, 16, 235)
    chroma = i420[height:].reshape(2, -1)
    chroma[0], chroma[1] = 110, 150
    return i420


def decode(codec: str, packets: Iterable[bytes]) -> list[NDArray[np.uint8]]:
    """Pictures (height * 3 / 2, width) of packets, each fed alone."""
    context = av.CodecContext.create(codec, "r")
    context.thread_count = 1
    context.flags |= av.codec.context.Flags.low_delay
    frames = [frame for packet in packets for frame in context.decode(av.Packet(packet))]
    return [frame.to_ndarray() for frame in frames + context.decode(None)]


def psnr(a: Picture, b: Picture) -> float:
    """Peak signal-to-noise ratio over all planes, dB."""
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))
