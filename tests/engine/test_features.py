from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.speech.features import (
    FFT,
    FLOOR,
    HIGH_HZ,
    LOW_HZ,
    MELS,
    STRIDE,
    WINDOW,
    LogMel,
    log_mel,
    mel_edges,
    mel_filters,
)
from engine.timeline import SAMPLE_RATE
from tests.synthetic import at_level, noise, syllables

SOUND = syllables(0.5, rate=SAMPLE_RATE).astype(np.float32)


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=10))
def test_a_stream_gives_the_frames_of_the_whole(strides: list[int]) -> None:
    edges = np.cumsum([0, *strides]) * STRIDE
    sound = np.resize(SOUND, edges[-1])
    stream = LogMel()
    parts = [stream.push(sound[a:b]) for a, b in itertools.pairwise(edges)]
    whole = log_mel(np.concatenate([np.zeros(WINDOW - STRIDE, np.float32), sound]))
    assert [len(part) for part in parts] == strides
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-5)


def test_a_frame_sees_nothing_after_its_end() -> None:
    changed = SOUND.copy()
    frame = 20
    changed[(frame + 1) * STRIDE :] = 1
    before, after = LogMel().push(SOUND), LogMel().push(changed)
    assert np.array_equal(before[: frame + 1], after[: frame + 1])
    assert not np.allclose(before[frame + 1], after[frame + 1])


def test_filters_cover_the_band_and_weigh_the_same() -> None:
    filters = mel_filters()
    assert filters.shape == (FFT // 2 + 1, MELS)
    assert (filters >= 0).all()
    assert filters.sum(axis=0) == pytest.approx(np.ones(MELS), abs=1e-5)
    edges = mel_edges()
    assert edges[0] == pytest.approx(LOW_HZ) and edges[-1] == pytest.approx(HIGH_HZ)
    assert (np.diff(edges) > 0).all() and (np.diff(edges, 2) > 0).all(), "mel widens upwards"


@pytest.mark.parametrize("frequency", [300, 1000, 3000, 6000])
def test_a_tone_lights_its_own_band(frequency: float) -> None:
    t = np.arange(4 * STRIDE + WINDOW) / SAMPLE_RATE
    frames = log_mel(np.sin(2 * np.pi * frequency * t).astype(np.float32))
    centres = mel_edges()[1:-1]
    band = int(np.argmin(np.abs(centres - frequency)))
    assert abs(int(frames.mean(axis=0).argmax()) - band) <= 1


def test_silence_is_the_floor_and_finite() -> None:
    frames = LogMel().push(np.zeros(10 * STRIDE, np.float32))
    assert frames.shape == (10, MELS)
    assert frames.dtype == np.float32
    assert frames == pytest.approx(np.full((10, MELS), np.log(FLOOR)))


def test_ten_decibels_are_ten_decibels() -> None:
    loud, quiet = (
        LogMel().push(at_level(noise(0.5, 0, SAMPLE_RATE), db).astype(np.float32))
        for db in (-20, -30)
    )
    assert np.median(loud - quiet) == pytest.approx(np.log(10), abs=0.05)
