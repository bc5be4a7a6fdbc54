"""What every head's blendshapes must hold: each its region, lips that touch, lids over eyes."""

from __future__ import annotations

import numpy as np
import pytest

from engine.avatar import catalogue
from engine.avatar.expressions import EMOTIONS, EXPRESSIONS, VISEMES
from engine.avatar.morph import SHAPES
from engine.face import ARKIT, INDEX, Floats, weights
from tests.engine.posed import Mask, PosedHead, displacement, foremost

MOUTH_SHAPES = [name for name in ARKIT if name.startswith(("jaw", "mouth", "cheekPuff"))]
LID_SHAPES = [name for name in ARKIT if name.startswith(("eye", "cheekSquint", "browDown"))]
_BOTH_SIDES = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
STILL = 0.05
"""Centimetres that count as no motion."""


@pytest.fixture(scope="module", params=catalogue.names())
def posed(request: pytest.FixtureRequest) -> PosedHead:
    return PosedHead(catalogue.load(request.param))


def region(posed: PosedHead, name: str) -> Mask:
    """(V,) where on the skin a shape may move anything."""
    head, at = posed.head, posed.skin.position
    x, y, z = at.T
    eye, radius = head.eye_centres[0], head.eye_radius
    sign = -1 if name.endswith("Right") else 1
    if name.startswith("eye"):
        away = np.linalg.norm(at - head.eye_centres[0 if sign > 0 else 1], axis=1)
        return np.asarray(away < 2.0 * radius)
    low, high = y.min(), eye[1] + 0.35 * radius
    if name.startswith("brow"):
        low, high = eye[1] + 0.35 * radius, y.max()
    elif name.startswith("nose"):
        low, high = posed.corner[1] - 0.2, eye[1] + 2.5 * radius
    elif name.startswith("cheekSquint"):
        low, high = posed.corner[1] - 0.5, eye[1] + 0.6 * radius
    inside = (z > -2.0) & (y > low) & (y < high)
    if name.endswith(("Left", "Right")) and name not in _BOTH_SIDES:
        inside &= sign * x > -0.75 * posed.corner[0]
    return np.asarray(inside)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_moves_its_region_and_nothing_else(posed: PosedHead, name: str) -> None:
    moved = np.linalg.norm(displacement(posed.skin, name), axis=1)
    if not name.startswith("tongue"):
        assert moved[region(posed, name)].max() > (0.05 if name.startswith("eye") else 0.2)
    assert moved[~region(posed, name)].max() < STILL


def test_the_tongue_comes_out_and_moves_no_skin(posed: PosedHead) -> None:
    assert displacement(posed.skin, "tongueOut").max() == 0
    tongue = posed.head.part("tongue")
    tip = tongue.position[:, 2].argmax()
    assert displacement(tongue, "tongueOut")[tip, 2] > 2


@pytest.mark.parametrize("name", [name for name in ARKIT if name.endswith("Left")])
def test_left_and_right_mirror_each_other(posed: PosedHead, name: str) -> None:
    left = displacement(posed.skin, name)
    right = displacement(posed.skin, name.removesuffix("Left") + "Right")
    assert np.linalg.norm(left, axis=1).max() == pytest.approx(
        np.linalg.norm(right, axis=1).max(), abs=5e-3
    )
    assert left[:, 0].sum() == pytest.approx(-right[:, 0].sum(), abs=0.5)


def gap(posed: PosedHead, blendshapes: Floats) -> Floats:
    """(N, 3) from the lower lip's inner edge to the upper one's."""
    upper, lower = posed.lips
    skin = posed.at("skin", blendshapes)
    return np.asarray(skin[upper] - skin[lower])


def crossing(posed: PosedHead, blendshapes: Floats) -> float:
    """How deep one lip stands in the other, cm; edges that are rolled into the mouth do not."""
    upper, lower = posed.lips
    up, depth = gap(posed, blendshapes)[:, 1:].T
    back = (posed.skin.position - posed.at("skin", blendshapes))[:, 2]
    rolled = (np.abs(depth) > 0.25) | (np.minimum(back[upper], back[lower]) > 0.25)
    return float(np.where(rolled, 0.0, -up).max())


def test_lips_are_found_from_corner_to_corner(posed: PosedHead) -> None:
    upper, lower = posed.lips
    assert len(upper) > 20
    assert not set(upper) & set(lower)


CLOSED: dict[str, Floats] = {
    "rest": weights(),
    "sealed": weights(jawOpen=0.5, mouthClose=0.5),
    "wide and sealed": weights(jawOpen=1, mouthClose=1),
    "smile": EMOTIONS["joy"].frame().blendshapes
    * [name.startswith("mouthSmile") for name in ARKIT],
    "kiss": weights(mouthPucker=1),
    "aside": weights(mouthLeft=1),
    "frown": weights(mouthFrownLeft=1, mouthFrownRight=1, mouthShrugLower=1),
    "puff": weights(cheekPuff=1),
    "PP": VISEMES["PP"].frame().blendshapes,
}


@pytest.mark.parametrize("pose", CLOSED)
def test_lips_touch_when_closed(posed: PosedHead, pose: str) -> None:
    across = np.abs(gap(posed, CLOSED[pose]))[:, 1]
    assert across.max() < (0.12 if "sealed" in pose else 0.05)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_lips_never_cross_in_a_named_pose(posed: PosedHead, name: str) -> None:
    assert crossing(posed, EXPRESSIONS[name].frame().blendshapes) < 0.06


