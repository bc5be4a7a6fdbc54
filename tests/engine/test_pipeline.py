from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar, get_args

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine.session
from engine.errors import InvalidInput
from engine.face import FaceFrame
from engine.options import SessionOptions
from engine.speech.audio import DECIMATION, INPUT_HOP, INPUT_RATE, PCM
from engine.stopwatch import Stopwatch
from engine.timeline import HOP, MOTION_HOP, FrameGrid
from engine.units import AudioUnit, EventUnit, MotionUnit, PhoneUnit, Unit, VideoUnit
from tests.engine.heard import mouth
from tests.engine.sessions import (
    StillStudio,
    hop_by_hop,
    in_parts,
    motion,
    numbers,
)
from tests.engine.sessions import (
    engine as shared,
)
from tests.speech_data import utterances
from tests.synthetic import clicks, noise, pcm, silence, syllables

VOICE: PCM = pcm(silence(0.2), syllables(0.5), noise(0.25, -60), syllables(0.25, 210))
LOOK_AHEADS = [0, 35, 60, 160]
SMALL: dict[str, Any] = {"width": 64, "height": 64}
U = TypeVar("U", AudioUnit, VideoUnit, MotionUnit, PhoneUnit, EventUnit)
PLACES = st.lists(st.integers(0, 10**6), max_size=40)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.session, "Studio", StillStudio)


@cache
def curves(look_ahead_ms: int) -> np.ndarray:
    """Of VOICE, as :func:`numbers`."""
    return numbers(motion(VOICE, look_ahead_ms=look_ahead_ms))


def of_kind(units: list[Unit], kind: type[U]) -> list[U]:
    return [unit for unit in units if isinstance(unit, kind)]


# Chunking


@settings(deadline=None, max_examples=6)
@given(PLACES, st.sampled_from(LOOK_AHEADS))
def test_curves_do_not_show_how_the_voice_was_cut(places: list[int], look_ahead_ms: int) -> None:
    session = shared().session(SessionOptions(look_ahead_ms=look_ahead_ms), "motion")
    faces: list[FaceFrame] = []
    for part in in_parts(VOICE, places):
        session.push(part)
        faces += session.curves()
    session.flush()
    faces += session.curves()
    end = len(VOICE) // DECIMATION  # without look-ahead the pose for the end itself has come too
    assert np.array_equal(curves(look_ahead_ms), numbers([f for f in faces if f.time < end]))


def test_units_do_not_show_how_the_voice_was_cut(no_pictures: None) -> None:
    def units(places: list[int], fps: int) -> list[Unit]:
        options = SessionOptions(fps=fps, motion_units=True, phone_units=True, **SMALL)
        session = shared().session(options)
        parts = in_parts(VOICE, places)
        return [unit for part in parts for unit in session.push(part)] + session.flush()

    places = np.random.default_rng(1).integers(0, 10**6, (2, 25)).tolist()
    for fps in (25, 30):
        whole = units([], fps)
        assert all(units(cuts, fps) == whole for cuts in places)
        assert {type(unit) for unit in whole} == set(get_args(Unit))


@settings(deadline=None, max_examples=6)
@given(PLACES, st.sampled_from(LOOK_AHEADS))
def test_phones_do_not_show_how_the_voice_was_cut(places: list[int], look_ahead_ms: int) -> None:
    def phones(parts: list[PCM]) -> list[PhoneUnit]:
        options = SessionOptions(look_ahead_ms=look_ahead_ms, phone_units=True)
        session = shared().session(options, "motion")
        units = [unit for part in parts for unit in session.push(part)] + session.flush()
        return of_kind(units, PhoneUnit)

    whole = phones([VOICE])
    assert len(whole) > 3
    assert phones(in_parts(VOICE, places)) == whole


def test_phones_are_told_only_while_they_are_wanted() -> None:
    session = shared().session(SessionOptions(), "motion")
    half = len(VOICE) // 2
    assert not of_kind(session.push(VOICE[:half]), PhoneUnit)
    session.phone_units = True
    later = of_kind(session.push(VOICE[half:]), PhoneUnit)
    always = shared().session(SessionOptions(phone_units=True), "motion")
    assert later == of_kind(always.push(VOICE), PhoneUnit)[-len(later) :] != []


def test_empty_pushes_do_nothing() -> None:
    session = shared().session(SessionOptions(), "motion")
    assert session.push(np.zeros(0, np.int16)) == []
    assert session.flush() == []
    assert session.curves() == []


# Time


