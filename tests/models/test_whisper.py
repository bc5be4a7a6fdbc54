import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from models.whisper import _framed, _joined, shouted, whispered
from tests.synthetic import vowel

RATE = 16_000


@pytest.fixture(scope="module")
def phrase() -> np.ndarray:
    """Half a second each of a voiced vowel, a hiss, and nothing."""
    hiss = np.diff(np.random.default_rng(1).standard_normal(RATE // 2 + 1)) * 0.05
    return np.concatenate([vowel(120, 0.5, RATE), hiss, np.zeros(RATE // 2)])


def parts(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vowel, hiss and silence, without their edges."""
    edge, half = 800, RATE // 2
    vowel_part, hiss, nothing = (sound[at : at + half] for at in (0, half, 2 * half))
    return vowel_part[edge:-edge], hiss[edge:-edge], nothing[edge:-edge]


def pitched(sound: np.ndarray, lag: int = RATE // 120) -> float:
    """Correlation with itself one period later."""
    return float(np.corrcoef(sound[lag:], sound[:-lag])[0, 1])


def level(sound: np.ndarray) -> float:
    return 20 * float(np.log10(sound.std() + 1e-12))


def tilt(sound: np.ndarray) -> float:
    """dB by which 1.5 to 4 kHz is stronger than what lies below 500 Hz."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    high = power[(hertz > 1500) & (hertz < 4000)].sum()
    return 10 * float(np.log10(high / power[hertz < 500].sum()))


@pytest.mark.parametrize("seed", range(4))
def test_a_whisper_has_no_pitch_and_is_softer_where_it_was_voiced(phrase: np.ndarray, seed: int):
    sound = whispered(phrase, np.random.default_rng(seed))
    assert sound.shape == phrase.shape
    (voiced, hiss, _), (air, kept, nothing) = parts(phrase), parts(sound)
    assert pitched(voiced) > 0.95 and abs(pitched(air)) < 0.3
    assert 8 < level(voiced) - level(air) < 24
    assert abs(level(hiss) - level(kept)) < 2
    assert np.abs(nothing).max() == 0
    assert tilt(air) > tilt(voiced) + 3


@pytest.mark.parametrize("seed", range(4))
def test_a_shout_keeps_its_pitch_and_gains_highs(phrase: np.ndarray, seed: int):
    sound = shouted(phrase, np.random.default_rng(seed))
    assert sound.shape == phrase.shape
    (voiced, _, _), (loud, _, _) = parts(phrase), parts(sound)
    assert pitched(loud) > 0.9
    assert tilt(loud) > tilt(voiced) + 2


def test_a_shout_evens_out_the_level(phrase: np.ndarray):
    uneven = phrase * np.linspace(1, 0.1, len(phrase))
    sound = shouted(uneven, np.random.default_rng(1))
    before, after = (level(parts(s)[0]) - level(parts(s)[1]) for s in (uneven, sound))
    assert abs(after) < abs(before)


def test_frames_join_to_what_they_were_cut_from(phrase: np.ndarray):
    frames = _framed(np.pad(phrase, 400))
    np.testing.assert_allclose(_joined(np.fft.rfft(frames, 1024), len(phrase)), phrase, atol=1e-12)
