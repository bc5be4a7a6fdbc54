"""Voice activity: webrtcvad's votes with a noise floor, hysteresis and back-dated onsets."""

from __future__ import annotations

from collections import deque

import numpy as np
import webrtcvad

from engine.face import Floats
from engine.timeline import HOP, SAMPLE_RATE, Samples
from engine.voice import Voice

ONSET_VOTES, ONSET_WINDOW = 3, 4
"""Speech starts when 3 of the last 4 hops are votes: one click or a key stroke is not speech."""

BACKDATE: Samples = HOP
"""An onset is put one hop before its first vote: soft onsets start below the detector."""

HANGOVER_HOPS = 6
"""Speech ends after 120 ms without a vote: longer than a stop's closure, shorter than a pause."""

_FLOOR_HOPS = 200
"""The noise floor is the quietest hop of the last 4 s: speech has dips in that time, noise none."""

_TRUSTING_HOPS = 50
"""In the first second there is no floor yet, so that whoever speaks at once is heard."""

_ABOVE_FLOOR_DB = 6.0

_BELOW_LOUD_DB = 28.0
"""A vote must come within this of the recent loud level: the detector's own hangover does not."""

_LOUD_FALL_DB = 0.08
"""The loud level is forgotten by 4 dB a second, so that a shout does not deafen for long."""

_QUIETEST_DB = -62.0


class VoiceActivity:
    """Push 20 ms hops, get a verdict for each."""

    def __init__(self, aggressiveness: int = 2) -> None:
        self._vad = webrtcvad.Vad(aggressiveness)
        self._votes: deque[bool] = deque([False] * ONSET_WINDOW, ONSET_WINDOW)
        self._levels: deque[float] = deque(maxlen=_FLOOR_HOPS)
        self._loud_db = _QUIETEST_DB
        self._time: Samples = 0
        self._active = False
        self._since_vote = 0

    def push(self, samples: Floats) -> Voice:
        """``samples`` (320,) float32 in [-1, 1]."""
        level = level_db(samples)
        vote = self._vote(samples, level)
        self._votes.append(vote)
        self._since_vote = 0 if vote else self._since_vote + 1
        time, self._time = self._time, self._time + HOP
        started = ended = None
        if not self._active and sum(self._votes) >= ONSET_VOTES:
            self._active = True
            first = ONSET_WINDOW - 1 - list(self._votes).index(True)
            started = max(0, time - first * HOP - BACKDATE)
        elif self._active and self._since_vote >= HANGOVER_HOPS:
            self._active = False
            ended = time - (HANGOVER_HOPS - 1) * HOP
        return Voice(time, vote, self._active, level, started, ended)

    def _vote(self, samples: Floats, level: float) -> bool:
        self._levels.append(level)
        trusting = len(self._levels) < _TRUSTING_HOPS
        floor = _QUIETEST_DB if trusting else max(_QUIETEST_DB, min(self._levels))
        pcm = np.clip(samples * 32768, -32768, 32767).astype(np.int16)
        spoken = bool(self._vad.is_speech(pcm.tobytes(), SAMPLE_RATE))
        if spoken:
            self._loud_db = max(level, self._loud_db)
        self._loud_db -= _LOUD_FALL_DB
        threshold = max(floor + _ABOVE_FLOOR_DB, self._loud_db - _BELOW_LOUD_DB)
        return spoken and level > threshold


def level_db(samples: Floats) -> float:
    """Root mean square in dB below full scale, -100 at the least."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return max(-100.0, 10 * float(np.log10(power + 1e-10)))