@pytest.mark.parametrize("look_ahead_ms", LOOK_AHEADS)
@pytest.mark.parametrize("samples", [1, 480, 960, 961, 20_000])
def test_poses_lie_every_ten_milliseconds_up_to_the_last_sample(
    look_ahead_ms: int, samples: int
) -> None:
    faces = motion(VOICE[:samples], look_ahead_ms=look_ahead_ms)
    assert [face.time for face in faces] == list(range(0, samples // DECIMATION, MOTION_HOP))


@pytest.mark.parametrize("fps", [25, 30])
@pytest.mark.parametrize("look_ahead_ms", LOOK_AHEADS)
def test_pictures_and_voice_tile_the_timeline(
    no_pictures: None, fps: int, look_ahead_ms: int
) -> None:
    options = SessionOptions(look_ahead_ms=look_ahead_ms, fps=fps, motion_units=True)
    session = shared().session(options)
    units = session.push(VOICE[:-777]) + session.flush()
    grid = FrameGrid(fps)
    for number, unit in enumerate(of_kind(units, AudioUnit)):
        assert (unit.time, unit.duration) == (number * HOP, HOP)
    pictures = of_kind(units, VideoUnit)
    for number, unit in enumerate(pictures):
        assert (unit.time, unit.duration) == (grid.start(number), grid.duration(number))
    for number, unit in enumerate(of_kind(units, MotionUnit)):
        assert (unit.time, unit.duration) == (2 * number * MOTION_HOP, 2 * MOTION_HOP)
    last = (of_kind(units, kind)[-1] for kind in (AudioUnit, VideoUnit, MotionUnit))
    for unit in last:
        assert unit.time < (len(VOICE) - 777) // DECIMATION <= unit.time + unit.duration
    assert [unit.keyframe for unit in pictures] == [True] + [False] * (len(pictures) - 1)


@pytest.mark.parametrize("fps", [25, 30])
def test_a_picture_shows_the_middle_of_its_interval(no_pictures: None, fps: int) -> None:
    session = shared().session(SessionOptions(fps=fps))
    pictures = of_kind(session.push(VOICE) + session.flush(), VideoUnit)
    poses = curves(60)
    shown = np.array([np.frombuffer(unit.payload) for unit in pictures])
    assert shown[:, 0].tolist() == [FrameGrid(fps).centre(k) for k in range(len(pictures))]
    inside = shown[:, 0] <= poses[-1, 0]
    for column in range(1, poses.shape[1]):
        wanted = np.interp(shown[inside, 0], poses[:, 0], poses[:, column])
        assert shown[inside, column] == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("fps", [25, 30])
@pytest.mark.parametrize("look_ahead_ms", [0, 1, 7, 33, 35, 60, 99, 125, 160])
def test_the_declared_delays_are_the_longest_wait(
    no_pictures: None, fps: int, look_ahead_ms: int
) -> None:
    session = shared().session(SessionOptions(look_ahead_ms=look_ahead_ms, fps=fps))
    made = hop_by_hop(session, pcm(silence(0.6)))  # hops and frames meet every 100 ms
    waits = [at - unit.time for at, unit in made if isinstance(unit, VideoUnit)]
    delays = {delay.stage: delay.samples for delay in session.delays}
    assert max(waits) == sum(delays.values()) - delays["resampling"]
    assert delays["look-ahead"] == 16 * look_ahead_ms
    assert all(samples >= 0 for samples in delays.values())


@settings(deadline=None, max_examples=12)
@given(st.integers(4, 55), st.sampled_from(LOOK_AHEADS), st.integers(0, 2))
def test_what_comes_later_changes_nothing_before(hop: int, look_ahead_ms: int, ending: int) -> None:
    after = [pcm(silence(1)), pcm(noise(1, -10)), VOICE[::-1]][ending]
    heard = hop * INPUT_HOP
    changed = np.concatenate([VOICE[:heard], after])
    one, other = curves(look_ahead_ms), numbers(motion(changed, look_ahead_ms=look_ahead_ms))
    known = (hop * HOP - 16 * look_ahead_ms) // MOTION_HOP + 1
    assert known < len(one)
    assert np.array_equal(one[: max(0, known)], other[: max(0, known)])


@pytest.mark.parametrize("look_ahead_ms", LOOK_AHEADS)
def test_a_change_does_show_afterwards(look_ahead_ms: int) -> None:
    heard = 20 * INPUT_HOP  # in the middle of the first syllables
    changed = np.concatenate([VOICE[:heard], pcm(silence(1))])
    one, other = (mouth(motion(sound, look_ahead_ms=look_ahead_ms)) for sound in (VOICE, changed))
    differing = np.flatnonzero((one[:80] != other[:80]).any(axis=1))
    first = int(differing[0]) * MOTION_HOP
    assert 20 * HOP - 16 * look_ahead_ms < first <= 22 * HOP


# Sessions


@pytest.mark.parametrize("sink", ["motion", "encoded"])
def test_reset_starts_the_same_again(no_pictures: None, sink: str) -> None:
    session = shared().session(SessionOptions(motion_units=True), sink)  # type: ignore[arg-type]
    first = session.push(VOICE), numbers(session.curves()), session.flush()
    session.push(pcm(syllables(0.3, 180))[:-100])  # a part of a hop, and curves nobody takes
    session.reset()
    again = session.push(VOICE), numbers(session.curves()), session.flush()
    assert first[0] == again[0]
    assert first[2] == again[2]
    assert np.array_equal(first[1], again[1])
    assert len(first[1]) == (0 if sink == "encoded" else 115)


def test_articulation_changes_while_somebody_speaks() -> None:
    half = len(VOICE) // 2 // INPUT_HOP * INPUT_HOP
    tables = []
    for amount in (0.0, 1.0, 2.0):
        session = shared().session(SessionOptions(look_ahead_ms=0), "motion")
        session.push(VOICE[:half])
        session.set_articulation(amount)
        session.push(VOICE[half:])
        tables.append(mouth(session.curves()))
    change = half // INPUT_HOP * 2 + 1
    for table in tables:
        assert np.array_equal(table[:change], tables[1][:change])
    mumbled, natural, emphatic = (table[change + 20 :].sum() for table in tables)
    assert mumbled < 0.7 * natural < natural < 0.9 * emphatic
    with pytest.raises(InvalidInput, match="articulation"):
        session.set_articulation(2.5)


def test_a_session_with_an_unknown_motion_model_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"motion_model: 'anna' .* use one of default"):
        shared().session(SessionOptions(motion_model="anna"), "motion")


def test_an_articulation_chosen_at_the_start_is_there_at_once() -> None:
    session = shared().session(SessionOptions(look_ahead_ms=0), "motion")
    session.set_articulation(0.0)
    session.reset()
    session.push(VOICE)
    assert np.array_equal(
        numbers(session.curves()), numbers(motion(VOICE, False, look_ahead_ms=0, articulation=0))
    )


def test_sessions_of_one_engine_do_not_know_each_other() -> None:
    other_voice = pcm(syllables(1.75, 200), silence(0.2))
    alone = [numbers(motion(VOICE, seed=1)), numbers(motion(other_voice, seed=2))]
    sessions = [shared().session(SessionOptions(seed=seed), "motion") for seed in (1, 2)]
    voices = [VOICE, other_voice]
    for start in range(0, max(map(len, voices)), 700):
        for session, voice in zip(sessions, voices, strict=True):
            session.push(voice[start : start + 700])
    for session, curves in zip(sessions, alone, strict=True):
        session.flush()
        assert np.array_equal(numbers(session.curves()), curves)


def test_seeds_change_the_life_but_not_the_mouth() -> None:
    one, other = (motion(VOICE, seed=seed) for seed in (1, 2))
    assert np.array_equal(mouth(one), mouth(other))
    assert not np.allclose([face.head for face in one], [face.head for face in other])


def test_falling_behind_costs_pictures_not_voice(no_pictures: None) -> None:
    session = shared().session(SessionOptions())
    units = session.push(VOICE[: 12 * INPUT_HOP], behind=True)
    assert len(of_kind(units, AudioUnit)) == 12
    assert not of_kind(units, VideoUnit)
    skipped = session.skipped_frames
    assert skipped >= 4
    later = of_kind(session.push(VOICE[12 * INPUT_HOP :]), VideoUnit)
    assert later[0].time == FrameGrid(25).start(skipped)


def test_a_machine_that_never_catches_up_still_shows_a_face(no_pictures: None) -> None:
    session = shared().session(SessionOptions())
    pictures = of_kind(session.push(np.resize(VOICE, 150 * INPUT_HOP), behind=True), VideoUnit)
    frames = len(pictures) + session.skipped_frames
    assert 70 <= frames <= 75
    assert 0 < len(pictures) < 0.2 * frames
    gaps = np.diff([0, *(unit.time for unit in pictures), 3 * 16_000])
    assert gaps.max() < 16_000, "never frozen for a second"


def test_what_is_pushed_must_be_pcm() -> None:
    session = shared().session(SessionOptions(), "motion")
    with pytest.raises(InvalidInput, match="pcm"):
        session.push(np.zeros(960, np.float32))
    session.push(VOICE)
    assert session.curves(), "and the session goes on"


def test_a_session_says_when_speech_starts_and_ends() -> None:
    session = shared().session(SessionOptions(), "motion")
    units = session.push(pcm(silence(0.5), syllables(1), silence(1)))
    events = of_kind(units, EventUnit)
    assert [unit.kind for unit in events] == ["speech_start", "speech_end"] * (len(events) // 2)
    times = [unit.time / 16_000 for unit in events]
    assert [times[0], times[-1]] == pytest.approx([0.5, 1.5], abs=0.2)


# The face


def test_the_mouth_closes_within_300_ms_and_stays_shut() -> None:
    sound = pcm(noise(0.5, -70), syllables(1.5) + noise(1.5, -70), noise(1.5, -70))
    lips = mouth(motion(sound))
    assert lips[60:190].max() > 0.2
    assert lips[230:].max() < 0.02


def test_the_mouth_follows_real_speech_and_rests_after_it() -> None:
    rested = []
    for utterance in utterances(6):
        first, last = (round(100 * seconds) for seconds in utterance.spoken)
        lips = mouth(motion(utterance.pcm)).max(axis=1)
        assert np.mean(lips[first:last] > 0.1) > 0.6
        assert np.ptp(lips[first:last]) > 0.3
        if len(lips) > last + 30:
            rested.append(lips[last + 30] < 0.1)
    assert len(rested) >= 3
    assert np.mean(rested) >= 0.75


@pytest.mark.parametrize(
    "sound", [silence(3), *(noise(3, db) for db in (-70, -50, -40, -30)), clicks(3)]
)
def test_what_is_not_a_voice_does_not_move_the_mouth(sound: np.ndarray) -> None:
    assert mouth(motion(pcm(sound))).max() < 0.05


def test_the_face_lives_while_nobody_speaks() -> None:
    faces = motion(pcm(silence(20)))
    table = numbers(faces)
    assert max(face.blendshapes[0] for face in faces) > 0.9, "eyeBlinkLeft"
    assert np.ptp(table[:, 53:56], axis=0).min() > 0.002, "the head turns"
    assert np.ptp(table[:, 59:61], axis=0).min() > 0.005, "so do the eyes"
    assert not mouth(faces).any()


# Real pictures, small


@pytest.fixture(params=["h264", "vp8"])
def pictured(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[Unit], list[Unit]]]:
    session = shared().session(SessionOptions(video_codec=request.param, **SMALL))
    first = session.push(VOICE[: INPUT_RATE // 2]) + session.flush()
    session.reset()
    again = session.push(VOICE[: INPUT_RATE // 2]) + session.flush()
    session.close()
    yield request.param, first, again


def test_the_encoded_pictures_can_be_watched_and_started_again(
    pictured: tuple[str, list[Unit], list[Unit]],
) -> None:
    codec, first, again = pictured
    assert [unit.time for unit in first] == [unit.time for unit in again]
    for units in (first, again):
        pictures = of_kind(units, VideoUnit)
        assert pictures[0].keyframe
        context = av.CodecContext.create(codec, "r")
        frames = [f for unit in pictures for f in context.decode(av.Packet(unit.payload))]
        frames += context.decode(None)
        assert {(frame.width, frame.height) for frame in frames} == {(64, 64)}
        assert len(frames) == len(pictures) == 13
        assert frames[-1].to_ndarray()[:64].std() > 10, "there is something to see"


def test_a_keyframe_comes_when_it_is_wanted() -> None:
    session = shared().session(SessionOptions(**SMALL))
    session.push(VOICE[: 12 * INPUT_HOP])
    plain = of_kind(session.push(VOICE[12 * INPUT_HOP : 16 * INPUT_HOP]), VideoUnit)
    session.request_keyframe()
    wanted = of_kind(session.push(VOICE[16 * INPUT_HOP : 20 * INPUT_HOP]), VideoUnit)
    session.close()
    assert [unit.keyframe for unit in plain + wanted] == [False, False, True, False]


def test_a_stopwatch_sees_every_stage() -> None:
    ticks = iter(range(10**6))
    stopwatch = Stopwatch(lambda: next(ticks))
    session = shared().session(SessionOptions(**SMALL), "encoded", stopwatch)
    session.push(VOICE[: 10 * INPUT_HOP])
    session.close()
    per_hop = {"resample", "vad", "prosody", "features", "phonemes", "articulation"}
    per_hop |= {"motion", "opus"}
    assert set(stopwatch.seconds) == per_hop | {"render", "encode"}
    assert {len(stopwatch.seconds[stage]) for stage in per_hop} == {10}
