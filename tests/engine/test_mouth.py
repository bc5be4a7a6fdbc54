from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.avatar.lips import LipMeasure
from engine.face import INDEX, Floats
from engine.motion.articulation import Articulation
from engine.motion.mouth import Mouth, sealed
from engine.phones import PHONES
from tests.engine.heard import model, spoken
from tests.engine.sessions import engine

JAW_OPEN = INDEX["jawOpen"]
SHARES = st.floats(0, 1)


def shown(
    frames: Sequence[str], look_ahead_ms: int = 60, speaking: bool = True, effort: float = 0.7
) -> Floats:
    """(frames, 52): the pose at the start of each 10 ms frame of these sounds, SIL after them."""
    mouth = Mouth(model(), look_ahead_ms * 16)
    rest = ["SIL"] * (look_ahead_ms // 10 + 4)
    poses = []
    for number, hop in enumerate(spoken([*frames, *rest], effort), start=1):
        mouth.hear(hop)
        while len(poses) * 10 + look_ahead_ms <= number * 20:
            poses.append(mouth.pose(len(poses), speaking))
    return np.array(poses[: len(frames)])


def lips(poses: Floats, name: str) -> Floats:
    """A curve measured on the head's own lips."""
    return np.asarray(LipMeasure(engine().head).measure(poses)[name])


LOOK_AHEADS = pytest.mark.parametrize("look_ahead_ms", [0, 20, 60, 160])


@LOOK_AHEADS
def test_silence_is_closed_even_while_voice_activity_hangs_over(look_ahead_ms: int) -> None:
    assert not shown(["SIL"] * 60, look_ahead_ms).any()


@LOOK_AHEADS
def test_what_is_not_speech_does_not_talk(look_ahead_ms: int) -> None:
    assert not shown(["AA"] * 60, look_ahead_ms, speaking=False).any()


@pytest.mark.parametrize("labial", ["P", "B", "M"])
def test_a_labial_between_vowels_seals_the_lips(labial: str) -> None:
    aperture = lips(shown(["AA"] * 30 + [labial] * 8 + ["AA"] * 30), "aperture")
    assert aperture[26:42].min() < 0.03
    assert min(aperture[20], aperture[48]) > 0.3
    closed = np.flatnonzero(aperture[20:48] < 0.05) + 20
    assert abs(closed.mean() - 34) <= 3, "frames of 10 ms: the middle of the sound"


@pytest.mark.parametrize("sound", ["F", "V"])
def test_the_lower_lip_goes_to_the_teeth(sound: str) -> None:
    contact = lips(shown(["AA"] * 30 + [sound] * 10 + ["AA"] * 30), "labiodental")
    assert contact[28:42].max() > 0.5 > 4 * contact[15:22].max()


def test_sounds_look_as_they_are_made() -> None:
    def middle(sound: str) -> dict[str, float]:
        poses = shown(["AH"] * 20 + [sound] * 16 + ["AH"] * 20)
        return {name: float(lips(poses, name)[28]) for name in ("aperture", "rounding")}

    seen = {sound: middle(sound) for sound in ("AA", "EH", "IY", "UW", "S", "SH", "W")}
    aperture = {sound: value["aperture"] for sound, value in seen.items()}
    assert aperture["AA"] > aperture["EH"] > aperture["IY"]
    assert aperture["EH"] > max(aperture["S"], aperture["UW"], aperture["W"])
    assert min(seen["UW"]["rounding"], seen["W"]["rounding"]) > 0.5
    assert max(seen["IY"]["rounding"], seen["EH"]["rounding"], seen["S"]["rounding"]) < 0.2


def test_lips_round_before_a_rounded_sound() -> None:
    round_after = shown(["IY"] * 20 + ["S"] * 12 + ["UW"] * 20)[:, INDEX["mouthPucker"]]
    spread_after = shown(["IY"] * 20 + ["S"] * 12 + ["IY"] * 20)[:, INDEX["mouthPucker"]]
    assert round_after[29] > spread_after[29] + 0.08, "in the last 30 ms of the /s/"


def test_look_ahead_takes_lag_away() -> None:
    def crossing(look_ahead_ms: int) -> float:
        jaw = shown(["IY"] * 30 + ["AA"] * 30, look_ahead_ms)[:, JAW_OPEN]
        halfway = (np.median(jaw[20:28]) + np.median(jaw[45:])) / 2
        return float(np.argmax(jaw[20:] > halfway)) + 20

    none, some = crossing(0) - 30, crossing(60) - 30
    assert some <= none
    assert abs(some) <= 2


def test_the_jaw_follows_effort() -> None:
    quiet, loud = (shown(["AA"] * 60, effort=effort)[-10, JAW_OPEN] for effort in (0.4, 1.4))
    assert loud > 1.15 * quiet > 0


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.sampled_from(PHONES), min_size=10, max_size=40), st.sampled_from([0, 40, 60, 160])
)
def test_poses_stay_in_range_and_do_not_jump(sounds: list[str], look_ahead_ms: int) -> None:
    poses = shown([name for name in sounds for _ in range(6)], look_ahead_ms)
    assert (poses >= 0).all() and (poses <= 1).all()
    if look_ahead_ms:  # without it there is nothing to move towards: quick beats smooth
        assert np.abs(np.diff(poses, axis=0)).max() < 0.6, "no jump to anywhere within 10 ms"


@settings(deadline=None, max_examples=15)
@given(st.integers(10, 39), st.sampled_from([0, 40, 60, 160]))
def test_nothing_is_known_before_its_time(change: int, look_ahead_ms: int) -> None:
    one, other = (shown(["IY"] * change + [then] * 40, look_ahead_ms) for then in ("AA", "UW"))
    unknown = max(0, change // 2 * 2 - look_ahead_ms // 10 + 1)
    assert np.array_equal(one[:unknown], other[:unknown])
    assert not np.array_equal(one, other)


@given(st.lists(SHARES, min_size=52, max_size=52), SHARES)
def test_a_sure_closure_seals_whatever_else_the_mouth_does(pose: list[float], sure: float) -> None:
    given_pose = np.array(pose, np.float32)
    shut = sealed(Articulation(given_pose, 1.0, 0.0, 1.0))
    assert shut[INDEX["mouthClose"]] == pytest.approx(shut[JAW_OPEN], abs=1e-5)
    assert shut[INDEX["mouthLowerDownLeft"]] == shut[INDEX["mouthFunnel"]] == 0
    doubtful = sealed(Articulation(given_pose, 0.1, 0.0, 1.0))
    assert np.array_equal(doubtful, given_pose)
    assert (sealed(Articulation(given_pose, sure, 0.0, 1.0)) <= 1).all()
