"""Light presets: what shaders read, what is said about them, and what they do to a face."""

from __future__ import annotations

from collections.abc import Iterator

import moderngl
import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.face import FaceFrame
from engine.render import Renderer
from engine.render.gl import graphics
from engine.render.lights import LIGHTS, UNIFORMS, Light, light_named
from engine.render.sets import load_set
from tests.engine.sample_head import sample_head

SIZE = 96
EVERY = pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(sample_head(), SIZE, SIZE) as made:
        yield made


def face(renderer: Renderer, light: Light) -> np.ndarray:
    """The middle of the sample head's skin, (rows, columns, 3)."""
    renderer.set_stage(load_set("#808080"), light, "close")
    return renderer.rgb(FaceFrame.neutral())[55:80, 28:68].astype(float)


def test_the_block_is_laid_out_as_the_shaders_read_it() -> None:
    block = graphics().program("skin")["Light"]
    assert isinstance(block, moderngl.UniformBlock)
    assert block.size == UNIFORMS.itemsize


@EVERY
def test_a_preset_is_physical(light: Light) -> None:
    lamps = (light.key, light.fill, light.rim_cool, light.rim_warm)
    colours = [*(lamp.colour for lamp in lamps), light.sky, light.horizon, light.ground]
    assert min(min(colour) for colour in colours) >= 0
    assert 0 <= min(light.shadow) <= sum(light.shadow) <= 1 + 1e-9
    assert light.key.towards[2] > 0 > light.rim_cool.towards[2]
    packed = light.pack()
    assert np.linalg.norm(packed["key_towards"]) == pytest.approx(1)
    assert packed["key_shadow"][3] == pytest.approx(light.exposure)


@EVERY
def test_a_face_is_neither_lost_in_the_dark_nor_burnt_out(renderer: Renderer, light: Light) -> None:
    seen = face(renderer, light)
    luma = seen @ [0.299, 0.587, 0.114]
    assert 60 < luma.mean() < 225
    assert (seen.min(axis=2) > 250).mean() < 0.02


@pytest.mark.parametrize(("name", "side"), [("soft", -1), ("daylight", -1), ("warm", 1)])
def test_the_key_comes_from_its_side(renderer: Renderer, name: str, side: int) -> None:
    luma = face(renderer, LIGHTS[name]).mean(axis=(0, 2))
    left, right = luma[:12].mean(), luma[-12:].mean()
    assert (right - left) * side > 4


def test_presets_look_different(renderer: Renderer) -> None:
    seen = [face(renderer, light) for light in LIGHTS.values()]
    for k, one in enumerate(seen):
        for other in seen[:k]:
            assert np.abs(one - other).mean() > 3


def test_an_unknown_light_is_refused_with_the_names() -> None:
    assert light_named("soft") is LIGHTS["soft"]
    with pytest.raises(InvalidInput, match="daylight") as refused:
        light_named("sunset")
    assert refused.value.field == "light"
