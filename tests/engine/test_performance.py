from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.face import INDEX
from engine.motion.performance import Performance
from engine.timeline import HOP, MOTION_HOP
from engine.voice import Heard, Voice
from tests.engine.heard import HEADS_MS, model, mouth, performed, said, shape
from tests.engine.sessions import numbers

LOOK_AHEADS = st.integers(0, 160).map(lambda milliseconds: 16 * milliseconds)
QUIET_20_S = ["SIL"] * 1000


@settings(deadline=None, max_examples=25)
@given(LOOK_AHEADS, st.integers(1, 30))
def test_poses_come_every_ten_milliseconds_as_soon_as_they_may(look_ahead: int, hops: int) -> None:
    performance = Performance(model(), look_ahead, 1)
    times: list[int] = []
    for number in range(hops):
        times += [pose.time for pose in performance.push(said(number, "AA"))]
        heard = (number + 1) * HOP
        assert times == list(range(0, max(0, heard - look_ahead + 1), MOTION_HOP))


@pytest.mark.parametrize("seed", range(5))
def test_the_face_is_alive_in_silence_and_its_mouth_is_not(seed: int) -> None:
    faces = performed(QUIET_20_S, seed=seed)
    assert shape(faces, "eyeBlinkLeft").max() > 0.9
    assert shape(faces, "eyeBlinkRight").max() > 0.9
    head = np.array([face.head for face in faces])
    gaze = np.array([face.gaze for face in faces])
    assert (np.ptp(head[:, :3], axis=0) > 0.002).all(), "radians: every axis of the head moves"
    assert (np.ptp(gaze, axis=0) > 0.005).all()
    for start in range(0, 2000, 500):
        assert np.ptp(head[start : start + 500], axis=0).max() > 0.002, "never frozen for 5 s"
    assert not mouth(faces).any()


def test_seeds_change_the_life_but_not_the_mouth() -> None:
    sounds = ["SIL"] * 30 + ["AA", "M", "IY", "UW", "S"] * 20 + ["SIL"] * 30
    one, other = (performed(sounds, seed=seed) for seed in (1, 2))
    assert np.array_equal(mouth(one), mouth(other))
    assert not np.allclose([face.head for face in one], [face.head for face in other])
    assert not np.allclose([face.gaze for face in one], [face.gaze for face in other])


def test_the_same_seed_is_the_same_face() -> None:
    sounds = ["SIL"] * 30 + ["AA", "M", "IY"] * 30
    assert np.array_equal(numbers(performed(sounds)), numbers(performed(sounds)))


def test_speaking_is_not_listening() -> None:
    faces = [performed([sound] * 500) for sound in ("SIL", "AA")]
    heads = [np.array([face.head for face in part]) for part in faces]
    assert not np.allclose(*heads)


@pytest.mark.parametrize("look_ahead", [0, 560, 960, 2560])
def test_the_mouth_closes_after_speech(look_ahead: int) -> None:
    faces = performed(["SIL"] * 20 + ["AA"] * 20 + ["SIL"] * 60, look_ahead)
    assert mouth(faces)[50:78].max() > 0.3
    assert not mouth(faces)[100:].any(), "200 ms after the sound"


def onset(sound_from: int, active_from: int, started: int, hops: int = 60) -> list[Heard]:
    """A voice that is only believed some hops after it began."""
    heard = []
    for hop in range(hops):
        fact = said(hop, "AA" if hop >= sound_from else "SIL")
        active = hop >= active_from
        voice = Voice(
            hop * HOP, active, active, -25.0, started * HOP if hop == active_from else None
        )
        heard.append(Heard(voice, fact.prosody, fact.posteriors))
    return heard


def first_opening(heard: list[Heard], look_ahead: int) -> float:
    """Media time in ms at which the jaw has opened half of its way."""
    performance = Performance(model(), look_ahead, 1)
    faces = [pose for hop in heard for pose in performance.push(hop)]
    jaw = shape(faces, "jawOpen")
    return 10.0 * int(np.argmax(jaw > jaw.max() / 2))


def test_a_back_dated_onset_opens_the_mouth_in_time() -> None:
    late = first_opening(onset(20, 23, 23), 960)
    in_time = first_opening(onset(20, 23, 20), 960)
    assert in_time <= late - 20
    assert abs(in_time - 400) <= 40


def test_the_posteriors_of_every_look_ahead_meet_their_moment() -> None:
    """Heads that look ahead d describe what lies d back: the pose must not shift with d."""
    middles = []
    for look_ahead_ms in (40, 60, 80, 100, 130, 160):
        performance = Performance(model(), 16 * look_ahead_ms, 1)
        faces = []
        for hop in range(60):
            rows = [
                ["AA" if 40 <= 2 * hop + row - delay // 10 < 60 else "SIL" for row in range(2)]
                for delay in HEADS_MS
            ]
            posteriors = np.array(
                [[said(0, name).posteriors[0, 0] for name in row] for row in rows]
            )
            fact = said(hop, "AA")
            faces += performance.push(Heard(fact.voice, fact.prosody, posteriors))
        jaw = shape(faces, "jawOpen")
        middles.append(np.flatnonzero(jaw > jaw.max() / 2).mean())
    assert np.ptp(middles) <= 6, "frames of 10 ms: who hears ahead opens sooner"
    assert np.mean(middles) == pytest.approx(50, abs=3)


def test_the_jaw_follows_the_voices_effort() -> None:
    quiet, loud = (
        shape(performed(["AA"] * 100, effort=effort), "jawOpen")[-50:].mean()
        for effort in (0.4, 1.4)
    )
    assert loud > 1.15 * quiet > 0


def test_brows_and_head_answer_a_raised_voice() -> None:
    def brows(pitch: float) -> float:
        performance = Performance(model(), 960, 1)
        hops = [said(number, "AA", 0.6, pitch) for number in range(100)]
        faces = [pose for hop in hops for pose in performance.push(hop)]
        return float(shape(faces, "browInnerUp").max())

    assert brows(7.0) > brows(0.0) + 0.05


@settings(deadline=None, max_examples=10)
@given(
    st.lists(st.sampled_from(["SIL", "AA", "P", "IY", "UW", "S", "F"]), min_size=20, max_size=80),
    st.sampled_from([0, 560, 960]),
    st.integers(0, 2**31 - 1),
)
def test_every_pose_is_one_a_face_can_take(sounds: list[str], look_ahead: int, seed: int) -> None:
    faces = performed(sounds, look_ahead, seed)
    table = numbers(faces)
    assert np.isfinite(table).all()
    weights = table[:, 1:53]
    assert (weights >= 0).all() and (weights <= 1).all()
    assert weights[:, INDEX["jawOpen"]].max(initial=0) < 1
    head = table[:, 53:59]
    assert np.abs(np.diff(head, axis=0)).max(initial=0) < 0.01, "the head does not jump"
