"""Accent, stress, rate, melody, tone and laughter, heard by the engine's own ears."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from engine.phones import PHONES
from engine.speech import rhythm
from engine.speech.audio import Decimator, Hops
from engine.speech.hearing import Hearing
from engine.speech.melody import Melody
from engine.speech.phonemes import PhonemeModel
from engine.speech.pitch import Pitch
from engine.speech.prosody import ProsodyTracker
from engine.speech.tone import Tone
from engine.stopwatch import Stopwatch
from engine.timeline import HOP, SAMPLE_RATE
from engine.voice import Heard, Prosody
from tests.engine.melodies import laugh
from tests.speech_data import Utterance, utterances
from tests.synthetic import Sound, syllables

SPEAKERS = 16
VOWELS = {PHONES[index] for index in rhythm.VOWELS}


@cache
def model() -> PhonemeModel:
    return PhonemeModel.load()


def heard(sound: Sound) -> list[Heard]:
    """The hops of 16 kHz sound."""
    hearing, samples = Hearing(model(), Stopwatch()), sound.astype(np.float32)
    return [hearing.analyse(samples[i : i + HOP]) for i in range(0, len(samples) - HOP + 1, HOP)]


@cache
def spoken(utterance: Utterance) -> tuple[Prosody, ...]:
    """An utterance twice, as the first time teaches who speaks."""
    hearing, decimator, hops = Hearing(model(), Stopwatch()), Decimator(), Hops()
    pcm = np.concatenate([utterance.pcm, utterance.pcm])
    return tuple(hearing.analyse(decimator.push(hop)).prosody for hop in hops.push(pcm))


def second(utterance: Utterance) -> int:
    """Where the second time starts, in samples."""
    return len(utterance.pcm) // 3


def vowels(utterance: Utterance) -> list[tuple[float, float]]:
    """Start and end in seconds, in the second time."""
    shift = second(utterance) / SAMPLE_RATE
    return [(a + shift, b + shift) for a, b, name in utterance.phones if name in VOWELS]


def stressed(utterance: Utterance) -> list[tuple[float, float]]:
    """Seconds at which stressed syllables lie, and at which they were told, in the second time."""
    return [
        (hop.stressed_at / SAMPLE_RATE, (number + 1) * HOP / SAMPLE_RATE)
        for number, hop in enumerate(spoken(utterance))
        if hop.stressed_at is not None and hop.stressed_at >= second(utterance)
    ]


def test_all_values_keep_their_ranges() -> None:
    for utterance in utterances(SPEAKERS)[:4]:
        for hop in spoken(utterance):
            for value in (hop.accent, hop.laughing, hop.question, hop.final):
                assert 0 <= value <= 1
            assert -1 <= hop.arousal <= 1
            assert -0.5 <= hop.valence <= 0.5
            assert 0 <= hop.rate < 12
            assert abs(hop.contour) < 40


def test_what_the_motion_network_hears_does_not_depend_on_the_rest() -> None:
    hearing, alone = Hearing(model(), Stopwatch()), ProsodyTracker()
    samples = syllables(2.0, rate=SAMPLE_RATE).astype(np.float32)
    for start in range(0, len(samples) - HOP + 1, HOP):
        hop = hearing.analyse(samples[start : start + HOP])
        bare = alone.push(samples[start : start + HOP], hop.voice.level_db, hop.voice.active)
        for name in ("f0_hz", "voicing", "level_db", "effort", "pitch"):
            assert getattr(hop.prosody, name) == getattr(bare, name)


def test_stressed_syllables_are_told_in_time_for_the_usual_look_ahead() -> None:
    for utterance in utterances(SPEAKERS):
        for lies, told in stressed(utterance):
            assert 0 < told - lies <= 0.066  # a pose on the 10 ms grid waits for this hop's end


def test_stressed_syllables_lie_on_vowels_and_are_some_of_them() -> None:
    on_vowel, count, all_vowels = 0, 0, 0
    for utterance in utterances(SPEAKERS):
        times = vowels(utterance)
        all_vowels += len(times)
        for lies, _ in stressed(utterance):
            count += 1
            on_vowel += any(start - 0.03 <= lies <= end + 0.03 for start, end in times)
    assert on_vowel / count > 0.85
    assert 0.2 < count / all_vowels < 0.6


def test_accents_peak_where_stress_lies() -> None:
    at_stress, elsewhere = [], []
    for utterance in utterances(SPEAKERS):
        accent = np.array([hop.accent for hop in spoken(utterance)])
        speech = slice(second(utterance) // HOP, None)
        hops = [int(lies * SAMPLE_RATE) // HOP for lies, _ in stressed(utterance)]
        at_stress += [accent[hop : hop + 3].max() for hop in hops]
        elsewhere.append(accent[speech].mean())
        assert np.abs(np.diff(accent)).max() < 0.62
    assert np.mean(at_stress) > 3 * np.mean(elsewhere)


def last_rate(utterance: Utterance) -> float:
    """Vowels per second in the last two seconds of sounds, pauses left out."""
    seconds, count = 0.0, 0
    for start, end, name in reversed(utterance.phones):
        if name != "SIL" and seconds < 2:
            seconds += end - start
            count += name in VOWELS
    return count / seconds


def test_the_rate_is_that_of_the_syllables_on_average() -> None:
    true = [last_rate(utterance) for utterance in utterances(SPEAKERS)]
    told = [spoken(utterance)[-1].rate for utterance in utterances(SPEAKERS)]
    assert np.mean(told) == pytest.approx(np.mean(true), rel=0.2)


def ended(*semitones: tuple[float, float]) -> Melody:
    """After lines of melody of 0.4 s, from and to, and a second of the speaker's mean."""
    melody = Melody()
    lines = [np.zeros(100), *(np.linspace(a, b, 20) for a, b in semitones)]
    for line in np.concatenate(lines):
        pitch = Pitch(float(150 * 2 ** (line / 12)), 0.9)
        melody.push(pitch, pitch, speaking=True)
    silence = Pitch(0.0, 0.0)
    for _ in range(6):
        melody.push(silence, silence, speaking=False)
    return melody


