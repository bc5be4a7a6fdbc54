"""What happens to a voice between a mouth and a server, the same each time it is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from benchmarks.lipsync.clips import Clip
from benchmarks.lipsync.phones import SILENCE
from engine.face import Floats
from engine.timeline import SAMPLE_RATE
from models.sound import through_opus

Alter = Callable[[Clip], Floats]

_VOICES = 6
_REVERBERATION_S = 0.5
_DIRECT_OVER_ROOM_DB = 3.0
_FIRST_REFLECTION_S = 0.005


def conditions(clips: Sequence[Clip]) -> dict[str, Alter]:
    """Each condition by name; babble is made of ``clips``, without the one that is altered."""
    return {
        "Opus 24 kbit/s": lambda clip: through_opus(clip.floats, 24_000),
        "white noise, 20 dB": lambda clip: _with(clip, _white(clip), 20),
        "white noise, 10 dB": lambda clip: _with(clip, _white(clip), 10),
        "babble, 20 dB": lambda clip: _with(clip, _babble(clip, clips), 20),
        "babble, 10 dB": lambda clip: _with(clip, _babble(clip, clips), 10),
        "reverberation, 0.5 s": _in_a_room,
        "12 dB louder": lambda clip: clip.floats * _gain(12),
        "12 dB quieter": lambda clip: clip.floats * _gain(-12),
    }


def _with(clip: Clip, noise: NDArray[np.floating], ratio_db: float) -> Floats:
    """The clip and noise so far below the level of its speech, pauses left out of it."""
    level = _speech_level(clip) / _rms(noise) * _gain(-ratio_db)
    return (clip.floats + level * noise).astype(np.float32)


def _white(clip: Clip) -> NDArray[np.floating]:
    return _choice(clip).standard_normal(len(clip.samples))


def _babble(clip: Clip, clips: Sequence[Clip]) -> NDArray[np.floating]:
    """Several other people at once, equally loud."""
    others = [one for one in clips if one.name != clip.name]
    noise = np.zeros(len(clip.samples))
    for index in _choice(clip).choice(len(others), _VOICES, replace=len(others) < _VOICES):
        noise += np.resize(others[index].floats / _speech_level(others[index]), len(noise))
    return noise


def _in_a_room(clip: Clip) -> Floats:
    """Direct sound, and an exponentially fading tail (Polack 1988) 3 dB below it."""
    length = int(_REVERBERATION_S * SAMPLE_RATE)
    fading = 10 ** (-3 * np.arange(length) / length)
    tail = np.random.default_rng(0).standard_normal(length) * fading
    tail *= _gain(-_DIRECT_OVER_ROOM_DB) / np.sqrt(np.sum(tail**2))
    gap = np.zeros(int(_FIRST_REFLECTION_S * SAMPLE_RATE) - 1)
    response = np.concatenate([[1.0], gap, tail])
    heard = fftconvolve(clip.floats, response)[: len(clip.samples)]
    return np.asarray(heard, np.float32)


def _choice(clip: Clip) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(clip.name.encode()))


def _speech_level(clip: Clip) -> float:
    """RMS of what is not labelled as a pause."""
    spoken = np.zeros(len(clip.samples), bool)
    for segment in clip.segments:
        if segment.phone != SILENCE:
            spoken[round(segment.start * SAMPLE_RATE) : round(segment.end * SAMPLE_RATE)] = True
    return _rms(clip.floats[spoken]) if spoken.any() else _rms(clip.floats)


def _rms(sound: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(sound)))) + 1e-9


def _gain(decibels: float) -> np.float32:
    return np.float32(10 ** (decibels / 20))
