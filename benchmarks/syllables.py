"""A synthetic voice that says one syllable again and again: a signal with known onsets.

Source and filter (Klatt 1980): glottal pulses at a falling pitch through the formants of /a/, after
80 ms of lips closed (silence) and a 15 ms rise, so that a mouth that follows must open and close.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
_SYLLABLE_S = 0.26
_FORMANTS = ((730, 90), (1090, 110), (2440, 170), (3400, 250))
"""Frequency and bandwidth in Hz of /a/, adult male (Peterson & Barney 1952)."""

_GAP_S = (0.9, 1.15)
"""Irregular intervals, so that a delay of a whole interval cannot pass for none."""


def syllable() -> NDArray[np.float64]:
    """One /ba/-like syllable, peak 0.5, 48 kHz."""
    n = int(_SYLLABLE_S * RATE)
    time = np.arange(n) / RATE
    pitch = 130 - 60 * time
    phase = np.cumsum(pitch) / RATE
    voice = np.diff(np.floor(phase), prepend=0.0) + np.random.default_rng(2).normal(0, 0.002, n)
    for frequency, bandwidth in _FORMANTS:
        voice = _resonate(voice, frequency, bandwidth)
    envelope = np.clip(time / 0.015, 0, 1) * np.clip((_SYLLABLE_S - time) / 0.05, 0, 1)
    shaped = voice * envelope
    return np.asarray(0.5 * shaped / np.abs(shaped).max())


def train(seconds: float, seed: int = 1) -> tuple[NDArray[np.int16], list[float]]:
    """``seconds`` of syllables in faint noise, 48 kHz mono int16, and their onsets in seconds."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(0, 2e-4, int(seconds * RATE))
    one, onsets, at = syllable(), [], 1.0
    while at + _SYLLABLE_S + 0.5 < seconds:
        start = int(at * RATE)
        signal[start : start + len(one)] += one
        onsets.append(start / RATE)
        at += rng.uniform(*_GAP_S)
    return np.clip(signal * 32767, -32768, 32767).astype(np.int16), onsets


def write_wav(path: Path, pcm: NDArray[np.int16]) -> None:
    """Mono 16-bit WAV at 48 kHz, as Chromium takes for its microphone."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.astype("<i2").tobytes())


def _resonate(signal: NDArray[np.float64], frequency: float, width: float) -> NDArray[np.float64]:
    """A two-pole resonator."""
    decay = np.exp(-np.pi * width / RATE)
    a, b = 2 * decay * np.cos(2 * np.pi * frequency / RATE), -decay * decay
    out = np.zeros(len(signal) + 2)
    for k, value in enumerate(signal * (1 - a - b)):
        out[k + 2] = value + a * out[k + 1] + b * out[k]
    return out[2:]
