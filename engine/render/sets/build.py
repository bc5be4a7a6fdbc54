"""Render the rooms that ship with the product: ``python -m engine.render.sets.build [NAME ...]``.

Takes minutes on a CPU and seconds on a GPU. ``--draft`` is quick and coarse, ``--into`` names
another folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from engine.render.sets.built import BUILT, SHIPPED
from engine.render.sets.microphone import microphone
from engine.render.sets.office import office
from engine.render.sets.pictures import write_webp
from engine.render.sets.room import Room
from engine.render.sets.stage import Bytes
from engine.render.sets.studio import studio
from engine.render.sets.trace import View, render

Floats = NDArray[np.float32]

_SHOWN = (1600, 900)
_TRACED = (800, 450)
_PASSES = 110
_FINENESS = 22.0  # pixels per cm of what stands in front
_SMOOTH = (1, 12, 66, 220, 495, 792, 924, 792, 495, 220, 66, 12, 1)  # a Gaussian of 1.7 pixels
_VEIL, _VEIL_RADIUS = 0.10, 0.035  # share of the light, and widths of the picture
_QUALITY = 90

_ROOMS: dict[str, tuple[Callable[[], Room], View, float]] = {
    "studio": (studio, View(aperture=1.1), 1.5),
    "office": (office, View(aperture=1.2), 0.85),
}
"""Builder, camera and exposure of each."""

_FRONTS: dict[str, Callable[[], Room]] = {"studio": microphone}
_FRONT_VIEW = View(aperture=0.9)
_FRONT_WIDTH = 1.15  # of its height
_CHIN = -10.5
"""Height of the chin of the figure that rooms are built around, cm."""


def main() -> None:
    """Render what is named, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(_ROOMS), help="rooms; all by default")
    parser.add_argument("--draft", action="store_true", help="quick and coarse")
    parser.add_argument("--into", type=Path, default=SHIPPED, help="folder for the pictures")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    finesse = 0.25 if asked.draft else 1.0
    for name in asked.names:
        _room(name, asked.into, finesse)
        if name in _FRONTS:
            _front(name, asked.into, finesse)


def _room(name: str, folder: Path, finesse: float) -> None:
    build, view, exposure = _ROOMS[name]
    light = render(build(), view, _TRACED, round(_PASSES * finesse))[..., :3]
    picture = _display(_glowing(_calm(light)) * exposure)
    write_webp(_enlarged(picture), folder / f"{name}.webp", _QUALITY)


def _front(name: str, folder: Path, finesse: float) -> None:
    """Render what stands in front, in the rectangle that its place names."""
    place = BUILT[name].foreground
    assert place is not None
    width = _FRONT_WIDTH * place.height
    view = replace(
        _FRONT_VIEW,
        height=place.height,
        above=_CHIN + place.top - place.height / 2,
        aside=place.left + width / 2,
    )
    rows = round(_FINENESS * place.height * finesse**0.5 / 2) * 2
    size = (round(rows * _FRONT_WIDTH / 2) * 2, rows)
    seen = _calm(render(_FRONTS[name](), view, size, round(_PASSES * finesse)))
    alpha = np.clip(seen[..., 3:], 0, 1).astype(np.float32)
    colour = _display(np.asarray(seen[..., :3] / np.maximum(alpha, 1e-3), np.float32))
    pixels = np.concatenate([colour, (255 * alpha).round().astype(np.uint8)], axis=2)
    write_webp(np.ascontiguousarray(pixels), folder / f"{name}_front.webp", _QUALITY)


def _calm(light: Floats) -> Floats:
    """(h, w, n) without the tracer's noise, which is finer than anything out of focus."""
    kernel = np.array(_SMOOTH, np.float32) / sum(_SMOOTH)
    reach = len(kernel) // 2
    for axis in (0, 1):
        padded = np.pad(
            light, [(reach, reach) if k == axis else (0, 0) for k in range(3)], mode="edge"
        )
        size = light.shape[axis]
        parts = [
            share * np.take(padded, np.arange(start, start + size), axis=axis)
            for start, share in enumerate(kernel)
        ]
        light = np.sum(parts, axis=0, dtype=np.float32)
    return light


def _glowing(light: Floats) -> Floats:
    """With the veil that a lens scatters around lamps."""
    rows, columns, _ = light.shape
    up, across = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :]
    spread = np.exp(-2 * (np.pi * _VEIL_RADIUS * columns) ** 2 * (up**2 + across**2))
    frequencies = np.fft.rfft2(light, axes=(0, 1)) * spread[..., None]
    veil = np.fft.irfft2(frequencies, (rows, columns), axes=(0, 1))
    return np.asarray((1 - _VEIL) * light + _VEIL * veil, np.float32)


def _display(light: Floats) -> Bytes:
    """The same filmic curve as the figure's, but with the gamma of displays."""
    toned = (light * (2.51 * light + 0.03)) / (light * (2.43 * light + 0.59) + 0.14)
    return np.asarray((255 * np.clip(toned, 0, 1) ** (1 / 2.2)).round(), np.uint8)


def _enlarged(pixels: Bytes) -> Bytes:
    width, height = _SHOWN
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    scaled = frame.reformat(width=width, height=height, interpolation=Interpolation.BICUBIC)
    return np.asarray(scaled.to_ndarray(format="rgb24"), np.uint8)


if __name__ == "__main__":
    main()
