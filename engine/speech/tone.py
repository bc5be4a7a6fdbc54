"""Tone of voice: how excited somebody is, and, with great care, how pleased.

Arousal is what voices tell best: an excited one is louder, higher, wider in pitch, harder (more
energy in the high frequencies) and faster than the same voice at rest (Juslin & Scherer 2005,
"Vocal expression of affect", table 3.2; the features are those of Eyben et al. 2016, "The Geneva
minimalistic acoustic parameter set"). All is judged against the speaker's own means.

Valence is told badly by voices (Juslin & Scherer 2005; correlations of .2 to .4 in Eyben et al.).
Here it is at most a hint: 0 unless all cues of a pattern agree. Joy is high and wide in pitch with
vowels brightened by drawn-back lips (Tartter 1980, "Happy talk"), and not hard; anger is loud and
hard without more melody; sadness low, flat, soft and slow.
"""

from __future__ import annotations

import math

import numpy as np

from engine.face import Floats
from engine.speech.features import mel_edges

_CUES = ("level", "pitch", "range", "tilt", "rate", "brightness")
_USUAL = np.array([5.0, 2.5, 1.0, 4.0, 1.0, 0.12])
"""What counts as one clear step of each: dB, semitones, semitones of mean deviation, dB, syllables
per second, octaves of the centre of the vowels' upper formants."""

_AROUSAL = np.array([0.30, 0.30, 0.15, 0.15, 0.10, 0.0])
"""Weights: loudness and pitch carry most (Juslin & Scherer 2005; Eyben et al. 2016)."""

_FAST, _SLOW = 0.04, 0.012
"""Share of the way per voiced hop: half a second and 1.7 s of voice."""

_FAST_SHARE = 0.35

_SETTLED = 100
"""Voiced hops (2 s) that the baseline takes to be trusted by half."""

_SLOWEST = 0.0005
"""Share of the way that the baseline goes per voiced hop in the end: 40 s of voice."""

_CALM = 0.003
"""Silence calms down by this share per hop: seven seconds."""

_PATTERNS: tuple[tuple[dict[str, float], str | None], ...] = (
    ({"pitch": 1.0, "range": 1.0, "brightness": 1.0}, "tilt"),
    ({"level": 1.0, "tilt": 1.0}, "range"),
    ({"level": -1.0, "pitch": -1.0, "range": -1.0, "rate": -1.0}, None),
)
"""Joy, anger and sadness: the cues that must all agree, and how; and what must not be there: a hard
voice in joy, more melody in anger."""

_DENIED = 0.3
_CLEAR = 0.25
"""Steps that a cue must at least go, as no voice stays at its means."""

_MOST_VALENCE = 0.5

_UPPER_HZ = (900.0, 3200.0)
_CENTRES = mel_edges()[1:-1]
_UPPER = slice(*np.searchsorted(_CENTRES, _UPPER_HZ).tolist())
_OCTAVES = np.log2(_CENTRES[_UPPER])


class Tone:
    """Push hops; ``arousal`` and ``valence`` follow within a second or two."""

    def __init__(self) -> None:
        self.arousal = 0.0
        self.valence = 0.0
        self._usual = np.zeros(len(_CUES), np.float32)
        self._fast = np.zeros(len(_CUES), np.float32)
        self._slow = np.zeros(len(_CUES), np.float32)
        self._heard = 0

    def push(
        self, level_db: float, semitones: float | None, tilt_db: float, rate: float, mel: Floats
    ) -> None:
        """A hop; ``semitones`` is None where it is unvoiced. ``mel`` (2, 40) log-mel frames."""
        if semitones is None:
            self._fast += _CALM * (self._usual - self._fast)
            self._slow += _CALM * (self._usual - self._slow)
        else:
            middle = float(self._fast[1]) if self._heard else semitones
            cues = (level_db, semitones, abs(semitones - middle), tilt_db, rate, _brightness(mel))
            self._hear(np.array(cues, np.float32))
        self._judge()

    def _hear(self, told: Floats) -> None:
        self._heard += 1
        if self._heard == 1:
            self._usual, self._fast, self._slow = told.copy(), told.copy(), told.copy()
        unknown = told[4] == 0 or self._usual[4] == 0
        if unknown:
            self._usual[4] = self._fast[4] = self._slow[4] = told[4]
        self._usual += max(_SLOWEST, 1 / self._heard) * (told - self._usual)
        self._fast += max(_FAST, 1 / self._heard) * (told - self._fast)
        self._slow += max(_SLOW, 1 / self._heard) * (told - self._slow)

    def _judge(self) -> None:
        trust = self._heard / (self._heard + _SETTLED)
        slow = (self._slow - self._usual) / _USUAL
        fast = (self._fast - self._usual) / _USUAL
        above = _FAST_SHARE * fast + (1 - _FAST_SHARE) * slow
        excited = float(_AROUSAL @ np.minimum(np.maximum(above, -2), 2))
        self.arousal = trust * math.tanh(1.2 * excited)
        cues = dict(zip(_CUES, slow.tolist(), strict=True))
        joy, anger, sadness = (_agreed(cues, *pattern) for pattern in _PATTERNS)
        pleased = joy - max(anger, sadness)
        self.valence = _MOST_VALENCE * trust * math.tanh(pleased)


def _agreed(above: dict[str, float], asked: dict[str, float], denying: str | None) -> float:
    """The least of the cues that a pattern asks for, 0 if one is there that denies it."""
    if denying is not None and above[denying] > _DENIED:
        return 0.0
    return max(0.0, min(sign * above[cue] for cue, sign in asked.items()) - _CLEAR)


def _brightness(mel: Floats) -> float:
    """log2 of the centre of the upper formants' energy in Hz."""
    power = np.exp(mel[:, _UPPER]).sum(axis=0)
    return float(power @ _OCTAVES / power.sum())
