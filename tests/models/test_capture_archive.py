from pathlib import Path

import numpy as np
import pytest

from engine.avatar.lips import LipMeasure
from engine.errors import InvalidInput
from engine.face import ARKIT, INDEX, Floats
from engine.motion.channels import WEIGHTS, arkit_matrix
from models.capture.archive import read_archive
from models.capture.channels import columns_of, shapes_of, to_channels
from models.capture.recording import Recording
from tests.models.capture_files import engine

FPS = 30.0


def archive(path: Path, **curves: Floats) -> Path:
    weights = np.stack(list(curves.values()), axis=1).astype(np.float32)
    np.savez(path, weights=weights, names=np.array(list(curves)), fps=np.float32(FPS))
    return path


def ramp(count: int = 300) -> Floats:
    return np.linspace(0, 1, count, dtype=np.float32)


def channel(recording: Recording, name: str) -> Floats:
    return to_channels(recording)[0][:, WEIGHTS.index(name)]


def test_arkit_names_come_through(tmp_path: Path):
    curves = {name: ramp() * (k % 5 + 1) / 5 for k, name in enumerate(ARKIT)}
    recording = read_archive(archive(tmp_path / "a.npz", **curves))
    np.testing.assert_allclose(recording.times, np.arange(300) / FPS)
    np.testing.assert_allclose(channel(recording, "jawOpen"), curves["jawOpen"])
    sides = (curves["mouthPressLeft"] + curves["mouthPressRight"]) / 2
    np.testing.assert_allclose(channel(recording, "mouthPress"), sides, atol=1e-6)


def test_the_strongest_of_facegoods_shapes_counts(tmp_path: Path):
    path = archive(
        tmp_path / "a.npz",
        mouth_stretch_c=ramp(),
        mouth_suck_dl=0.2 * ramp(),
        mouth_suck_dr=0.4 * ramp(),
        tooth_d_d=ramp(),
    )
    recording = read_archive(path)
    np.testing.assert_allclose(channel(recording, "jawOpen"), ramp())
    np.testing.assert_allclose(channel(recording, "mouthRollLower"), 0.4 * ramp(), atol=1e-6)
    assert np.isnan(channel(recording, "mouthClose")).all()


@pytest.mark.parametrize("shape", ["mouth_funnel_dl", "mouth_pucker_r", "mouth_oo_c"])
def test_rounding_is_the_same_whatever_shape_it_came_from(tmp_path: Path, shape: str):
    half = np.full(300, 0.5, np.float32) * (np.arange(300) > 10)
    recording = read_archive(archive(tmp_path / "a.npz", mouth_stretch_c=ramp(), **{shape: half}))
    weights = np.nan_to_num(to_channels(recording)[0])
    weights[:, WEIGHTS.index("jawOpen")] = 0.08
    lips = LipMeasure(engine().head).measure(weights @ arkit_matrix())
    assert lips["rounding"][-1] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"weights": np.zeros((300, 2)), "names": np.array(["a", "b"])}, "fps"),
        ({"weights": np.zeros((300, 2)), "names": np.array(["a"]), "fps": 30}, "do not agree"),
        ({"weights": np.zeros((300, 1)), "names": np.array(["jawOpen"]), "fps": 0}, "do not agree"),
        (
            {"weights": np.zeros((300, 1)), "names": np.array(["jawOpen"]), "fps": 30},
            "missing: mouthClose, mouthFunnel, mouthPucker",
        ),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, arrays: dict[str, object], told: str):
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=told):
        read_archive(tmp_path / "a.npz")


def test_what_is_no_archive_is_refused(tmp_path: Path):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InvalidInput, match="an npz with weights"):
        read_archive(tmp_path / "a.npz")


def test_columns_for_the_channels_alone():
    header = ["Timecode", "JAWOPEN", "mouthSmileLeft", "EyeBlinkLeft", "BrowInnerUp"]
    assert columns_of(header) == {"jawOpen": 1, "mouthSmileLeft": 2}
    assert shapes_of("jawOpen") == ("jawOpen",)
    assert all(shape in INDEX for name in WEIGHTS for shape in shapes_of(name))


def test_a_side_that_was_not_recorded_leaves_the_other():
    both = np.stack([ramp(), 0.5 * ramp()], axis=1)
    both[:5, 1] = np.nan
    sides = ("mouthSmileLeft", "mouthSmileRight")
    recording = Recording(np.arange(300) / FPS, sides, both)
    smile = channel(recording, "mouthSmile")
    np.testing.assert_allclose(smile[:5], ramp()[:5])
    np.testing.assert_allclose(smile[5:], 0.75 * ramp()[5:], atol=1e-6)
    one = Recording(np.arange(300) / FPS, sides[:1], both[:, :1])
    np.testing.assert_allclose(channel(one, "mouthSmile"), ramp())
