import io
from pathlib import Path

import av
import numpy as np
import pytest
from rich.console import Console

from engine.errors import InvalidInput
from models.capture.alignment import align
from models.capture.archive import read_archive
from models.capture.expectation import expect
from models.capture.folder import find, load
from models.capture.report import tables
from models.sound import read_16k
from tests.conftest import ROOT
from tests.models.capture_files import (
    RATE,
    at_48k,
    column,
    engine,
    face,
    rows,
    tracked,
    voice,
    write_csv,
    write_take,
)

MOCAP = ROOT.parent / "shared" / "data" / "mocap"


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def found(folder: Path) -> list[tuple[str, str, str]]:
    return [(take.name, take.sound.name, take.curves.name) for take in find(folder)]


def test_takes_are_found_below_the_folder_too(tmp_path: Path):
    touch(tmp_path, "b.wav", "b.csv", "day 1/a.MOV", "day 1/a.csv", "c.opus", "c.npz")
    assert found(tmp_path) == [
        ("b", "b.wav", "b.csv"),
        ("c", "c.opus", "c.npz"),
        ("day 1/a", "a.MOV", "a.csv"),
    ]


def test_calibrated_curves_are_preferred_and_the_neutral_face_is_none(tmp_path: Path):
    stem = "MySlate_1_iPhone"
    touch(tmp_path, f"{stem}.mov", f"{stem}_raw.csv", f"{stem}_neutral.csv", "frame_log.csv")
    assert found(tmp_path) == [(stem, f"{stem}.mov", f"{stem}_raw.csv")]
    touch(tmp_path, f"{stem}_cal.csv")
    assert found(tmp_path) == [(stem, f"{stem}.mov", f"{stem}_cal.csv")]
    touch(tmp_path, f"{stem}.csv")
    assert found(tmp_path) == [(stem, f"{stem}.mov", f"{stem}.csv")]


def test_a_microphone_goes_before_the_camera(tmp_path: Path):
    touch(tmp_path, "a.mov", "a.wav", "a.csv")
    assert found(tmp_path) == [("a", "a.wav", "a.csv")]


def test_a_folder_without_takes_is_refused(tmp_path: Path):
    touch(tmp_path, "a.wav", "b.csv", ".a.csv", "a_neutral.csv")
    with pytest.raises(InvalidInput, match="no take among its 3 files"):
        find(tmp_path)
    with pytest.raises(InvalidInput, match="no such folder"):
        find(tmp_path / "none")


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three takes: one with every fault that can be mended, two that cannot be used."""
    folder = tmp_path_factory.mktemp("capture")
    late = tracked(face(20.0), 60, 0.18, 0.0)
    lines = rows(late, start="23:59:50:00")
    for k in range(40, 50):
        lines[k][column("MouthPucker")] = "nan"
    lines[60:63] = [[line[0], "0"] for line in lines[60:63]]
    lines = [line for k, line in enumerate(lines) if (k + 1) % 97]
    order = np.random.default_rng(1).permutation(len(lines))
    write_csv(folder / "good_cal.csv", [lines[k] for k in order])
    _write_mov(folder / "good.mov", at_48k(voice(20.0)))
    write_take(folder, "strange", tracked(face(20.0)[::-1]), 20.0)
    write_take(folder, "mute", late, 20.0)
    touch(folder, "mute.wav")
    return folder


def _write_mov(path: Path, pcm: np.ndarray) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])  # type: ignore[attr-defined]


def test_what_can_be_mended_is_and_the_rest_is_named(capture: Path):
    asked: list[str] = []
    loaded = load(capture, engine(), asked.append)
    assert asked == ["good", "mute", "strange"]
    (take,), (report,) = loaded.takes, loaded.reports
    assert take.name == report.name == "good"
    assert take.samples.dtype == np.int16
    assert len(take.targets) == len(take.samples) // 160
    assert report.alignment.offset_ms == pytest.approx(180, abs=10)
    console = Console(width=120, file=io.StringIO())
    for table in tables(loaded):
        console.print(table)
    text = console.file.getvalue()
    for line in (
        "passes midnight",
        "out of order",
        "3 without a face",
        "not there",
        "10 missing",
        "ms late",
        "not used: capture: 'mute.wav'",
        "not used: capture: 'strange' is not usable; audio and curves do not belong together",
    ):
        assert line in text


def test_real_capture_is_recognised_and_its_offset_found():
    clip = MOCAP / "1114_2_03.npz"
    if not clip.exists():
        pytest.skip("no performance capture beside this checkout")
    seconds = 30
    recording = read_archive(clip)
    samples = read_16k(clip.with_suffix(".flac"))[: seconds * RATE]
    opening = expect(engine(), samples).opening
    jaw = recording.values[:, recording.names.index("jawOpen")]
    grid = np.arange(seconds * 100) / 100
    as_is = align(opening, np.interp(grid, recording.times, jaw))
    moved = align(opening, np.interp(grid - 0.18, recording.times, jaw))
    assert as_is.belongs
    assert abs(as_is.offset_ms) < 40
    assert moved.offset_ms - as_is.offset_ms == pytest.approx(180, abs=10)
    other = read_archive(MOCAP / "1114_2_05.npz")
    strange = other.values[:, other.names.index("jawOpen")]
    assert not align(opening, np.interp(grid, other.times, strange)).belongs
