"""A synthetic voice that says /sipa/ again and again: a signal in which a mouth opens when known.

The measured opening is that of /pa/. /si/ before it is what makes it certain: to take a lone
syllable for speech a listener waits, and by how much would be in the figures. The lips of /p/ are
shut for 90 ms, so that the mouth must be seen to close, and part with breath 35 ms before the voice
of /a/, about as in English phrases (Lisker & Abramson 1964), so that they are half way by then.
"""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.voice import RATE, Said, Sound, say

_S = Sound(((320, 90), (1650, 150), (2600, 180), (3500, 250), (4400, 300)), hiss=0.5)
_I = Sound(((300, 60), (2350, 100), (3000, 150), (3600, 200), (4400, 300)), 0.8, breath=0.02)
_P = Sound(((220, 90), (900, 150), (2250, 180), (3300, 250), (4300, 300)))
_PH = Sound(((750, 150), (1280, 150), (2500, 180), (3500, 250), (4400, 300)), breath=0.5)
_A = Sound(((780, 80), (1280, 100), (2500, 140), (3500, 200), (4400, 300)), 1.0, breath=0.02)
"""Formants about those of Peterson & Barney (1952), between a man's and a woman's."""

_LEAD: tuple[Said, ...] = ((_S, 0.12), (_I, 0.10), (_P, 0.09), (_PH, 0.035))
_VOWEL: Said = (_A, 0.35)

OPENING_S = sum(seconds for _, seconds in _LEAD)
"""From the first sample, where it becomes loud at once, to the voice of the vowel."""

SAID_S = OPENING_S + _VOWEL[1]
"""How long it is."""

_PEAK, _ROOM = 0.5, 2e-4
_INTERVAL_S = (1.2, 1.45)
"""Irregular, so that a delay of a whole interval cannot pass for none."""


@cache
def syllables() -> NDArray[np.float64]:
    """/sipa/ once, peak 0.5, 48 kHz."""
    return _PEAK * say((*_LEAD, _VOWEL))


def train(seconds: float, seed: int = 1) -> tuple[NDArray[np.int16], list[float]]:
    """``seconds`` of /sipa/ in faint noise, 48 kHz mono int16, and when each /a/ opens, in seconds.

    Each becomes loud `OPENING_S` before that, after quiet.
    """
    rng = np.random.default_rng(seed)
    signal = rng.normal(0, _ROOM, int(seconds * RATE))
    one, openings, at = syllables(), [], 1.0
    while at + SAID_S + 0.5 < seconds:
        start = int(at * RATE)
        signal[start : start + len(one)] += one
        openings.append(start / RATE + OPENING_S)
        at += rng.uniform(*_INTERVAL_S)
    return np.clip(signal * 32767, -32768, 32767).astype(np.int16), openings


def write_wav(path: Path, pcm: NDArray[np.int16]) -> None:
    """Mono 16-bit WAV at 48 kHz, as Chromium takes for its microphone."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.astype("<i2").tobytes())