def random_poses(names: list[str], count: int, seed: int) -> Floats:
    """(count, 52) poses in which about a third of the named shapes take part."""
    random = np.random.default_rng(seed)
    poses = np.zeros((count, len(ARKIT)), np.float32)
    columns = [INDEX[name] for name in names]
    part = random.random((count, len(columns))) < 0.35
    poses[:, columns] = np.where(part, random.random((count, len(columns))), 0)
    return poses


def test_lips_never_cross_in_any_pose(posed: PosedHead) -> None:
    worst = max(crossing(posed, pose) for pose in random_poses(MOUTH_SHAPES, 60, 1))
    assert worst < 0.15


def test_lids_never_cut_the_eyeball(posed: PosedHead) -> None:
    radius = posed.head.eye_radius
    poses = posed.expand(random_poses(LID_SHAPES, 400, 2))
    for side in (0, 1):
        edge = posed.lids(side)
        assert len(edge) > 40
        rest = posed.skin.position[edge] - posed.head.eye_centres[side]
        change = posed.change(edge).reshape(len(SHAPES), -1)
        at = (poses @ change).reshape(len(poses), len(edge), 3) + rest
        assert np.linalg.norm(at, axis=2).min() > radius * 0.99


def test_a_blink_closes_the_eye_and_half_a_blink_does_not(posed: PosedHead) -> None:
    edge = posed.lids(0)
    middle = np.abs(posed.skin.position[edge, 0] - posed.head.eye_centres[0, 0]) < 0.6
    edge = edge[middle]
    rest = posed.skin.position[edge, 1]
    upper, lower = edge[rest > rest.mean()], edge[rest <= rest.mean()]

    def opening(blink: float) -> float:
        skin = posed.at("skin", weights(eyeBlinkLeft=blink))
        return float(skin[upper, 1].min() - skin[lower, 1].max())

    openings = [opening(blink) for blink in (0, 0.25, 0.5, 0.75, 1)]
    assert openings == sorted(openings, reverse=True)
    assert openings[0] > 0.4 * posed.head.eye_radius
    assert openings[-1] < 0.05 * posed.head.eye_radius
    assert 0.25 < openings[2] / openings[0] < 0.75


def test_upper_lids_follow_the_gaze(posed: PosedHead) -> None:
    edge = posed.lids(0)
    level = posed.skin.position[edge, 1]
    top = edge[level > 0.8 * level.max() + 0.2 * level.min()]
    up, rest, down = (
        posed.at("skin", weights(**{name: 1.0} if name else {}))[top, 1].mean()
        for name in ("eyeLookUpLeft", "", "eyeLookDownLeft")
    )
    assert up > rest + 0.1
    assert down < rest - 0.2


def test_extreme_poses_stay_finite_and_whole(posed: PosedHead) -> None:
    poses = [np.ones(len(ARKIT), np.float32), *random_poses(list(ARKIT), 10, 3)]
    for pose in poses:
        for part in posed.head.parts:
            assert np.isfinite(posed.at(part.name, pose)).all()


def test_skin_is_still_where_ears_and_collar_join_it(posed: PosedHead) -> None:
    skin, ears = posed.skin.position, posed.head.part("ears").position
    still = np.zeros(len(skin), np.bool_)
    for ear in ears[:: max(1, len(ears) // 400)]:
        still |= np.linalg.norm(skin - ear, axis=1) < 0.5
    still |= posed.skin.light[:, 1] < 0.2  # what the head does not turn: under the collar
    assert still.sum() > 50
    for name in SHAPES:
        assert np.linalg.norm(displacement(posed.skin, name)[still], axis=1).max() < STILL


def test_skin_never_tears_or_folds_over(posed: PosedHead) -> None:
    faces = posed.skin.faces[~posed.bag[posed.skin.faces].any(axis=1)]
    rest = posed.skin.position
    edges = np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    before = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1)
    for expression in EXPRESSIONS.values():
        skin = posed.at("skin", expression.frame().blendshapes)
        after = np.linalg.norm(skin[edges[:, 0]] - skin[edges[:, 1]], axis=1)
        assert (after - 4 * before).max() < 0.8


@pytest.mark.parametrize("name", [*VISEMES, *EMOTIONS])
def test_teeth_and_gums_stay_behind_the_lips(posed: PosedHead, name: str) -> None:
    pose = EXPRESSIONS[name].frame().blendshapes
    skin = posed.at("skin", pose)
    outside = posed.skin.faces[~posed.bag[posed.skin.faces].any(axis=1)]
    near = np.abs(skin[outside].mean(axis=1)[:, 1] - posed.corner[1]) < 4
    front = skin[outside].mean(axis=1)[:, 2] > 4
    for part in ("teeth_upper", "teeth_lower", "gum_upper", "gum_lower"):
        inside = posed.at(part, pose)
        inside = inside[inside[:, 2] > inside[:, 2].max() - 1.2][::3]
        cover = foremost(skin, outside[near & front], inside)
        covered = np.isfinite(cover)
        assert (inside[covered, 2] - cover[covered]).max(initial=-1) < 0.03
