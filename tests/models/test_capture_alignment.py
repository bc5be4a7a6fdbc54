import numpy as np
import pytest

from engine.face import Floats
from models.capture.alignment import Alignment, align
from tests.models.capture_files import expectation

OFFSETS = (0.0, 0.180, -0.180, 4.0)


def recorded(curve: Floats, offset_s: float, drift: float, noise: float = 0.0) -> Floats:
    """The curve as a recorder has it whose clock shows t + offset + drift t, 100 Hz."""
    clock = np.arange(round((len(curve) / 100 + max(0, offset_s)) * 100)) / 100
    moved = np.interp((clock - offset_s) / (1 + drift), np.arange(len(curve)) / 100, curve)
    return (moved + noise * np.random.default_rng(1).standard_normal(len(moved))).astype(np.float32)


def long_curve(seconds: float, seed: int = 1) -> Floats:
    """An irregular opening and closing, four times a second or so, with pauses."""
    choice = np.random.default_rng(seed)
    times = np.cumsum(choice.uniform(0.08, 0.25, int(seconds * 8)))
    heights = choice.uniform(0, 0.7, len(times)) * (choice.random(len(times)) > 0.3)
    at = np.arange(round(seconds * 100)) / 100
    return np.interp(at, times, heights).astype(np.float32)


def assert_recovered(found: Alignment, offset_s: float, drift: float) -> None:
    assert found.belongs
    assert found.offset_ms == pytest.approx(offset_s * 1000, abs=10)
    assert found.drift_ppm == pytest.approx(drift * 1e6, abs=120)


@pytest.mark.parametrize("offset_s", OFFSETS)
@pytest.mark.parametrize("drift", [0.0, 300e-6, -300e-6, 1e-3])
def test_offset_and_drift_are_found(offset_s: float, drift: float):
    opening = expectation().opening
    found = align(opening, recorded(opening, offset_s, drift, noise=0.03))
    assert_recovered(found, offset_s, drift)


@pytest.mark.parametrize("offset_s", [0.0, 0.004, -0.004])
def test_curves_that_begin_with_the_sound_are_not_moved_by_that(offset_s: float):
    curve = long_curve(15)
    found = align(curve, recorded(curve, offset_s, 0.0))
    assert found.offset_ms == pytest.approx(offset_s * 1000, abs=1)


def test_half_an_hour_that_drifts_by_seconds_is_followed():
    curve = long_curve(1800)
    assert_recovered(align(curve, recorded(curve, 0.18, 1e-3, noise=0.1)), 0.18, 1e-3)


def test_what_is_not_known_does_not_count():
    opening = expectation().opening
    given = recorded(opening, 0.18, 300e-6)
    given[500:900] = np.nan
    given[np.random.default_rng(2).random(len(given)) < 0.2] = np.nan
    assert_recovered(align(opening, given), 0.18, 300e-6)


def test_a_single_stray_stretch_moves_nothing():
    opening = expectation().opening
    given = recorded(opening, 0.18, 0.0)
    given[2000:2600] = given[2010:2610]
    found = align(opening, given)
    assert found.offset_ms == pytest.approx(180, abs=10)
    assert abs(found.drift_ppm) <= 50


def test_no_drift_is_made_of_noise():
    curve = long_curve(60)
    jitter = np.random.default_rng(3).normal(0, 0.03, 13)
    at = np.arange(len(curve)) / 100
    wandering = at - np.interp(at, np.linspace(0, 60, 13), jitter)
    found = align(curve, np.interp(wandering, at, curve).astype(np.float32))
    assert found.drift == 0
    assert abs(found.offset_ms) < 20


@pytest.mark.parametrize("seconds", [10, 45, 300])
def test_another_take_does_not_belong(seconds: float):
    others = [align(long_curve(seconds, 1), long_curve(seconds, seed)) for seed in range(2, 8)]
    assert not any(found.belongs for found in others)
    assert align(long_curve(seconds, 1), long_curve(seconds, 1)).belongs


def test_a_face_that_does_not_move_does_not_belong():
    assert not align(long_curve(30), np.zeros(3000, np.float32)).belongs
    assert not align(long_curve(30), np.full(3000, np.nan, np.float32)).belongs


def test_times_on_the_curves_clock():
    found = Alignment(0.1, 1e-3, 0.0, 1.0, 0.4)
    np.testing.assert_allclose(found.curve_times(np.array([0.0, 100.0])), [0.1, 100.2])
