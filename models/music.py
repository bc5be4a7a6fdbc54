"""Music without voices: chords, a bass, a tune and drums, put together at random."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from engine.timeline import SAMPLE_RATE
from models.acoustics import Sound
from models.tones import fading, noise_band, peaked, put, samples, swell

_TABLE = 1024
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))
_PROGRESSIONS = ((0, 4, 5, 3), (0, 3, 4, 4), (5, 3, 0, 4), (0, 5, 1, 4), (0, 0, 3, 4), (1, 4, 0, 0))
_TIMBRES = {
    "strings": (1.0, 1.1, 0.25, 0.25, None),
    "piano": (1.4, 2.2, 0.005, 0.1, 0.7),
    "organ": (0.7, 0.7, 0.02, 0.05, None),
    "plucked": (1.0, 2.6, 0.003, 0.05, 0.25),
    "flute": (2.4, 2.6, 0.1, 0.15, None),
    "brass": (0.8, 1.5, 0.06, 0.1, None),
}
"""Fall of the partials at a note's start and end (exponents), attack and release (shares), and
time constant of the decay in s, None for a note that is held."""


def music(seconds: float, choice: Generator) -> Sound:
    """A piece in one key and tempo, of two to five instruments, peaking at 1."""
    out = np.zeros(samples(seconds))
    beat = 60 / choice.uniform(60, 170)
    scale = np.array(_SCALES[choice.integers(len(_SCALES))]) + choice.integers(12)
    chords = _PROGRESSIONS[choice.integers(len(_PROGRESSIONS))]
    names = list(_TIMBRES)
    parts = choice.random(4) < (0.8, 0.6, 0.7, 0.55)
    if not parts.any():
        parts[choice.integers(4)] = True
    bar = 4 * beat
    for number in range(int(seconds / bar) + 1):
        chord, start = chords[number % len(chords)], number * bar
        if parts[0]:
            _accompany(out, start, beat, scale, chord, choice)
        if parts[1]:
            for turn in range(4):
                low = 36 + scale[chord % 7] + (0, 0, 7, 0)[turn]
                put(out, 0.9 * _note("plucked", low, beat, choice), samples(start + turn * beat))
        if parts[2]:
            _melody(out, start, beat, scale, names[number % 2], choice)
        if parts[3]:
            _drums(out, start, beat, choice)
    return peaked(out)


def _accompany(
    out: Sound, start: float, beat: float, scale: Sound, chord: int, choice: Generator
) -> None:
    timbre = choice.choice(list(_TIMBRES))
    held = _TIMBRES[timbre][4] is None
    for degree in (chord, chord + 2, chord + 4):
        pitch = 57 + scale[degree % 7] % 12 + 12 * (degree // 7)
        if held:
            put(out, 0.35 * _note(timbre, pitch, 4 * beat, choice), samples(start))
            continue
        for turn in range(4):
            at = start + turn * beat + (degree - chord) * 0.1 * beat
            put(out, 0.35 * _note(timbre, pitch, 2 * beat, choice), samples(at))


def _melody(
    out: Sound, start: float, beat: float, scale: Sound, timbre: str, choice: Generator
) -> None:
    at, degree = 0.0, int(choice.integers(7))
    while at < 4 * beat:
        length = beat * choice.choice([0.25, 0.5, 0.5, 1, 1, 2])
        degree = int(np.clip(degree + choice.integers(-2, 3), -3, 10))
        pitch = 69 + scale[degree % 7] % 12 + 12 * (degree // 7)
        if choice.random() < 0.85:
            put(out, 0.6 * _note(timbre, pitch, length, choice), samples(start + at))
        at += length


def _drums(out: Sound, start: float, beat: float, choice: Generator) -> None:
    for eighth in range(8):
        at = samples(start + eighth * beat / 2)
        if eighth % 4 == 0:
            time = np.arange(samples(0.2)) / SAMPLE_RATE
            kick = np.sin(2 * np.pi * (50 * time + 4 * (1 - np.exp(-time / 0.03))))
            put(out, kick * fading(len(kick), 0.07), at)
        if eighth % 4 == 2:
            length = samples(0.2)
            snare = noise_band(length, 180, 6000, choice) * fading(length, 0.05)
            put(out, 0.35 * snare, at)
        if choice.random() < 0.9:
            length = samples(0.08)
            hat = noise_band(length, 5000, 7900, choice) * fading(length, 0.02)
            put(out, 0.15 * hat, at)


def _note(timbre: str, pitch: int, seconds: float, choice: Generator) -> Sound:
    """One note, MIDI number ``pitch``: two wave tables that fade into one another."""
    bright, dull, attack, release, decay = _TIMBRES[timbre]
    length = samples(seconds)
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    vibrato = 1 + 0.004 * np.sin(
        2 * np.pi * choice.uniform(4.5, 6) * np.arange(length) / SAMPLE_RATE
    )
    phase = np.cumsum(hertz * (vibrato if decay is None else np.ones(length))) / SAMPLE_RATE
    index = (phase % 1 * _TABLE).astype(int)
    share = fading(length, 0.3)
    wave = share * _table(hertz, bright)[index] + (1 - share) * _table(hertz, dull)[index]
    envelope = swell(length, attack, release)
    return wave * envelope * (fading(length, decay) if decay else 1)


def _table(hertz: float, fall: float) -> Sound:
    """(_TABLE,) one period of partials below 7600 Hz whose amplitudes fall as k ** -fall."""
    count = max(1, min(24, int(7600 / hertz)))
    spectrum = np.zeros(_TABLE // 2 + 1, complex)
    partials = np.arange(1, count + 1)
    spectrum[partials] = partials**-fall * np.exp(2.4j * partials**2)
    period = np.fft.irfft(spectrum)
    return np.asarray(period / np.abs(period).max())
