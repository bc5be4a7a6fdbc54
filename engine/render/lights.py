"""Light as data: presets by name, and the block of uniforms that the shaders read.

Directions point from the figure to the lamp, x to the picture's right, y up, z to the camera.
Colours are linear RGB as radiance, about 1 being white; a picture's exposure scales them all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput

Triple = tuple[float, float, float]
Quad = tuple[float, float, float, float]

UNIFORMS = np.dtype(
    [
        (name, "f4", 4)
        for name in (
            "key_towards",
            "key_light",
            "fill_towards",
            "fill_light",
            "cool_towards",
            "cool_light",
            "warm_towards",
            "warm_light",
            "sky_light",
            "horizon_light",
            "ground_light",
            "key_shadow",
            "key_shape",
        )
    ]
)
"""The std140 layout of ``Light`` in shaders/light.glsl."""

UPPER_LEFT: Triple = (-0.55, 0.62, 0.75)
UPPER_RIGHT: Triple = (0.55, 0.62, 0.75)
FRONT_TOP: Triple = (0.0, 0.75, 0.66)
"""Where the three lamps stand whose shadows are baked into a head, as seen in the picture."""

BOX: Quad = (0.26, 0.30, 0.04, 1.0)
STRIP: Quad = (0.12, 0.42, 0.05, 1.0)
ROUND: Quad = (0.24, 0.24, 0.24, 1.0)
RING: Quad = (0.46, 0.46, 0.46, 0.13)
"""Shapes of the key lamp: half width and half height as tangents of the angle that it fills,
radius of its corners, and width of the luminous frame (1 where there is no hole)."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """A distant lamp: where it stands (any length) and its colour."""

    towards: Triple
    colour: Triple


@dataclass(frozen=True, slots=True)
class Light:
    """How a figure is lit.

    key, fill             lamps in front; the key has highlights and casts the shadows
    rim_cool, rim_warm    lamps behind, which draw the outline
    sky, horizon, ground  what comes from everywhere, by the direction of the surface
    shadow                shares of the baked shadows (upper left, upper right, front top): those
                          nearest to where the key stands; they add up to at most 1
    exposure              of the figure; more is brighter
    shape                 what the key looks like when eyes reflect it, e.g. `BOX`
    backdrop              gain per channel of the picture behind, which has its own light
    """

    key: Lamp
    fill: Lamp
    rim_cool: Lamp
    rim_warm: Lamp
    sky: Triple
    horizon: Triple
    ground: Triple
    shadow: Triple = (1.0, 0.0, 0.0)
    exposure: float = 0.8
    shape: Quad = BOX
    backdrop: Triple = (1.0, 1.0, 1.0)

    def pack(self) -> NDArray[np.void]:
        """The block of uniforms, `UNIFORMS`."""
        block = np.zeros((), UNIFORMS)
        lamps = {
            "key": self.key,
            "fill": self.fill,
            "cool": self.rim_cool,
            "warm": self.rim_warm,
        }
        for name, lamp in lamps.items():
            length = math.hypot(*lamp.towards)
            block[f"{name}_towards"][:3] = [part / length for part in lamp.towards]
            block[f"{name}_light"][:3] = lamp.colour
        block["sky_light"][:3] = self.sky
        block["horizon_light"][:3] = self.horizon
        block["ground_light"][:3] = self.ground
        block["key_shadow"] = (*self.shadow, self.exposure)
        block["key_shape"] = self.shape
        return block


def _scaled(colour: Triple, gain: float) -> Triple:
    red, green, blue = colour
    return (red * gain, green * gain, blue * gain)


SOFT = Light(
    key=Lamp(UPPER_LEFT, _scaled((1.00, 0.93, 0.85), 1.75)),
    fill=Lamp((0.90, 0.05, 0.55), _scaled((0.58, 0.67, 0.92), 0.52)),
    rim_cool=Lamp((0.85, 0.45, -0.55), _scaled((0.55, 0.72, 1.00), 2.2)),
    rim_warm=Lamp((-0.90, 0.30, -0.50), _scaled((1.00, 0.62, 0.42), 1.3)),
    sky=_scaled((0.50, 0.53, 0.62), 0.62),
    horizon=_scaled((0.36, 0.36, 0.40), 0.62),
    ground=_scaled((0.30, 0.22, 0.20), 0.62),
)
"""A warm softbox from the upper left, a cool fill, two rims: good on anyone."""

LIGHTS: Mapping[str, Light] = MappingProxyType({"soft": SOFT})
"""The presets by name."""


def light_named(name: str) -> Light:
    """The preset of that name; InvalidInput naming the presets if there is none."""
    if name not in LIGHTS:
        raise InvalidInput("light", name, f"use one of {', '.join(LIGHTS)}")
    return LIGHTS[name]
