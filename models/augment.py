"""Rooms, microphones, noise and voices that the recordings do not have.

Each utterance is heard several times, each time as if another person said it somewhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

from engine.face import Floats
from engine.speech.features import MELS, STRIDE, WINDOW, log_mel, mel_edges, mel_filters
from engine.timeline import SAMPLE_RATE
from models.corpus import Segment, Utterance, frame_labels
from models.sound import through_opus

LEVEL = 0.05
"""RMS that speech is brought to before its random gain."""

OPUS_BIT_RATES = (16_000, 20_000, 24_000, 32_000, 48_000)
QUIET_DBFS = (-95.0, -38.0)

Labels = NDArray[np.int8]


def augmented(
    utterance: Utterance, others: Sequence[Utterance], choice: Generator
) -> tuple[Floats, Labels]:
    """Log-mel frames (T, 40) of a random rendition, and the phone label of each frame (T,)."""
    sound = utterance.floats
    sound = sound * (LEVEL / (_rms(sound) + 1e-6))
    sound, segments = _other_voice(sound, utterance.segments, choice)
    if choice.random() < 0.5:
        sound = fftconvolve(sound, room_response(choice))[: len(sound)]
    if choice.random() < 0.8:
        sound = sound + _background(len(sound), others, choice)
    if choice.random() < 0.06:
        cut = choice.uniform(3300, 5500)
        sound = sosfilt(butter(6, cut, fs=SAMPLE_RATE, output="sos"), sound)
    sound = np.clip(sound * _gain(choice.uniform(-18, 12)), -1, 1).astype(np.float32)
    if choice.random() < 0.35:
        sound = through_opus(sound, int(choice.choice(OPUS_BIT_RATES)))
    warp = round(choice.uniform(0.9, 1.12), 2) if choice.random() < 0.7 else 1.0
    features = frames_of(sound, warped_filters(warp))
    if choice.random() < 0.6:
        features = features + _tilt(choice)
    return features, frame_labels(segments, len(features))


def quiet(seconds: float, choice: Generator) -> Floats:
    """Log-mel frames (T, 40) of a room in which nobody speaks."""
    length = int(seconds * SAMPLE_RATE)
    sound = coloured_noise(length, choice) * _gain(choice.uniform(*QUIET_DBFS))
    if choice.random() < 0.15:
        sound = np.zeros(length)
    if choice.random() < 0.3:
        for start in choice.integers(0, max(1, length - 800), int(seconds)):
            click = choice.standard_normal(160) * np.exp(-np.arange(160) / choice.uniform(5, 40))
            sound[start : start + 160] += click * choice.uniform(0, 0.03)
    return frames_of(np.clip(sound, -1, 1).astype(np.float32), warped_filters(1.0))


def frames_of(sound: Floats, filters: Floats) -> Floats:
    """(n // 160, 40) log-mel frames of a whole signal, as a stream would give them."""
    whole = sound[: len(sound) // STRIDE * STRIDE]
    return log_mel(np.pad(whole, (WINDOW - STRIDE, 0)), filters)


@lru_cache(maxsize=64)
def warped_filters(warp: float) -> Floats:
    """Mel filters for a vocal tract ``1 / warp`` times as long (VTLP, Jaitly and Hinton 2013)."""
    edges = mel_edges()
    nyquist, bend = SAMPLE_RATE / 2, 6000.0
    cut = bend * min(warp, 1) / warp
    above = nyquist - (nyquist - cut * warp) / (nyquist - cut) * (nyquist - edges)
    return mel_filters(np.where(edges <= cut, edges * warp, above))


def room_response(choice: Generator) -> NDArray[np.float64]:
    """A direct sound followed by exponentially fading noise, reverberation time 0.08 to 0.6 s."""
    length = int(choice.uniform(0.08, 0.6) * SAMPLE_RATE)
    tail = choice.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail *= _gain(choice.uniform(-12, 0)) / np.sqrt((tail**2).sum())
    gap = int(choice.uniform(0.001, 0.01) * SAMPLE_RATE)
    return np.concatenate([[1.0], np.zeros(gap), tail])


def coloured_noise(length: int, choice: Generator) -> NDArray[np.float64]:
    """Noise of unit RMS: white to brown, at times with mains hum or a wandering level."""
    noise = lfilter([1], [1, -choice.uniform(0, 0.98)], choice.standard_normal(length))
    noise /= noise.std()
    if choice.random() < 0.3:
        time = np.arange(length) / SAMPLE_RATE
        mains = choice.choice([50, 60, 100, 120])
        for harmonic in (1, 2, 3):
            noise += choice.uniform(0, 1) * np.sin(2 * np.pi * mains * harmonic * time)
    if choice.random() < 0.3:
        points = np.linspace(0, length, 12)
        noise *= np.interp(np.arange(length), points, choice.uniform(0.1, 1, 12))
    return np.asarray(noise / noise.std())


def _other_voice(
    sound: Floats, segments: Sequence[Segment], choice: Generator
) -> tuple[Floats, Sequence[Segment]]:
    """Pitch, formants and tempo changed together, by playing faster or slower."""
    if choice.random() >= 0.65:
        return sound, segments
    percent = int(choice.integers(84, 121))
    stretched = resample_poly(sound, percent, 100).astype(np.float32)
    factor = percent / 100
    moved = [Segment(s.start * factor, s.end * factor, s.phone) for s in segments]
    return stretched, moved


def _background(length: int, others: Sequence[Utterance], choice: Generator) -> NDArray[np.float64]:
    """Noise 3 to 40 dB below the speech, or up to four other people 10 to 40 dB below."""
    below = choice.uniform(3, 40)
    if choice.random() >= 0.2:
        return coloured_noise(length, choice) * LEVEL * _gain(-below)
    babble = np.zeros(length)
    for index in choice.integers(0, len(others), choice.integers(1, 5)):
        voice = others[index].floats
        babble += np.resize(voice / (_rms(voice) + 1e-6), length)
    return babble / (_rms(babble) + 1e-6) * LEVEL * _gain(-max(below, 10))


def _tilt(choice: Generator) -> Floats:
    """(40,) a smooth microphone response, within ±1 in the logarithm of power."""
    curve = np.interp(np.arange(MELS), np.linspace(0, MELS - 1, 5), choice.uniform(-1, 1, 5))
    return curve.astype(np.float32)


def _gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _rms(sound: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))
