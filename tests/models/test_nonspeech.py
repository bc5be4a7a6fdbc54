import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from models.nonspeech import KINDS, nonspeech
from models.tones import glottal, put, resonate, swell, track

RATE = 16_000


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_sounds_and_is_finite(kind: str):
    for seed in range(3):
        sound = KINDS[kind](2.5, np.random.default_rng(seed))
        assert sound.shape == (40_000,)
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_of_a_kind_are_alike_unless_the_seed_is(kind: str):
    first, again, other = (KINDS[kind](2.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_mixtures_keep_to_their_levels_and_lengths():
    peaks = []
    for seed in range(25):
        sound = nonspeech(1.7, np.random.default_rng(seed))
        assert sound.dtype == np.float32 and sound.shape == (27_200,)
        peaks.append(np.abs(sound).max())
    decibels = 20 * np.log10(peaks)
    assert decibels.max() <= 0
    assert decibels.max() > -20 and decibels.min() < -35, "loud ones and soft ones"


def test_laughter_has_the_rhythm_of_laughter():
    rhythms = []
    for seed in range(12):
        loud = np.abs(KINDS["laughter"](8.0, np.random.default_rng(seed)))
        envelope = np.convolve(loud, np.ones(320) / 320, "same")[::160]
        spectrum = np.abs(np.fft.rfft(envelope - envelope.mean(), 4096))
        hertz = np.fft.rfftfreq(4096, 0.01)
        band = (hertz > 2.5) & (hertz < 12)
        rhythms.append(hertz[band][spectrum[band].argmax()])
    assert 3 < np.median(rhythms) < 7.5


def test_a_resonance_is_where_it_was_put_and_moves():
    white = np.random.default_rng(1).standard_normal(RATE)
    moved = resonate(white, np.array([[500.0], [500.0], [2000.0], [2000.0]]), [80.0])

    def strongest(part: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        smooth = np.convolve(spectrum, np.ones(25), "same")
        return float(np.fft.rfftfreq(len(part), 1 / RATE)[smooth.argmax()])

    assert strongest(moved[:5000]) == pytest.approx(500, abs=60)
    assert strongest(moved[-5000:]) == pytest.approx(2000, abs=80)


def test_no_resonance_changes_nothing():
    white = np.random.default_rng(1).standard_normal(3333)
    np.testing.assert_allclose(resonate(white, np.zeros((2, 0)), []), white, atol=1e-9)


def test_a_voice_has_the_pitch_it_is_given():
    source = glottal(np.full(RATE, 200.0), 0.5, np.random.default_rng(1))
    lags = [float(source[lag:] @ source[: RATE - lag]) for lag in range(40, 130)]
    assert 40 + int(np.argmax(lags)) == pytest.approx(80, abs=2)


def test_envelopes_and_places():
    assert track(5, [0, 1]).tolist() == [0, 0.25, 0.5, 0.75, 1]
    rise = swell(101, 0.5, 0.5)
    assert rise[0] == pytest.approx(0) and rise[50] == pytest.approx(1)
    canvas = np.zeros(4)
    put(canvas, np.ones(3), -2)
    put(canvas, np.ones(3), 3)
    put(canvas, np.ones(3), 9)
    assert canvas.tolist() == [1, 0, 0, 1]
