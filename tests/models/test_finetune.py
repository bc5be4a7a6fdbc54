import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="training needs onnx")

import torch

from engine.motion.articulation import ACOUSTICS
from engine.motion.channels import CHANNELS, WEIGHTS
from engine.phones import PHONES
from engine.runtime import weights as shipped
from engine.runtime.weights import named as weights_named
from models import finetune
from models.capture.cleaning import Take
from models.export_motion import export
from models.lessons import Lesson, Marks, examine, lesson, perform
from models.motion_net import MotionConfig, MotionNet
from models.unfold import load_shipped
from tests.models.capture_files import engine, face, tracked, write_take

CONFIG = MotionConfig(channels=8, dilations=(1,), heads_ms=(0, 60, 160))
SECONDS = 12.0
JAW = CHANNELS.index("jawOpen")


def random_net() -> MotionNet:
    torch.manual_seed(1)
    return MotionNet(CONFIG).eval()


def random_features(frames: int = 1000) -> np.ndarray:
    return np.random.default_rng(1).random((frames, CONFIG.features), np.float32)


def test_a_lesson_is_what_was_captured_and_else_what_the_network_does():
    targets = np.full((1000, len(CHANNELS)), np.nan, np.float32)
    targets[:, JAW] = np.arange(1000) / 1000
    targets[300:400] = np.nan
    take = Take("take", np.zeros(160_000, np.int16), targets)
    net = random_net()
    made = lesson(take, random_features(), net)
    np.testing.assert_allclose(made.targets[:299, JAW], targets[1:300, JAW])
    own = perform(net, random_features(), 160)
    np.testing.assert_array_equal(made.targets[300:399, JAW], own[300:399, JAW])
    np.testing.assert_array_equal(made.targets[:, JAW + 1], own[:, JAW + 1])
    assert made.learnt == 900
    assert len(made.shown().features) == 900


def test_each_head_is_heard_at_the_moment_of_which_it_speaks():
    net = random_net()
    with torch.no_grad():
        outputs = net.bounded(net(torch.from_numpy(random_features()[None])))[0].numpy()
    poses = perform(net, random_features(), 100)
    np.testing.assert_array_equal(poses[:-6], outputs[1, 6:])
    assert np.isnan(poses[-6:]).all()


def test_the_exam_is_about_the_held_out_end_alone():
    features = random_features()
    captured = np.random.default_rng(2).random((1000, len(CHANNELS))).astype(np.float32)
    held_out = Lesson(features, captured, captured).held_out()
    assert np.isfinite(held_out[:, JAW]).sum() == 100
    np.testing.assert_array_equal(held_out[-100:], captured[-100:])


def test_perfect_marks_for_what_the_network_does_itself():
    net = random_net()
    features = random_features()
    own = perform(net, features, 60)
    marks = examine(net, [Lesson(features, own, own)], engine().head)
    related, error = marks.channels["jawOpen"]
    assert related == pytest.approx(1)
    assert error == pytest.approx(0, abs=1e-6)


def test_closures_are_judged_by_what_is_heard():
    features = np.zeros((400, CONFIG.features), np.float32)
    heads = len(CONFIG.phoneme_heads_ms)
    posteriors = features[:, : -len(ACOUSTICS)].reshape(400, heads, len(PHONES))
    turns = (np.arange(400) // 20) % 2
    posteriors[turns == 0, -1, PHONES.index("P")] = 1
    posteriors[turns == 1, -1, PHONES.index("AA")] = 1
    features[:, : -len(ACOUSTICS)] = posteriors.reshape(400, -1)

    class Mouth(MotionNet):
        """Shuts at /p/ and opens at /aa/, or the other way round."""

        shuts_at = 0

        def forward(self, features: torch.Tensor) -> torch.Tensor:
            outputs = torch.zeros(1, len(CONFIG.heads_ms), 400, CONFIG.outputs)
            outputs[..., len(WEIGHTS) :] = -9
            # Named 120 ms after the sound, told by the head of 60 ms: 60 ms earlier.
            opened = np.roll(turns != self.shuts_at, -6)
            outputs[..., JAW] = torch.from_numpy(0.6 * opened.astype(np.float32))
            return outputs

    net = Mouth(CONFIG).eval()
    unknown = np.full((400, len(CHANNELS)), np.nan, np.float32)
    exams = [Lesson(features, unknown, unknown)]
    assert examine(net, exams, engine().head).closures == pytest.approx(1, abs=0.02)
    net.shuts_at = 1
    assert examine(net, exams, engine().head).closures == pytest.approx(0, abs=0.02)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small motion network in the place of the one that comes with the product."""
    folder = tmp_path / "weights"
    shutil.copytree(shipped.WEIGHTS, folder)
    export(random_net(), "1", folder)
    monkeypatch.setattr(finetune, "WEIGHTS", folder)
    monkeypatch.setattr(finetune, "RENDITIONS", 1)
    return folder


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    folder = tmp_path / "capture"
    folder.mkdir()
    write_take(folder, "first", tracked(face(SECONDS)), SECONDS)
    return folder


def test_a_capture_becomes_a_model(
    tmp_path: Path, weights: Path, capture: Path, capsys: pytest.CaptureFixture[str]
):
    given = ["--capture", str(capture), "--name", "anna", "--out", str(tmp_path)]
    given += ["--minutes", "0.05", "--cache", str(tmp_path / "none")]
    assert finetune.main([*given, "--force"]) == 0
    told = capsys.readouterr().out
    assert "held out" in told
    assert "jawOpen" in told
    assert f"--models {tmp_path} --motion-model anna" in told
    assert weights_named("anna", tmp_path) == tmp_path / "anna"
    made = load_shipped(tmp_path / "anna")
    assert made.config == CONFIG
    entry = json.loads((tmp_path / "anna" / "manifest.json").read_text())["models"]["motion"]
    assert entry["learnt_from"]["takes"] == 1
    before, after = entry["learnt_from"]["correlation"]["jawOpen"]
    assert before != after
    assert finetune.main(given) == finetune.WRONG_INPUT
    assert "exists already" in capsys.readouterr().err


def test_a_model_that_lost_its_closures_is_not_written():
    good, bad = Marks({}, 0.95), Marks({}, 0.9)
    finetune._check(good, good, False)
    finetune._check(good, bad, True)
    with pytest.raises(finetune.InvalidInput, match=r"closures fell from 0\.950 to 0\.900"):
        finetune._check(good, bad, False)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--name", "../x"], "motion_model: '../x' is not usable"),
        (["--name", "default"], "the product's own"),
        (["--minutes", "0"], "minutes"),
        (["--capture", "none"], "no such folder"),
    ],
)
@pytest.mark.usefixtures("weights")
def test_mistakes_are_told_before_anything_is_done(
    wrong: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    given = ["--capture", str(tmp_path), "--out", str(tmp_path)]
    assert finetune.main([*given, *wrong]) == finetune.WRONG_INPUT
    assert told in " ".join(capsys.readouterr().err.split())
