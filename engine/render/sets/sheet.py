"""The picture of sets and lights in the documents: ``python -m engine.render.sets.sheet``."""

from __future__ import annotations

import numpy as np

from engine.avatar import catalogue
from engine.render.lights import LIGHTS, light_named
from engine.render.poster import ROOT, friendly, write_png
from engine.render.renderer import Renderer
from engine.render.sets import load_set
from engine.render.yuv import Bytes

SHEET = ROOT / "docs" / "pictures" / "sets.png"

_PLACES = (("gradient", "ruth"), ("studio", "nora"), ("office", "theo"), ("night", "amara"))
_LIT = ("kenji", "amara")
_WIDE, _HIGH = 480, 270
_SMALL = 2 * _WIDE // len(LIGHTS)


def main() -> None:
    """Draw four characters in the four rooms, and two in every light."""
    wide = [_in_set(place, name) for place, name in _PLACES]
    rows = [np.hstack(wide[:2]), np.hstack(wide[2:]), *(_in_lights(name) for name in _LIT)]
    write_png(np.vstack(rows), SHEET)


def _in_set(place: str, name: str) -> Bytes:
    with Renderer(catalogue.load(name), _WIDE, _HIGH, supersample=3) as renderer:
        stage = load_set(place)
        renderer.set_stage(stage, light_named(stage.light), "portrait")
        return renderer.rgb(friendly())


def _in_lights(name: str) -> Bytes:
    with Renderer(catalogue.load(name), _SMALL, _SMALL, supersample=3) as renderer:
        drawn = []
        for light in LIGHTS.values():
            renderer.set_stage(load_set("gradient"), light, "close")
            drawn.append(renderer.rgb(friendly()))
        return np.asarray(np.hstack(drawn), np.uint8)


if __name__ == "__main__":
    main()
