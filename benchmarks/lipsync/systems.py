"""What makes lips of a sound: Visavis as a whole, and two that know nothing of phones."""

from __future__ import annotations

import json

import numpy as np

from benchmarks.lipsync.clips import Clip
from benchmarks.lipsync.measures import RATE, Lips
from engine.avatar.lips import LipMeasure
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.runtime.weights import MANIFEST, WEIGHTS
from engine.timeline import SAMPLE_RATE

_TRAILING = SAMPLE_RATE // 40
_FOLLOW_MS = 30.0
_FADE_S = 5.0
_QUIETEST = 0.02
_FULL = 0.8
_CUT = 0.05


class Visavis:
    """The whole chain: sound into a session, its poses onto the head, the head's lips measured.

    A clip is a session of its own, as `visavis motion` would have it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._measure = LipMeasure(engine.head).measure

    @property
    def networks(self) -> dict[str, str]:
        """SHA-256 of each network that the product comes with."""
        manifest = json.loads((WEIGHTS / MANIFEST).read_text(encoding="utf-8"))
        return {name: values["sha256"] for name, values in manifest["models"].items()}

    def lips(self, clip: Clip, look_ahead_ms: int) -> Lips:
        """What is on screen at each 10 ms of the clip."""
        session = self.engine.session(SessionOptions(look_ahead_ms=look_ahead_ms), sink="motion")
        try:
            session.push(clip.pcm)
            session.flush()
            poses = np.stack([face.blendshapes for face in session.curves()])
        finally:
            session.close()
        return self._measure(poses[: clip.length])


def loudness(clip: Clip) -> Lips:
    """A jaw that follows loudness, live: trailing RMS, gain set by a fading peak, no look-ahead."""
    sound, hop = clip.floats, SAMPLE_RATE // RATE
    aperture = np.zeros(len(sound) // hop, np.float32)
    follow, fade = 1 - np.exp(-1000 / RATE / _FOLLOW_MS), np.exp(-1 / RATE / _FADE_S)
    level, highest = 0.0, _QUIETEST
    for index in range(len(aperture)):
        heard = sound[max(0, index * hop - _TRAILING) : max(1, index * hop)]
        level += (float(np.sqrt(np.mean(heard**2))) - level) * follow
        highest = max(level, highest * fade, _QUIETEST)
        aperture[index] = min(1.0, max(0.0, level / (_FULL * highest) - _CUT))
    return {"aperture": aperture}


def constant(clip: Clip) -> Lips:
    """A mouth that never moves."""
    half = np.full(clip.length, 0.5, np.float32)
    return {"aperture": half, "rounding": half, "labiodental": half}
