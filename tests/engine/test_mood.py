"""Mood: slow, with hysteresis, and in the right order over synthetic tones of voice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from engine.motion.layers import Draft
from engine.motion.mood import Feeling
from tests.engine.expressed import at_rest, shape, shown, speech

TONES = {"angry": (0.8, -0.7), "sad": (-0.7, -0.6), "neutral": (0.0, 0.0), "joy": (0.7, 0.8)}
"""Arousal and valence."""


def toned(tone: str, gain: float = 1.0) -> list[Draft]:
    """The second half of 16 s of it."""
    arousal, valence = TONES[tone]
    return shown(speech(16, arousal=arousal, valence=valence), gain=gain)[800:]


def ordered(*values: float) -> bool:
    return all(more > less + 0.01 for more, less in pairwise(values))


def test_smiles_and_frowns_go_with_valence() -> None:
    smile = {tone: shape(toned(tone), "mouthSmile").mean() for tone in TONES}
    assert ordered(smile["joy"], smile["neutral"], max(smile["sad"], smile["angry"]))
    frown = {tone: shape(toned(tone), "mouthFrown").mean() for tone in TONES}
    assert ordered(min(frown["sad"], frown["angry"]), max(frown["neutral"], frown["joy"]))


def test_anger_lowers_the_brows_and_sadness_their_outer_ends() -> None:
    down = {tone: shape(toned(tone), "browDown").mean() for tone in TONES}
    assert down["angry"] == max(down.values()) and down["angry"] > 0.1
    slant = {
        tone: (shape(toned(tone), "browInnerUp") - shape(toned(tone), "browOuterUp")).mean()
        for tone in TONES
    }
    assert slant["sad"] == max(slant.values())


def test_arousal_opens_the_eyes_and_moves_the_face() -> None:
    excited, calm, tired = (
        shown(speech(30, arousal=arousal))[500:] for arousal in (0.9, 0.0, -0.9)
    )
    wide, lids = (
        [(shape(made, stem)).mean() for made in (excited, calm, tired)]
        for stem in ("eyeWide", "eyeBlink")
    )
    assert ordered(wide[0], wide[1]) and ordered(lids[2], lids[1])
    lively = [np.abs(np.diff(shape(made, "brow"))).sum() for made in (excited, calm)]
    assert lively[0] > 1.1 * lively[1]


def test_a_felt_smile_takes_the_cheeks_along() -> None:
    assert shape(toned("joy"), "cheekSquint").mean() > shape(toned("neutral"), "cheek").mean() + 0.1


def test_by_default_it_is_subtle() -> None:
    for tone in TONES:
        assert shape(toned(tone), "mouthSmile").mean() < 0.45
        assert shape(toned(tone, 2), "mouthSmile").mean() < 0.85


def test_a_feeling_ignores_wavering_and_takes_its_time() -> None:
    feeling = Feeling()
    wavering = [feeling.step(0.08 * (-1) ** (index // 20)) for index in range(500)]
    assert not np.any(wavering)
    rises = [feeling.step(0.8) for _ in range(400)]
    assert rises[30] < 0.3 < 0.6 < rises[-1], "not in a third of a second, but in four"
    held = [feeling.step(0.8 - 0.15 * (index % 2)) for index in range(300)]
    assert min(held) > 0.95 * rises[-1]
    falls = [feeling.step(0.0) for _ in range(400)]
    assert falls[100] > 0.6 * rises[-1], "it lingers"
    assert falls[-1] < 0.45 * rises[-1]


def test_an_override_silences_what_the_voice_says() -> None:
    glad = speech(10, valence=0.9)
    told = shown(replace(moment, override=1.0) for moment in glad)
    assert shape(told, "mouthSmile")[500:].mean() < 0.3 * shape(shown(glad), "mouthSmile").mean()


def test_resting_warmth_sways() -> None:
    smile = shape(shown(at_rest(60)), "mouthSmile")
    assert np.quantile(smile, 0.9) > 1.4 * np.quantile(smile, 0.1) > 0
