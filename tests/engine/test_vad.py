from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.speech.audio import Decimator, Hops
from engine.speech.hearing import Hearing
from engine.speech.phonemes import PhonemeModel
from engine.speech.vad import VoiceActivity, level_db
from engine.stopwatch import Stopwatch
from engine.timeline import HOP, SAMPLE_RATE, ms
from engine.voice import Voice
from tests.speech_data import Utterance, utterances
from tests.synthetic import Sound, clicks, hum, noise, silence, syllables

SPEAKERS = 24
HOP_S = HOP / SAMPLE_RATE


def verdicts(sound: Sound) -> list[Voice]:
    """Of 16 kHz sound, hop by hop."""
    activity = VoiceActivity()
    samples = sound.astype(np.float32)
    return [activity.push(samples[i : i + HOP]) for i in range(0, len(samples) - HOP + 1, HOP)]


@cache
def of_speaker(utterance: Utterance) -> tuple[Voice, ...]:
    activity, decimator = VoiceActivity(), Decimator()
    return tuple(activity.push(decimator.push(hop)) for hop in Hops().push(utterance.pcm))


def active(voices: tuple[Voice, ...] | list[Voice]) -> np.ndarray:
    """(hops,) whether there is speech, onsets put back to where they are said to have been."""
    flags = np.array([voice.active for voice in voices])
    for number, voice in enumerate(voices):
        if voice.started is not None:
            flags[voice.started // HOP : number] = True
    return flags


def labelled(utterance: Utterance, hops: int) -> np.ndarray:
    """(hops,) whether the middle of each hop lies in a sound."""
    middles = (np.arange(hops) + 0.5) * HOP_S
    sounds = [(start, end) for start, end, name in utterance.phones if name != "SIL"]
    return np.array([any(start <= t < end for start, end in sounds) for t in middles])


def test_most_onsets_are_dated_to_the_first_sound() -> None:
    in_time = []
    for utterance in utterances(SPEAKERS):
        first, _ = utterance.spoken
        starts = [voice.started for voice in of_speaker(utterance) if voice.started is not None]
        in_time.append(bool(starts) and starts[0] / SAMPLE_RATE <= first + 0.04)
    assert np.mean(in_time) >= 0.85


def test_most_of_what_is_said_is_found() -> None:
    found = []
    for utterance in utterances(SPEAKERS):
        voices = of_speaker(utterance)
        spoken = labelled(utterance, len(voices))
        found.append(active(voices)[spoken].mean())
    assert np.median(found) > 0.95
    assert np.quantile(found, 0.1) > 0.85


def test_most_utterances_are_over_soon_after_the_last_sound() -> None:
    soon = []
    for utterance in utterances(SPEAKERS):
        _, last = utterance.spoken
        voices = of_speaker(utterance)
        if len(voices) * HOP_S > last + 0.4:
            soon.append(not voices[int((last + 0.4) / HOP_S)].active)
    assert len(soon) > SPEAKERS / 2
    assert np.mean(soon) > 0.7


def test_events_and_states_agree_on_real_speech() -> None:
    for utterance in utterances(SPEAKERS):
        check_events(of_speaker(utterance))


@pytest.mark.parametrize("db", [-80, -70, -60])
def test_a_quiet_room_is_not_speech(db: float) -> None:
    assert not any(voice.active for voice in verdicts(noise(6, db, SAMPLE_RATE)))


@pytest.mark.parametrize("db", [-55, -45, -35, -25])
def test_steady_noise_is_learnt(db: float) -> None:
    voices = verdicts(noise(25, db, SAMPLE_RATE))
    assert not any(voice.active for voice in voices[-250:])


@pytest.mark.parametrize("db", [-60, -50, -40, -30, -20])
def test_a_steady_hum_is_learnt(db: float) -> None:
    sound = hum(25, db, SAMPLE_RATE) + noise(25, -75, SAMPLE_RATE)
    assert not any(voice.active for voice in verdicts(sound)[-250:])


def test_silence_is_not_speech() -> None:
    voices = verdicts(silence(3, SAMPLE_RATE))
    assert not any(voice.active or voice.vote for voice in voices)
    assert {voice.level_db for voice in voices} == {-100.0}


@pytest.mark.parametrize("per_second", [0.7, 2, 6])
def test_clicks_are_not_speech(per_second: float) -> None:
    assert not any(voice.active for voice in verdicts(clicks(8, per_second, SAMPLE_RATE)))


def test_speech_is_heard_over_steady_noise_at_once() -> None:
    room = noise(14, -45, SAMPLE_RATE)
    said = np.concatenate([silence(10, SAMPLE_RATE), syllables(3, rate=SAMPLE_RATE)])
    room[: len(said)] += said
    voices = verdicts(room)
    starts = [voice.started for voice in voices if voice.started and voice.time > 9 * SAMPLE_RATE]
    assert starts and abs(starts[0] / SAMPLE_RATE - 10) <= 0.1
    assert active(voices)[501:645].mean() > 0.9
    assert not active(voices)[680:].any()


def test_a_pause_shorter_than_the_hangover_does_not_end_speech() -> None:
    part = syllables(1, rate=SAMPLE_RATE)
    voices = verdicts(np.concatenate([part, silence(0.06, SAMPLE_RATE), part]))
    assert sum(voice.started is not None for voice in voices) == 1
    assert not any(voice.ended is not None for voice in voices)


def test_two_phrases_are_two() -> None:
    part = np.concatenate([silence(0.6, SAMPLE_RATE), syllables(1, rate=SAMPLE_RATE)])
    voices = verdicts(np.concatenate([part, part, silence(1, SAMPLE_RATE)]))
    starts = [voice.started for voice in voices if voice.started is not None]
    ends = [voice.ended for voice in voices if voice.ended is not None]
    assert [round(time / SAMPLE_RATE, 1) for time in starts] == pytest.approx([0.6, 2.2], abs=0.1)
    assert [round(time / SAMPLE_RATE, 1) for time in ends] == pytest.approx([1.6, 3.2], abs=0.2)


def test_level_is_decibels_below_full_scale() -> None:
    assert level_db(np.ones(HOP, np.float32)) == pytest.approx(0, abs=1e-6)
    assert level_db(noise(1, -37, SAMPLE_RATE).astype(np.float32)) == pytest.approx(-37, abs=1e-3)
    assert level_db(np.zeros(HOP, np.float32)) == -100


def test_whole_scale_square_waves_are_survived() -> None:
    square = np.sign(np.sin(np.arange(SAMPLE_RATE) / 20))
    assert len(verdicts(square)) == 50


HEADS_MS = (0, 20, 40, 60, 80, 120)


def with_network(sound: Sound, speech: Callable[[int, int], float]) -> list[Voice]:
    """Verdicts where ``speech`` tells what a head with this look-ahead in ms says of this hop."""
    activity = VoiceActivity(HEADS_MS)
    samples = sound.astype(np.float32)
    verdicts = []
    for hop in range(len(samples) // HOP):
        said = [speech(hop - ahead // 20, ahead) for ahead in HEADS_MS]
        verdicts.append(activity.push(samples[hop * HOP : (hop + 1) * HOP], said))
    return verdicts


def tune() -> Sound:
    """A second of quiet, two of what the detector takes for speech, a second of quiet."""
    quiet = noise(1, -75, SAMPLE_RATE)
    return np.concatenate([quiet, syllables(2, rate=SAMPLE_RATE), quiet])


def test_what_sounds_like_speech_but_is_not_said_is_none() -> None:
    assert any(voice.active for voice in verdicts(tune())), "the detector is taken in"
    assert not any(voice.active for voice in with_network(tune(), lambda hop, ahead: 0.2))


def test_what_the_detector_misses_is_heard_if_the_network_is_very_sure() -> None:
    """The detector hears nothing above 4 kHz, where much of a whisper is."""
    hiss = 0.02 * np.sin(2 * np.pi * 6000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    quiet = noise(1, -75, SAMPLE_RATE)
    whisper = np.concatenate([quiet, hiss, quiet])
    assert not any(voice.active for voice in verdicts(whisper))
    assert not any(voice.active for voice in with_network(whisper, lambda hop, ahead: 0.65))
    voices = with_network(whisper, lambda hop, ahead: 0.9 if 50 <= hop < 100 else 0.1)
    starts = [voice.started for voice in voices if voice.started is not None]
    ends = [voice.ended for voice in voices if voice.ended is not None]
    assert starts == [49 * HOP] and ends == [100 * HOP]


def test_nothing_is_heard_in_a_quiet_room_whatever_the_network_thinks() -> None:
    room = noise(3, -70, SAMPLE_RATE)
    assert not any(voice.active for voice in with_network(room, lambda hop, ahead: 1.0))


def test_a_cough_that_later_heads_see_through_starts_nothing() -> None:
    voices = with_network(tune(), lambda hop, ahead: 0.9 if ahead < 40 else 0.1)
    assert not any(voice.active for voice in voices)


def test_a_start_that_only_later_heads_see_is_dated_back() -> None:
    voices = with_network(tune(), lambda hop, ahead: 0.9 if ahead >= 40 and hop >= 50 else 0.4)
    started = next(voice for voice in voices if voice.started is not None)
    assert started.started is not None
    assert ms(started.started) == pytest.approx(1000, abs=20)
    assert ms(started.time - started.started) <= 100


@pytest.mark.parametrize("ends", ["sound", "word"])
def test_speech_is_over_within_150_ms_of_either_opinion(ends: str) -> None:
    """Of the room's: it is quiet again; and of the network's: the music goes on."""
    last = 150 if ends == "sound" else 110
    voices = with_network(
        tune(), lambda hop, ahead: 0.95 if hop >= 50 and (ends == "sound" or hop < last) else 0.02
    )
    ended = next(voice for voice in voices if voice.ended is not None)
    assert ended.ended is not None
    assert abs(ended.ended // HOP - last) <= 1
    assert (ended.time // HOP + 1 - last) * 20 <= 150


def test_a_dip_within_a_word_is_no_end() -> None:
    voices = with_network(tune(), lambda hop, ahead: 0.35 if hop % 20 < 10 else 0.95)
    assert sum(voice.ended is not None for voice in voices) == 1


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.floats(0.05, 3))
def test_events_and_states_agree_whatever_the_network_says(seed: int, sharpness: float) -> None:
    said = np.random.default_rng(seed).beta(sharpness, sharpness, (200, 200))
    voices = with_network(tune(), lambda hop, ahead: float(said[hop, ahead]))
    check_events(voices)


def test_the_network_and_the_detector_find_human_speech_together() -> None:
    hearings = [(utterance, heard_by_engine(utterance)) for utterance in utterances(8)]
    found, late = [], []
    for utterance, voices in hearings:
        check_events(voices)
        found.append(active(voices)[labelled(utterance, len(voices))].mean())
        first, _ = utterance.spoken
        starts = [voice.started for voice in voices if voice.started is not None]
        late.append(not starts or starts[0] / SAMPLE_RATE > first + 0.04)
    assert np.median(found) > 0.95
    assert np.mean(late) <= 0.25


@cache
def heard_by_engine(utterance: Utterance) -> tuple[Voice, ...]:
    hearing = Hearing(PhonemeModel.load(), Stopwatch())
    return tuple(hearing.push(hop).voice for hop in Hops().push(utterance.pcm))


def check_events(voices: Sequence[Voice]) -> None:
    """Starts and ends come in turn, agree with the state and lie in order."""
    was, since = False, 0
    for number, voice in enumerate(voices):
        assert voice.time == number * HOP
        assert (voice.started is not None) == (voice.active and not was)
        assert (voice.ended is not None) == (was and not voice.active)
        if voice.started is not None:
            assert since <= voice.started <= voice.time
            assert ms(voice.time - voice.started) <= 100, "no older than the votes looked at"
            since = voice.started
        if voice.ended is not None:
            assert since < voice.ended <= voice.time
            since = voice.ended
        was = voice.active
