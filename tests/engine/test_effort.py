from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.avatar.lips import LipMeasure
from engine.face import ARKIT, INDEX, Floats, weights
from engine.motion.effort import Amount, articulate, reach
from engine.motion.mouth import Mouth
from tests.engine.heard import model, spoken
from tests.engine.sessions import engine

AMOUNTS = st.floats(0, 2)
SHARES = st.floats(0, 1)
POSES = st.lists(SHARES, min_size=52, max_size=52).map(lambda x: np.array(x, np.float32))
JAW = INDEX["jawOpen"]


def shown(frames: list[str], amount: float, effort: float = 0.7) -> Floats:
    """(frames, 52) poses of 10 ms sounds, sounds after them SIL."""
    mouth = Mouth(model(), 960, amount)
    poses = []
    for number, hop in enumerate(spoken([*frames, *["SIL"] * 10], effort), start=1):
        mouth.hear(hop)
        while len(poses) * 10 + 60 <= number * 20:
            poses.append(mouth.pose(len(poses), True))
    return np.array(poses[: len(frames)])


def lips(poses: Floats, name: str) -> Floats:
    """A curve measured on the head's own lips."""
    return np.asarray(LipMeasure(engine().head).measure(poses)[name])


@settings(deadline=None)
@given(POSES)
def test_natural_articulation_changes_nothing(pose: Floats) -> None:
    assert np.array_equal(articulate(pose, 1.0, 0.0, 0.0), pose)


@settings(deadline=None)
@given(POSES, AMOUNTS)
def test_a_contact_is_kept_whatever_the_articulation(pose: Floats, amount: float) -> None:
    assert articulate(pose, amount, 1.0, 0.0) == pytest.approx(pose)
    assert articulate(pose, amount, 0.0, 1.0) == pytest.approx(pose)


@settings(deadline=None)
@given(AMOUNTS, SHARES, SHARES)
def test_a_mouth_at_rest_stays_at_rest(amount: float, closure: float, dental: float) -> None:
    assert not articulate(np.zeros(52, np.float32), amount, closure, dental).any()


@settings(deadline=None)
@given(POSES, AMOUNTS, AMOUNTS, SHARES)
def test_more_articulation_goes_further_and_never_too_far(
    pose: Floats, one: float, other: float, closure: float
) -> None:
    less, more = (articulate(pose, amount, closure, 0.0) for amount in sorted((one, other)))
    assert (less <= more + 1e-6).all()
    assert (less >= 0).all() and (more <= 1).all()
    others = [i for i, name in enumerate(ARKIT) if name.startswith(("eye", "brow", "nose"))]
    assert np.array_equal(more[others], pose[others]), "only what speech moves"


@settings(deadline=None)
@given(POSES, AMOUNTS)
def test_a_pose_is_not_changed_in_place(pose: Floats, amount: float) -> None:
    before = pose.copy()
    articulate(pose, amount, 0.3, 0.0)
    assert np.array_equal(pose, before)


def test_mumbling_spares_the_jaw_more_than_the_lips() -> None:
    pose = weights(jawOpen=0.5, mouthPucker=0.5)
    mumbled = articulate(pose, 0.0, 0.0, 0.0)
    assert 0 < mumbled[JAW] < 0.5 * pose[JAW]
    assert mumbled[JAW] < mumbled[INDEX["mouthPucker"]] < 0.6 * pose[INDEX["mouthPucker"]]


@settings(deadline=None)
@given(SHARES, st.floats(0, 3), st.floats(0, 3))
def test_reach_rises_with_the_gain_and_stays_in_range(
    value: float, one: float, other: float
) -> None:
    less, more = (float(reach(np.float32(value), gain)) for gain in sorted((one, other)))
    assert 0 <= less <= more + 1e-6 <= 1 + 2e-6


def test_a_new_amount_is_reached_in_200_ms_without_a_jump() -> None:
    amount = Amount(0.0)
    amount.wanted = 2.0
    shown = [0.0, *(amount.step() for _ in range(40))]
    steps = np.diff(shown)
    assert (steps > 0).all() and steps.max() <= 0.22
    assert steps[0] < 0.8 * steps.max(), "it starts gently"
    assert shown[20] > 1.9


# On the head's lips, through the whole mouth

SOUNDS = ["SIL"] * 20 + ["AA"] * 20 + ["B"] * 7 + ["AA"] * 20 + ["F"] * 9 + ["IY"] * 20


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.5, 2.0])
@pytest.mark.parametrize("effort", [0.0, 0.7, 1.5])
def test_lips_meet_and_bite_at_any_articulation_and_effort(amount: float, effort: float) -> None:
    poses, natural = shown(SOUNDS, amount, effort), shown(SOUNDS, 1.0, 0.7)
    aperture = lips(poses, "aperture")
    assert aperture[40:47].min() < 0.03, "B"
    bite = lips(poses, "labiodental")[67:76].max()
    assert bite > 0.6 * lips(natural, "labiodental")[67:76].max() > 0.5, "F"
    assert not poses[:10].any(), "silence"


@pytest.mark.parametrize("vowel", ["AA", "EH", "IH"])
def test_vowels_open_by_articulation_and_by_effort(vowel: str) -> None:
    def opening(amount: float, effort: float) -> tuple[float, float]:
        pose = shown([vowel] * 60, amount, effort)[-10:-9]
        return float(pose[0, JAW]), float(lips(pose, "aperture")[0])

    chosen = [opening(amount, 0.7) for amount in (0.0, 0.5, 1.0, 1.5, 2.0)]
    manners = [opening(1.0, effort) for effort in (0.0, 0.7, 1.5)]  # whisper, speech, shout
    for jaws, apertures in (zip(*chosen, strict=True), zip(*manners, strict=True)):
        assert (np.diff(jaws) > 0.03).all()
        assert (np.diff(apertures) >= 0).all()
    assert chosen[0][1] < 0.6 * chosen[2][1]
    assert manners[0][1] < 0.85 * manners[1][1]


@settings(deadline=None, max_examples=15)
@given(st.lists(AMOUNTS, min_size=60, max_size=60))
def test_turning_the_control_makes_no_jump(amounts: list[float]) -> None:
    mouth = Mouth(model(), 960)
    poses = []
    for number, hop in enumerate(spoken(["AA"] * 66), start=1):
        mouth.hear(hop)
        while len(poses) * 10 + 60 <= number * 20 and len(poses) < len(amounts):
            mouth.articulation.wanted = amounts[len(poses)]
            poses.append(mouth.pose(len(poses), True))
    steps = np.abs(np.diff(np.array(poses)[25:], axis=0))
    assert steps.max(initial=0) < 0.12
