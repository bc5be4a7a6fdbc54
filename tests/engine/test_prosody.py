from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.speech.prosody import MOST_EFFORT, VOICED, ProsodyTracker
from engine.speech.vad import level_db
from engine.timeline import HOP, SAMPLE_RATE
from engine.voice import Prosody
from tests.synthetic import FORMANTS, Sound, at_level, noise, shout, silence, vowel, whisper

WARM_UP = 3
"""Hops until the analysis window holds nothing but the sound."""


def tracked(sound: Sound, speaking: bool = True) -> list[Prosody]:
    tracker = ProsodyTracker()
    samples = sound.astype(np.float32)
    hops = [samples[i : i + HOP] for i in range(0, len(samples) - HOP + 1, HOP)]
    return [tracker.push(hop, level_db(hop), speaking) for hop in hops]


def voice(f0: float, db: float = -20, kind: str = "a", seconds: float = 0.4) -> Sound:
    return vowel(f0, seconds, SAMPLE_RATE, db, kind)


@pytest.mark.parametrize("kind", FORMANTS)
@pytest.mark.parametrize("f0", [90, 110, 133, 160, 199, 240, 287, 320, 350])
def test_pitch_of_a_vowel_is_within_three_per_cent_and_never_an_octave_off(
    f0: float, kind: str
) -> None:
    for hop in tracked(voice(f0, kind=kind))[WARM_UP:]:
        assert hop.f0_hz == pytest.approx(f0, rel=0.03)
        assert hop.voicing > 0.9 > VOICED


@pytest.mark.parametrize("f0", [100, 180, 300])
def test_pitch_in_a_noisy_room(f0: float) -> None:
    hops = tracked(voice(f0) + noise(0.4, -35, SAMPLE_RATE))[WARM_UP:]
    near = [abs(hop.f0_hz / f0 - 1) < 0.03 for hop in hops]
    assert np.mean(near) > 0.9


def test_a_glide_is_followed() -> None:
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    f0 = 100 * 2**t
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE
    glide = at_level(np.asarray(sum(np.sin(k * phase) / k for k in range(1, 9))), -20)
    hops = tracked(glide)
    for number, hop in list(enumerate(hops))[WARM_UP:]:
        middle = f0[number * HOP]  # the window of two hops is centred on this one's start
        assert hop.f0_hz == pytest.approx(middle, rel=0.04)


def test_noise_has_no_pitch() -> None:
    hops = tracked(noise(3, -20, SAMPLE_RATE))[WARM_UP:]
    assert np.mean([hop.f0_hz > 0 for hop in hops]) < 0.05


def test_silence_is_nothing_and_finite() -> None:
    for hop in tracked(silence(0.5, SAMPLE_RATE)):
        assert (hop.f0_hz, hop.voicing, hop.pitch, hop.effort) == (0, 0, 0, 0)
        assert np.isfinite(hop.level_db)


def test_what_is_not_speech_has_no_pitch_and_teaches_nothing() -> None:
    assert all(hop.f0_hz == hop.pitch == 0 for hop in tracked(voice(200), speaking=False))


def test_effort_rises_with_the_voice() -> None:
    steps = np.concatenate([voice(120, db) for db in (-40, -34, -28, -22, -16)])
    hops = tracked(np.concatenate([voice(120, -20, seconds=1.0), steps]))[50:]
    efforts = [
        np.mean([hop.effort for hop in hops[i + WARM_UP : i + 20]]) for i in range(0, 100, 20)
    ]
    assert efforts == sorted(efforts)
    assert efforts[0] < 0.5 < 0.9 < efforts[-1]


def test_effort_is_relative_to_the_speaker() -> None:
    quiet = tracked(voice(120, -40, seconds=12.0))
    assert quiet[-1].effort > quiet[WARM_UP].effort + 0.2


def after_speech(sound: Sound, seconds: float = 5.0, db: float = -24) -> list[Prosody]:
    """The hops of ``sound`` after ordinary speech, without its first quarter of a second."""
    before = [voice(f0, db, kind, 0.25) for f0 in (115, 125, 120, 130) for kind in FORMANTS]
    speech = np.resize(np.concatenate(before), round(seconds * SAMPLE_RATE))
    return tracked(np.concatenate([speech, sound]))[round(seconds * 50) + 13 :]


def effort(hops: list[Prosody]) -> float:
    return float(np.mean([hop.effort for hop in hops]))


@pytest.mark.parametrize("gain_db", [-12, 0, 8])
def test_whisper_speech_and_shout_take_different_effort(gain_db: float) -> None:
    ordinary = effort(after_speech(voice(122, -24 + gain_db), 12.0, -24 + gain_db))
    loud = effort(after_speech(shout(200, 1.0, SAMPLE_RATE, -10 + gain_db), 12.0, -24 + gain_db))
    soft = effort(after_speech(whisper(1.0, SAMPLE_RATE, -38 + gain_db), 12.0, -24 + gain_db))
    assert 0.55 < ordinary < 0.85
    assert loud > 1.3 > ordinary > soft + 0.35


def test_a_shout_is_one_to_its_end() -> None:
    hops = after_speech(shout(200, 5.0, SAMPLE_RATE, -10))
    assert effort(hops[-50:]) > 1.2


def test_whoever_shouts_from_the_start_is_heard_to() -> None:
    hops = tracked(shout(200, 2.0, SAMPLE_RATE, -8))
    assert effort(hops[10:45]) > 1.1


def test_a_microphone_that_comes_nearer_is_no_full_shout() -> None:
    nearer = effort(after_speech(voice(122, -14, seconds=1.0)))
    assert 0.9 < nearer < effort(after_speech(shout(200, 1.0, SAMPLE_RATE, -14)))


def test_a_raised_pitch_alone_is_no_shout() -> None:
    assert effort(after_speech(voice(180, -24, seconds=1.0))) < 1


def test_a_close_whisper_is_still_one() -> None:
    level = -24
    spoken = effort(after_speech(voice(122, level, seconds=2.0))[50:])
    assert effort(after_speech(whisper(2.0, SAMPLE_RATE, level))[50:]) < 0.65 * spoken


def test_pitch_is_relative_to_the_speaker() -> None:
    low, high = (
        tracked(np.concatenate([voice(f0, seconds=3.0), voice(f0 * 1.5)])) for f0 in (100, 220)
    )
    for hops in (low, high):
        assert abs(hops[149].pitch) < 2
        assert hops[-1].pitch == pytest.approx(7, abs=2)  # a fifth


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40),
    st.booleans(),
)
def test_whatever_comes_the_values_keep_their_ranges(values: list[float], speaking: bool) -> None:
    for hop in tracked(np.resize(values, 4 * HOP), speaking):
        assert hop.f0_hz == 0 or 60 < hop.f0_hz < 430
        assert 0 <= hop.voicing <= 1
        assert 0 <= hop.effort <= MOST_EFFORT
        assert np.isfinite([hop.pitch, hop.level_db]).all()
