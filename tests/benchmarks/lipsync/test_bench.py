"""The bench from sound to rows and pictures, on made-up clips and the shipped networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the bench needs scipy")

from benchmarks.lipsync import bench, clips
from benchmarks.lipsync.clips import Capture, Missing
from benchmarks.lipsync.systems import Visavis, constant, loudness
from engine.errors import VisavisError
from engine.pipeline import Engine
from tests.benchmarks.lipsync.made_up import clip, row


@pytest.fixture(scope="module")
def visavis() -> Visavis:
    return Visavis(Engine.load())


@pytest.fixture
def few_sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = [clip("one"), clip("two", seed=2)]
    captured = Capture(
        clip("captured"), {name: np.linspace(0, 1, 120) for name in ("jaw", "rounding")}
    )

    def prompts(language: str) -> list[clips.Clip]:
        if language == "it":
            raise Missing("Debian's asterisk-core-sounds-it")
        return spoken

    monkeypatch.setattr(clips, "held_out", lambda count, labels: spoken)
    monkeypatch.setattr(clips, "capture", lambda: captured)
    monkeypatch.setattr(clips, "prompts", prompts)


def test_lips_have_a_sample_for_each_ten_milliseconds(visavis: Visavis) -> None:
    for seconds in (0.5, 0.507, 0.9999):
        one = clip(seconds=seconds)
        for lips in (visavis.lips(one, 60), constant(one)):
            assert {len(series) for series in lips.values()} == {one.length}
        assert abs(len(loudness(one)["aperture"]) - one.length) <= 1


def test_lips_are_those_of_the_motion_command(visavis: Visavis, tmp_path: Path) -> None:
    from engine.options import SessionOptions
    from server.offline import motion
    from tests.conftest import write_wav

    one = clip()
    source, target = write_wav(tmp_path / "one.wav", one.pcm), tmp_path / "curves.npz"
    motion(visavis.engine, source, target, SessionOptions(look_ahead_ms=60))
    with np.load(target) as curves:
        for name, series in visavis.lips(one, 60).items():
            assert (curves[name] == series).all()


def test_a_run_has_every_row_and_leaves_a_report(
    few_sounds: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lipsync.json"
    settings = bench.Settings(utterances=1, look_aheads=(0,))
    bench.main(settings, path)
    report = json.loads(path.read_text())
    rows = report["rows"]
    assert len({tuple(row) for row in rows}) == 1
    assert [r["look_ahead_ms"] for r in rows[:3]] == [0, 60, None]
    assert {"babble, 10 dB", "Opus 24 kbit/s"} <= {r["condition"] for r in rows}
    speech = {r["speech"]: r for r in rows}
    assert speech["Italian, prompts"]["missing"] == "Debian's asterisk-core-sounds-it"
    assert speech["Mandarin, capture"]["jaw_r"] is not None
    assert rows[1]["intervals"]["silence"][0] <= rows[1]["silence"]
    assert set(report["settings"]["network"]) >= {"phonemes"}
    assert "Held-out speakers" in capsys.readouterr().out


def test_without_recordings_the_error_names_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(clips.speech_data, "SPEECH", tmp_path / "speech")
    monkeypatch.setattr(clips.speech_data, "index", lambda: (tmp_path / "no").read_text())
    with pytest.raises(VisavisError, match="speech"):
        clips.held_out(1)


def test_the_pictures_are_drawn(visavis: Visavis, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the pictures need matplotlib")
    from benchmarks.lipsync import plots

    rows = [row(look_ahead_ms=ms, hears=f"{ms} ms ahead") for ms in (0, 60)]
    rows += [row(system="loudness", look_ahead_ms=None, rounding_auc=None)]
    for path in plots.draw(rows, [clip()], visavis, tmp_path / "pictures"):
        assert path.read_bytes().startswith(b"\x89PNG")


def test_the_drawn_posteriors_stand_at_their_own_time(visavis: Visavis) -> None:
    """A head that looks ahead answers late; what is drawn must not be late."""
    from benchmarks.lipsync import plots

    one = clip()
    early, late = (plots.posteriors(one, visavis, ms) for ms in (0, 80))
    assert early.shape == late.shape == (one.length, 40)
    inner = late[8:-8]
    away = [np.abs(early[8 + lag : len(early) - 8 + lag] - inner).sum() for lag in range(-8, 9)]
    assert abs(int(np.argmin(away)) - 8) <= 2
