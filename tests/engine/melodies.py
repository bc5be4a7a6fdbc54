"""Voices whose pitch is known at every sample: pulses through formants, clean or in noise."""

from __future__ import annotations

import numpy as np

from engine.timeline import SAMPLE_RATE
from tests.synthetic import Sound, at_level

VOWELS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
"""First three formants of adult men (Peterson and Barney 1952), Hz."""

_WIDTHS = (80.0, 100.0, 140.0)


def sung(
    f0: Sound, kind: str = "a", seed: int = 0, jitter: float = 0.005, size: float = 1.0
) -> Sound:
    """A vowel that follows ``f0`` (samples,) in Hz at 16 kHz, -20 dB; 0 is silence.

    ``jitter`` is the deviation of single periods; ``size`` scales the formants, 1.25 for a child.
    """
    rng = np.random.default_rng(seed)
    source = np.zeros(len(f0))
    at = 0.0
    while (sample := int(at)) < len(f0):
        if f0[sample] <= 0:
            at += 1
            continue
        period = SAMPLE_RATE / f0[sample] * (1 + jitter * rng.standard_normal())
        part = at - sample
        if sample + 1 < len(f0):
            strength = 1 + 2 * jitter * rng.standard_normal()
            source[sample] += (1 - part) * strength
            source[sample + 1] += part * strength
        at += max(period, 8.0)
    source += 0.01 * rng.standard_normal(len(f0)) * (f0 > 0)
    return at_level(_resonated(source, kind, size), -20)


def _resonated(source: Sound, kind: str, size: float) -> Sound:
    """Formants and the glottis' fall of 12 dB an octave, less 6 at the lips, in the spectrum."""
    count = 2 * len(source)
    frequency = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    shape = 1 / (1 + 1j * frequency / 200)
    for formant, width in zip((*VOWELS[kind], 3500, 4500), (*_WIDTHS, 200, 250), strict=True):
        centre = formant * size
        shape = shape * centre**2 / (centre**2 - frequency**2 + 1j * frequency * width)
    return np.asarray(np.fft.irfft(np.fft.rfft(source, count) * shape, count)[: len(source)])


def glide(start: float, end: float, seconds: float) -> Sound:
    """(samples,) F0 from ``start`` to ``end`` Hz, even in octaves, waving by a semitone."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(start * (end / start) ** (t / seconds) * 2 ** (np.sin(9 * t) / 12))


def babble(seconds: float, seed: int = 0, voices: int = 6) -> Sound:
    """Many people at once, -20 dB: melodies of other vowels, each with its own pauses."""
    rng = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    total = np.zeros(count)
    for voice in range(voices):
        knots = np.linspace(0, count, max(3, int(4 * seconds)))
        f0 = np.interp(np.arange(count), knots, rng.uniform(0.8, 1.25, len(knots)))
        f0 *= rng.choice([105, 120, 140, 190, 215, 240])
        talks = np.interp(np.arange(count), knots, rng.uniform(-0.6, 1.2, len(knots)))
        kind = list(VOWELS)[rng.integers(5)]
        total += sung(f0, kind, seed + voice) * np.clip(talks, 0, 1)
    return at_level(total, -20)


def laugh(
    seconds: float, f0: float = 220.0, rate: float = 5.0, voiced: bool = True, seed: int = 0
) -> Sound:
    """Notes of breath and open vowel, ``rate`` a second, softer and lower from one to the next, or
    of breath alone (Bachorowski et al. 2001)."""
    rng = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    t = np.arange(count) / SAMPLE_RATE
    within = (t * rate) % 1
    breath = _resonated(rng.standard_normal(count), "a", 1.1)
    note = sung(f0 * (1.1 - 0.15 * within) * 0.97 ** (t * rate), "a", seed, 0.02, 1.1)
    sounding = np.clip(within / 0.1, 0, 1) * np.clip((0.75 - within) / 0.2, 0, 1)
    vowel = np.clip((within - 0.25) / 0.1, 0, 1) * sounding * voiced
    sound = note * vowel + at_level(breath, -34 if voiced else -26) * sounding
    return at_level(sound * 0.93 ** (t * rate), -24) + 1e-4 * rng.standard_normal(count)
