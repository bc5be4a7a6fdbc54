"""What a session does with laughter, and with what only sounds a little like it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.face import INDEX
from engine.options import SessionOptions
from models.nonspeech import KINDS
from tests.engine.sessions import engine

LOUD_PEAK = 0.3


def opened(kind: str, **options: float) -> float:
    """Share of four seconds in which the jaw is open."""
    sound = KINDS[kind](4.0, np.random.default_rng(11)) * LOUD_PEAK
    at_16_khz = np.random.default_rng(1).normal(0, 1e-4, 16_000 + len(sound))
    at_16_khz[16_000:] += sound
    session = engine().session(SessionOptions(**options), sink="motion")
    session.push((np.repeat(at_16_khz, 3) * 32767).astype(np.int16))
    session.flush()
    jaw = np.array([face.blendshapes[INDEX["jawOpen"]] for face in session.curves()])
    return float(np.mean(jaw[100:] > 0.05))


def test_laughter_opens_the_mouth_and_only_the_expression_does_it() -> None:
    assert opened("laughter") > 0.2
    assert opened("laughter", expression=0.0) <= 0.1


@pytest.mark.parametrize("kind", ["clap", "hum", "knock", "throat", "traffic"])
def test_what_comes_in_bursts_is_no_laughter(kind: str) -> None:
    assert opened(kind) <= opened(kind, expression=0.0) + 0.05
