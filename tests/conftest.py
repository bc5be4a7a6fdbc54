"""What tests of several rooms need: something that sounds like a voice, and real speech if any."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
SPEECH = ROOT.parent / "shared" / "data" / "speech"


def vowels(seconds: float, rate: int = 48_000, seed: int = 1) -> NDArray[np.int16]:
    """Mono syllables at 3 per second: a pulse train through vowel formants, silence between."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 15 * np.sin(2 * np.pi * 0.7 * t)
    phase = np.cumsum(pitch) / rate
    voice = np.zeros_like(t)
    for harmonic in range(1, 30):
        frequency = harmonic * 120
        formants = sum(np.exp(-(((frequency - f) / 120) ** 2)) for f in (700, 1200, 2500))
        voice += (0.02 / harmonic + formants) * np.sin(2 * np.pi * harmonic * phase)
    syllable = np.clip(1.4 * np.sin(2 * np.pi * 1.5 * t) ** 2 - 0.4, 0, 1)
    sound = 4000 * voice * syllable + rng.normal(0, 8, t.shape)
    return np.clip(sound, -32768, 32767).astype(np.int16)


def write_wav(path: Path, pcm: NDArray[np.int16], rate: int = 48_000) -> Path:
    """Write mono int16 as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())
    return path


@pytest.fixture
def voice() -> Callable[..., NDArray[np.int16]]:
    """The ``vowels`` function: ``voice(seconds, rate=48_000, seed=1)``."""
    return vowels


@pytest.fixture
def voice_wav(tmp_path: Path) -> Path:
    """Two seconds of syllables, 48 kHz mono WAV."""
    return write_wav(tmp_path / "voice.wav", vowels(2.0))


@pytest.fixture
def speech_file() -> Path:
    """A recording of somebody speaking; skips where the recordings are not at hand."""
    files = sorted(SPEECH.glob("*.opus"))
    if not files:
        pytest.skip("no speech recordings beside this checkout")
    return files[0]
