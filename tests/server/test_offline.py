from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.face import ARKIT
from engine.options import SessionOptions
from engine.pipeline import Engine
from server import offline
from server.outputs.provenance import Signing
from tests.conftest import vowels, write_wav

SMALL = SessionOptions(width=64, height=64, look_ahead_ms=60)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load()


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "in.wav", vowels(1.5))


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob(".*"))


@pytest.mark.parametrize(("fps", "pictures"), [(25, 38), (30, 45)])
def test_render_covers_the_sound_to_its_last_sample(
    engine: Engine, spoken: Path, tmp_path: Path, fps: int, pictures: int
) -> None:
    target = tmp_path / "out.mp4"
    seen: list[float] = []
    options = SessionOptions(width=64, height=64, fps=fps)
    done = offline.render(engine, spoken, target, options, progress=seen.append)
    assert (done.seconds, done.count) == (1.5, pictures)
    assert seen == sorted(seen) and seen[-1] == 1.5
    with av.open(str(target)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.width, video.height, video.frames) == (64, 64, pictures)
        assert audio.duration * audio.time_base == pytest.approx(1.5, abs=1e-3)
        times = [frame.time for frame in file.decode(video)]
    assert times == pytest.approx([k / fps for k in range(pictures)], abs=1e-9)
    assert not leftovers(tmp_path)


def test_a_video_is_signed_before_it_is_there(
    engine: Engine, spoken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    c2pa = pytest.importorskip("c2pa", reason="needs c2pa-python")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    target = tmp_path / "out.mp4"
    offline.render(engine, spoken, target, SMALL, provenance=Signing().open())
    with target.open("rb") as file, c2pa.Reader("video/mp4", file) as reader:
        assert reader.get_validation_state() == "Valid"
    assert not leftovers(tmp_path)


def test_sound_of_the_rendered_file_is_the_sound_of_the_source(
    engine: Engine, spoken: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    offline.render(engine, spoken, target, SMALL)
    source = vowels(1.5)
    with av.open(str(target)) as file:
        heard = np.concatenate([f.to_ndarray()[0] for f in file.decode(audio=0)])
    match = {
        lag: np.corrcoef(source[4800:60_000], heard[4800 + lag : 60_000 + lag])[0, 1]
        for lag in range(-480, 481)
    }
    assert abs(max(match, key=match.__getitem__)) <= 48, "within a millisecond"


def test_motion_has_a_sample_for_each_10_ms(engine: Engine, tmp_path: Path) -> None:
    # 24 001 samples at 16 kHz: one more than 150 whole steps.
    source = write_wav(tmp_path / "in.wav", vowels(1.6)[: 24_001 * 3])
    done = offline.motion(engine, source, tmp_path / "out.npz", SMALL)
    with np.load(tmp_path / "out.npz") as arrays:
        motion = dict(arrays)
    assert done.count == 151
    assert motion["time_s"] == pytest.approx(np.arange(151) / 100)
    assert tuple(motion["names"]) == ARKIT
    assert motion["blendshapes"].shape == (151, 52)
    assert motion["head"].shape == (151, 6)
    assert motion["gaze"].shape == (151, 2)
    for name in ("aperture", "rounding", "labiodental", "blendshapes"):
        assert motion[name].shape[0] == 151
        assert motion[name].min() >= 0 and motion[name].max() <= 1
    assert motion["aperture"].max() > 0.1, "it speaks"


def test_motion_as_a_table_is_the_same_motion(engine: Engine, spoken: Path, tmp_path: Path) -> None:
    for name in ("out.npz", "out.csv"):
        offline.motion(engine, spoken, tmp_path / name, SMALL)
    with np.load(tmp_path / "out.npz") as arrays:
        jaw = arrays["blendshapes"][:, ARKIT.index("jawOpen")]
    rows = (tmp_path / "out.csv").read_text().splitlines()
    column = rows[0].split(",").index("jawOpen")
    table = [float(row.split(",")[column]) for row in rows[1:]]
    assert table == pytest.approx(jaw, abs=1e-5) and max(table) > 0.1


def test_motion_is_the_same_each_time(engine: Engine, spoken: Path, tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        offline.motion(engine, spoken, tmp_path / name, SMALL)
    with np.load(tmp_path / "a.npz") as a, np.load(tmp_path / "b.npz") as b:
        assert all(np.array_equal(a[key], b[key]) for key in a)


def test_the_shortest_sound_gives_one_picture(engine: Engine, tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", vowels(0.01))
    assert offline.render(engine, source, tmp_path / "out.mp4", SMALL).count == 1
    assert offline.motion(engine, source, tmp_path / "out.npz", SMALL).count == 1


def test_targets_that_cannot_be_written_are_refused_first(engine: Engine, spoken: Path) -> None:
    folder = spoken.parent
    (folder / "exists.mp4").write_text("keep me")
    (folder / "folder.mp4").mkdir()
    reasons = {
        "exists.mp4": "--force",
        "out.avi": r"ends in \.mp4",
        "nowhere/out.mp4": "no folder",
        "folder.mp4": "a folder",
    }
    for name, reason in reasons.items():
        with pytest.raises(InvalidInput, match=reason) as caught:
            offline.render(engine, spoken, folder / name, SMALL)
        assert caught.value.field == "OUT"
    assert (folder / "exists.mp4").read_text() == "keep me"


def test_source_is_never_overwritten(engine: Engine, tmp_path: Path) -> None:
    source = write_wav(tmp_path / "voice.mp4", vowels(0.2))
    with pytest.raises(InvalidInput, match="IN itself"):
        offline.render(engine, source, source, SMALL, overwrite=True)


def test_interruption_leaves_the_old_file_and_no_other(
    engine: Engine, spoken: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    target.write_text("old")

    def interrupt(seconds: float) -> None:
        if seconds > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        offline.render(engine, spoken, target, SMALL, overwrite=True, progress=interrupt)
    assert target.read_text() == "old"
    assert not leftovers(tmp_path)


def test_full_disk_is_reported(
    engine: Engine, spoken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, unit: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(offline.Mp4Writer, "picture", full)
    with pytest.raises(InvalidInput, match=r"OUT.*No space left"):
        offline.render(engine, spoken, tmp_path / "out.mp4", SMALL)
    assert not leftovers(tmp_path)


def test_mouth_in_the_picture_follows_the_curves_to_10_ms(
    engine: Engine, spoken: Path, tmp_path: Path
) -> None:
    options = SessionOptions(width=256, height=256)
    offline.render(engine, spoken, tmp_path / "out.mp4", options)
    offline.motion(engine, spoken, tmp_path / "out.npz", options)
    with np.load(tmp_path / "out.npz") as arrays:
        aperture = arrays["aperture"]
    with av.open(str(tmp_path / "out.mp4")) as file:
        luma = np.stack([f.to_ndarray()[:256] for f in file.decode(video=0)])
    # How much of the mouth's surroundings is dark: its open inside.
    dark = (luma[:, 150:200, 90:166] < 60).mean(axis=(1, 2))
    # Picture k is drawn for k * 40 + 20 ms; the first and last are left out, to have room to shift.
    frames = np.arange(2, len(dark) - 2)
    match = {
        shift: np.corrcoef(dark[frames], aperture[frames * 4 + 2 + shift])[0, 1]
        for shift in range(-6, 7)
    }
    assert abs(max(match, key=match.__getitem__)) <= 1
    assert match[0] > 0.8
