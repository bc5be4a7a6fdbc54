"""Named poses: all that are promised, in range, and different from one another."""

from __future__ import annotations

import numpy as np
import pytest

from engine.avatar.expressions import ASYMMETRIC, EMOTIONS, EXPRESSIONS, VISEMES, Expression
from engine.face import ARKIT, INDEX
from engine.phones import VISEMES as SOUNDS


def test_there_is_a_pose_for_every_viseme_in_their_order() -> None:
    assert tuple(VISEMES) == SOUNDS


def test_the_seven_emotions() -> None:
    assert list(EMOTIONS) == [
        *("neutral", "joy", "sad", "angry", "surprised", "disgusted", "afraid")
    ]


def test_poses_are_frames_in_range_and_differ() -> None:
    frames = {name: pose.frame(7) for name, pose in EXPRESSIONS.items()}
    assert len(frames) == len(VISEMES) + len(EMOTIONS) + len(ASYMMETRIC)
    for frame in frames.values():
        assert frame.time == 7
        assert frame.blendshapes.shape == (len(ARKIT),)
        assert frame.blendshapes.min() >= 0
        assert frame.blendshapes.max() <= 1
        assert np.abs(frame.head).max() < 0.3
    distinct = {frame.blendshapes.tobytes() for frame in frames.values()}
    assert len(distinct) == len(frames) - 1  # silence is neutral


def test_asymmetric_poses_are_asymmetric() -> None:
    left = [INDEX[name] for name in ARKIT if name.endswith("Left")]
    right = [INDEX[name.removesuffix("Left") + "Right"] for name in ARKIT if name.endswith("Left")]
    for name, pose in EXPRESSIONS.items():
        weights = pose.frame().blendshapes
        assert np.array_equal(weights[left], weights[right]) == (name not in ASYMMETRIC)


def test_a_name_without_a_side_is_both_sides() -> None:
    weights = Expression({"mouthSmile": 0.5, "mouthLeft": 0.25}).frame().blendshapes
    assert weights[INDEX["mouthSmileLeft"]] == weights[INDEX["mouthSmileRight"]] == 0.5
    assert weights[INDEX["mouthLeft"]] == 0.25
    assert weights[INDEX["mouthRight"]] == 0


def test_an_amount_goes_part_of_the_way() -> None:
    joy = EMOTIONS["joy"]
    half, whole = joy.frame(amount=0.5), joy.frame()
    np.testing.assert_allclose(half.blendshapes, whole.blendshapes / 2)
    np.testing.assert_allclose(half.head, whole.head / 2)
    assert not joy.frame(amount=0).blendshapes.any()


def test_wrong_poses_are_refused() -> None:
    with pytest.raises(KeyError):
        Expression({"mouthGrin": 1})
    with pytest.raises(ValueError, match="jawOpen"):
        Expression({"jawOpen": 1.2})
