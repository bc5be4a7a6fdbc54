"""Garments: sound meshes in their colours, light enough, closed about the neck."""

from __future__ import annotations

import numpy as np
import pytest

from engine.avatar.head.character import CLOTHES, Clothes
from engine.avatar.head.clothes import Garment, garment
from engine.avatar.head.clothes_body import NECK_AXIS, neck_radius
from engine.avatar.head.layout import COLLAR_Y
from engine.avatar.head.option_rules import Colour

RED, WHITE = Colour(0.5, 0.02, 0.02), Colour(0.8, 0.8, 0.8)


@pytest.fixture(scope="module", params=CLOTHES)
def worn(request: pytest.FixtureRequest) -> Garment:
    return garment(Clothes(style=request.param, colour=RED, under=WHITE))


def test_arrays_are_sound_and_light(worn: Garment) -> None:
    vertices, faces = worn.mesh
    assert len(vertices) == len(worn.normal) == len(worn.colour)
    assert np.isfinite(vertices).all() and np.isfinite(worn.colour).all()
    assert np.abs(np.linalg.norm(worn.normal, axis=1) - 1).max() < 1e-6
    assert set(np.unique(faces)) == set(range(len(vertices)))
    assert len(faces) <= 2500
    assert worn.colour.min() >= 0 and worn.colour.max() <= 1


def test_faces_look_out_of_the_cloth(worn: Garment) -> None:
    vertices, faces = worn.mesh
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    agree = (np.cross(b - a, c - a) * worn.normal[faces].sum(1)).sum(1) > 0
    assert agree.mean() > 0.97


def test_it_is_mostly_of_its_colour(worn: Garment) -> None:
    red = worn.colour[:, 0] > 2.0 * worn.colour[:, 1]
    assert red.mean() > 0.5


def test_it_hides_where_the_neck_ends(worn: Garment) -> None:
    """All round the front, at the height where the skin's mesh ends, there is cloth before it."""
    turn = np.linspace(-1.3, 1.3, 15)
    skin = neck_radius(turn, COLLAR_Y - 1.7)
    out = worn.mesh[0] - NECK_AXIS
    angle, reach = np.arctan2(out[:, 0], out[:, 2]), np.hypot(out[:, 0], out[:, 2])
    for direction, radius in zip(turn, skin, strict=True):
        near = (np.abs(angle - direction) < 0.25) & (np.abs(out[:, 1] - COLLAR_Y + 1.2) < 1.2)
        assert reach[near].max() > radius


def test_shoulders_and_arms_are_there_on_both_sides(worn: Garment) -> None:
    x, y, _ = worn.mesh[0].T
    for side in (1, -1):
        assert (side * x[y > -24]).max() > 13
        assert y[side * x > 12].min() < -38


def test_a_drawing_keeps_the_back_that_its_outline_needs() -> None:
    options = Clothes(style="jumper")
    plain, drawn = garment(options), garment(options, "toon")
    assert len(drawn.mesh[1]) > len(plain.mesh[1])
    assert drawn.normal[:, 2].min() < -0.9
