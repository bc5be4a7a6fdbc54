"""The skin's texture: where it lies, and what its options paint."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.avatar.head.brows import brow_line
from engine.avatar.head.build import canonical_face
from engine.avatar.head.character import parse_character
from engine.avatar.head.layout import BROW_Y, EYE, MOUTH_Y, Array
from engine.avatar.head.skin_map import SkinOptions, skin_map
from engine.avatar.head.skin_map_chart import (
    SIZE,
    chart_uv,
    skin_uv,
    texel_places,
    texels_over,
)
from engine.avatar.head.skin_options import skin_options

Picture = NDArray[np.uint8]
FOREHEAD = (0.6, BROW_Y + 3.0)
CHEEK = (4.1, -2.7)
UPPER_LIP, LOWER_LIP = (0.9, MOUTH_Y + 0.40), (0.9, MOUTH_Y - 0.45)


@cache
def places() -> Array:
    return texel_places(canonical_face())


@cache
def painted(options: SkinOptions, style: str = "natural") -> Picture:
    return skin_map(canonical_face(), options, style)


def colour_at(picture: Picture, place: tuple[float, float], reach: int = 3) -> Array:
    """Mean colour, 0..1, about a place (x, y) of the face, cm."""
    at = texels_over(np.array([place[0]]), np.array([place[1]]), places())[0].round().astype(int)
    window = picture[at[1] - reach : at[1] + reach + 1, at[0] - reach : at[0] + reach + 1]
    return np.asarray(window.reshape(-1, 3).mean(0) / 255)


def redness(colour: Array) -> float:
    return float(colour[0] / colour[1])


def test_every_vertex_lies_in_the_map_and_its_mirror_image_opposite() -> None:
    face = canonical_face()
    uv = skin_uv(face)
    assert uv.min() > 0 and uv.max() < 1
    flipped = chart_uv(face.position * [-1.0, 1.0, 1.0])
    np.testing.assert_allclose(flipped, chart_uv(face.position) * [-1, 1] + [1, 0], atol=1e-9)


def test_the_mouths_inside_and_the_lids_rims_hang_from_the_edge_they_start_at() -> None:
    face = canonical_face()
    uv = skin_uv(face)
    edge = uv[face.slit >= 1]
    away = np.linalg.norm(uv[face.bag > 0][:, None] - edge[None], axis=2).min(1)
    assert away.max() < 1e-9


def test_texels_know_where_they_lie() -> None:
    rows, columns = np.mgrid[SIZE // 4 : 3 * SIZE // 4 : 7, SIZE // 4 : 3 * SIZE // 4 : 7]
    points = places()[rows.ravel(), columns.ravel()]
    lid = np.linalg.norm(np.abs(points) * [1, 0, 0] + points * [0, 1, 1] - EYE, axis=1) < 2.6
    back = chart_uv(points[~lid]) * SIZE - 0.5
    expected = np.column_stack([columns.ravel(), rows.ravel()])[~lid]
    assert np.abs(back - expected).max() < 1.5


def test_the_front_of_the_face_has_30_texels_to_a_centimetre() -> None:
    x = np.array([0.0, 1.0])
    for y in (BROW_Y, MOUTH_Y):
        left, right = texels_over(x, np.full(2, y), places())
        assert np.linalg.norm(right - left) > 30


@pytest.mark.parametrize("tone", [SkinOptions().tone, (0.30, 0.20, 0.155)])
def test_lips_are_redder_than_skin_and_brows_darker(tone: tuple[float, float, float]) -> None:
    picture = painted(SkinOptions(tone=tone))
    skin = colour_at(picture, FOREHEAD)
    assert np.abs(skin - tone).max() < 0.06
    for lip in (UPPER_LIP, LOWER_LIP):
        assert redness(colour_at(picture, lip)) > 1.06 * redness(skin)
    x, y = brow_line(np.array([0.45]))
    assert colour_at(picture, (x[0], y[0])).sum() < 0.85 * skin.sum()


def test_options_change_what_they_name_and_nothing_far_from_it() -> None:
    plain = painted(SkinOptions())
    changed = painted(
        SkinOptions(
            lipstick=((0.3, 0.1, 0.5), 1.0),
            freckles=1.0,
            stubble=1.0,
            brow_density=0.0,
            eyeliner=1.0,
        )
    )
    np.testing.assert_array_equal(colour_at(changed, FOREHEAD), colour_at(plain, FOREHEAD))
    assert np.abs(colour_at(changed, LOWER_LIP) - colour_at(plain, LOWER_LIP)).max() > 0.1
    x, y = brow_line(np.array([0.45]))
    brow = (float(x[0]), float(y[0]))
    assert colour_at(changed, brow).sum() > 1.2 * colour_at(plain, brow).sum()
    chin = (0.0, MOUTH_Y - 2.6)
    assert colour_at(changed, chin, 8).sum() < 0.95 * colour_at(plain, chin, 8).sum()
    assert colour_at(changed, CHEEK, 30).sum() < colour_at(plain, CHEEK, 30).sum()


def test_age_draws_lines_and_freckles_and_lines_repeat_for_a_seed() -> None:
    options = SkinOptions(age=1.0, freckles=0.5)
    old = skin_map(canonical_face(), options)
    np.testing.assert_array_equal(old, skin_map(canonical_face(), options))
    lines = colour_at(old, FOREHEAD, 40) - colour_at(painted(SkinOptions()), FOREHEAD, 40)
    assert lines.sum() < -0.003


@pytest.mark.parametrize("style", ["toon", "facet"])
def test_drawn_heads_have_flat_skin(style: str) -> None:
    picture = painted(SkinOptions(), style)
    at = texels_over(np.array([0.6]), np.array([FOREHEAD[1]]), places())[0].round().astype(int)
    window = picture[at[1] - 20 : at[1] + 20, at[0] - 20 : at[0] + 20]
    assert np.ptp(window.reshape(-1, 3), axis=0).max() <= 1
    assert np.ptp(painted(SkinOptions())[at[1] - 20 : at[1] + 20, at[0] - 20 : at[0] + 20]) > 1


def test_a_characters_options_reach_its_skin() -> None:
    text = '[skin]\ntone = "#804020"\nmakeup = 1.0\n[brows]\nthickness = 1.0\n[face]\nage = 1.0'
    made_up = skin_options(parse_character(text, "anna", "anna.toml"))
    plain = skin_options(parse_character("", "anna", "anna.toml"))
    assert made_up.tone[0] < plain.tone[0]
    assert made_up.lipstick[1] > plain.lipstick[1]
    assert made_up.eyeliner > plain.eyeliner
    assert made_up.brow_thickness > plain.brow_thickness
    assert made_up.age > plain.age
