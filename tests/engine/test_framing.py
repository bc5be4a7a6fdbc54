"""Framing: any head, any shape of picture, nothing cut that should not be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.avatar.rig import Head
from engine.errors import InvalidInput
from engine.face import Floats
from engine.look import FRAMINGS
from engine.render.framing import Framing, Landmarks
from tests.engine.sample_head import ball, sample_head

ASPECTS = (9 / 16, 4 / 5, 1.0, 16 / 9)
NEUTRAL = np.array([0, 0, 1], np.float32)


def seen(framing: Framing, points: Floats, camera: Floats = NEUTRAL) -> Floats:
    """(N, 2) where points are in the picture, from 0 at its left and top to 1."""
    project = framing.view_projection(camera).T
    clip = np.hstack([points, np.ones((len(points), 1))]) @ project
    return np.asarray((clip[:, :2] / clip[:, 3:] + 1) / 2, np.float32)


def tall() -> Head:
    """The sample head with hair twice as high, a longer shirt and twice the size."""
    head = sample_head()
    hair = ball("hair", "hair", (0, 10, -2), (13, 12, 8), (0.5, 0.1, 0.6, 0))
    shirt = ball("shirt", "cloth", (0, -36, -3), (18, 22, 8), (0.2, 0.3, 0.5, 0), (1, 0, 0))
    parts = [p for p in head.parts if p.name not in ("hair", "shirt")]
    return replace(head, parts=(*parts, hair, shirt))


HEADS = {"sample": sample_head(), "tall": tall()}


@pytest.fixture(params=list(HEADS))
def head(request: pytest.FixtureRequest) -> Head:
    return HEADS[request.param]


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("name", FRAMINGS)
def test_head_and_hair_are_inside_with_headroom(head: Head, aspect: float, name: str) -> None:
    following = np.concatenate([p.position for p in head.parts if p.material in ("skin", "hair")])
    x, y = seen(Framing.of(head, aspect, name), following).T
    assert 0.01 < y.min() < 0.25
    slack = -0.09 if name == "close" else 0.01
    assert slack < x.min() < x.max() < 1 - slack


def short() -> Head:
    """The sample head in a shirt that ends at the chest."""
    head = sample_head()
    shirt = ball("shirt", "cloth", (0, -12, -3), (15, 6, 8), (0.2, 0.3, 0.5, 0), (1, 0, 0))
    return replace(head, parts=(*(p for p in head.parts if p.name != "shirt"), shirt))


@pytest.mark.parametrize("name", FRAMINGS)
def test_a_camera_that_breathes_does_not_see_below_the_clothes(name: str) -> None:
    for head in (tall(), short()):
        foot = np.array([[0, Landmarks.of(head).foot, 0]], np.float32)
        framing = Framing.of(head, 1.0, name)
        for camera in ((0, -0.006, 0.988), (0, 0, 1)):
            assert seen(framing, foot, np.array(camera, np.float32))[0, 1] > 1
    assert (
        Framing.of(short(), 1.0, "bust").half_height
        < Framing.of(sample_head(), 1.0, "bust").half_height
    )


def test_the_eyes_of_a_portrait_are_two_fifths_from_the_top() -> None:
    head = sample_head()
    low = replace(head, parts=tuple(p for p in head.parts if p.name != "hair"))
    for aspect in ASPECTS:
        eyes = seen(Framing.of(low, aspect), head.eye_centres)
        assert np.allclose(eyes[:, 1], 0.41, atol=0.03)
        assert eyes[:, 0].mean() == pytest.approx(0.5)


def test_each_framing_shows_more_than_the_tighter_one(head: Head) -> None:
    heights = [Framing.of(head, 1.0, name).half_height for name in FRAMINGS]
    assert heights == sorted(heights)
    assert Framing.of(tall(), 1.0, "close").half_height < Framing.of(tall(), 1.0).half_height


def test_a_head_twice_as_large_fills_the_same_part_of_the_picture() -> None:
    head = sample_head()
    parts = tuple(replace(p, position=2 * p.position) for p in head.parts)
    twice = replace(
        head, parts=parts, eye_centres=2 * head.eye_centres, neck_pivot=2 * head.neck_pivot
    )
    for aspect in (9 / 16, 1.0):
        once, double = Framing.of(head, aspect), Framing.of(twice, aspect)
        assert double.half_height == pytest.approx(2 * once.half_height)


def test_an_unknown_framing_is_refused_with_the_names() -> None:
    with pytest.raises(InvalidInput, match="portrait") as refused:
        Framing.of(sample_head(), 1.0, "wide")
    assert refused.value.field == "framing"
