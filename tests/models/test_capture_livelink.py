from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.face import ARKIT, INDEX, Floats
from models.capture.livelink import read_livelink
from tests.models.capture_files import HEADER, column, rows, write_csv

FPS = 60


def moving(count: int = 600) -> Floats:
    """(count, 52) weights in which every row differs from every other."""
    phase = np.arange(count)[:, None] / count + np.arange(len(ARKIT)) / 100
    return (0.5 + 0.4 * np.sin(5 * phase)).astype(np.float32)


def jaw(recording) -> Floats:
    return recording.values[:, recording.names.index("jawOpen")]


def told(recording) -> str:
    return " | ".join(f"{f.check}: {f.found}" for f in recording.findings)


def test_rows_come_back_with_their_times(tmp_path: Path):
    recording = read_livelink(write_csv(tmp_path / "a.csv", rows(moving())))
    np.testing.assert_allclose(recording.times, np.arange(600) / FPS, atol=1e-9)
    np.testing.assert_allclose(jaw(recording), moving()[:, INDEX["jawOpen"]], atol=1e-6)
    assert recording.rate == pytest.approx(FPS)
    assert all(finding.verdict == "good" for finding in recording.findings)


@pytest.mark.parametrize("base", [24, 25, 30, 60])
def test_the_frame_rate_is_found(tmp_path: Path, base: int):
    recording = read_livelink(write_csv(tmp_path / "a.csv", rows(moving(), base)))
    assert recording.rate == pytest.approx(base)


def test_fractions_of_a_frame_count(tmp_path: Path):
    lines = rows(moving())
    lines[100][0] = lines[100][0].replace(".000", ".500")
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines))
    assert recording.times[100] == pytest.approx(100.5 / FPS)


def test_midnight_is_a_moment_like_any_other(tmp_path: Path):
    lines = rows(moving(), start="23:59:55:30")
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines))
    np.testing.assert_allclose(recording.times, np.arange(600) / FPS, atol=1e-6)
    assert "passes midnight" in told(recording)


def test_drop_frame_timecode_keeps_up_with_the_clock(tmp_path: Path):
    # 59.94 fps: after 00:00:59;59 comes 00:01:00;04.
    before = [f"00:00:59;{frame:02}" for frame in range(10, 60)]
    after = [f"00:01:00;{frame:02}" for frame in range(4, 60)]
    lines = rows(moving(len(before + after)))
    for line, code in zip(lines, before + after, strict=True):
        line[0] = code
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines))
    np.testing.assert_allclose(recording.times, np.arange(106) * 1.001 / FPS, atol=1e-6)


def test_missing_rows_are_counted_and_leave_a_gap(tmp_path: Path):
    lines = [line for k, line in enumerate(rows(moving())) if not 200 <= k < 230 and k != 50]
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines))
    assert "31 not there" in told(recording)
    assert np.diff(recording.times).max() == pytest.approx(31 / FPS)


def test_shuffled_and_repeated_rows_are_put_in_order(tmp_path: Path):
    lines = rows(moving(), start="23:59:58:00")
    lines += lines[300:320]
    order = np.random.default_rng(1).permutation(len(lines))
    recording = read_livelink(write_csv(tmp_path / "a.csv", [lines[k] for k in order]))
    np.testing.assert_allclose(recording.times, np.arange(600) / FPS, atol=1e-6)
    np.testing.assert_allclose(jaw(recording), moving()[:, INDEX["jawOpen"]], atol=1e-6)
    assert "20 rows with a time that was there before" in told(recording)
    assert "out of order" in told(recording)


def test_a_row_of_another_day_is_left_out(tmp_path: Path):
    lines = rows(moving())
    lines[0][0] = "02:00:00:00.000"
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines))
    assert len(recording.times) == 599
    assert recording.times[-1] < 11
    assert "1 rows far from all others" in told(recording)


def test_rows_without_a_face_and_damaged_ones_are_left_out(tmp_path: Path):
    lines = rows(moving())
    for k in (10, 11, 12):
        lines[k] = [lines[k][0], "0"]
    lines[20] = lines[20][:30]
    lines[21][1] = "17"
    lines[22][0] = "soon"
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines))
    assert len(recording.times) == 594
    assert "3 without a face" in told(recording)
    assert "3 damaged" in told(recording)


def test_values_that_are_none_are_unknown(tmp_path: Path):
    lines = rows(moving())
    for k, cell in enumerate(["nan", "", "x", "7.5", "-3", "inf"]):
        lines[k][column("JawOpen")] = cell
    lines[6][column("JawOpen")] = "1.02"
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines))
    assert np.isnan(jaw(recording)[:6]).all()
    assert jaw(recording)[6] == 1
    assert "2 out of range, 4 missing (most in jawOpen)" in told(recording)


def test_columns_may_come_in_any_order_and_spelling(tmp_path: Path):
    order = [0, 1, *reversed(range(2, len(HEADER)))]
    header = [HEADER[k].swapcase() for k in order]
    lines = [[line[k] for k in order] for line in rows(moving())]
    recording = read_livelink(write_csv(tmp_path / "a.csv", lines, header))
    np.testing.assert_allclose(jaw(recording), moving()[:, INDEX["jawOpen"]], atol=1e-6)


@pytest.mark.parametrize("name", ["Timecode", "JawOpen", "MouthPucker"])
def test_a_missing_column_is_named(tmp_path: Path, name: str):
    header = ["Other" if title == name else title for title in HEADER]
    path = write_csv(tmp_path / "a.csv", rows(moving()), header)
    with pytest.raises(InvalidInput, match=f"missing: (?i:{name});"):
        read_livelink(path)


def test_percent_are_refused(tmp_path: Path):
    path = write_csv(tmp_path / "a.csv", rows(moving() * 100))
    with pytest.raises(InvalidInput, match="weights are 0 to 1"):
        read_livelink(path)


@pytest.mark.parametrize("content", ["", "\n\n", "hello\n", "\x00\x00\x01"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(InvalidInput):
        read_livelink(path)


def test_a_header_alone_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput, match="only 0 of 0 rows"):
        read_livelink(write_csv(tmp_path / "a.csv", []))
