"""Streaming prosody: pitch, voicing, loudness and effort, against the speaker's own means.

Effort is what the mouth shows of loudness. A shout is more than a loud moment: level, pitch and the
share of high frequencies rise together and stay up (Raitio et al. 2013, "Analysis and synthesis of
shouted speech"); a whisper is speech without voice. Both are judged against slow means, which a
shout hardly moves, and against an absolute level until the speaker has been heard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.face import Floats
from engine.speech.delivery import Delivery, Hop
from engine.timeline import HOP, SAMPLE_RATE
from engine.voice import Prosody

LOW_HZ, HIGH_HZ = 65.0, 420.0
VOICED = 0.5
"""Normalised autocorrelation above which a hop counts as voiced."""

MOST_EFFORT = 1.5

_WINDOW = 640
_FFT = 2048
_SHORT_LAG_BONUS = 0.88
"""The shortest lag whose peak reaches this share of the best wins: guards against octave errors."""

_TYPICAL_DB = -27.0
"""Mean level of the voiced hops of somebody who speaks normally into a well-set microphone."""

_TRUST_IN_TYPICAL = 25
"""Voiced hops (0.5 s) that weigh as much as what is typical."""

_SLOWEST = 0.002
"""Share of the way that a mean goes per voiced hop once it has settled: ten seconds of voice."""

_SHOUT_TEACHES = 0.25
"""A shout moves the means by this share of what ordinary speech does."""

_AT_MEAN, _DB_PER_EFFORT = 0.68, 24.0
"""Effort at the speaker's mean level, and dB from no effort to 1."""

_FOLLOW = 0.08
"""Share of the way per hop (250 ms) by which a manner of speaking is noticed."""

_SHOUT_DB, _SHOUT_SEMITONES, _SHOUT_TILT_DB = (5.0, 15.0), (3.0, 9.0), (2.0, 8.0)
"""Above the speaker's means: where a shout may begin and where it is beyond doubt."""

_USUAL_VOICED_SHARE = 0.6
_WHISPER_VOICED_SHARE = (0.25, 0.1)
"""Share of speech that is voiced, from where it may be a whisper to where it is one."""

_WHISPERED = 0.5
"""Factor of a whisper's effort."""


class ProsodyTracker:
    """Push 20 ms hops with their level; baselines settle within some three seconds of speech.

    ``heads_ms`` are the look-aheads of the phone network's heads, in the order of its posteriors.
    """

    def __init__(self, heads_ms: Sequence[int] = ()) -> None:
        self._delivery = Delivery(heads_ms)
        self._window = np.zeros(_WINDOW, np.float32)
        self._speaker = _Speaker()
        self._manner = _Manner()

    def push(
        self,
        samples: Floats,
        level_db: float,
        speaking: bool,
        mel: Floats | None = None,
        posteriors: Floats | None = None,
    ) -> Prosody:
        """``samples`` (320,) float32; ``speaking`` lets the baselines learn.

        ``mel`` (2, 40) log-mel frames and ``posteriors`` (heads, 2, 40) of the same hop tell of
        syllables, tone and laughter; without them only the first five fields are told.
        """
        self._window = np.concatenate([self._window[HOP:], samples])
        power = _power(self._window)
        f0, voicing, tilt_db = _analysed(power)
        voiced = voicing > VOICED and speaking
        pitch = 0.0
        if voiced:
            octaves = float(np.log2(f0))
            self._manner.voiced(self._speaker.distance(level_db, octaves, tilt_db))
            self._speaker.learn(level_db, octaves, tilt_db, self._manner.shouting)
            pitch = 12 * (octaves - self._speaker.octaves)
        if speaking:
            self._manner.spoken(voiced)
        effort = _AT_MEAN + (level_db - self._speaker.level_db) / _DB_PER_EFFORT
        effort = min(1.0, max(0.0, effort)) * self._manner.gain
        prosody = Prosody(f0 if voiced else 0.0, voicing, level_db, effort, pitch)
        if mel is None or posteriors is None:
            return prosody
        return self._delivery.push(Hop(prosody, power, tilt_db, mel, posteriors, speaking))


