import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from engine.speech.features import LogMel, mel_filters
from models import augment
from models.augment import augmented, clatter, frames_of, quiet, warped_filters
from models.corpus import PHONE_INDEX, Segment, Utterance

SECOND = 16_000


@pytest.fixture(scope="module")
def tone_in_silence() -> Utterance:
    """A second of silence, a second of sound called AA, a second of silence."""
    sound = np.zeros(3 * SECOND)
    time = np.arange(SECOND) / SECOND
    sound[SECOND : 2 * SECOND] = 8000 * np.sin(2 * np.pi * 700 * time)
    segments = [Segment(0, 1, "SIL"), Segment(1, 2, "AA"), Segment(2, 3, "SIL")]
    return Utterance(sound.astype(np.int16), segments, "tone")


def test_training_and_streaming_features_are_the_same():
    sound = np.random.default_rng(1).normal(0, 0.1, 3210).astype(np.float32)
    whole = frames_of(sound, warped_filters(1.0))
    stream = LogMel()
    pieces = [stream.push(sound[at : at + 320]) for at in range(0, 3200, 320)]
    np.testing.assert_allclose(whole, np.concatenate(pieces), atol=1e-5)


def test_no_warp_is_the_plain_filter_bank():
    np.testing.assert_allclose(warped_filters(1.0), mel_filters(), atol=1e-7)


@pytest.mark.parametrize("warp", [0.9, 1.12])
def test_a_warp_moves_the_bands(warp: float):
    def centre(filters: np.ndarray) -> float:
        return float(np.arange(257) @ filters[:, 20])

    assert centre(warped_filters(warp)) / centre(mel_filters()) == pytest.approx(warp, rel=0.02)


def test_labels_stay_with_the_sound(tone_in_silence: Utterance, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(augment, "PAUSE_EVENT_SHARE", 0)
    monkeypatch.setattr(augment, "INTERLUDE_SHARE", 0)
    choice = np.random.default_rng(2)
    for _ in range(12):
        features, labels = augmented(tone_in_silence, [tone_in_silence], choice)
        assert features.shape == (len(labels), 40)
        assert np.isfinite(features).all()
        loud = features.mean(axis=1)
        sounding = labels == PHONE_INDEX["AA"]
        assert 0.25 < sounding.mean() < 0.42
        edge = np.flatnonzero(np.diff(sounding.astype(int)))[0]
        assert loud[edge + 5 : edge + 15].mean() > loud[max(0, edge - 15) : edge - 4].mean()


def test_sounds_in_pauses_leave_speech_alone(
    tone_in_silence: Utterance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(augment, "PAUSE_EVENT_SHARE", 1)
    speech = tone_in_silence.floats.astype(float)
    for seed in range(20):
        filled = augment._with_pauses_filled(
            speech, tone_in_silence.segments, np.random.default_rng(seed)
        )
        added = np.abs(filled - speech)
        assert added[:SECOND].max() > 0 and added[2 * SECOND :].max() > 0
        assert added[SECOND : 2 * SECOND].max() == 0


def test_a_short_pause_stays_as_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(augment, "PAUSE_EVENT_SHARE", 1)
    sound = np.zeros(SECOND)
    pause = [Segment(0, 0.5, "AA"), Segment(0.5, 0.7, "SIL"), Segment(0.7, 1, "AA")]
    assert not augment._with_pauses_filled(sound, pause, np.random.default_rng(1)).any()


def test_an_interlude_is_silence_to_the_mouth_and_moves_the_rest(tone_in_silence: Utterance):
    speech = tone_in_silence.floats.astype(float)
    before = after = 0
    for seed in range(20):
        choice = np.random.default_rng(seed)
        sound, segments = augment._with_interlude(speech, tone_in_silence.segments, choice)
        spoken = next(segment for segment in segments if segment.phone == "AA")
        first = round(spoken.start * SECOND)
        np.testing.assert_allclose(sound[first : first + SECOND], speech[SECOND : 2 * SECOND])
        assert {segment.phone for segment in segments if segment != spoken} == {"SIL"}
        assert segments[-1].end == pytest.approx(len(sound) / SECOND, abs=1e-4)
        before += spoken.start > 1
        after += spoken.start == 1
    assert before and after


def test_clatter_is_loud_at_times_and_finite():
    choice = np.random.default_rng(3)
    stretches = [clatter(1.0, choice) for _ in range(20)]
    assert all(frames.shape == (100, 40) for frames in stretches)
    assert np.isfinite(stretches).all()
    assert max(frames.mean(axis=1).max() for frames in stretches) > -3


def test_a_quiet_room_is_quiet():
    choice = np.random.default_rng(3)
    rooms = [quiet(1.0, choice) for _ in range(20)]
    assert all(room.shape == (100, 40) for room in rooms)
    assert np.median([room.mean() for room in rooms]) < -5
