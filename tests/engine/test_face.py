from __future__ import annotations

import numpy as np
import pytest

from engine.face import ARKIT, BODY, CAMERA, GAZE, HEAD, INDEX, FaceFrame, weights


def test_the_vocabulary_is_arkit_s() -> None:
    assert len(ARKIT) == len(set(ARKIT)) == 52
    assert {"jawOpen", "tongueOut", "eyeBlinkLeft", "mouthSmileRight", "browInnerUp"} <= set(ARKIT)


def test_left_and_right_come_in_pairs() -> None:
    for name in ARKIT:
        if name.endswith("Left"):
            assert name.removesuffix("Left") + "Right" in INDEX


def test_index_is_the_order() -> None:
    assert all(ARKIT[INDEX[name]] == name for name in ARKIT)


def test_neutral_is_closed_straight_and_not_zoomed() -> None:
    face = FaceFrame.neutral(320)
    assert face.time == 320
    for values, names in (
        (face.blendshapes, ARKIT),
        (face.head, HEAD),
        (face.gaze, GAZE),
        (face.camera, CAMERA),
        (face.body, BODY),
    ):
        assert values.shape == (len(names),)
        assert values.dtype == np.float32
    assert not face.blendshapes.any() and not face.head.any() and not face.gaze.any()
    assert face.camera.tolist() == [0, 0, 1] and not face.body.any()


def test_neutral_frames_share_nothing() -> None:
    FaceFrame.neutral().blendshapes[:] = 1
    FaceFrame.neutral().body[:] = 1
    assert not FaceFrame.neutral().blendshapes.any() and not FaceFrame.neutral().body.any()


def test_weights_by_name() -> None:
    vector = weights(jawOpen=0.5, browInnerUp=1.0)
    assert vector[INDEX["jawOpen"]] == 0.5
    assert vector[INDEX["browInnerUp"]] == 1.0
    assert np.count_nonzero(vector) == 2


def test_an_unknown_weight_is_an_error() -> None:
    with pytest.raises(KeyError, match="jawOpne"):
        weights(jawOpne=1.0)
