"""Glasses fit whoever wears them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from engine.avatar import catalogue
from engine.avatar.head.build import options_file
from engine.avatar.head.character import GLASSES, Glasses, read_character
from engine.avatar.head.form import Form
from engine.avatar.head.glasses import put_on
from engine.avatar.rig import Head

FLIP = np.array([-1, 1, 1], np.float32)


def bare(name: str) -> tuple[Head, Form]:
    """A shipped head without its glasses, and its form."""
    head = catalogue.load(name)
    parts = tuple(part for part in head.parts if part.name not in ("glasses", "lenses"))
    return replace(head, parts=parts), Form(read_character(options_file(name)))


@pytest.mark.parametrize("style", [style for style in GLASSES if style != "none"])
@pytest.mark.parametrize("name", ["nora", "omar", "ruth", "kenji"])
def test_they_stand_before_the_face_about_both_eyes(name: str, style: str) -> None:
    head, form = bare(name)
    for size in (-1.0, 0.0, 1.0):
        worn = put_on(head, Glasses(style=style, size=size), form)
        frame = worn.part("glasses").position
        skin = worn.part("skin").position
        front = frame[frame[:, 2] > frame[:, 2].max() - 1.0]
        face = skin[skin[:, 2] > 3.0]
        _, nearest = cKDTree(face[:, :2]).query(front[:, :2])
        assert (front[:, 2] > face[nearest, 2] - 0.25).mean() > 0.98
        assert front[:, 2].max() < skin[:, 2].max() + 1.0, "not further out than the nose by much"
        lenses = worn.part("lenses").position
        for centre in head.eye_centres:
            near = lenses[np.sign(lenses[:, 0]) == np.sign(centre[0])]
            assert near[:, 0].min() < centre[0] < near[:, 0].max()
            assert near[:, 1].min() < centre[1] < near[:, 1].max()
            assert near[:, 2].min() > centre[2] + head.eye_radius


def test_they_are_symmetric_and_shade_the_skin() -> None:
    head, form = bare("nora")
    worn = put_on(head, Glasses(style="round"), form)
    frame = worn.part("glasses").position
    assert cKDTree(frame).query(frame * FLIP)[0].max() < 1e-3
    before, after = head.part("skin").light, worn.part("skin").light
    assert (after <= before).all()
    assert (after[:, 0] < 0.95 * before[:, 0]).sum() > 20


def test_without_any_the_head_is_left_alone() -> None:
    head, form = bare("nora")
    assert put_on(head, Glasses(style="none"), form) is head
