"""Brushes that skin is painted with, and what the skin's vertices say of it."""

from __future__ import annotations

import numpy as np

from engine.avatar.head.build import canonical_face
from engine.avatar.head.paint import ear_colour, face_colour, face_gloss
from engine.avatar.head.skin_map_canvas import Canvas, grain, resampled

GREY = 0.5


def canvas() -> Canvas:
    return Canvas(np.full((40, 60, 3), GREY), np.zeros((40, 60, 3)))


def test_cover_hides_as_much_as_asked() -> None:
    painted = canvas()
    amount = np.zeros((40, 60))
    amount[:, 30:] = 1.0
    painted.cover((1.0, 0.0, 0.25), amount)
    np.testing.assert_allclose(painted.colour[0, 0], GREY)
    np.testing.assert_allclose(painted.colour[0, 59], [1.0, 0.0, 0.25])


def test_tint_multiplies_linear_light() -> None:
    painted = canvas()
    painted.tint((0.25, 1.0, 4.0), np.ones((40, 60)))
    np.testing.assert_allclose(painted.colour[5, 5] ** 2, GREY**2 * np.array([0.25, 1.0, 4.0]))


def test_a_stroke_is_as_wide_as_its_radius_and_no_wider() -> None:
    painted = canvas()
    path = resampled(np.array([[10.0, 20.0], [50.0, 20.0]]))
    painted.stroke((0.0, 0.0, 0.0), path, 3.0, 1.0)
    drawn = painted.colour[:, 30, 0]
    np.testing.assert_allclose(drawn[18:23], 0.0, atol=1e-9)
    np.testing.assert_allclose(drawn[[16, 24]], GREY)
    np.testing.assert_allclose(painted.colour[20, 2], GREY)


def test_strokes_that_leave_the_map_are_cut_off() -> None:
    painted = canvas()
    painted.stroke((0.0, 0.0, 0.0), resampled(np.array([[-5.0, 5.0], [80.0, 50.0]])), 2.0, 1.0)
    painted.crease((0.5, 0.5, 0.5), np.array([[59.0, 39.0]]), 4.0, 1.0)
    assert np.isfinite(painted.colour).all()
    assert painted.colour[39, 59, 0] < GREY


def test_a_resampled_path_keeps_its_ends_and_its_step() -> None:
    path = resampled(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 14.0]]), 0.8)
    np.testing.assert_allclose(path[[0, -1]], [[0.0, 0.0], [3.0, 14.0]])
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() <= 0.8 + 1e-9


def test_grain_is_even_and_repeats_for_a_seed() -> None:
    noise = grain(3, 64, 2.0)
    assert abs(noise.mean()) < 0.5 and abs(noise.std() - 1) < 1e-9
    np.testing.assert_array_equal(noise, grain(3, 64, 2.0))


def test_lips_gleam_and_the_map_alone_colours_the_face() -> None:
    face = canonical_face()
    gloss = face_gloss(face, 1.0)
    assert gloss.min() >= 0 and gloss.max() <= 1
    cheek = np.linalg.norm(face.position - [4.0, -4.5, 5.5], axis=1) < 1.5
    assert np.median(gloss[face.slit > 0]) > gloss[cheek].max() + 0.2
    colour = face_colour(face)
    open_skin = (face.bag == 0) & (face.rim == 0)
    np.testing.assert_array_equal(colour[open_skin], 1.0)
    assert colour[face.bag > 0].max() < 0.5


def test_a_bald_head_shines() -> None:
    face = canonical_face()
    crown = face.position[:, 1] > 9.5
    assert face_gloss(face, 0.0)[crown].mean() > 2 * face_gloss(face, 1.0)[crown].mean()


def test_ears_are_redder_than_the_skin_they_grow_from() -> None:
    tint = ear_colour(np.array([[8.0, -0.75, -1.6], [0.0, 5.0, 8.0]]))
    assert tint[0, 1] < tint[0, 0]
    np.testing.assert_array_equal(tint[1], 1.0)
