"""What the lips do to speech that no training has heard: the whole chain, held to floors.

The floors lie below what the shipped networks reach on these clips by about what one clip more or
less can change; `visavis bench lipsync` gives the figures on all of them.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the measures need scipy")

from benchmarks.lipsync import clips as sounds
from benchmarks.lipsync.clips import Clip, Missing
from benchmarks.lipsync.measures import Lips, evidence, scores
from benchmarks.lipsync.systems import Visavis
from models.corpus import Segment
from models.nonspeech import KINDS
from tests.engine.sessions import engine

LOOK_AHEAD_MS = 60
LOUD_PEAK = 0.3
"""-10 dBFS: as loud as a voice."""


@cache
def spoken() -> list[tuple[Clip, Lips]]:
    try:
        clips = sounds.held_out(3)
    except Missing as missing:
        pytest.skip(f"missing: {missing}")
    visavis = Visavis(engine())
    return [(clip, visavis.lips(clip, LOOK_AHEAD_MS)) for clip in clips]


@cache
def figures() -> dict[str, float]:
    return scores([evidence(lips, clip.segments) for clip, lips in spoken()])


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("closure_auc", 0.86),
        ("rounding_auc", 0.9),
        ("labiodental_auc", 0.88),
        ("openness_rho", 0.45),
        ("silence", 0.9),
        ("correlation_at_0", 0.78),
    ],
)
def test_the_lips_of_unheard_speakers(name: str, floor: float) -> None:
    assert figures()[name] >= floor


def test_lips_and_sound_are_in_step() -> None:
    assert abs(figures()["lag_ms"]) <= 20


def test_the_mouth_is_shut_and_still_150_ms_after_speech() -> None:
    """In every quiet end of a clip, by its own label, with the aligner's doubt of 50 ms."""
    late = []
    for clip, lips in spoken():
        last = clip.segments[-1]
        begins = round((last.start + 0.15 + 0.05) * 100)
        if last.phone == "SIL" and last.end - last.start > 0.4:
            late.append(float(np.mean(lips["aperture"][begins:] > 0.05)))
    assert len(late) >= 5
    assert np.mean(late) < 0.05


def test_the_first_vowel_finds_the_mouth_open() -> None:
    """Half open, of what it will be, by a third of the way into the first open vowel."""
    ready = []
    for clip, lips in spoken():
        vowel = next((s for s in clip.segments if s.phone in ("AA", "AE", "EH", "AY", "AH")), None)
        if vowel is not None and vowel.end - vowel.start > 0.06:
            ready.append(_ready(vowel, lips["aperture"]))
    assert len(ready) >= 10
    assert np.mean(ready) > 0.8


def _ready(vowel: Segment, aperture: np.ndarray) -> bool:
    first, stop = round(vowel.start * 100), round(vowel.end * 100) + 1
    third = first + max(1, (stop - first) // 3)
    return bool(aperture[third] > 0.5 * aperture[first:stop].max())


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"laughter"}))
def test_what_nobody_says_does_not_talk(kind: str) -> None:
    """Laughter opens the mouth without talking: `tests/engine/test_laughing.py` has that."""
    sound = KINDS[kind](4.0, np.random.default_rng(11)) * LOUD_PEAK
    quiet = np.random.default_rng(1).normal(0, 1e-4, 16000 + len(sound))
    quiet[16000:] += sound
    clip = Clip(kind, (quiet * 32767).astype(np.int16), [])
    aperture = Visavis(engine()).lips(clip, LOOK_AHEAD_MS)["aperture"]
    assert np.mean(aperture[100:] > 0.05) <= 0.2, "share of the time"
