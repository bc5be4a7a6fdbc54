from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.face import ARKIT, HEAD, INDEX, FaceFrame
from engine.motion.blink import Blink
from engine.motion.body import Body
from engine.motion.camera import Camera
from engine.motion.expression import Expression
from engine.motion.gate import pass_gate
from engine.motion.gaze import Gaze
from engine.motion.head import HeadMotion
from engine.motion.layers import Draft, Layer, Moment, Wander, smooth_step
from engine.timeline import MOTION_HOP

LAYERS = [Blink, Gaze, HeadMotion, Body, Expression, Camera]
DEGREE = np.pi / 180
PITCH, YAW = HEAD.index("pitch"), HEAD.index("yaw")


def quiet(index: int) -> Moment:
    return Moment(index * MOTION_HOP, False, False, 0.0, 0.0, 0.0)


def talking(index: int) -> Moment:
    """Three accents in two seconds, phrases of three seconds."""
    second = index / 100
    accent = max(0.0, np.sin(2 * np.pi * 1.5 * second)) ** 4
    return Moment(
        index * MOTION_HOP, True, index % 300 == 299, 0.6 + 0.4 * accent, 4 * accent, accent
    )


def acted(
    layer: type[Layer],
    seconds: float,
    moment: Callable[[int], Moment] = quiet,
    seed: int = 1,
) -> list[FaceFrame]:
    """What one layer does alone."""
    one = layer(np.random.default_rng(seed))  # type: ignore[call-arg]
    faces = []
    for index in range(round(seconds * 100)):
        draft = Draft.neutral()
        one.move(moment(index), draft)
        faces.append(pass_gate(index * MOTION_HOP, draft))
    return faces


def weights_of(faces: list[FaceFrame], name: str) -> np.ndarray:
    return np.array([face.blendshapes[INDEX[name]] for face in faces])


def everything(faces: list[FaceFrame]) -> np.ndarray:
    return np.array(
        [
            np.concatenate([face.blendshapes, face.head, face.gaze, face.camera, face.body])
            for face in faces
        ]
    )


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("moment", [quiet, talking])
def test_a_seed_is_a_performance(layer: type[Layer], moment: Callable[[int], Moment]) -> None:
    first, again, other = (everything(acted(layer, 6, moment, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("layer", [HeadMotion, Body, Expression, Camera])
def test_slow_layers_move_without_a_jerk(layer: type[Layer]) -> None:
    steps = np.abs(np.diff(everything(acted(layer, 10, talking)), axis=0))
    assert 0 < steps.max() < 0.08


@pytest.mark.parametrize("layer", LAYERS)
def test_no_layer_but_speech_opens_the_mouth(layer: type[Layer]) -> None:
    faces = acted(layer, 10, talking)
    for name in ARKIT:
        if name.startswith(("jaw", "mouth", "tongue")) and "Smile" not in name:
            assert not weights_of(faces, name).any(), name


@given(
    st.lists(st.floats(-100, 100, width=32), min_size=52, max_size=52),
    st.lists(st.floats(-10, 10, width=32), min_size=6, max_size=6),
    st.lists(st.floats(-10, 10, width=32), min_size=2, max_size=2),
)
def test_limits_hold_whatever_was_added_up(
    shapes: list[float], head: list[float], gaze: list[float]
) -> None:
    draft = Draft.neutral()
    draft.blendshapes += np.array(shapes, np.float32)
    draft.head += np.array(head, np.float32)
    draft.gaze += np.array(gaze, np.float32)
    face = pass_gate(160, draft)
    assert face.time == 160
    assert (face.blendshapes >= 0).all() and (face.blendshapes <= 1).all()
    assert np.abs(face.gaze).max() <= 31 * DEGREE
    assert np.abs(face.head[:3]).max() <= 41 * DEGREE
    assert np.abs(face.head[3:]).max() <= 0.15
    assert {values.dtype for values in (face.blendshapes, face.head, face.gaze)} == {
        np.dtype(np.float32)
    }


@pytest.mark.parametrize(
    ("yaw", "pitch", "looking"),
    [
        (10, 0, {"eyeLookOutLeft", "eyeLookInRight"}),
        (-10, 0, {"eyeLookInLeft", "eyeLookOutRight"}),
        (0, 10, {"eyeLookDownLeft", "eyeLookDownRight"}),
        (0, -10, {"eyeLookUpLeft", "eyeLookUpRight"}),
        (0, 0, set()),
    ],
)
def test_look_weights_say_what_gaze_says(yaw: float, pitch: float, looking: set[str]) -> None:
    draft = Draft.neutral()
    draft.gaze[:] = [yaw * DEGREE, pitch * DEGREE]
    face = pass_gate(0, draft)
    assert {ARKIT[i] for i in np.flatnonzero(face.blendshapes)} == looking


@given(st.integers(0, 2**31), st.floats(0.5, 60), st.floats(0, 1e5))
def test_wandering_stays_near(seed: int, period: float, seconds: float) -> None:
    assert abs(Wander(np.random.default_rng(seed), period).at(seconds)) <= 1


@given(st.floats(-2, 3))
def test_smooth_step_is_a_step(x: float) -> None:
    assert 0 <= smooth_step(x) <= 1
    assert smooth_step(x) == pytest.approx(1 - smooth_step(1 - x), abs=1e-9)
