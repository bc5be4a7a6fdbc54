from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.speech.pitch import REVISED_HOPS, PitchTracker
from engine.speech.prosody import ProsodyTracker, _power
from engine.speech.vad import level_db
from engine.timeline import HOP, SAMPLE_RATE
from tests.engine.melodies import VOWELS, babble, glide, sung
from tests.synthetic import Sound, noise, silence

WARM_UP = 3

GLIDES = {
    "man": (80, 130, 1.0, 0.005),
    "low man": (150, 80, 1.0, 0.005),
    "woman": (160, 260, 1.15, 0.005),
    "high woman": (300, 180, 1.15, 0.005),
    "child": (250, 350, 1.3, 0.005),
    "creak": (78, 64, 1.0, 0.03),
}
"""F0 from and to in Hz, size of the formants, jitter."""


def tracked(sound: Sound) -> np.ndarray:
    """(hops,) F0 as told at once."""
    tracker, window, told = PitchTracker(), np.zeros(2 * HOP, np.float32), []
    for start in range(0, len(sound) - HOP + 1, HOP):
        window = np.concatenate([window[HOP:], sound[start : start + HOP].astype(np.float32)])
        told.append(tracker.push(_power(window))[0].f0_hz)
    return np.array(told)


def formerly(sound: Sound) -> np.ndarray:
    """(hops,) F0 as the motion network hears it."""
    tracker, told = ProsodyTracker(), []
    for start in range(0, len(sound) - HOP + 1, HOP):
        hop = sound[start : start + HOP].astype(np.float32)
        told.append(tracker.push(hop, level_db(hop), True).f0_hz)
    return np.array(told)


def gross_errors(told: np.ndarray, f0: Sound) -> tuple[int, int]:
    """Voiced hops that are more than 20 % off, and voiced hops (Rabiner et al. 1976)."""
    true = f0[np.arange(len(told)) * HOP]
    both = (true > 0) & (told > 0)
    both[:WARM_UP] = False
    return int((np.abs(told[both] / true[both] - 1) > 0.2).sum()), int(both.sum())


Tracker = Callable[[Sound], np.ndarray]


def share_of_gross_errors(noisy: str, tracker: Tracker = tracked) -> float:
    wrong = heard = 0
    crowd = babble(1.0, seed=5)
    for seed, (start, end, size, jitter) in enumerate(GLIDES.values()):
        for kind in VOWELS:
            f0 = glide(start, end, 1.0)
            sound = sung(f0, kind, seed, jitter, size)
            if noisy == "white":
                sound = sound + noise(1.0, -30, SAMPLE_RATE, seed)
            if noisy == "babble":
                sound = sound + crowd * 10 ** (-10 / 20)
            errors, hops = gross_errors(tracker(sound), f0)
            wrong, heard = wrong + errors, heard + hops
    assert heard > 0.9 * 30 * 47
    return wrong / heard


@pytest.mark.parametrize(("noisy", "most"), [("no", 0.02), ("white", 0.05), ("babble", 0.05)])
def test_octaves_are_kept(noisy: str, most: float) -> None:
    assert share_of_gross_errors(noisy) < most


def test_a_crowd_misleads_less_than_it_did() -> None:
    assert share_of_gross_errors("babble") < share_of_gross_errors("babble", formerly)


def test_voice_in_as_much_noise_keeps_its_pitch() -> None:
    f0 = glide(120, 200, 2.0)
    told = tracked(sung(f0) + noise(2.0, -20, SAMPLE_RATE))
    errors, heard = gross_errors(told, f0)
    assert heard > 80
    assert errors <= 0.05 * heard


def test_noise_and_silence_have_little_pitch() -> None:
    assert np.mean(tracked(noise(3, -30, SAMPLE_RATE)) > 0) < 0.1
    assert not tracked(silence(0.5, SAMPLE_RATE)).any()


def test_hiss_between_vowels_is_unvoiced() -> None:
    hiss = np.diff(noise(0.2, -20, SAMPLE_RATE), prepend=0.0)
    vowel = sung(np.full(4800, 120.0))
    told = tracked(np.concatenate([vowel, hiss, vowel]))
    assert (told[WARM_UP:14] > 0).all()
    assert (told[17:24] > 0).mean() < 0.3


def test_the_revised_pitch_is_that_of_60_ms_before() -> None:
    f0 = glide(100, 200, 1.0)
    sound, tracker, window = sung(f0), PitchTracker(), np.zeros(2 * HOP, np.float32)
    for number, start in enumerate(range(0, len(sound) - HOP + 1, HOP)):
        window = np.concatenate([window[HOP:], sound[start : start + HOP].astype(np.float32)])
        _, revised = tracker.push(_power(window))
        if number > WARM_UP + REVISED_HOPS:
            assert revised.f0_hz == pytest.approx(f0[start - REVISED_HOPS * HOP], rel=0.04)
