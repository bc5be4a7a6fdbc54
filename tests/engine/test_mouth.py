from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.face import INDEX, Floats
from engine.motion.lookahead import split
from engine.motion.mouth import Mouth
from engine.motion.poses import JAW, LIPS, OPENING, pose_matrix, sum_of
from engine.phones import PHONES, VISEMES
from tests.engine.heard import HEADS_MS, phone

JAW_OPEN = INDEX["jawOpen"]
OPENERS = [INDEX[name] for name in OPENING]


def shown(
    frames: list[str], look_ahead_ms: int = 60, speaking: bool = True, effort: float = 0.7
) -> Floats:
    """(frames, 52): the pose at the start of each 10 ms frame of these sounds, SIL after them."""
    share = split(look_ahead_ms * 16, HEADS_MS)
    mouth = Mouth(share)
    heard = [phone(name) for name in frames] + [phone("SIL")] * share.ahead
    for frame in range(share.ahead):
        mouth.hear(frame, heard[frame])
    poses = []
    for index in range(len(frames)):
        if share.ahead:
            mouth.hear(index + share.ahead - 1, heard[index + share.ahead - 1])
        elif index:
            mouth.hear(index - 1, heard[index - 1])
        poses.append(mouth.pose(index, speaking, effort))
    return np.array(poses)


LOOK_AHEADS = pytest.mark.parametrize("look_ahead_ms", [0, 20, 60, 160])


@LOOK_AHEADS
def test_silence_is_closed_even_while_voice_activity_hangs_over(look_ahead_ms: int) -> None:
    assert not shown(["SIL"] * 40, look_ahead_ms).any()


@LOOK_AHEADS
def test_what_is_not_speech_does_not_talk(look_ahead_ms: int) -> None:
    assert not shown(["AA"] * 40, look_ahead_ms, speaking=False).any()


@LOOK_AHEADS
@pytest.mark.parametrize("name", PHONES)
def test_a_held_sound_reaches_its_pose(name: str, look_ahead_ms: int) -> None:
    pose = shown([name] * 40, look_ahead_ms)[30]
    wanted = pose_matrix()[PHONES.index(name)]
    lips = [index for index in range(52) if index != JAW_OPEN]
    assert pose[lips] == pytest.approx(wanted[lips], abs=0.05)
    assert pose[JAW_OPEN] == pytest.approx(wanted[JAW_OPEN], rel=0.4)


@LOOK_AHEADS
@pytest.mark.parametrize("labial", ["P", "B", "M"])
def test_a_short_labial_between_vowels_closes_the_lips(labial: str, look_ahead_ms: int) -> None:
    poses = shown(["AA"] * 20 + [labial] * 6 + ["AA"] * 20, look_ahead_ms)
    before, during = poses[15, OPENERS].sum(), poses[18:32, OPENERS].sum(axis=1)
    assert during.min() < 0.05 * before
    assert poses[18:32, INDEX["mouthPressLeft"]].max() > 0.2
    assert poses[36, OPENERS].sum() > 0.8 * before


@pytest.mark.parametrize("look_ahead_ms", [40, 60, 100, 160])
def test_a_closure_comes_when_it_is_heard(look_ahead_ms: int) -> None:
    poses = shown(["AA"] * 20 + ["P"] * 8 + ["AA"] * 20, look_ahead_ms)
    opening = poses[:, OPENERS].sum(axis=1)
    closed = np.flatnonzero(opening < 0.1 * opening[15])
    assert abs(closed.mean() - 24) <= 2, "frames of 10 ms: the middle of the sound"


def test_look_ahead_takes_lag_away() -> None:
    def crossing(look_ahead_ms: int) -> float:
        jaw = shown(["IY"] * 20 + ["AA"] * 20, look_ahead_ms)[:, JAW_OPEN]
        return float(np.argmax(jaw > (jaw[5] + jaw[-1]) / 2))

    lags = [crossing(look_ahead_ms) - 20 for look_ahead_ms in (0, 20, 60, 100)]
    assert lags == sorted(lags, reverse=True)
    assert abs(lags[-1]) <= 1
    assert lags[0] <= 4


def test_the_jaw_follows_effort() -> None:
    quiet, loud = (shown(["AA"] * 60, effort=effort)[-1, JAW_OPEN] for effort in (0.1, 1.0))
    assert loud > 1.3 * quiet > 0


def test_neighbours_colour_each_other() -> None:
    alone = shown(["S"] * 60)[30]
    between = shown(["UW"] * 30 + ["S"] * 3 + ["UW"] * 25)[31]
    assert between[INDEX["mouthPucker"]] > alone[INDEX["mouthPucker"]] + 0.03


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.sampled_from(PHONES), min_size=10, max_size=60), st.sampled_from([0, 35, 60, 160])
)
def test_poses_stay_in_range_and_do_not_jump(sounds: list[str], look_ahead_ms: int) -> None:
    frames = [name for name in sounds for _ in range(4)]
    poses = shown(frames, look_ahead_ms)
    assert (poses >= 0).all() and (poses <= 1).all()
    steps = np.abs(np.diff(poses[5:], axis=0))
    if look_ahead_ms:  # without it there is nothing to move towards: quick beats smooth
        assert steps.max() < 0.6, "no jump to anywhere within 10 ms"


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 39), st.sampled_from([0, 35, 60, 160]))
def test_nothing_is_known_before_its_time(change: int, look_ahead_ms: int) -> None:
    ahead = split(look_ahead_ms * 16, HEADS_MS).ahead
    one, other = (shown(["IY"] * change + [then] * 40, look_ahead_ms) for then in ("AA", "UW"))
    unknown = max(0, change - ahead + 1)
    assert np.array_equal(one[:unknown], other[:unknown])
    assert not np.array_equal(one, other)


def test_every_phone_has_lips_and_a_jaw() -> None:
    assert set(JAW) == set(PHONES)
    assert set(LIPS) == set(VISEMES)
    assert not pose_matrix()[PHONES.index("SIL")].any()


def test_poses_look_different_where_lip_readers_see_a_difference() -> None:
    matrix = pose_matrix()
    rows = {name: matrix[PHONES.index(name)] for name in ("P", "F", "TH", "AA", "IY", "UW", "SH")}
    for first in rows:
        for second in rows:
            if first != second:
                assert np.abs(rows[first] - rows[second]).max() > 0.2, (first, second)


def test_open_vowels_open_more() -> None:
    assert JAW["AA"] > JAW["EH"] > JAW["IY"] > JAW["S"] > JAW["P"] == 0


def test_sum_of_selects() -> None:
    assert phone("B") @ sum_of("P", "B", "M") == 1
    assert phone("AA") @ sum_of("P", "B", "M") == 0
