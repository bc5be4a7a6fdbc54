from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.face import ARKIT, HEAD, INDEX, FaceFrame, Floats, weights
from engine.motion.conflicts import AT_REST, Lips
from engine.motion.gate import BODY, CAMERA, FACE, SHIFT, TURN, Gate
from engine.motion.layers import Draft
from engine.render.scene import rotation
from engine.timeline import MOTION_HOP

DEGREE = np.pi / 180
SILENT = np.zeros(len(ARKIT), np.float32)
U = weights(mouthPucker=0.85, mouthFunnel=0.2, jawOpen=0.1)
P = weights(mouthPressLeft=0.4, mouthPressRight=0.4, jawOpen=0.1, mouthClose=0.1)
SMILE = weights(mouthSmileLeft=0.8, mouthSmileRight=0.8, cheekSquintLeft=0.5, jawOpen=0.2)


def drafted(shapes: Floats = SILENT, **parts: tuple[float, ...]) -> Draft:
    draft = Draft.neutral()
    draft.blendshapes += shapes
    for name, values in parts.items():
        getattr(draft, name)[:] = values
    return draft


def passed(
    draft: Draft, spoken: Floats = SILENT, lips: Lips = AT_REST, count: int = 80
) -> FaceFrame:
    """What comes of a draft that stays as it is."""
    gate = Gate()
    for index in range(count):
        face = gate.let(index * MOTION_HOP, _copied(draft), spoken, lips)
    return face


def _copied(draft: Draft) -> Draft:
    return Draft(*(getattr(draft, name).copy() for name in Draft.__slots__))


def at(face: FaceFrame, name: str) -> float:
    return float(face.blendshapes[INDEX[name]])


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=52, max_size=52))
def test_articulation_passes_as_it_is(shapes: list[float]) -> None:
    spoken = np.array(shapes, np.float32)
    mouth = [i for i, name in enumerate(ARKIT) if not name.startswith("eye")]
    lips = Lips.of(spoken, 0.7, 0.2)
    assert np.array_equal(passed(drafted(), spoken, lips, 3).blendshapes[mouth], spoken[mouth])


def test_a_smile_gives_way_where_lips_are_rounded_or_shut() -> None:
    free = passed(drafted(SMILE))
    rounded = passed(drafted(SMILE), U, Lips.of(U, 0, 0))
    shut = passed(drafted(SMILE), P, Lips.of(P, 1, 0))
    assert at(free, "mouthSmileLeft") == pytest.approx(0.8)
    assert at(rounded, "mouthSmileLeft") < 0.25
    assert at(rounded, "mouthPucker") == pytest.approx(0.85)
    assert at(rounded, "cheekSquintLeft") == pytest.approx(0.5), "the eyes go on smiling"
    assert 0.3 < at(shut, "mouthSmileLeft") < 0.6, "one can smile with closed lips"
    assert at(shut, "jawOpen") - at(shut, "mouthClose") < 0.03, "but they are closed"


def test_surprise_does_not_keep_a_lip_from_the_teeth() -> None:
    gaping = weights(jawOpen=0.6, mouthFunnel=0.4, mouthLowerDownLeft=0.5)
    f = weights(mouthRollLower=0.7, jawOpen=0.08)
    face = passed(drafted(gaping), f, Lips.of(f, 0, 1))
    assert at(face, "jawOpen") < 0.22 and at(face, "mouthFunnel") < 0.06
    assert at(face, "mouthLowerDownLeft") < 0.06


def test_what_is_spoken_leaves_less_room_for_the_rest() -> None:
    spoken, gaping = weights(jawOpen=0.6), weights(jawOpen=0.5)
    assert at(passed(drafted(gaping), spoken), "jawOpen") == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("raised", "lowered", "left"),
    [(0.9, 0.0, (0.9, 0.0)), (0.3, 1.0, (0.3, 1.0)), (0.9, 0.9, (0.35, 0.35))],
)
def test_brows_raised_and_lowered_at_once_cancel(
    raised: float, lowered: float, left: tuple[float, float]
) -> None:
    face = passed(drafted(weights(browOuterUpLeft=raised, browDownLeft=lowered)))
    assert (at(face, "browOuterUpLeft"), at(face, "browDownLeft")) == pytest.approx(left)


