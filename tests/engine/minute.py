"""A minute of somebody's speech as layers are told of it, heard as a live session hears it."""

from __future__ import annotations

from functools import cache

import av
import numpy as np
import pytest

from engine.motion.layers import Moment
from engine.motion.moments import Moments
from engine.speech.audio import INPUT_RATE, Hops
from engine.speech.hearing import Hearing
from engine.speech.phonemes import PhonemeModel
from engine.stopwatch import Stopwatch
from engine.timeline import HOP, MOTION_HOP
from tests.conftest import SPEECH

LOOK_AHEAD = 960
_SECONDS = 45


@cache
def minute() -> tuple[Moment, ...]:
    """45 s, a third of it pauses; skips without recordings."""
    path = SPEECH / "0024.opus"
    if not path.exists():
        pytest.skip("no speech recordings beside this checkout")
    hearing, moments = Hearing(PhonemeModel.load(), Stopwatch()), Moments(LOOK_AHEAD)
    told: list[Moment] = []
    heard = 0
    for hop in Hops().push(_decoded(path)):
        moments.hear(hearing.push(hop))
        heard += HOP
        while len(told) * MOTION_HOP + LOOK_AHEAD <= heard:
            told.append(moments.at(len(told) * MOTION_HOP))
    return tuple(told)


def _decoded(path: object) -> np.ndarray:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=INPUT_RATE)
    parts: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for decoded in container.decode(audio=0):
            parts += [frame.to_ndarray().reshape(-1) for frame in resampler.resample(decoded)]
            if sum(map(len, parts)) >= _SECONDS * INPUT_RATE:
                break
    return np.concatenate(parts)[: _SECONDS * INPUT_RATE]
