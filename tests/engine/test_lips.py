"""The lips' measures: what they say of the poses that define them and of those between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.avatar.lips import PURSED, TUCKED, WIDE, LipMeasure
from engine.avatar.rig import load_head
from engine.errors import AssetError
from engine.face import ARKIT, INDEX, Floats, weights

CLOSED = np.zeros(len(ARKIT), np.float32)
PRESSED = weights(mouthPressLeft=0.5, mouthPressRight=0.5, mouthRollLower=0.3, mouthRollUpper=0.25)
SMILE = weights(mouthSmileLeft=0.9, mouthSmileRight=0.9)


@pytest.fixture(scope="module")
def lips() -> LipMeasure:
    return LipMeasure(load_head())


def of(lips: LipMeasure, pose: Floats, name: str) -> float:
    return float(lips.measure(pose[None])[name][0])


def test_each_measure_is_one_at_the_pose_that_defines_it(lips: LipMeasure) -> None:
    assert of(lips, WIDE, "aperture") == pytest.approx(1, abs=1e-3)
    assert of(lips, PURSED, "rounding") == pytest.approx(1, abs=1e-3)
    assert of(lips, TUCKED, "labiodental") == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("pose", [CLOSED, PRESSED, SMILE])
def test_closed_lips_have_no_aperture_and_no_other_gesture(lips: LipMeasure, pose: Floats) -> None:
    assert of(lips, pose, "aperture") == 0
    assert of(lips, pose, "rounding") < 0.1
    assert of(lips, pose, "labiodental") < 0.15


def test_open_vowels_are_neither_rounded_nor_labiodental(lips: LipMeasure) -> None:
    assert of(lips, WIDE, "rounding") < 0.25
    assert of(lips, WIDE, "labiodental") < 0.05
    assert of(lips, PURSED, "labiodental") < 0.05


@pytest.mark.parametrize("name", ["jawForward", "jawLeft", "jawOpen", "mouthLeft"])
def test_what_the_jaw_does_is_not_a_labiodental(lips: LipMeasure, name: str) -> None:
    assert of(lips, weights(**{name: 1.0}), "labiodental") < 0.05


def test_aperture_orders_the_poses(lips: LipMeasure) -> None:
    ordered = [CLOSED, TUCKED, PURSED, WIDE]
    values = [of(lips, pose, "aperture") for pose in ordered]
    assert values == sorted(values)


def test_aperture_grows_with_the_jaw(lips: LipMeasure) -> None:
    curve = np.zeros((101, len(ARKIT)), np.float32)
    curve[:, INDEX["jawOpen"]] = np.linspace(0, 1, 101)
    aperture = lips.measure(curve)["aperture"]
    assert aperture[0] == 0
    assert (np.diff(aperture) >= 0).all()
    assert aperture[-1] > 0.8


def test_long_curves_are_measured_as_their_samples_are(lips: LipMeasure) -> None:
    curve = np.random.default_rng(1).random((40_000, len(ARKIT)), dtype=np.float32)
    whole = lips.measure(curve)
    for name, series in whole.items():
        assert series.shape == (40_000,)
        assert series.dtype == np.float32
        assert series.min() >= 0
        assert series.max() <= 1
        picked = lips.measure(curve[::5000])[name]
        np.testing.assert_allclose(series[::5000], picked, atol=1e-5)


def test_no_samples_give_empty_series(lips: LipMeasure) -> None:
    assert lips.measure(np.zeros((0, len(ARKIT)), np.float32))["aperture"].shape == (0,)


def test_a_head_without_a_mouth_is_refused() -> None:
    head = load_head()
    skin = head.part("skin")
    sealed = replace(skin, light=np.zeros_like(skin.light))
    with pytest.raises(AssetError, match="mouth"):
        LipMeasure(replace(head, parts=(sealed,)))
