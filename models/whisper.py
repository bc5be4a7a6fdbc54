"""Other ways to say the same: whispered, and shouted.

Both take speech apart into a vocal tract, by linear prediction (Makhoul 1975) on 25 ms frames, and
what excites it, and change one of the two. Phone times stay as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.timeline import SAMPLE_RATE
from models.acoustics import Sound, gain, rms

ORDER = 18
"""Two poles for each 1 kHz and two for the source."""

_FRAME, _STEP, _FFT = 400, 100, 1024
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FRAME) / _FRAME)
_OVERLAP = _FRAME / _STEP / 2
"""Sum of the windows over any sample."""

_HERTZ = np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT
_PITCH_LAGS = slice(SAMPLE_RATE // 400, SAMPLE_RATE // 70)
_VOICED_FROM, _VOICED_FULL = 0.25, 0.45


def whispered(sound: NDArray[np.floating], choice: Generator) -> Sound:
    """Voiced frames made of noise: softer, with less of the lows and F1 a little higher.

    Whispered vowels lie some 20 dB below voiced ones while /s/ and /t/ stay, the source's fall of
    about 6 dB an octave is gone, and F1 rises by 10 to 20 % (Jovicic 1998).
    """
    frames = _frames(sound)
    voiced, envelope = _analysed(frames)
    noise = choice.standard_normal(len(sound) + 2 * _FRAME)
    air = np.fft.rfft(_framed(noise), _FFT)
    shape = _first_formant_raised(envelope, choice.uniform(1.0, 1.2)) * _tilt(choice.uniform(3, 8))
    shape *= _HERTZ**2 / (_HERTZ**2 + choice.uniform(200, 500) ** 2)
    power = np.sqrt((np.abs(np.fft.rfft(frames, _FFT)) ** 2).mean(axis=1, keepdims=True))
    shape *= power / np.sqrt((np.abs(air * shape) ** 2).mean(axis=1, keepdims=True) + 1e-12)
    softer = gain(-choice.uniform(10, 22))
    spoken = np.fft.rfft(frames, _FFT)
    mixed = (1 - voiced) * spoken + voiced * softer * air * shape
    return _joined(mixed, len(sound))


def shouted(sound: NDArray[np.floating], choice: Generator) -> Sound:
    """Voiced frames with stronger highs and F1 higher, and the whole evened out in level.

    Loud speech has a flatter spectrum and a higher F1, and less difference between vowels and
    consonants (Traunmueller and Eriksson 2000).
    """
    frames = _frames(sound)
    voiced, envelope = _analysed(frames)
    raised = _first_formant_raised(envelope, choice.uniform(1.05, 1.25)) / envelope
    change = np.clip(raised, 0.2, 5) * _tilt(choice.uniform(2, 6))
    spectrum = np.fft.rfft(frames, _FFT) * (1 - voiced + voiced * change)
    return _even(_joined(spectrum, len(sound)), choice.uniform(0.2, 0.6))


def _analysed(frames: Sound) -> tuple[Sound, Sound]:
    """(n, 1) how voiced each frame is, 0 to 1, and (n, 513) the magnitude of its vocal tract."""
    spectrum = np.fft.rfft(frames, _FFT)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, _FFT)
    energy = correlation[:, :1] + 1e-9
    window = np.fft.irfft(np.abs(np.fft.rfft(_HANN, _FFT)) ** 2, _FFT)
    lags = correlation[:, _PITCH_LAGS] / energy / (window[_PITCH_LAGS] / window[0])
    pitched = lags.max(axis=1, keepdims=True)
    voiced = np.clip((pitched - _VOICED_FROM) / (_VOICED_FULL - _VOICED_FROM), 0, 1)
    index = np.abs(np.subtract.outer(np.arange(ORDER), np.arange(ORDER)))
    normal = (correlation / energy)[:, : ORDER + 1]
    equations = normal[:, index] + 1e-4 * np.eye(ORDER)
    predictor = np.linalg.solve(equations, normal[:, 1:, None])[..., 0]
    inverse = np.fft.rfft(np.hstack([np.ones((len(frames), 1)), -predictor]), _FFT)
    return voiced, 1 / np.maximum(np.abs(inverse), 1e-3)


def _first_formant_raised(envelope: Sound, factor: float) -> Sound:
    """The envelopes with what lies below 1 kHz stretched upwards, what lies above 2 kHz kept."""
    source = np.interp(_HERTZ, [0, 1000 * factor, 2000, 8000], [0, 1000, 2000, 8000])
    place = source * _FFT / SAMPLE_RATE
    low = np.minimum(place.astype(int), len(_HERTZ) - 2)
    share = place - low
    return envelope[:, low] * (1 - share) + envelope[:, low + 1] * share


def _tilt(per_octave: float) -> Sound:
    """(513,) gains that rise by these dB an octave from 300 to 4000 Hz."""
    octaves = np.log2(np.clip(_HERTZ, 300, 4000) / 1000)
    return np.asarray(10 ** (per_octave * octaves / 20))


def _even(sound: Sound, share: float) -> Sound:
    """Compressed: the level's distance from the whole's is cut by ``share``."""
    block = SAMPLE_RATE // 50
    count = -(-len(sound) // block)
    padded = np.pad(sound, (0, count * block - len(sound))).reshape(count, block)
    whole = rms(sound) + 1e-9
    level = np.maximum(np.sqrt((padded**2).mean(axis=1)), 0.05 * whole)
    places = (np.arange(count) + 0.5) * block
    return sound * np.interp(np.arange(len(sound)), places, (whole / level) ** share)


def _frames(sound: NDArray[np.floating]) -> Sound:
    return _framed(np.pad(np.asarray(sound, np.float64), _FRAME))


def _framed(padded: Sound) -> Sound:
    """(n, 400) windowed frames every 100 samples."""
    return np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_STEP] * _HANN


def _joined(spectra: NDArray[np.complexfloating], length: int) -> Sound:
    """The sound whose frames have these spectra, ``length`` samples long (overlap-add)."""
    parts = np.fft.irfft(spectra, _FFT)[:, :_FRAME]
    out = np.zeros(len(parts) * _STEP + _FRAME)
    turns = _FRAME // _STEP
    for turn in range(turns):
        rows = parts[turn::turns]
        out[turn * _STEP :][: rows.size] += rows.reshape(-1)
    return np.asarray(out[_FRAME : _FRAME + length] / _OVERLAP)
