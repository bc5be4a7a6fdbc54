from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.speech.audio import DECIMATION, INPUT_HOP, INPUT_RATE, RESAMPLE_DELAY, Decimator, Hops
from engine.timeline import HOP, SAMPLE_RATE
from tests.synthetic import Sound, noise, pcm


def decimated(sound: Sound) -> Sound:
    decimator = Decimator()
    hops = list(Hops().push(pcm(sound)))
    return np.concatenate([decimator.push(hop) for hop in hops]).astype(float)


def tone(frequency: float, seconds: float = 0.5, amplitude: float = 0.5) -> Sound:
    t = np.arange(round(seconds * INPUT_RATE)) / INPUT_RATE
    return np.asarray(amplitude * np.sin(2 * np.pi * frequency * t))


def gain_db(frequency: float) -> float:
    """Level of a tone after decimation, relative to before, start-up left out."""
    heard = decimated(tone(frequency))[HOP:]
    return 10 * float(np.log10(np.mean(heard**2) / (0.5**2 / 2) + 1e-20))


@pytest.mark.parametrize("frequency", [60, 200, 1000, 3000, 5000, 6000])
def test_what_speech_needs_passes_unchanged(frequency: float) -> None:
    assert abs(gain_db(frequency)) < 0.5


@pytest.mark.parametrize("frequency", [9500, 10_000, 12_000, 15_900, 16_000, 20_000, 23_900])
def test_what_would_fold_back_is_gone(frequency: float) -> None:
    assert gain_db(frequency) < -60


def test_the_declared_delay_is_the_true_one() -> None:
    wide = noise(1.0, -20)
    spectrum = np.fft.rfft(wide)
    spectrum[int(4000 * len(wide) / INPUT_RATE) :] = 0  # a band that every filter lets through
    sound = np.fft.irfft(spectrum, len(wide))
    heard = decimated(sound)
    wanted = sound[::DECIMATION]
    match = [
        np.corrcoef(wanted[1000:9000], heard[1000 + lag : 9000 + lag])[0, 1] for lag in range(40)
    ]
    assert int(np.argmax(match)) == RESAMPLE_DELAY
    assert max(match) > 0.9999


def test_full_scale_stays_full_scale() -> None:
    heard = decimated(np.full(INPUT_RATE // 10, -1.0))[HOP:]
    assert heard == pytest.approx(np.full(len(heard), -1.0), abs=1e-4)


def test_a_hop_gives_a_hop() -> None:
    out = Decimator().push(np.zeros(INPUT_HOP, np.int16))
    assert out.shape == (HOP,)
    assert out.dtype == np.float32
    assert INPUT_RATE == DECIMATION * SAMPLE_RATE


@settings(deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=12))
def test_chunking_never_shows(sizes: list[int]) -> None:
    whole = np.random.default_rng(0).integers(-32768, 32767, sum(sizes), dtype=np.int16)
    edges = np.cumsum([0, *sizes])
    hops = Hops()
    got = [hop for a, b in itertools.pairwise(edges) for hop in hops.push(whole[a:b])]
    assert all(len(hop) == INPUT_HOP for hop in got)
    assert hops.held == len(whole) - INPUT_HOP * len(got) < INPUT_HOP
    joined = np.concatenate([np.zeros(0, np.int16), *got])
    assert np.array_equal(joined, whole[: len(joined)])


def test_the_callers_buffer_may_be_used_again() -> None:
    hops = Hops()
    buffer = np.ones(INPUT_HOP // 2, np.int16)
    list(hops.push(buffer))
    buffer[:] = 7
    (hop,) = hops.push(np.ones(INPUT_HOP // 2, np.int16))
    assert (hop == 1).all()


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(960, np.float32),
        np.zeros(960, np.int32),
        np.zeros(960, np.uint8),
        np.zeros((1, 960), np.int16),
        np.zeros((960, 2), np.int16),
        np.int16(3),
    ],
)
def test_other_kinds_of_pcm_are_refused_with_the_remedy(wrong: np.ndarray) -> None:
    hops = Hops()
    with pytest.raises(InvalidInput, match=r"pcm: .*push one channel of int16"):
        list(hops.push(wrong))
    assert hops.held == 0
    assert len(list(hops.push(np.zeros(INPUT_HOP, np.int16)))) == 1, "it can go on afterwards"
