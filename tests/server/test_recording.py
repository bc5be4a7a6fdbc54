"""Recordings: what was sent and nothing else, in time to the millisecond, whatever happens."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from server.outputs import disk
from server.outputs.disk import NoStorage
from server.outputs.mp4 import MARK
from server.outputs.outlet import MOST_UNITS, Outlet
from server.outputs.recording import KEYFRAMES, Recorder
from tests.conftest import ROOT, vowels
from tests.server.media import media
from tests.server.tapped import FakeTapped

PCM = vowels(8)
HOP = 960


class Recorded:
    """A session that is recorded from ``begin`` hops on."""

    def __init__(self, folder: Path, begin: int = 107, **options: object) -> None:
        self.session = FakeTapped(**options)
        self.folder = folder
        self.at = 0
        self.play(begin, settled=False)
        options_ = self.session.options
        self.recorder = Recorder(folder, "take", options_.fps, options_.video_codec)
        self.outlet = Outlet(self.session, self.recorder, "recording", KEYFRAMES)
        self.outlet.start()

    def play(self, hops: int, settled: bool = True) -> None:
        for _ in range(hops):
            self.session.play(PCM[self.at : self.at + HOP])
            self.at += HOP
            if settled:
                self.settle()

    def settle(self, most: int = 20) -> None:
        """Let the thread keep up, as it does in real time."""
        while len(self.outlet._units) > most and self.outlet.running:
            pass

    def done(self) -> list[str]:
        self.outlet.close()
        assert self.outlet.join(10)
        return self.recorder.files

    def said(self, seconds: Fraction) -> NDArray[np.int16]:
        """The voice from a media time on."""
        return PCM[round(seconds * 48_000) :]


@pytest.mark.parametrize(("codec", "fps"), [("h264", 25), ("h264", 30), ("vp8", 25), ("vp8", 30)])
def test_sound_and_picture_lie_as_in_the_session(tmp_path: Path, codec: str, fps: int) -> None:
    take = Recorded(tmp_path, video_codec=codec, fps=fps)
    take.play(250)
    (name,) = take.done()
    got = media(str(tmp_path / name))
    assert name == {"h264": "take.mp4", "vp8": "take.webm"}[codec]
    assert got.codecs == {"h264": ("h264", "aac"), "vp8": ("vp8", "opus")}[codec]
    first = 107 * 320 * fps // 16_000  # the keyframe that was asked for
    tolerance = 0 if codec == "h264" else 0.001  # WebM counts milliseconds
    for k, at in enumerate(got.pictures):
        assert abs(at - Fraction(k, fps)) <= tolerance
    assert len(got.pictures) == 357 * 320 * fps // 16_000 - first
    assert take.recorder.duration == len(got.pictures) / fps
    assert abs(got.lag(take.said(Fraction(first, fps)), 0)) < 0.002
    assert take.recorder.size == (tmp_path / name).stat().st_size
    assert take.outlet.dropped_pictures == take.outlet.dropped_sound == 0
    assert got.comment == MARK


def test_one_that_ends_in_peace_is_an_ordinary_mp4(tmp_path: Path) -> None:
    take = Recorded(tmp_path)
    take.play(150)
    (name,) = take.done()
    data = (tmp_path / name).read_bytes()
    assert b"moof" not in data[:100] and data.rindex(b"moov") > data.rindex(b"mdat")


def test_a_session_that_ends_completes_its_file(tmp_path: Path) -> None:
    take = Recorded(tmp_path)
    take.play(100)
    take.session.end()
    assert take.outlet.join(10) and take.outlet.error is None
    assert len(media(str(tmp_path / "take.mp4")).pictures) == 50


def test_another_size_is_another_file_and_no_sound_is_lost_between(tmp_path: Path) -> None:
    take = Recorded(tmp_path, begin=0)
    take.play(150)
    take.session.resize(64, 96)
    take.play(150)
    names = take.done()
    assert names == ["take.mp4", "take-2.mp4"]
    first, second = (media(str(tmp_path / name)) for name in names)
    assert (first.sizes, second.sizes) == ({(96, 64)}, {(64, 96)})
    assert first.pictures[0] == second.pictures[0] == 0
    assert len(first.pictures) == len(second.pictures) == 75
    assert abs(first.lag(PCM, 0)) < 0.002
    assert abs(second.lag(take.said(Fraction(3)), 0)) < 0.002
    assert len(first.pcm) / 48_000 + first.sound_start >= 3 - 0.001
    assert take.recorder.duration == 6


def test_after_a_gap_everything_keeps_its_time(tmp_path: Path) -> None:
    take = Recorded(tmp_path, begin=0)
    take.play(100)
    take.session.skip(50)
    take.at += 50 * HOP
    take.play(150)
    got = media(str(tmp_path / take.done()[0]))
    assert got.pictures == [Fraction(k, 25) for k in (*range(50), *range(75, 150))]
    silent = got.pcm[round(2.1 * 48_000) : round(2.9 * 48_000)]
    assert np.abs(silent).max() < 0.01
    assert abs(got.lag(PCM, 0)) < 0.002


def test_after_a_lost_picture_there_is_none_until_a_keyframe(tmp_path: Path) -> None:
    take = Recorded(tmp_path, begin=0)
    take.play(60)
    take.session.lose()
    take.play(60)
    got = media(str(tmp_path / take.done()[0]))
    assert got.pictures == [Fraction(k, 25) for k in (*range(30), *range(50, 60))]
    assert take.outlet.dropped_pictures == 19


def test_what_it_cannot_take_in_time_is_dropped_and_counted(tmp_path: Path) -> None:
    take = Recorded(tmp_path, begin=0)
    take.play(50)
    take.settle(0)
    with take.outlet._changed:  # the disk stands still
        take.play(200, settled=False)
        assert len(take.outlet._units) <= MOST_UNITS
    take.settle(0)
    take.play(100)
    dropped = take.outlet.dropped_pictures
    got = media(str(tmp_path / take.done()[0]))
    assert dropped > 0 and len(got.pictures) == 175 - dropped
    assert abs(got.lag(PCM, 0)) < 0.002


def test_without_a_picture_there_is_no_file(tmp_path: Path) -> None:
    take = Recorded(tmp_path)
    assert take.done() == [] and not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "take.mp4").write_text("precious")
    take = Recorded(tmp_path)
    take.play(100)
    assert take.done() == ["take-2.mp4"]
    assert (tmp_path / "take.mp4").read_text() == "precious"


class FullDisk(io.FileIO):
    """A file on a disk with so much room."""

    room = 40_000

    def write(self, data: memoryview) -> int:
        fits = self.room - self.tell()
        if fits <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.name)
        return super().write(data[:fits])


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_full_disk_keeps_what_was_recorded(
    tmp_path: Path, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        disk, "open", lambda path, mode, buffering: FullDisk(path, mode), raising=False
    )
    take = Recorded(tmp_path, begin=0, video_codec=codec)
    take.play(390)
    assert take.outlet.join(10)
    assert isinstance(take.outlet.error, NoStorage)
    assert "No space left" in str(take.outlet.error) and "free some space" in str(take.outlet.error)
    assert str(tmp_path.parent) not in str(take.outlet.error)
    (name,) = take.recorder.files
    size = (tmp_path / name).stat().st_size
    assert FullDisk.room // 2 < size <= FullDisk.room and size == take.recorder.size
    got = media(str(tmp_path / name))
    assert len(got.pictures) > 20
    assert abs(got.lag(PCM, 0)) < 0.002
    take.session.play(PCM[:HOP])
    assert len(take.session) == 0


def test_a_disk_that_is_full_at_the_very_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index of an ordinary file finds no room: the fragments stay."""
    monkeypatch.setattr(
        disk, "open", lambda path, mode, buffering: FullDisk(path, mode), raising=False
    )
    take = Recorded(tmp_path, begin=0)
    take.play(150)
    take.settle(0)
    monkeypatch.setattr(FullDisk, "room", take.recorder.size)
    assert isinstance((take.done(), take.outlet.error)[1], NoStorage)
    assert len(media(str(tmp_path / "take.mp4")).pictures) >= 50


def test_a_folder_that_takes_nothing_says_why(tmp_path: Path) -> None:
    with pytest.raises(NoStorage, match="No such file or directory: make the folder"):
        Recorder(tmp_path / "none", "take", 25, "h264")
    (tmp_path / "file").touch()
    with pytest.raises(NoStorage, match="Not a directory: give a folder"):
        Recorder(tmp_path / "file", "take", 25, "h264")


def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("whoever runs this may write everywhere")
    with pytest.raises(NoStorage, match="let the user that the server runs as"):
        Recorder(tmp_path, "take", 25, "h264")


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.server.test_recording import Recorded
take = Recorded(Path(sys.argv[1]), begin=0, video_codec=sys.argv[2])
take.play(225)
take.settle(0)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_killed_server_leaves_a_file_that_plays(tmp_path: Path, codec: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), codec], cwd=ROOT, check=False
    )
    assert ran.returncode == -signal.SIGKILL
    (path,) = tmp_path.iterdir()
    got = media(str(path))
    assert len(got.pictures) >= (4.5 - 1.2) * 25
    assert abs(got.lag(PCM, 0)) < 0.002
    assert got.pictures == sorted(got.pictures)