def test_a_rise_asks_and_a_fall_ends() -> None:
    asked, stated, unfinished = ended((-1, 6)), ended((1, -6)), ended((0, 0.2))
    assert asked.question > 0.7 > 0.1 > asked.fall
    assert stated.fall > 0.7 > 0.1 > stated.question
    assert unfinished.fall < 0.2
    assert unfinished.question < 0.1


def test_a_small_rise_is_no_question() -> None:
    assert ended((0, 1.5)).question < 0.2


def test_a_rise_before_a_fall_is_forgotten() -> None:
    assert ended((0, 6), (3, -5)).question == 0


def test_the_contour_bridges_a_short_gap_and_rests_after_a_long_one() -> None:
    melody, silence = ended((5, 5)), Pitch(0.0, 0.0)
    assert melody.contour > 3
    for _ in range(100):
        melody.push(silence, silence, speaking=False)
    assert abs(melody.contour) < 0.2


def toned(db: float, semitones: float, spread: float, tilt: float, rate: float, up: float) -> Tone:
    """After ten seconds of an ordinary voice, three that differ from it by so much."""
    tone, rng = Tone(), np.random.default_rng(1)
    mel = np.zeros((2, 40), np.float32)
    bright = mel + up * np.linspace(-2, 2, 40, dtype=np.float32)
    for _ in range(500):
        tone.push(-25 + rng.normal(0, 2), rng.normal(0, 2), -8 + rng.normal(0, 2), 4.0, mel)
    for _ in range(150):
        voice = -25 + db + rng.normal(0, 2), semitones + rng.normal(0, 2) * spread
        tone.push(*voice, -8 + tilt + rng.normal(0, 2), 4.0 + rate, bright)
    return tone


EXCITED, NEUTRAL, WEARY = (8, 5, 1.8, 5, 1, 0), (0, 0, 1, 0, 0, 0), (-7, -4, 0.4, -4, -1.4, 0)


def test_arousal_is_ordered() -> None:
    excited, neutral, weary = (toned(*voice).arousal for voice in (EXCITED, NEUTRAL, WEARY))
    assert excited > 0.4
    assert abs(neutral) < 0.15
    assert weary < -0.3


def test_valence_keeps_still_unless_all_cues_agree() -> None:
    assert toned(*NEUTRAL).valence == 0
    for one in range(6):
        voice = [*NEUTRAL]
        voice[one] = (9, 6, 2, 6, 2, 1)[one]
        assert abs(toned(*voice).valence) < 0.03


def test_valence_is_ordered_and_small() -> None:
    joy, anger = toned(2, 5, 2.0, 0, 1, 1), toned(10, 2, 0.9, 8, 1, 0)
    assert 0.03 < joy.valence <= 0.5
    assert -0.5 <= anger.valence < -0.03
    assert toned(*WEARY).valence < 0


def test_calm_returns_in_silence() -> None:
    tone, mel = toned(*EXCITED), np.zeros((2, 40), np.float32)
    for _ in range(1000):
        tone.push(-70, None, -8, 4.0, mel)
    assert abs(tone.arousal) < 0.15


ROOM = 10 ** (-62 / 20) * np.random.default_rng(0).standard_normal(5 * SAMPLE_RATE)


@pytest.mark.parametrize("voiced", [True, False])
@pytest.mark.parametrize(("f0", "rate"), [(160, 5.0), (230, 5.0), (330, 5.5)])
def test_laughter_is_heard_soon(f0: float, rate: float, voiced: bool) -> None:
    sound = np.concatenate([np.zeros(SAMPLE_RATE), laugh(2.0, f0, rate, voiced)])
    laughing = np.array([hop.prosody.laughing for hop in heard(sound + ROOM[: len(sound)])])
    assert laughing[:50].max() < 0.1
    assert laughing[50 : 50 + 31].max() > 0.5
    assert (laughing[85:140] > 0.4).all()


def test_speech_is_no_laughter() -> None:
    told = [hop.laughing for utterance in utterances(SPEAKERS) for hop in spoken(utterance)]
    assert np.mean(np.array(told) > 0.5) < 0.005
