"""The warp that gives a head its shape: smooth, symmetric, right side out, exact at the eyes."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.avatar.head.character import SECTIONS, Character
from engine.avatar.head.form import Form
from engine.avatar.head.layout import EYE, EYE_RADIUS, LID_RADIUS
from engine.avatar.head.option_rules import Within

Array = NDArray[np.float64]
FLIP = np.array([-1.0, 1.0, 1.0])
SHAPING = ("face", "eyes", "nose", "mouth", "ears")


def anybody(seed: int) -> Character:
    """A character with every option of its shape drawn from the whole range."""
    random = np.random.default_rng(seed)
    sections = {}
    for name in SHAPING:
        kind = SECTIONS[name]
        rules = {f.name: f.metadata["rule"] for f in fields(kind)}
        sections[name] = kind(
            **{
                option: float(random.uniform(rule.low, rule.high))
                for option, rule in rules.items()
                if isinstance(rule, Within)
            }
        )
    return Character(name="anybody", title="Anybody", **sections)


def figure(count: int = 3000) -> Array:
    """Points about where skin, hair, clothes and glasses are."""
    random = np.random.default_rng(1)
    out = random.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    head = out * [7.6, 10.5, 9.2] * random.uniform(0.9, 1.15, (count, 1)) + [0, 1, 0]
    eyes = out[: count // 4] * random.uniform(2.2, 4.0, (count // 4, 1)) + EYE
    body = random.uniform([-15, -35, -6], [15, -11, 5], (count // 4, 3))
    return np.concatenate([head, eyes, eyes * FLIP, body])


def near_eye(count: int = 400) -> Array:
    random = np.random.default_rng(2)
    out = random.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    points = EYE + out * random.uniform(0.5, LID_RADIUS, (count, 1))
    return np.asarray(points[points[:, 0] > EYE[0] - 0.9 * EYE_RADIUS])


def test_the_canonical_character_is_left_as_it_is() -> None:
    form = Form(Character("plain", "Plain"))
    points = figure()
    assert np.abs(form.place_skin(points) - points).max() < 1e-12
    assert form.eye_scale == 1.0


@pytest.mark.parametrize("seed", range(12))
def test_space_is_never_turned_inside_out(seed: int) -> None:
    form = Form(anybody(seed))
    assert np.linalg.det(form.jacobian(figure())).min() > 0


@pytest.mark.parametrize("seed", range(4))
def test_both_halves_mirror_each_other(seed: int) -> None:
    form, points = Form(anybody(seed)), figure()
    assert np.abs(form.place_skin(points * FLIP) - form.place_skin(points) * FLIP).max() < 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_its_derivative_has_no_jumps(seed: int) -> None:
    form, points = Form(anybody(seed)), figure(600)
    apart = form.jacobian(points + 0.01) - form.jacobian(points)
    assert np.abs(apart).max() < 0.1


@pytest.mark.parametrize("seed", range(6))
def test_around_an_eye_it_is_a_similarity(seed: int) -> None:
    form, points = Form(anybody(seed)), near_eye()
    placed = form.place(points)
    before = np.linalg.norm(points - EYE, axis=1)
    after = np.linalg.norm(placed - form.eye_centres[0], axis=1)
    assert np.abs(after - form.eye_scale * before).max() < 1e-6
    pairs = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert (
        np.abs(np.linalg.norm(np.diff(placed, axis=0), axis=1) - form.eye_scale * pairs).max()
        < 1e-6
    )


@pytest.mark.parametrize("seed", range(4))
def test_lids_move_as_the_place_they_lie_in(seed: int) -> None:
    """A blink's path on the canonical eyeball stays on the character's eyeball."""
    form, points = Form(anybody(seed)), near_eye()
    turn = np.array([[1, 0, 0], [0, np.cos(0.3), -np.sin(0.3)], [0, np.sin(0.3), np.cos(0.3)]])
    closed = (points - EYE) @ turn.T + EYE
    moved = form.place(points) + form.carry(points, closed - points)
    away = np.linalg.norm(moved - form.eye_centres[0], axis=1)
    assert np.abs(away - form.eye_scale * np.linalg.norm(closed - EYE, axis=1)).max() < 1e-6


def test_motion_is_carried_linearly_so_that_what_meets_still_meets() -> None:
    form, points = Form(anybody(3)), figure(500)
    random = np.random.default_rng(0)
    one, two = random.normal(size=(2, *points.shape))
    both = form.carry(points, 0.3 * one + 0.7 * two)
    apart = 0.3 * form.carry(points, one) + 0.7 * form.carry(points, two)
    assert np.abs(both - apart).max() < 1e-9


def test_lips_keep_touching_however_full_they_are() -> None:
    from engine.avatar.head.layout import lip_line

    x = np.linspace(-2.3, 2.3, 40)
    line = np.stack([x, lip_line(x), np.full_like(x, 8.3)], -1)
    form = Form(anybody(5))
    assert np.abs(form.place_skin(line) - form.place(line)).max() < 1e-9


@pytest.mark.parametrize(
    ("section", "option", "at", "axis"),
    [
        ("face", "width", (7.5, 1.0, 0.0), 0),
        ("face", "jaw_width", (5.2, -6.8, 1.5), 0),
        ("face", "chin_forward", (0.0, -9.0, 7.5), 2),
        ("face", "forehead", (0.0, 10.5, 4.0), 1),
        ("face", "cheeks", (4.6, -4.9, 5.5), 0),
        ("nose", "bridge", (0.0, 0.7, 8.6), 2),
        ("nose", "tip_up", (0.0, -2.5, 10.0), 1),
        ("mouth", "width", (2.4, -5.8, 7.4), 0),
        ("ears", "flare", (8.2, 0.0, -2.4), 0),
    ],
)
def test_an_option_moves_its_feature_the_way_it_says(
    section: str, option: str, at: tuple[float, float, float], axis: int
) -> None:
    point = np.array([at])
    more = Character("a", "A", **{section: SECTIONS[section](**{option: 0.5})})
    less = Character("a", "A", **{section: SECTIONS[section](**{option: -0.5})})
    assert (Form(more).place(point) - Form(less).place(point))[0, axis] > 0.15
