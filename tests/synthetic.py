"""Sounds made by formula: vowels of a known pitch, noise, clicks and hum, as float in [-1, 1]."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.speech.audio import INPUT_RATE, PCM

Sound = NDArray[np.float64]
FORMANTS = {"a": (700, 1200, 2500), "i": (300, 2200, 2900), "u": (320, 800, 2300)}
"""Typical first three formants of an adult voice, Hz."""


def vowel(
    f0: float, seconds: float, rate: int = INPUT_RATE, db: float = -20.0, kind: str = "a"
) -> Sound:
    """Harmonics of ``f0`` Hz under three resonances and a falling source, ``db`` RMS."""
    t = np.arange(round(seconds * rate)) / rate
    sound = np.zeros_like(t)
    for harmonic in range(1, int(min(4000, rate / 2) / f0)):
        frequency = harmonic * f0
        formants = sum(1 / (1 + ((frequency - f) / 90) ** 2) for f in FORMANTS[kind])
        sound += (0.03 + formants) / harmonic * np.sin(2 * np.pi * frequency * t + harmonic)
    return at_level(sound, db)


def shout(f0: float, seconds: float, rate: int = INPUT_RATE, db: float = -8.0) -> Sound:
    """An /a/ from a pressed voice: higher formants as strong as the lower ones, ``db`` RMS."""
    t = np.arange(round(seconds * rate)) / rate
    sound = np.zeros_like(t)
    for harmonic in range(1, int(min(4000, rate / 2) / f0)):
        frequency = harmonic * f0
        formants = sum(1 / (1 + ((frequency - f) / 130) ** 2) for f in (850, 1300, 2600, 3400))
        sound += (0.03 + formants) * np.sin(2 * np.pi * frequency * t + harmonic)
    return at_level(sound, db)


def whisper(seconds: float, rate: int = INPUT_RATE, db: float = -38.0, seed: int = 3) -> Sound:
    """Breath through the formants of an /a/, ``db`` RMS."""
    count = round(seconds * rate)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / rate)
    formants = sum(1 / (1 + ((frequency - f) / 130) ** 2) for f in (800, 1300, 2600, 3400))
    return at_level(np.fft.irfft(spectrum * (0.05 + formants), count), db)


def syllables(
    seconds: float, f0: float = 120.0, rate: int = INPUT_RATE, db: float = -20.0
) -> Sound:
    """/sa si su/ in turn, three a second, the pitch falling in each; no pause between.

    A steady hum with formants would be no voice to anybody who has heard people and music.
    """
    t = np.arange(round(seconds * rate)) / rate
    turn, within = (t * 3).astype(int) % 3, (t * 3) % 1
    phase = 2 * np.pi * np.cumsum(f0 * (1.12 - 0.24 * within)) / rate
    voice = sum(_voiced(phase, f0, kind) * (turn == k) for k, kind in enumerate(FORMANTS))
    voice = voice * np.clip((within - 0.18) / 0.1, 0, 1) * np.clip((1 - within) / 0.15, 0, 1)
    hiss = at_level(np.diff(np.random.default_rng(5).standard_normal(len(t) + 2), 2), db - 10)
    hiss *= np.clip(within / 0.03, 0, 1) * np.clip((0.2 - within) / 0.05, 0, 1)
    return at_level(np.asarray(voice), db) + hiss


def _voiced(phase: Sound, f0: float, kind: str) -> Sound:
    """Harmonics of a pitch that is about ``f0``, under the formants of a vowel."""
    sound = np.zeros_like(phase)
    for harmonic in range(1, int(4000 / f0)):
        formants = sum(1 / (1 + ((harmonic * f0 - f) / 60) ** 2) for f in FORMANTS[kind])
        sound += (0.003 + formants) / harmonic * np.sin(harmonic * phase + harmonic)
    return sound


def noise(seconds: float, db: float, rate: int = INPUT_RATE, seed: int = 1) -> Sound:
    """White noise of ``db`` RMS."""
    return at_level(np.random.default_rng(seed).standard_normal(round(seconds * rate)), db)


def clicks(seconds: float, per_second: float = 2.0, rate: int = INPUT_RATE) -> Sound:
    """Decaying bursts of 8 ms at half of full scale, as of keys or a mouse, over a quiet room."""
    sound = noise(seconds, -75, rate)
    length = round(0.008 * rate)
    burst = np.random.default_rng(2).standard_normal(length) * np.exp(-np.arange(length) / 60)
    for start in range(rate // 3, len(sound) - length, round(rate / per_second)):
        sound[start : start + length] += 0.5 * burst / np.abs(burst).max()
    return sound


def hum(seconds: float, db: float, rate: int = INPUT_RATE) -> Sound:
    """Mains hum: 50 Hz and its first harmonics, ``db`` RMS."""
    t = np.arange(round(seconds * rate)) / rate
    return at_level(
        np.asarray(sum(np.sin(2 * np.pi * 50 * k * t) / k for k in (1, 2, 3, 4, 6))), db
    )


def silence(seconds: float, rate: int = INPUT_RATE) -> Sound:
    """Nothing at all."""
    return np.zeros(round(seconds * rate))


def at_level(sound: Sound, db: float) -> Sound:
    """The sound at ``db`` RMS below full scale."""
    return np.asarray(sound / np.sqrt(np.mean(sound**2)) * 10 ** (db / 20))


def pcm(*sounds: Sound) -> PCM:
    """Sounds one after the other as int16."""
    return np.clip(np.concatenate(sounds) * 32768, -32768, 32767).astype(np.int16)
