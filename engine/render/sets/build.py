"""Render the rooms that ship with the product: ``python -m engine.render.sets.build [NAME ...]``.

Takes minutes on a CPU and seconds on a GPU. ``--draft`` is quick and coarse, ``--into`` names
another folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from engine.render.sets.built import BUILT, SHIPPED, Placement
from engine.render.sets.microphone import microphone
from engine.render.sets.night import city, night
from engine.render.sets.office import office
from engine.render.sets.pictures import write_webp
from engine.render.sets.room import Room
from engine.render.sets.stage import Bytes
from engine.render.sets.studio import studio
from engine.render.sets.trace import View, render

Floats = NDArray[np.float32]

_SHOWN = (1600, 900)
_TRACED = (800, 450)
_PASSES = 80
_FINENESS = 22.0  # pixels per cm of what stands in front
_SMOOTH = (1, 12, 66, 220, 495, 792, 924, 792, 495, 220, 66, 12, 1)  # a Gaussian of 1.7 pixels
_VEIL, _VEIL_RADIUS = 0.10, 0.035  # share of the light, and widths of the picture
_QUALITY = 90


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A room, its camera and exposure; what is beyond its windows and in front of the figure.

    ``beyond`` makes (height, width, 3) light from a size and the radius, in pixels, of the disc
    that a distant point is blurred to.
    """

    room: Callable[[], Room]
    view: View
    exposure: float
    beyond: Callable[[int, int, float], Floats] | None = None
    front: Callable[[], Room] | None = None


_RECIPES = {
    "studio": _Recipe(studio, View(aperture=1.1), 1.5, front=microphone),
    "office": _Recipe(office, View(aperture=1.2), 1.0),
    "night": _Recipe(night, View(aperture=1.3), 1.4, beyond=city),
}
_FRONT_VIEW = View(aperture=0.9)
_FRONT_WIDTH = 1.15  # of its height
_CHIN = -10.5
"""Height of the chin of the figure that rooms are built around, cm."""


def main() -> None:
    """Render what is named, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(_RECIPES), help="rooms; all by default")
    parser.add_argument("--draft", action="store_true", help="quick and coarse")
    parser.add_argument("--into", type=Path, default=SHIPPED, help="folder for the pictures")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    finesse = 0.25 if asked.draft else 1.0
    for name in asked.names:
        recipe = _RECIPES[name]
        write_webp(_backdrop(recipe, finesse), asked.into / f"{name}.webp", _QUALITY)
        if recipe.front is not None:
            front = _front(recipe.front, BUILT[name].foreground, finesse)
            write_webp(front, asked.into / f"{name}_front.webp", _QUALITY)


def _backdrop(recipe: _Recipe, finesse: float) -> Bytes:
    width, height = _TRACED
    view = recipe.view
    seen = _calm(render(recipe.room(), view, _TRACED, round(_PASSES * finesse)))
    light = np.ascontiguousarray(seen[..., :3])
    if recipe.beyond is not None:
        # A point at infinity is as wide in the plane in focus as the lens itself.
        blur = view.aperture * height / view.height
        light += (1 - seen[..., 3:]) * recipe.beyond(width, height, blur)
    return _enlarged(_display(_glowing(light) * recipe.exposure))


def _front(build: Callable[[], Room], place: Placement | None, finesse: float) -> Bytes:
    """What stands in front, with alpha, in the rectangle of its place."""
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
    seen = _calm(render(build(), view, size, round(_PASSES * finesse)))
    alpha = np.clip(seen[..., 3:], 0, 1).astype(np.float32)
    colour = _display(np.asarray(seen[..., :3] / np.maximum(alpha, 1e-3), np.float32))
    return np.concatenate([colour, (255 * alpha).round().astype(np.uint8)], axis=2)


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
