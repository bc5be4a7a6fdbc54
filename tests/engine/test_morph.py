"""Blendshapes: vertices equal the plain sum, and the correctives follow from the 52."""

from __future__ import annotations

import numpy as np
import pytest

from engine.avatar.morph import SHAPES, PartMorph, ShapeWeights
from engine.avatar.rig import Head, load_head
from engine.face import ARKIT, INDEX, Floats, weights


@pytest.fixture(scope="module")
def head() -> Head:
    return load_head()


def test_vertices_are_the_weighted_sum(head: Head) -> None:
    expanded = np.random.default_rng(3).random(len(SHAPES), dtype=np.float32)
    for part in head.parts:
        morph = PartMorph(part)
        morph.apply(expanded)
        wanted = np.hstack([part.position, part.normal])
        for name, shape in part.shapes.items():
            if name in SHAPES:
                weight = expanded[SHAPES.index(name)]
                wanted[shape.index] += weight * np.hstack([shape.position, shape.normal])
        np.testing.assert_allclose(morph.vertices, wanted[morph.order], atol=1e-4)


def test_reordered_triangles_are_the_same_triangles(head: Head) -> None:
    part = head.part("skin")
    morph = PartMorph(part)
    np.testing.assert_array_equal(morph.order[morph.faces], part.faces)
    assert sorted(morph.order) == list(range(len(part.position)))


def test_the_same_weights_give_the_same_vertices_whatever_came_before(head: Head) -> None:
    morph = PartMorph(head.part("skin"))
    pose, other = np.random.default_rng(4).random((2, len(SHAPES)), dtype=np.float32)
    morph.apply(pose)
    first = morph.vertices.copy()
    morph.apply(other)
    assert not np.array_equal(morph.vertices, first)
    morph.apply(pose)
    np.testing.assert_array_equal(morph.vertices, first)


def at(expanded: Floats, name: str) -> float:
    return float(expanded[SHAPES.index(name)])


def test_the_half_blink_peaks_halfway(head: Head) -> None:
    expand = ShapeWeights(head).expand
    rest = head.settings["rest_eyeBlinkLeft"]
    assert isinstance(rest, float)
    for blink, half in ((0.25, 0.75), (0.5, 1.0), (1.0, 0.0)):
        expanded = expand(weights(eyeBlinkLeft=blink - rest * (blink < 1)))
        assert at(expanded, "eyeBlinkHalfLeft") == pytest.approx(half)


def test_a_closed_lid_is_closed_alike_wherever_the_eye_looks(head: Head) -> None:
    expand = ShapeWeights(head).expand
    down = expand(weights(eyeBlinkLeft=1, eyeLookDownLeft=1, eyeWideLeft=1, cheekSquintLeft=1))
    assert at(down, "eyeLookDownLeft") == 0
    assert at(down, "eyeWideLeft") == 0
    assert at(down, "cheekSquintLeft") == 0


def test_puckered_lips_are_round_where_the_jaw_or_the_lips_part_them(head: Head) -> None:
    expand = ShapeWeights(head).expand
    closed = (weights(mouthPucker=1), weights(jawOpen=0.5, mouthClose=0.5, mouthPucker=1))
    assert [at(expand(pose), "mouthPurse") for pose in closed] == [0, 0]
    wide = weights(jawOpen=1, mouthPucker=1)
    assert at(expand(wide), "mouthPurse") == 0
    parted = [
        at(expand(weights(jawOpen=jaw, mouthPucker=0.8)), "mouthPurse") for jaw in (0.05, 0.2)
    ]
    assert 0 < parted[0] < parted[1] < 1
    flared = expand(weights(mouthFunnel=0.5, mouthPucker=0.8))
    assert at(flared, "mouthPurse") > parted[0]


def test_closing_lips_undo_no_more_than_the_jaw_did(head: Head) -> None:
    expand = ShapeWeights(head).expand
    assert at(expand(weights(mouthClose=1)), "mouthClose") == 0
    assert at(expand(weights(mouthClose=1, jawOpen=0.3)), "mouthClose") == pytest.approx(0.3)
    assert at(expand(weights(mouthClose=0.2, jawOpen=0.3)), "mouthClose") == pytest.approx(0.2)


def test_the_resting_expression_is_added_and_weights_stay_in_range(head: Head) -> None:
    expand = ShapeWeights(head).expand
    rest = expand(np.zeros(len(ARKIT), np.float32))
    smile = head.settings["rest_mouthSmileLeft"]
    assert at(rest, "mouthSmileLeft") == pytest.approx(smile)
    wild = expand(np.full(len(ARKIT), 7, np.float32))
    assert wild.max() <= 1
    assert expand(np.full(len(ARKIT), -7, np.float32)).min() >= 0


def test_many_frames_expand_as_one_does(head: Head) -> None:
    expand = ShapeWeights(head).expand
    frames = np.random.default_rng(5).random((20, len(ARKIT)), dtype=np.float32)
    together = expand(frames)
    for frame, row in zip(frames, together, strict=True):
        np.testing.assert_array_equal(expand(frame), row)
    assert INDEX["tongueOut"] == len(ARKIT) - 1


def test_the_tongue_rises_before_it_comes_out(head: Head) -> None:
    expand = ShapeWeights(head).expand
    rise = [at(expand(weights(tongueOut=out)), "tongueUp") for out in (0, 0.25, 0.55, 1)]
    assert rise[0] == rise[3] == 0
    assert rise[1] == pytest.approx(1)
    assert 0.2 < rise[2] < 0.7
