from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from models.corpus import PHONE_INDEX, UNKNOWN
from models.dataset import WARM_UP, Excerpts, FeatureFile, Source, with_a_sound_held

FRAMES = 300
SIL, AA = PHONE_INDEX["SIL"], PHONE_INDEX["AA"]


def made_file(path: Path, level: float, phone: int, frames: int = 2000) -> Path:
    pairs = [
        (np.full((frames // 4, 40), level, np.float32), np.full(frames // 4, phone, np.int8))
        for _ in range(4)
    ]
    FeatureFile.gather(pairs).save(path)
    return path


@pytest.fixture
def excerpts(tmp_path: Path) -> Excerpts:
    speech = made_file(tmp_path / "speech.npz", 1.0, AA)
    room = made_file(tmp_path / "quiet.npz", -9.0, SIL)
    return Excerpts([Source("speech", speech, 9.0, 4.0), Source("quiet", room, 1.0, 0.0)], seed=1)


def test_a_gathered_file_knows_where_utterances_start(tmp_path: Path):
    made_file(tmp_path / "x.npz", 1.0, AA)
    assert FeatureFile.load(tmp_path / "x.npz").starts.tolist() == [0, 500, 1000, 1500]


def test_an_excerpt_counts_from_its_start_only_if_it_begins_quietly(excerpts: Excerpts):
    features, labels = excerpts.batch(200, FRAMES)
    quietly = labels[:, 0] != UNKNOWN
    assert 0.2 < quietly.mean() < 0.5
    assert (labels[quietly, 0] == SIL).all()
    assert (features[quietly, 0].max(axis=1) < 0).all()
    assert (labels[~quietly, :WARM_UP] == UNKNOWN).all()
    assert (labels[~quietly, WARM_UP:] != UNKNOWN).all()


def test_sources_are_drawn_by_length_and_weight(excerpts: Excerpts):
    _, labels = excerpts.batch(400, FRAMES)
    assert np.mean(labels[:, -1] == AA) == pytest.approx(0.9, abs=0.06)


def test_statistics_are_those_of_the_frames(excerpts: Excerpts):
    mean, deviation = excerpts.statistics()
    np.testing.assert_allclose(mean, -4.0)
    np.testing.assert_allclose(deviation, 5.0)


def test_a_held_vowel_is_its_own_frames_to_and_fro():
    aa, s = PHONE_INDEX["AA"], PHONE_INDEX["S"]
    labels = np.array([s] * 30 + [aa] * 10 + [s] * 400)
    order = with_a_sound_held(labels, np.random.default_rng(1))
    assert len(order) == len(labels)
    held = np.flatnonzero(labels[order] == aa)
    assert len(held) >= 20 and (np.diff(held) == 1).all(), "longer, and in one piece"
    assert (np.abs(np.diff(order)) <= 8).all(), "without jumps"
    unchanged = with_a_sound_held(labels[:30], np.random.default_rng(1))
    assert np.array_equal(unchanged, np.arange(30))
