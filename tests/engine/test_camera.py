from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.motion.camera import Camera
from engine.motion.layers import Draft, Moment
from tests.engine.conversation import monologue, silence, spoken, utterances

ZOOM = 2


def camera(
    moments: Iterable[Moment], style: str = "subtle", seed: int = 1, yaw: float = 0.0
) -> NDArray[np.float64]:
    """(moments, 3), with a head that is turned by ``yaw`` radians."""
    layer = Camera(np.random.default_rng(seed))
    layer.style = style
    rows = []
    for moment in moments:
        draft = Draft.neutral()
        draft.head[1] = yaw
        layer.move(moment, draft)
        rows.append(draft.camera)
    return np.array(rows, np.float64)


def test_still_is_still() -> None:
    path = camera(spoken(20, utterances, accent=0.8), "still", yaw=0.3)
    assert (path == [0, 0, 1]).all()


@pytest.mark.parametrize(("style", "most"), [("subtle", 1.0), ("lively", 2.2)])
def test_speed_and_acceleration_are_bounded(style: str, most: float) -> None:
    for seed in range(4):
        path = camera(spoken(60, utterances, accent=0.5), style, seed)
        assert np.abs(np.diff(path, axis=0)).max() * 100 < 0.04 * most
        assert np.abs(np.diff(path, 2, axis=0)).max() * 1e4 < 0.25 * most
        assert np.abs(path - [0, 0, 1]).max() < 0.07 * most
        assert path.std(axis=0).min() > 0.001, "but it breathes"


def test_it_comes_nearer_over_a_thought_and_goes_back() -> None:
    gained = []
    for seed in range(8):
        zoom = camera(spoken(20, lambda s: 2 < s < 10), seed=seed)[:, ZOOM]
        gained.append(((zoom[950] - zoom[190]), (zoom[1900] - zoom[950])))
    assert np.mean(gained, axis=0)[0] > 0.012
    assert np.mean(gained, axis=0)[1] < -0.012


def test_its_rest_is_chosen_in_pauses_alone() -> None:
    layer = Camera(np.random.default_rng(2))
    goals, speaking = [], []
    for moment in spoken(120, utterances):
        layer.move(moment, Draft.neutral())
        goals.append([reach.goal for reach in layer._rest])
        speaking.append(moment.speaking)
    chosen = np.flatnonzero(np.diff(np.array(goals), axis=0).any(axis=1)) + 1
    assert 3 < len(chosen) < 25
    assert not np.array(speaking)[chosen].any()
    assert np.diff(chosen).min() >= 400


def test_it_keeps_a_face_that_turns_in_its_place_slowly() -> None:
    shift = (camera(spoken(10, silence), yaw=0.3) - camera(spoken(10, silence)))[:, 0]
    assert shift[20] < 0.2 * shift[-1]
    assert 0.01 < shift[-1] < 0.06


def test_another_style_comes_without_a_jump() -> None:
    layer = Camera(np.random.default_rng(3))
    rows = []
    for index, moment in enumerate(spoken(40, monologue)):
        layer.style = ("subtle", "lively", "still", "lively")[index // 1000]
        draft = Draft.neutral()
        layer.move(moment, draft)
        rows.append(draft.camera)
    path = np.array(rows, np.float64)
    assert np.abs(np.diff(path, axis=0)).max() * 100 < 0.12
    assert (path[2900:3000] == [0, 0, 1]).all()


def test_emphasis_draws_it_in_a_little() -> None:
    plain = camera(spoken(6, lambda s: s > 0.5))[:, ZOOM]
    accents = (
        moment if index % 200 > 40 else Moment(moment.time, True, False, 1, 4, 1.0)
        for index, moment in enumerate(spoken(6, lambda s: s > 0.5))
    )
    drawn = camera(accents)[:, ZOOM] - plain
    assert 0.001 < drawn[200:].max() < 0.01
