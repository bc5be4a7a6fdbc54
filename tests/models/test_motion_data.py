from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")
pytest.importorskip("torch", reason="training needs torch")

import torch

from engine.motion.channels import CHANNELS
from engine.speech.phonemes import PhonemeModel
from models import prepare_motion
from models.corpus import Segment, Utterance
from models.export import export
from models.motion_data import MotionFile, Shown, heard, in_one_go, poses, streams
from models.net import NetConfig, PhonemeNet
from models.prepare_motion import CAPTURE, CAPTURE_HELD_OUT, CAPTURED, captured_poses
from models.train_motion import MotionExcerpts, MotionSource, _with_a_vowel_held


def spoken(speaker: str, seconds: float = 4.0) -> Utterance:
    return Utterance(
        np.full(int(seconds * 16000), 1000, np.int16), [Segment(0.5, 1.0, "AA")], speaker
    )


def test_streams_join_one_speaker_s_utterances_with_pauses():
    found = list(streams([spoken("a")] * 12 + [spoken("b")] * 2, np.random.default_rng(1)))
    assert [stream.speaker for stream in found] == ["a", "a", "b"]
    for stream in found:
        times = [edge for s in stream.segments for edge in (s.start, s.end)]
        assert times == sorted(times), "in order, without overlap"
        for segment in stream.segments:
            part = stream.samples[int(segment.start * 16000) + 2 : int(segment.end * 16000) - 2]
            assert part.any() == (segment.phone != "SIL")


def test_a_stream_heard_in_one_go_is_what_a_session_hears(tmp_path: Path):
    torch.manual_seed(1)
    net = PhonemeNet(NetConfig(channels=8, dilations=(1, 2), heads_ms=(0, 40))).eval()
    export(net, "test", tmp_path)
    sound = np.random.default_rng(1).normal(0, 0.05, 16000).astype(np.float32)
    quickly, effort = heard(in_one_go(net, sound), sound)
    hop_by_hop, same_effort = heard(PhonemeModel.load(tmp_path), sound)
    np.testing.assert_allclose(quickly, hop_by_hop, atol=1e-4)
    assert np.array_equal(effort, same_effort)


def test_poses_lie_at_the_edges_of_frames():
    centres = (np.arange(11, dtype=np.float32) + 0.5)[:, None]
    assert np.allclose(poses(centres)[:, 0], np.arange(1, 11))


def test_excerpts_begin_where_steps_do(tmp_path: Path):
    features = np.arange(2000, dtype=np.float32)[:, None].repeat(84, axis=1) / 2000
    targets = features[:, :1].repeat(len(CHANNELS), axis=1)
    MotionFile.gather([Shown(features, targets)]).save(tmp_path / "one.npz")
    excerpts = MotionExcerpts([MotionSource("one", tmp_path / "one.npz", 1.0)], seed=1)
    heard, seen = excerpts.batch(20, 40)
    first = np.rint(heard[:, 0, 0] * 2000).astype(int)
    assert (first % 2 == 0).all() and len(set(first)) > 10
    assert np.allclose(heard[:, :, 0], seen[:, :, 0])


@pytest.mark.skipif(not CAPTURE.is_dir(), reason="no capture beside the checkout")
def test_capture_gives_opening_and_rounding_and_leaves_the_test_clip_out():
    clips = sorted(path.stem for path in CAPTURE.glob("*.npz"))
    assert set(CAPTURE_HELD_OUT) < set(clips)
    targets = captured_poses(CAPTURE / "1114_2_01.npz", 3000)
    known = np.isfinite(targets).all(axis=0)
    assert {name for name, there in zip(CHANNELS, known, strict=True) if there} == set(CAPTURED)
    jaw = targets[:, CHANNELS.index("jawOpen")]
    assert 0.4 < np.percentile(jaw, 95) < 0.75 and jaw.max() <= 1


def test_what_is_trained_on_has_no_held_out_clip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for stem in ("one", *CAPTURE_HELD_OUT):
        (tmp_path / f"{stem}.npz").touch()
    read: list[str] = []
    monkeypatch.setattr(prepare_motion, "CAPTURE", tmp_path)

    def noted(path: Path) -> None:
        read.append(path.stem)
        raise InterruptedError

    monkeypatch.setattr(prepare_motion, "read_16k", noted)
    with pytest.raises(InterruptedError):
        list(prepare_motion._captured(None, np.random.default_rng(1)))  # type: ignore[arg-type]
    assert read == ["one"]


def test_a_held_vowel_stays_in_step_with_the_network():
    features = np.zeros((80, 2 * 40 + 4), np.float16)
    features[:, [0, 40]] = 1
    features[30:40, [0, 40]] = 0
    features[30:40, [1, 41]] = 1  # AA, in both heads
    order = _with_a_vowel_held(features, np.random.default_rng(1))
    assert len(order) == 80 and (order % 2 == np.arange(80) % 2).all()
    frames, counts = np.unique(order, return_counts=True)
    held = frames[counts > 1]
    assert len(held) == 2 and 30 <= held[0] < held[1] < 40
    assert (np.diff(np.unique(order)) == 1).all(), "nothing is left out before it ends"
    silent = _with_a_vowel_held(features[:30], np.random.default_rng(1))
    assert np.array_equal(silent, np.arange(30))
