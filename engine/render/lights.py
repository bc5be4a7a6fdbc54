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
                          nearest to where the key stands; what they lack of 1 arrives even in
                          the shade
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
        block["key_light"][3] = max(0.0, 1.0 - sum(self.shadow))
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
    key=Lamp((-0.62, 0.60, 0.70), _scaled((1.00, 0.93, 0.85), 1.62)),
    fill=Lamp((0.90, 0.05, 0.55), _scaled((0.58, 0.67, 0.92), 0.46)),
    rim_cool=Lamp((0.85, 0.45, -0.55), _scaled((0.55, 0.72, 1.00), 2.5)),
    rim_warm=Lamp((-0.90, 0.30, -0.50), _scaled((1.00, 0.62, 0.42), 1.5)),
    sky=(0.26, 0.28, 0.33),
    horizon=(0.19, 0.19, 0.215),
    ground=(0.17, 0.125, 0.11),
    shadow=(0.80, 0.0, 0.15),
    exposure=0.80,
)
"""A warm softbox from the upper left, a cool fill, two rims: good on anyone."""

DAYLIGHT = Light(
    key=Lamp((-0.75, 0.45, 0.65), _scaled((1.00, 0.985, 0.97), 1.50)),
    fill=Lamp((0.80, 0.10, 0.70), _scaled((1.00, 0.93, 0.84), 0.42)),
    rim_cool=Lamp((0.80, 0.50, -0.60), _scaled((0.92, 0.96, 1.00), 1.6)),
    rim_warm=Lamp((-0.85, 0.45, -0.50), _scaled((0.95, 1.00, 1.00), 2.6)),
    sky=(0.37, 0.41, 0.47),
    horizon=(0.26, 0.275, 0.30),
    ground=(0.23, 0.185, 0.145),
    shadow=(0.9, 0.0, 0.1),
    exposure=0.82,
    shape=(0.30, 0.44, 0.02, 1.0),
)
"""A tall window at the picture's left, a bright room, a wooden floor."""

WARM = Light(
    key=Lamp(UPPER_RIGHT, _scaled((1.00, 0.83, 0.63), 1.85)),
    fill=Lamp((-0.90, 0.15, 0.50), _scaled((0.40, 0.62, 0.75), 0.55)),
    rim_cool=Lamp((-0.85, 0.50, -0.55), _scaled((0.30, 0.66, 0.90), 2.3)),
    rim_warm=Lamp((0.90, 0.25, -0.50), _scaled((1.00, 0.58, 0.26), 2.4)),
    sky=(0.22, 0.24, 0.28),
    horizon=(0.19, 0.17, 0.17),
    ground=(0.20, 0.13, 0.09),
    shadow=(0.0, 0.85, 0.15),
    exposure=0.84,
    shape=ROUND,
)
"""An evening room: a lamp at the picture's right, blue from the other side."""

DRAMATIC = Light(
    key=Lamp((-0.95, 0.58, 0.36), _scaled((1.00, 0.90, 0.78), 2.25)),
    fill=Lamp((0.90, 0.00, 0.60), _scaled((0.45, 0.60, 1.00), 0.12)),
    rim_cool=Lamp((0.90, 0.35, -0.45), _scaled((0.55, 0.75, 1.00), 4.0)),
    rim_warm=Lamp((-0.85, 0.50, -0.60), _scaled((1.00, 0.70, 0.45), 1.6)),
    sky=(0.07, 0.08, 0.11),
    horizon=(0.045, 0.045, 0.055),
    ground=(0.04, 0.028, 0.025),
    shadow=(1.0, 0.0, 0.0),
    exposure=0.86,
    shape=STRIP,
    backdrop=(0.22, 0.235, 0.27),
)
"""Low key: one lamp from the side, a sharp outline, the rest in the dark."""

RING_LIGHT = Light(
    key=Lamp((0.0, 0.22, 1.0), _scaled((1.00, 0.96, 0.93), 1.45)),
    fill=Lamp((0.0, -0.55, 0.90), _scaled((1.00, 0.90, 0.88), 0.40)),
    rim_cool=Lamp((0.85, 0.40, -0.55), _scaled((0.85, 0.88, 1.00), 2.0)),
    rim_warm=Lamp((-0.85, 0.40, -0.55), _scaled((1.00, 0.86, 0.82), 2.0)),
    sky=(0.33, 0.33, 0.36),
    horizon=(0.27, 0.26, 0.27),
    ground=(0.27, 0.22, 0.21),
    shadow=(0.15, 0.15, 0.55),
    exposure=0.80,
    shape=RING,
)
"""Beauty light: a ring around the lens and a reflector below, hardly a shadow."""

NEON = Light(
    key=Lamp((-0.82, 0.42, 0.58), _scaled((1.00, 0.42, 0.68), 1.35)),
    fill=Lamp((0.85, 0.10, 0.55), _scaled((0.20, 0.55, 1.00), 1.15)),
    rim_cool=Lamp((0.88, 0.40, -0.50), _scaled((0.10, 0.75, 1.00), 3.4)),
    rim_warm=Lamp((-0.90, 0.30, -0.50), _scaled((1.00, 0.18, 0.55), 3.0)),
    sky=(0.15, 0.12, 0.30),
    horizon=(0.13, 0.09, 0.20),
    ground=(0.12, 0.05, 0.13),
    shadow=(1.0, 0.0, 0.0),
    exposure=0.92,
    shape=STRIP,
    backdrop=(0.30, 0.19, 0.46),
)
"""A club: pink from one side, blue from the other."""

LIGHTS: Mapping[str, Light] = MappingProxyType(
    {
        "soft": SOFT,
        "daylight": DAYLIGHT,
        "warm": WARM,
        "dramatic": DRAMATIC,
        "ring": RING_LIGHT,
        "neon": NEON,
    }
)
"""The presets by name."""


def light_named(name: str) -> Light:
    """The preset of that name; InvalidInput naming the presets if there is none."""
    if name not in LIGHTS:
        raise InvalidInput("light", name, f"use one of {', '.join(LIGHTS)}")
    return LIGHTS[name]
