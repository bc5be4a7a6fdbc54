"""A voice made by formula, natural enough to pass for speech with a network trained on people.

Source and filter (Fant 1960; Klatt 1980): glottal pulses, breath and hiss, each with a loudness of
its own, through formants that glide from sound to sound. A steady buzz is no voice to who has heard
people and music: here pitch falls and wavers, no two pulses are alike, and the lips end in air.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Samples in a second."""

PITCH_HZ = (190.0, 120.0)
"""At the start and at the end of what is said."""

GLIDE_S = 0.03
"""How long before and after a boundary the formants are on their way; less in short sounds."""

_SWITCH_S = 0.008
"""The same for what drives them: voice, breath and hiss."""

_FADE_S = 0.1
_WAVER, _WAVER_HZ = 0.015, 4.3
_JITTER, _SHIMMER = 0.008, 0.04
"""Of a pulse's period and of its strength, relative: those of a healthy voice or a little more."""

_OPEN_QUOTIENT = 0.6
_TILT_HZ = 3000.0
"""The share of a period in which the glottis is open, and where its spectrum starts to fall."""

_UPPER_FORMANTS = tuple((5300.0 + 1000 * k, 400.0 + 100 * k) for k in range(6))
"""Frequency and bandwidth in Hz of those that no sound moves: a tube has one every kilohertz."""

_HISS_HZ, _HISS_WIDTH_HZ, _HISS_TOP_HZ = 6000.0, 4400.0, 9000.0
_FFT = 4096
_FRAME = 240
_HZ = np.fft.rfftfreq(_FFT, 1 / RATE)

Signal = NDArray[np.float64]
Spectrum = NDArray[np.complex128]


@dataclass(frozen=True)
class Sound:
    """A speech sound: five formants as (frequency, bandwidth) in Hz, and what is heard of it.

    voice   strength of the glottal pulses, 1 in a vowel
    breath  noise made at the glottis, which passes through the formants as the voice does
    hiss    noise made behind the teeth, which does not
    """

    formants: tuple[tuple[float, float], ...]
    voice: float = 0.0
    breath: float = 0.0
    hiss: float = 0.0


Said = tuple[Sound, float]
"""A sound and for how many seconds."""

Track = Callable[[float], NDArray[np.float64]]
"""Values at a time in seconds."""


def say(sounds: Sequence[Said], seed: int = 0) -> Signal:
    """The sounds one after the other, 48 kHz, peak 1; the last one dies away."""
    rng = np.random.default_rng(seed)
    total = sum(seconds for _, seconds in sounds)
    formants = _track(sounds, GLIDE_S, np.array([np.ravel(s.formants) for s, _ in sounds]))
    drives = _track(sounds, _SWITCH_S, np.array([(s.voice, s.breath, s.hiss) for s, _ in sounds]))
    signal = _voiced(total, formants, drives, rng) + _noise(total, formants, drives, rng)
    time = np.arange(len(signal)) / RATE
    signal *= np.clip((total - time) / _FADE_S, 0, 1)
    return np.asarray(signal / np.abs(signal).max())


def _track(sounds: Sequence[Said], turn_s: float, targets: Signal) -> Track:
    """Each sound's row of targets, held but for ``turn_s`` at both ends, where it glides."""
    times, start = [], 0.0
    for _, seconds in sounds:
        turn = min(turn_s, seconds / 2)
        times += [start + turn, start + seconds - turn]
        start += seconds
    columns = np.repeat(targets, 2, axis=0).T
    return lambda time: np.array([np.interp(time, times, column) for column in columns])


def _voiced(total: float, formants: Track, drives: Track, rng: np.random.Generator) -> Signal:
    """Every glottal pulse through the formants of its moment."""
    out, time = np.zeros(int(total * RATE) + _FFT), 0.0
    while time < total:
        pitch = _pitch(time, total)
        strength = drives(time)[0] * (1 + _SHIMMER * rng.standard_normal())
        sample, rest = divmod(time * RATE, 1)
        late = np.exp(-2j * np.pi * _HZ * rest / RATE)
        pulse = np.fft.irfft(strength * _glottis(1 / pitch) * _tract(formants(time)) * late)
        out[int(sample) : int(sample) + _FFT] += pulse
        time += (1 + _JITTER * rng.standard_normal()) / pitch
    return out[:-_FFT]


def _pitch(time: float, total: float) -> float:
    """Hz: falls by so many semitones a second, as a phrase does, and wavers."""
    first, last = PITCH_HZ
    fallen = first * (last / first) ** (time / total)
    return float(fallen * (1 + _WAVER * np.sin(2 * np.pi * _WAVER_HZ * time)))


def _glottis(period: float) -> Spectrum:
    """The change of the air's flow over one opening of the glottis, which is what leaves the lips.

    The flow is t² - t³, shut off at once and then rounded (Klatt & Klatt 1990).
    """
    count = int(_OPEN_QUOTIENT * period * RATE)
    time = (np.arange(count) + 0.5) / count
    return np.asarray(np.fft.rfft(2 * time - 3 * time**2, _FFT) / (1 + 1j * _HZ / _TILT_HZ))


def _tract(formants: NDArray[np.float64]) -> Spectrum:
    """What a vocal tract with these formants, (5 x frequency and bandwidth), lets through."""
    response = np.ones(len(_HZ), complex)
    for frequency, width in [*formants.reshape(-1, 2), *_UPPER_FORMANTS]:
        response *= _resonance(frequency, width)
    return response


def _resonance(frequency: float, width: float) -> Spectrum:
    """Two poles, 1 at 0 Hz."""
    pole, s = complex(-np.pi * width, 2 * np.pi * frequency), 2j * np.pi * _HZ
    return np.asarray(abs(pole) ** 2 / ((s - pole) * (s - pole.conjugate())))


def _noise(total: float, formants: Track, drives: Track, rng: np.random.Generator) -> Signal:
    """Breath through the formants and hiss past the teeth, in overlapping frames of 10 ms."""
    out, window = np.zeros(int(total * RATE) + _FFT), np.hanning(2 * _FRAME + 1)[:-1]
    glottal = (_HZ / (_HZ + 500)) / (1 + _HZ / 4000)
    dental = _resonance(_HISS_HZ, _HISS_WIDTH_HZ) * (_HZ / _HISS_HZ) ** 2
    dental /= 1 + (_HZ / _HISS_TOP_HZ) ** 4
    white = rng.standard_normal(len(out))
    for start in range(0, len(out) - _FFT - 2 * _FRAME, _FRAME):
        time = (start + _FRAME) / RATE
        _, breath, hiss = drives(time)
        spectrum = np.fft.rfft(white[start : start + 2 * _FRAME] * window, _FFT)
        passed = breath * _tract(formants(time)) * glottal + hiss * dental
        out[start : start + _FFT] += np.fft.irfft(spectrum * passed)
    return out[:-_FFT]
