"""Laughter: cheeks, eyes, smile, and a jaw that drops with the bursts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.motion.laughter import Laughter
from engine.motion.layers import Moment
from tests.engine.expressed import alone, at_rest, shape

BURSTS_HZ = 4.5


def laughing(seconds: float = 6, start: float = 1, end: float = 3) -> list[Moment]:
    """Two seconds of it, nine bursts."""
    moments = []
    for moment in at_rest(seconds):
        second = moment.time / 16_000
        into = second * BURSTS_HZ % 1
        heard = start <= second < end
        effort = 0.9 * np.exp(-(((into - 0.3) / 0.2) ** 2)) * heard
        moments.append(replace(moment, laughing=0.9 * heard, effort=effort))
    return moments


def test_the_whole_face_laughs() -> None:
    made = alone(Laughter(), laughing())
    for stem, least in (("mouthSmile", 0.5), ("cheekSquint", 0.5), ("eyeSquint", 0.3)):
        assert shape(made, stem)[200:300].mean() > least
        assert not shape(made, stem)[:100].any()
    assert min(draft.head[0] for draft in made) < -0.03, "thrown back"


def test_the_jaw_drops_with_the_bursts_that_are_heard() -> None:
    moments = laughing()
    jaw = shape(alone(Laughter(), moments), "jawOpen")[150:300]
    effort = np.array([moment.effort for moment in moments])[150:300]
    lagged = [np.corrcoef(np.roll(jaw, -lag), effort)[0, 1] for lag in range(12)]
    assert max(lagged) > 0.8
    assert int(np.argmax(lagged)) <= 6, "within 60 ms"
    assert 0.12 < np.ptp(jaw) < 0.6


def test_the_smile_outlasts_the_laugh_and_goes() -> None:
    made = alone(Laughter(), laughing(10))
    smile, jaw = shape(made, "mouthSmile"), shape(made, "jawOpen")
    assert smile[400] > 0.25 > 0.08 > jaw[400]
    assert smile[-1] < 0.02


def test_who_does_not_laugh_is_left_alone() -> None:
    made = alone(Laughter(), at_rest(1, effort=1.0))
    assert not np.any([draft.blendshapes for draft in made])
