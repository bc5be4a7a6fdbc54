"""Motion as files of numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.avatar import catalogue
from engine.avatar.rig import Head
from engine.face import ARKIT, INDEX, FaceFrame
from server.motion_out import curve_file


@pytest.fixture(scope="module")
def head() -> Head:
    return catalogue.load(catalogue.ALIAS)


def faces() -> list[FaceFrame]:
    """Three poses in which every number differs."""
    counted = np.arange(66, dtype=np.float32)
    made = []
    for k in range(3):
        parts = np.split((counted + 100 * k) / 1000, [52, 58, 60, 63])
        made.append(FaceFrame(160 * k, *parts))
    return made


def test_a_table_has_a_column_for_each_number_and_a_row_for_each_pose(
    tmp_path: Path, head: Head
) -> None:
    poses = curve_file.rows(faces())
    curve_file.write(tmp_path / "out.part", ".CSV", poses, head)
    with (tmp_path / "out.part").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["sample"], row["time_s"]) for row in table] == [
        ("0", "0.000"),
        ("160", "0.010"),
        ("320", "0.020"),
    ]
    assert list(table[0])[2:54] == list(ARKIT)
    assert float(table[2]["jawOpen"]) == pytest.approx(0.2 + INDEX["jawOpen"] / 1000)
    ends = {"head_pitch": 52, "head_z": 57, "gaze_yaw": 58, "camera_zoom": 62, "body_lean": 65}
    for name, at in ends.items():
        assert float(table[1][name]) == pytest.approx(0.1 + at / 1000), name


def test_arrays_say_the_same_as_the_table(tmp_path: Path, head: Head) -> None:
    made = faces()
    curve_file.write(tmp_path / "out.part", ".npz", curve_file.rows(made), head)
    with np.load(tmp_path / "out.part") as arrays:
        assert arrays["sample"].tolist() == [0, 160, 320]
        assert arrays["time_s"].tolist() == [0, 0.01, 0.02]
        assert tuple(arrays["names"]) == ARKIT
        for part in ("blendshapes", "head", "gaze", "camera", "body"):
            assert np.array_equal(arrays[part], [getattr(face, part) for face in made]), part
        assert {arrays[name].shape for name in ("aperture", "rounding", "labiodental")} == {(3,)}


def test_numbers_are_short_and_nothing_is_minus_zero(tmp_path: Path, head: Head) -> None:
    poses = np.zeros((1, 66), np.float32)
    poses[0, :3] = (-1e-7, 0.25, -0.123456)
    curve_file.write(tmp_path / "out.part", ".csv", poses, head)
    row = (tmp_path / "out.part").read_text().splitlines()[1].split(",")
    assert row[2:6] == ["0", "0.25", "-0.12346", "0"]


def test_no_pose_is_an_empty_table(tmp_path: Path, head: Head) -> None:
    curve_file.write(tmp_path / "out.part", ".csv", curve_file.rows([]), head)
    assert len((tmp_path / "out.part").read_text().splitlines()) == 1
