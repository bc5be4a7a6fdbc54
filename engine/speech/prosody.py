"""Streaming prosody: pitch, voicing and loudness, against the speaker's own mean."""

from __future__ import annotations

import numpy as np

from engine.face import Floats
from engine.timeline import HOP, SAMPLE_RATE
from engine.voice import Prosody

LOW_HZ, HIGH_HZ = 65.0, 420.0
VOICED = 0.5
"""Normalised autocorrelation above which a hop counts as voiced."""

_WINDOW = 640
_FFT = 2048
_SHORT_LAG_BONUS = 0.88
"""The shortest lag whose peak reaches this share of the best wins: guards against octave errors."""


class ProsodyTracker:
    """Push 20 ms hops with their level; baselines settle within about three seconds of speech."""

    def __init__(self) -> None:
        self._window = np.zeros(_WINDOW, np.float32)
        self._loud_db = -22.0
        self._log_f0 = float(np.log2(150.0))
        self._heard = 0

    def push(self, samples: Floats, level_db: float, speaking: bool) -> Prosody:
        """``samples`` (320,) float32; ``speaking`` lets the baselines learn."""
        self._window = np.concatenate([self._window[HOP:], samples])
        f0, voicing = _fundamental(self._window)
        voiced = voicing > VOICED and speaking
        if voiced:
            self._learn(f0, level_db)
        pitch = 12 * (float(np.log2(f0)) - self._log_f0) if voiced else 0.0
        effort = float(np.clip(1 + (level_db - self._loud_db) / 24, 0, 1))
        return Prosody(f0 if voiced else 0.0, voicing, level_db, effort, pitch)

    def _learn(self, f0: float, level_db: float) -> None:
        self._heard += 1
        rate = max(0.005, 1 / (self._heard + 5))
        self._log_f0 += rate * (float(np.log2(f0)) - self._log_f0)
        # Up quickly, down slowly: effort is relative to what is loud for this speaker.
        step = level_db - self._loud_db
        self._loud_db += step * (max(0.2, rate) if step > 0 else max(0.004, rate / 4))


def _fundamental(window: Floats) -> tuple[float, float]:
    """F0 in Hz and voicing in [0, 1] by normalised autocorrelation (Boersma 1993, section 3)."""
    centred = (window - window.mean()) * _HANN
    spectrum = np.fft.rfft(centred, _FFT)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, _FFT)[:_WINDOW]
    if correlation[0] < 1e-7:
        return 0.0, 0.0
    normalised = correlation[_LAGS] / correlation[0] / _WINDOW_CORRELATION
    inner = normalised[1:-1]
    peaks = np.flatnonzero((inner >= normalised[:-2]) & (inner > normalised[2:])) + 1
    if not len(peaks):
        return 0.0, 0.0
    best = normalised[peaks].max()
    chosen = peaks[np.argmax(normalised[peaks] >= _SHORT_LAG_BONUS * best)]
    return SAMPLE_RATE / float(_LAGS[chosen]), float(np.clip(normalised[chosen], 0, 1))


_HANN = np.hanning(_WINDOW).astype(np.float32)
_LAGS = np.arange(int(SAMPLE_RATE / HIGH_HZ), int(SAMPLE_RATE / LOW_HZ) + 1)


def _window_correlation() -> Floats:
    full = np.correlate(_HANN, _HANN, "full")[_WINDOW - 1 :]
    return np.asarray(full[_LAGS] / full[0], dtype=np.float32)


_WINDOW_CORRELATION = _window_correlation()