class _Speaker:
    """Means over what is voiced: level, log2 of the pitch, and tilt."""

    def __init__(self) -> None:
        self.level_db = _TYPICAL_DB
        self.octaves = float(np.log2(150.0))
        self._tilt_db = 0.0
        self._heard = 0

    def distance(self, level_db: float, octaves: float, tilt_db: float) -> Floats:
        """(3,) dB, semitones and dB above the means; tilt counts once it has been heard."""
        tilt = tilt_db - self._tilt_db if self._heard else 0.0
        rise = level_db - self.level_db, 12 * (octaves - self.octaves), tilt
        return np.array(rise, np.float32)

    def learn(self, level_db: float, octaves: float, tilt_db: float, shouting: float) -> None:
        """One voiced hop more; ``shouting`` in [0, 1] slows it down."""
        self._heard += 1
        slow = 1 - (1 - _SHOUT_TEACHES) * shouting
        level_rate = max(_SLOWEST, 1 / (self._heard + _TRUST_IN_TYPICAL)) * slow
        rate = max(_SLOWEST, 1 / (self._heard + 5)) * slow
        self.level_db += level_rate * (level_db - self.level_db)
        self.octaves += rate * (octaves - self.octaves)
        self._tilt_db += (rate if self._heard > 1 else 1.0) * (tilt_db - self._tilt_db)


class _Manner:
    """How one speaks at the moment: whispered, ordinary, shouted."""

    def __init__(self) -> None:
        self._above = np.zeros(3, np.float32)
        self._voiced_share = _USUAL_VOICED_SHARE

    def voiced(self, above: Floats) -> None:
        """A voiced hop, with its distance from the speaker's means."""
        self._above += _FOLLOW * (above - self._above)

    def spoken(self, voiced: bool) -> None:
        """A hop of speech."""
        self._voiced_share += _FOLLOW / 2 * (voiced - self._voiced_share)

    @property
    def shouting(self) -> float:
        """0..1; level alone makes half a shout, for a microphone may have come nearer."""
        level, semitones, tilt = self._above.tolist()
        louder, higher = _ramp(level, *_SHOUT_DB), _ramp(semitones, *_SHOUT_SEMITONES)
        return 0.5 * louder + 0.25 * higher + 0.25 * _ramp(tilt, *_SHOUT_TILT_DB)

    @property
    def gain(self) -> float:
        """Factor of the effort: ``_WHISPERED`` to ``MOST_EFFORT``."""
        whispering = _ramp(self._voiced_share, *_WHISPER_VOICED_SHARE)
        shout = 1 + (MOST_EFFORT - 1) * self.shouting * (1 - whispering)
        return shout * (1 - (1 - _WHISPERED) * whispering)


def _ramp(value: float, start: float, full: float) -> float:
    """0 at ``start``, 1 at ``full``, whichever is more, and straight between."""
    return min(1.0, max(0.0, (value - start) / (full - start)))


def _power(window: Floats) -> Floats:
    """(1025,) power spectrum of ``window`` (640,) under a Hann window."""
    spectrum = np.fft.rfft((window - window.sum() / _WINDOW) * _HANN, _FFT)
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


def _analysed(power: Floats) -> tuple[float, float, float]:
    """F0 in Hz and voicing in [0, 1] by normalised autocorrelation (Boersma 1993, section 3), and
    tilt in dB: energy of 1 to 5 kHz over that of 50 Hz to 1 kHz (the inverse of the alpha ratio of
    Eyben et al. 2016, "The Geneva minimalistic acoustic parameter set").

    The motion network has learnt from these very values; `engine.speech.pitch` tells it better.
    """
    correlation = np.fft.irfft(power, _FFT)[:_WINDOW]
    if correlation[0] < 1e-7:
        return 0.0, 0.0, 0.0
    tilt_db = 10 * float(np.log10((power[_HIGH].sum() + 1e-9) / (power[_LOW].sum() + 1e-9)))
    normalised = correlation[_LAGS] / correlation[0] / _WINDOW_CORRELATION
    inner = normalised[1:-1]
    peaks = ((inner >= normalised[:-2]) & (inner > normalised[2:])).nonzero()[0] + 1
    if not len(peaks):
        return 0.0, 0.0, tilt_db
    heights = normalised[peaks]
    chosen = int((heights >= _SHORT_LAG_BONUS * heights.max()).argmax())
    voicing = min(1.0, max(0.0, float(heights[chosen])))
    return SAMPLE_RATE / float(_LAGS.start + peaks[chosen]), voicing, tilt_db


def _bins(low_hz: float, high_hz: float) -> slice:
    return slice(round(low_hz * _FFT / SAMPLE_RATE), round(high_hz * _FFT / SAMPLE_RATE))


_LOW, _HIGH = _bins(50, 1000), _bins(1000, 5000)
_HANN = np.hanning(_WINDOW).astype(np.float32)
_LAGS = slice(int(SAMPLE_RATE / HIGH_HZ), int(SAMPLE_RATE / LOW_HZ) + 1)


def _window_correlation() -> Floats:
    full = np.correlate(_HANN, _HANN, "full")[_WINDOW - 1 :]
    return np.asarray(full[_LAGS] / full[0], dtype=np.float32)


_WINDOW_CORRELATION = _window_correlation()
