"""Sounds that people make without speaking: each function makes one, peaking at 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from engine.timeline import SAMPLE_RATE
from models.acoustics import Sound
from models.tones import (
    fading,
    glottal,
    noise_band,
    peaked,
    put,
    resonate,
    samples,
    struck,
    swell,
    track,
)

_VOWELS = np.array(
    [
        (700, 1250, 2550, 3500),
        (580, 1500, 2500, 3500),
        (500, 1000, 2500, 3400),
        (420, 1900, 2600, 3600),
        (620, 1100, 2400, 3400),
    ],
    float,
)
"""Formants in Hz of the vowels that people laugh, cough and sigh in: open ones and central ones."""

_WIDTHS = (110.0, 140.0, 200.0, 300.0)
_HIGHER = np.array([4500.0, 5500.0, 6500.0, 7500.0])
_HIGHER_WIDTHS = (400.0, 500.0, 600.0, 700.0)


def breath(choice: Generator) -> Sound:
    """In or out, through mouth or nose: 0.25 to 1.4 s of moving noise."""
    length = samples(choice.uniform(0.25, 1.4))
    inwards = choice.random() < 0.65
    rise, fall = (0.6, 0.2) if inwards else (0.2, 0.7)
    envelope = swell(length, rise * choice.uniform(0.6, 1.3), fall * choice.uniform(0.6, 1.1))
    envelope *= track(length, choice.uniform(0.6, 1, 9))
    if choice.random() < 0.35:  # the nose: a hiss without the mouth's resonances
        low = choice.uniform(300, 1200)
        return peaked(noise_band(length, low, low * choice.uniform(3, 8), choice) * envelope)
    start = _tract(choice)
    turn = np.array([choice.uniform(0.85, 1.15, 4) * start for _ in range(3)])
    widths = np.array(_WIDTHS) * choice.uniform(1.2, 3)
    air = noise_band(length, choice.uniform(80, 500), choice.uniform(3500, 7800), choice)
    return peaked(_through_tract(air, turn, widths.tolist()) * envelope)


def sniff(choice: Generator) -> Sound:
    """One to three short breaths through a narrow nose."""
    out = np.zeros(samples(1.2))
    low = choice.uniform(700, 2000)
    at = 0
    for _ in range(choice.integers(1, 4)):
        length = samples(choice.uniform(0.08, 0.3))
        air = noise_band(length, low, low * choice.uniform(2.5, 5), choice)
        put(out, air * swell(length, 0.7, 0.25), at)
        at += length + samples(choice.uniform(0.03, 0.15))
    return peaked(out[: min(at, len(out))])


def cough(choice: Generator) -> Sound:
    """One to four coughs: a burst, a wheeze, and often a short voiced end (Korpas et al. 1996)."""
    out = np.zeros(samples(2.4))
    at = 0
    vowel = _tract(choice)
    f0 = choice.uniform(110, 380)
    for number in range(choice.integers(1, 5)):
        length = samples(choice.uniform(0.18, 0.42))
        air = choice.standard_normal(length) * fading(length, choice.uniform(0.04, 0.12))
        voice = glottal(f0 * track(length, [1.1, 1.0, 0.7]), choice.uniform(0.3, 0.9), choice)
        voiced = swell(length, 0.55, 0.3) * choice.uniform(0, 0.9)
        source = air + 0.3 * choice.standard_normal(length) * swell(length, 0.1, 0.8)
        tract = np.array([vowel * choice.uniform(0.9, 1.1, 4), vowel, vowel * 0.95])
        one = _through_tract(source + voiced * voice, tract, [160, 200, 260, 380])
        put(out, one * swell(length, 0.02, 0.3) * choice.uniform(0.5, 1) * 0.85**number, at)
        at += length + samples(choice.uniform(0.02, 0.25))
    return peaked(out[: min(at, len(out))])


def throat_clearing(choice: Generator) -> Sound:
    """A rough, low hem with the mouth closed or nearly so."""
    length = samples(choice.uniform(0.25, 0.9))
    rough = np.repeat(choice.uniform(0.55, 1.4, length // 200 + 1), 200)[:length]
    f0 = choice.uniform(70, 200) * rough * track(length, [1, 1.15, 0.8])
    voice = glottal(f0, 0.7, choice) + choice.uniform(0.3, 1.5) * choice.standard_normal(length)
    tract = np.array([(320, 1050, 2300, 3200), (400, 1200, 2400, 3300)]) * choice.uniform(0.85, 1.2)
    pulses = 1 + 0.6 * np.sin(2 * np.pi * choice.uniform(14, 32) * np.arange(length) / SAMPLE_RATE)
    return peaked(
        _through_tract(voice, tract, [140, 250, 350, 500]) * pulses * swell(length, 0.1, 0.4)
    )


def laughter(choice: Generator) -> Sound:
    """Calls at 4 to 6.5 a second, each an aspirated onset and a short vowel.

    Pitch and level fall along the bout; some bouts are unvoiced or pant through the nose
    (Bachorowski, Smoski and Owren 2001). A breath in often ends it.
    """
    calls = int(choice.integers(2, 11))
    period = 1 / choice.uniform(4.0, 6.5)
    out = np.zeros(samples(calls * period * 1.3 + 1.2))
    f0 = choice.uniform(130, 480)
    tract, tension = _tract(choice), choice.uniform(0.1, 0.7)
    voicing = 0.0 if choice.random() < 0.3 else choice.uniform(0.4, 1.2)
    at = 0.0
    for number in range(calls):
        fall = 1 - choice.uniform(0.3, 0.9) * number / calls
        call = _call(f0 * (0.55 + 0.45 * fall), tract, tension, voicing, period, choice)
        put(out, call * fall * choice.uniform(0.7, 1), samples(at))
        at += period * choice.uniform(0.85, 1.2)
    end = samples(at)
    if choice.random() < 0.5:
        put(out, breath(choice) * choice.uniform(0.05, 0.5), end)
        end += samples(0.6)
    return peaked(out[: min(end, len(out))])


def _call(
    f0: float, tract: Sound, tension: float, voicing: float, period: float, choice: Generator
) -> Sound:
    length = samples(period * choice.uniform(0.55, 0.95))
    pitch = f0 * track(length, [0.95, 1.15 * choice.uniform(0.9, 1.2), 1.0, 0.85])
    voiced = voicing * swell(length, 0.45, 0.4) * glottal(pitch, tension, choice)
    air = choice.standard_normal(length) * track(length, [0.5, 0.25, 0.1, 0.3])
    moving = np.array([tract * choice.uniform(0.95, 1.05, 4), tract * 1.04, tract])
    return _through_tract(voiced + air, moving, _WIDTHS) * swell(length, 0.15, 0.35)


def sigh(choice: Generator) -> Sound:
    """A long breath out, half of them with a falling, breathy voice in it."""
    length = samples(choice.uniform(0.6, 1.6))
    f0 = choice.uniform(100, 280) * track(length, [1.1, 1, 0.75, 0.6])
    voice = glottal(f0, 0.1, choice) * choice.choice([0, choice.uniform(0.1, 0.6)])
    tract = np.array([_tract(choice), _tract(choice)])
    air = noise_band(length, 100, 6000, choice)
    return peaked(
        _through_tract(voice + air, tract, [150, 180, 260, 350]) * swell(length, 0.15, 0.75)
    )


def hum(choice: Generator) -> Sound:
    """A voice through the nose, lips closed: a tone, 'mm-hm' or a few notes of a tune."""
    notes = int(choice.integers(1, 6))
    f0 = choice.uniform(85, 330)
    parts = []
    for _ in range(notes):
        length = samples(choice.uniform(0.18, 0.8))
        pitch = (
            f0 * 2 ** (choice.integers(-5, 6) / 12) * track(length, choice.uniform(0.95, 1.05, 4))
        )
        parts.append(glottal(pitch, 0.2, choice) * swell(length, 0.15, 0.2))
    voice = np.concatenate(parts)
    nose = np.array([(250, 1000, 2100, 3000), (280, 1100, 2200, 3100)]) * choice.uniform(0.9, 1.15)
    muffled = _through_tract(voice, nose, [60, 300, 400, 500])
    smooth = np.convolve(muffled, np.hanning(10) / 4.5, "same")
    return peaked(smooth)


def lip_smack(choice: Generator) -> Sound:
    """A click of lips or tongue, one to three bursts within 60 ms."""
    out = np.zeros(samples(0.12))
    for _ in range(choice.integers(1, 4)):
        length = samples(choice.uniform(0.004, 0.03))
        low = choice.uniform(500, 3000)
        burst = noise_band(length, low, low * choice.uniform(1.5, 3), choice)
        put(
            out,
            burst * fading(length, 0.004) * choice.uniform(0.3, 1),
            samples(choice.uniform(0, 0.06)),
        )
    return peaked(out)


def sneeze(choice: Generator) -> Sound:
    """A breath in, then an explosion of air."""
    inwards = breath(choice)[: samples(0.5)] * choice.uniform(0.05, 0.3)
    length = samples(choice.uniform(0.2, 0.5))
    air = noise_band(length, 800, 7500, choice) * fading(length, choice.uniform(0.05, 0.15))
    voice = glottal(choice.uniform(150, 400) * track(length, [1.2, 0.8]), 0.6, choice)
    burst = air + choice.uniform(0, 0.7) * voice * swell(length, 0.1, 0.6)
    blown = _through_tract(burst, np.array([_tract(choice), _tract(choice)]), _WIDTHS)
    return peaked(np.concatenate([inwards, peaked(blown)]))


def snore(choice: Generator) -> Sound:
    """A rough breath in, or a purr of lips and palate."""
    length = samples(choice.uniform(0.5, 1.4))
    flutter = choice.uniform(22, 70) * track(length, choice.uniform(0.8, 1.2, 6))
    pulses = (0.5 + 0.5 * np.sin(2 * np.pi * np.cumsum(flutter) / SAMPLE_RATE)) ** 4
    tract = np.array([(350, 900, 2100, 3100), (420, 1200, 2300, 3300)])
    rough = choice.standard_normal(length) * (0.1 + pulses)
    return peaked(_through_tract(rough, tract, [180, 250, 350, 500]) * swell(length, 0.4, 0.3))


def swallow(choice: Generator) -> Sound:
    """A dull gulp between two clicks."""
    out = 0.6 * struck(
        choice.uniform([90, 200, 380], [180, 350, 700]),
        choice.uniform(0.01, 0.04, 3),
        choice.uniform(0.3, 1, 3),
        0.35,
    )
    put(out, lip_smack(choice) * 0.4, 0)
    put(out, lip_smack(choice) * 0.3, samples(choice.uniform(0.12, 0.28)))
    return peaked(out)


def _tract(choice: Generator) -> Sound:
    """(4,) formants of some speaker's open or central vowel."""
    vowel = _VOWELS[choice.integers(len(_VOWELS))]
    return np.asarray(vowel * choice.uniform(0.85, 1.25) * choice.uniform(0.94, 1.06, 4))


def _through_tract(source: Sound, formants: Sound, widths: Sequence[float]) -> Sound:
    """Four moving resonances and the fixed ones above them, which keep a voice's highs."""
    fixed = np.tile(_HIGHER, (len(formants), 1))
    return resonate(source, np.hstack([formants, fixed]), [*widths, *_HIGHER_WIDTHS])
