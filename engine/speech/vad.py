"""Voice activity: webrtcvad and the phone network asked together, hysteresis, back-dated onsets.

The detector hears level and spectrum, so that music, laughter, a fan or keys are speech to it, and
a soft whisper is not. The network has learnt which sounds are said, but not how loud a room is.
A hop is a vote when it stands out of the room and the network is sure enough of it: less so where
the detector agrees, more so where it does not. The heads that look ahead judge a hop again in
the hops after it, so that what was taken for a word at first can still be dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import webrtcvad

from engine.face import Floats
from engine.timeline import HOP, SAMPLE_RATE, Samples, ms
from engine.voice import Voice

ONSET_VOTES, ONSET_WINDOW = 3, 5
"""Speech starts when 3 of the last 5 hops are votes: one click or a key stroke is not speech."""

BACKDATE: Samples = HOP
"""An onset is put one hop before its first vote: soft onsets start below the detector."""

HANGOVER_HOPS = 6
"""Speech ends after 120 ms without a vote: longer than a stop's closure, shorter than a pause."""

AGREED, ALONE = 0.55, 0.7
"""Probability of speech that the network must give where the detector agrees, and where not."""

GOING_ON = 0.6
"""What is asked for is multiplied by this during speech: a dip within a word is no pause."""

_FLOOR_HOPS = 200
"""The noise floor is the quietest hop of the last 4 s: speech has dips in that time, noise none."""

_TRUSTING_HOPS = 50
"""In the first second there is no floor yet, so that whoever speaks at once is heard."""

_ABOVE_FLOOR_DB = 4.0

_BELOW_LOUD_DB = 28.0
"""A vote must come within this of the recent loud level: the detector's own hangover does not."""

_LOUD_FALL_DB = 0.08
"""The loud level is forgotten by 4 dB a second, so that a shout does not deafen for long."""

_QUIETEST_DB, _QUIETEST_ALONE_DB = -66.0, -62.0
"""Softer rooms count as this loud; the detector alone would hear speech in their noise."""


@dataclass(slots=True)
class _Hop:
    """What is known of a hop; ``speech`` in [0, 1] is revised while later heads hear it."""

    audible: bool
    detected: bool
    speech: float

    def votes(self, asked: float) -> bool:
        """Whether it counts as speech; ``asked`` scales what is asked for."""
        return self.audible and self.speech >= asked * (AGREED if self.detected else ALONE)


class VoiceActivity:
    """Push 20 ms hops, get a verdict for each.

    ``heads_ms`` are the look-aheads of the network's heads, in the order of their probabilities.
    """

    def __init__(self, heads_ms: Sequence[int] = (), aggressiveness: int = 2) -> None:
        self._vad = webrtcvad.Vad(aggressiveness)
        self._heads = [
            (head, int(look_ahead // ms(HOP)))
            for head, look_ahead in enumerate(heads_ms)
            if look_ahead % ms(HOP) == 0 and look_ahead // ms(HOP) < HANGOVER_HOPS
        ]
        self._hops: deque[_Hop] = deque(maxlen=HANGOVER_HOPS)
        self._levels: deque[float] = deque(maxlen=_FLOOR_HOPS)
        self._loud_db = _QUIETEST_DB
        self._time: Samples = 0
        self._active = False
        self._since: Samples = 0

    def push(self, samples: Floats, speech: Sequence[float] | Floats | None = None) -> Voice:
        """``samples`` (320,) float32 in [-1, 1].

        ``speech`` (heads,) in [0, 1]: how surely somebody speaks in the hop that each head tells of
        by now, a look-ahead ago. Without it the detector alone decides.
        """
        level = level_db(samples)
        self._hear(samples, level, speech)
        time, self._time = self._time, self._time + HOP
        votes = [hop.votes(GOING_ON if self._active else 1.0) for hop in self._hops]
        started = ended = None
        recent = votes[-ONSET_WINDOW:]
        if not self._active and sum(recent) >= ONSET_VOTES:
            self._active = True
            first = len(recent) - 1 - recent.index(True)
            started = self._since = max(self._since, time - first * HOP - BACKDATE)
        elif self._active and len(votes) == HANGOVER_HOPS and not any(votes):
            self._active = False
            ended = self._since = max(self._since + HOP, time - (HANGOVER_HOPS - 1) * HOP)
        return Voice(time, votes[-1], self._active, level, started, ended)

    def _hear(self, samples: Floats, level: float, speech: Sequence[float] | Floats | None) -> None:
        """Remember the newest hop, and what the network says of those before it."""
        self._levels.append(level)
        trusting = len(self._levels) < _TRUSTING_HOPS
        quietest = _QUIETEST_ALONE_DB if speech is None else _QUIETEST_DB
        floor = quietest if trusting else max(quietest, min(self._levels))
        pcm = np.minimum(np.maximum(samples * 32768, -32768), 32767).astype(np.int16)
        detected = bool(self._vad.is_speech(pcm.tobytes(), SAMPLE_RATE))
        hop = _Hop(True, detected, float(detected))
        self._hops.append(hop)
        if speech is not None:
            for head, age in self._heads:
                if age < len(self._hops):
                    self._hops[-1 - age].speech = float(speech[head])
        if hop.votes(1.0):
            self._loud_db = max(level, self._loud_db)
        self._loud_db -= _LOUD_FALL_DB
        hop.audible = level > max(floor + _ABOVE_FLOOR_DB, self._loud_db - _BELOW_LOUD_DB)


def level_db(samples: Floats) -> float:
    """Root mean square in dB below full scale, -100 at the least."""
    power = float(np.square(samples, dtype=np.float64).sum()) / len(samples)
    return max(-100.0, 10 * float(np.log10(power + 1e-10)))
