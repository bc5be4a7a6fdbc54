import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.face import ARKIT, INDEX, Floats
from engine.motion.channels import CHANNELS, CONTACTS
from models.capture.cleaning import Report, Take, clean, resample
from models.capture.recording import Recording
from tests.models.capture_files import expectation, face, tracked, voice

JAW = CHANNELS.index("jawOpen")


def recording(weights: Floats, fps: float = 60.0) -> Recording:
    return Recording(np.arange(len(weights)) / fps, ARKIT, weights.astype(np.float32))


def cleaned(given: Recording) -> tuple[Take, Report]:
    return clean("take", voice(), given, expectation())


def told(report: Report) -> str:
    return " | ".join(f"{f.check}: {f.found} -> {f.done}" for f in report.findings)


def error(take: Take, name: str, truth: Floats) -> float:
    """RMS distance of a channel from the truth where it is known, one second off each end."""
    known = slice(100, len(truth) - 100)
    difference = take.targets[known, CHANNELS.index(name)] - truth[known]
    return float(np.sqrt(np.nanmean(difference**2)))


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_a_late_and_drifting_recorder_is_brought_back(fps: float):
    truth = face()
    take, report = cleaned(recording(tracked(truth, fps, 0.18, 300e-6), fps))
    assert take.targets.shape == (len(voice()) // 160, len(CHANNELS))
    assert take.targets.dtype == np.float32
    assert report.alignment.offset_ms == pytest.approx(180, abs=10)
    assert report.alignment.drift_ppm == pytest.approx(300, abs=50)
    for name in ("jawOpen", "mouthFunnel", "mouthPucker", "mouthClose"):
        left = error(take, name, truth[:, INDEX[name]])
        assert left < 0.25 * truth[:, INDEX[name]].std()
    assert "offset: curves 18" in told(report)
    assert "ms late" in told(report)
    assert "drift: clock +3" in told(report) or "drift: clock +2" in told(report)


def test_left_and_right_are_averaged():
    truth = face()
    take, _ = cleaned(recording(tracked(truth)))
    both = (truth[:, INDEX["mouthSmileLeft"]] + truth[:, INDEX["mouthSmileRight"]]) / 2
    assert error(take, "mouthSmile", both) < 0.02


def test_sides_that_disagree_are_told():
    weights = tracked(face())
    weights[:, INDEX["mouthSmileRight"]] = weights[::-1, INDEX["mouthSmileRight"]]
    _, report = cleaned(recording(weights))
    assert "left and right disagree: mouthSmile" in told(report)


def test_what_was_not_captured_is_not_a_target():
    take, report = cleaned(recording(tracked(face())))
    for name in (*CONTACTS, "tongueOut", "cheekPuff", "mouthDimple"):
        assert np.isnan(take.targets[:, CHANNELS.index(name)]).all()
    assert "never move:" in told(report)
    assert "tongueOut" in told(report)


def test_short_gaps_are_bridged_and_long_ones_left_out():
    weights = tracked(face())
    kept = np.ones(len(weights), bool)
    kept[600:605] = False  # 83 ms missing, neighbours 100 ms apart
    kept[1200:1260] = False
    whole = recording(weights)
    take, _ = cleaned(Recording(whole.times[kept], ARKIT, whole.values[kept]))
    missing = np.flatnonzero(np.isnan(take.targets[:-10, JAW]))
    assert len(missing) == pytest.approx(100, abs=4)
    assert missing[0] / 100 == pytest.approx(20.0, abs=0.05)
    assert error(take, "jawOpen", face()[:, INDEX["jawOpen"]]) < 0.03


def test_a_value_that_is_unknown_costs_only_itself():
    weights = tracked(face())
    weights[np.random.default_rng(1).random(len(weights)) < 0.1, INDEX["jawOpen"]] = np.nan
    take, _ = cleaned(recording(weights))
    assert take.seconds > 39.5
    assert error(take, "jawOpen", face()[:, INDEX["jawOpen"]]) < 0.05


def test_a_face_that_rests_open_is_calibrated():
    weights = tracked(face())
    weights[:, INDEX["jawOpen"]] = 0.12 + 0.88 * weights[:, INDEX["jawOpen"]]
    weights[:, INDEX["mouthPucker"]] = 0.2 + 0.8 * weights[:, INDEX["mouthPucker"]]
    take, report = cleaned(recording(weights))
    assert report.rest == pytest.approx({"jawOpen": 0.12, "mouthPucker": 0.2}, abs=0.005)
    assert error(take, "jawOpen", face()[:, INDEX["jawOpen"]]) < 0.02
    assert "jawOpen 0.12" in told(report)


def test_a_jaw_that_hardly_opens_is_told():
    weights = tracked(face())
    weights[:, INDEX["jawOpen"]] *= 0.15
    _, report = cleaned(recording(weights))
    assert "only (99 %)" in told(report)
    assert "speak up" in told(report)


def test_another_take_is_refused():
    with pytest.raises(InvalidInput, match="do not belong together"):
        cleaned(recording(tracked(face()[::-1])))


def test_a_face_that_was_not_tracked_is_refused():
    with pytest.raises(InvalidInput, match="jawOpen never moves"):
        cleaned(recording(np.full((1800, len(ARKIT)), 0.1)))


def test_a_silent_sound_is_refused():
    nothing = expectation()
    nothing = type(nothing)(np.zeros_like(nothing.opening), nothing.at_rest)
    with pytest.raises(InvalidInput, match="nobody speaks"):
        clean("take", voice(), recording(tracked(face())), nothing)


def test_a_take_of_seconds_is_refused():
    with pytest.raises(InvalidInput, match=r"curves last 5\.0 s"):
        cleaned(recording(tracked(face())[:301]))


def test_lines_between_what_is_known():
    times = np.array([0.0, 0.1, 0.3])
    values = np.array([0.0, 1.0, 0.0], np.float32)
    at = np.array([-0.01, 0.0, 0.05, 0.1, 0.2, 0.3, 0.31])
    nan = np.nan
    expected = [nan, 0, 0.5, 1, nan, nan, nan]
    np.testing.assert_allclose(resample(times, values, at), expected)