def test_a_lid_that_is_shut_is_not_wide() -> None:
    face = passed(drafted(weights(eyeBlinkLeft=1.0, eyeWideLeft=0.9, eyeSquintLeft=0.5)))
    assert at(face, "eyeWideLeft") == at(face, "eyeSquintLeft") == 0


def test_a_look_holds_while_the_head_turns() -> None:
    gate = Gate()
    for index in range(200):
        turn = np.array([0.1, 0.3, 0.1]) * np.sin(index / 40)
        draft = drafted(gaze=(0.1, 0.05), head=(*turn, 0, 0, 0))
        face = gate.let(index * MOTION_HOP, draft, SILENT)
        seen = _in_the_room(face)
        assert seen == pytest.approx([np.sin(0.1) * np.cos(0.05), -np.sin(0.05)], abs=1e-6)


def _in_the_room(face: FaceFrame) -> list[float]:
    """x and y of the line of sight, by the renderer's own matrices."""
    pitch, yaw, roll = face.head[:3].tolist()
    line = rotation(pitch, yaw, roll) @ rotation(float(face.gaze[1]), float(face.gaze[0]))
    return [float(value) for value in (line @ [0, 0, 1])[:2]]


def test_eyes_turn_no_further_than_eyes_do() -> None:
    face = passed(drafted(gaze=(0.7, 0), head=(0, -0.6, 0, 0, 0, 0)))
    assert face.gaze[0] == pytest.approx(30 * DEGREE)
    assert at(face, "eyeLookOutLeft") == pytest.approx(1)


def test_limits_are_neared_and_not_hit() -> None:
    yaws = [
        float(passed(drafted(head=(0, yaw, 0, 0, 0, 0)), count=1).head[HEAD.index("yaw")])
        for yaw in np.linspace(0, 2, 60)
    ]
    steps = np.diff(yaws)
    assert steps.min() >= 0 and max(yaws) <= 40 * DEGREE
    assert np.abs(np.diff(steps)).max() < 0.008, "no corner"
    assert yaws[:17] == pytest.approx(np.linspace(0, 2, 60)[:17]), "and free below"


def test_a_pose_to_go_on_from_is_left_smoothly_and_its_mouth_shuts() -> None:
    before = FaceFrame(
        5,
        weights(jawOpen=0.5, mouthFunnel=0.4, eyeBlinkLeft=0.3, browInnerUp=0.6),
        np.array([0.1, 0.2, 0, 0.01, 0, 0], np.float32),
        np.array([0.1, 0], np.float32),
        np.array([0.01, 0, 1.02], np.float32),
        np.array([0.005, 0, 0.03], np.float32),
    )
    gate = Gate()
    gate.start(before)
    faces = [gate.let(index * MOTION_HOP, drafted(), SILENT) for index in range(150)]
    first, last = faces[0], faces[-1]
    assert np.abs(first.blendshapes[INDEX["jawOpen"]] - 0.5) < 0.05
    assert np.abs(first.head - before.head).max() < 0.01
    assert np.abs(first.camera - before.camera).max() < 0.002
    assert faces[25].blendshapes[INDEX["jawOpen"]] < 0.01, "within a quarter of a second"
    assert not last.head.any() and not last.body.any() and last.camera.tolist() == [0, 0, 1]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 40))
def test_speed_is_bounded_whatever_layers_want(seed: int, lasting: int) -> None:
    rng = np.random.default_rng(seed)
    passes, rows = Gate(), []
    for index in range(160):
        if index % lasting == 0:
            wanted = drafted(
                rng.uniform(0, 1, len(ARKIT)).astype(np.float32),
                head=tuple(rng.uniform(-0.3, 0.3, 6)),
                camera=(*rng.uniform(-0.1, 0.1, 2), 1.1),
                body=tuple(rng.uniform(-0.05, 0.05, 3)),
            )
        face = passes.let(index * MOTION_HOP, _copied(wanted), SILENT)
        brow = face.blendshapes[INDEX["browInnerUp"]]
        rows.append(np.concatenate([face.head, face.camera, face.body, [brow]]))
    most = [*[TURN[0]] * 3, *[SHIFT[0]] * 3, *(pair[0] for pair in (*CAMERA, *BODY)), FACE[0]]
    assert (np.abs(np.diff(rows, axis=0)).max(axis=0) * 100 <= np.array(most) * 1.001).all()
