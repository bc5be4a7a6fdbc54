"""What lies between a mouth and the samples: rooms, microphones and the noise in both."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from engine.timeline import SAMPLE_RATE

Sound = NDArray[np.float64]

_EARLY_S = (0.002, 0.035)
"""Reflections from walls, desk and ceiling of an ordinary room come one by one in this time."""


def gain(decibels: float) -> float:
    """The factor that changes a level by ``decibels``."""
    return float(10 ** (decibels / 20))


def rms(sound: NDArray[np.floating]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(sound))))


def in_room(sound: NDArray[np.floating], choice: Generator) -> Sound:
    """``sound`` as a microphone in a random room hears it, of the same length and in time."""
    return np.asarray(fftconvolve(sound, room_response(choice))[: len(sound)])


def room_response(choice: Generator) -> Sound:
    """A direct sound, early reflections and a fading tail; reverberation time 0.08 to 0.8 s.

    The direct sound comes first. High frequencies fade faster than low ones, since walls and air
    take more of them (Kuttruff, Room Acoustics, ch. 4 and 6).
    """
    length = int(np.exp(choice.uniform(np.log(0.08), np.log(0.8))) * SAMPLE_RATE)
    ramp = np.arange(length) / length
    low = lfilter([1], [1, -0.75], choice.standard_normal(length))
    tail = low * 10 ** (-3 * ramp)
    tail += choice.standard_normal(length) * 10 ** (-3 * ramp * choice.uniform(1.2, 3))
    tail[: int(_EARLY_S[0] * SAMPLE_RATE)] = 0
    tail *= gain(choice.uniform(-16, 0)) / np.sqrt((tail**2).sum())
    arrivals = choice.uniform(*_EARLY_S, choice.integers(3, 12))
    strength = choice.uniform(0.1, 0.6) * _EARLY_S[0] / arrivals
    places = np.minimum((arrivals * SAMPLE_RATE).astype(int), length - 1)
    np.add.at(tail, places, strength * choice.choice([-1, 1, 1, 1], len(places)))
    tail[0] += 1
    return np.asarray(tail)


def through_microphone(sound: NDArray[np.floating], choice: Generator) -> Sound:
    """A random microphone: cuts the lows, at times the highs, at times with a broad peak."""
    changed = np.asarray(sound, np.float64)
    if choice.random() < 0.5:
        low = float(np.exp(choice.uniform(np.log(50), np.log(350))))
        changed = sosfilt(_filter(int(choice.integers(1, 4)), low, "high"), changed)
    if choice.random() < 0.15:
        high = choice.uniform(3300, 7500)
        changed = sosfilt(_filter(int(choice.integers(2, 7)), high, "low"), changed)
    if choice.random() < 0.2:
        centre = choice.uniform(500, 5000)
        band = butter(1, [centre / 1.4, min(7900, centre * 1.4)], "band", fs=SAMPLE_RATE)
        changed = changed + choice.uniform(-0.6, 1.2) * lfilter(*band, changed)
    return np.asarray(changed)


def coloured_noise(length: int, choice: Generator) -> Sound:
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


def _filter(order: int, edge: float, kind: str) -> Sound:
    return np.asarray(butter(order, edge, kind, fs=SAMPLE_RATE, output="sos"))
