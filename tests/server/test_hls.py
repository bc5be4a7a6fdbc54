"""HLS: segments that begin with keyframes and lie in time, across changes of size."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from server.outputs import hls
from server.outputs.disk import NoStorage
from server.outputs.hls import KEYFRAMES, LISTED, PLAYLIST, HlsSink
from server.outputs.outlet import Outlet
from tests.conftest import vowels
from tests.server.media import media
from tests.server.tapped import FakeTapped

PCM = vowels(40)
HOP = 960


class Watched:
    def __init__(self) -> None:
        self.session = FakeTapped()
        self.sink = HlsSink(self.session.options.fps)
        self.outlet = Outlet(self.session, self.sink, "hls", KEYFRAMES)
        self.outlet.start()
        self.at = 0

    def play(self, seconds: int) -> None:
        for _ in range(seconds * 50):
            self.session.play(PCM[self.at : self.at + HOP])
            self.at += HOP
            while len(self.outlet._units) > 20 and self.outlet.running:
                time.sleep(0.001)

    def stop(self) -> list[str]:
        self.outlet.close()
        assert self.outlet.join(10)
        return (self.sink.folder / PLAYLIST).read_text().splitlines()


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(hls.tempfile, "tempdir", str(tmp_path))
    return Watched()


def test_segments_lie_in_time_and_only_the_last_are_kept(watched: Watched) -> None:
    watched.play(20)
    lines = watched.stop()
    segments = [line for line in lines if line.endswith(".ts")]
    assert len(segments) == LISTED and lines[-1] == "#EXT-X-ENDLIST"
    kept = sorted(path.name for path in watched.sink.folder.glob("*.ts"))
    assert LISTED <= len(kept) <= 2 * LISTED + 1 and kept[-LISTED:] == segments
    got = [media(str(watched.sink.folder / name)) for name in segments]
    assert all(one.keyframes[0] == 0 for one in got)
    times = [at for one in got for at in one.pictures]
    assert all(abs(b - a - 0.04) < 1e-4 for a, b in pairwise(times))
    start = float(got[0].pictures[0])
    assert abs(got[0].lag(PCM[round(start * 48_000) :], start)) < 0.002
    assert watched.sink.duration == 20


def test_another_size_follows_a_discontinuity(watched: Watched) -> None:
    watched.play(3)
    watched.session.resize(64, 96)
    watched.play(3)
    lines = watched.stop()
    assert lines.count("#EXT-X-ENDLIST") == 1
    before, behind = "\n".join(lines).rsplit("#EXT-X-DISCONTINUITY", 1)
    for part, size in ((before, (96, 64)), (behind, (64, 96))):
        names = [line for line in part.splitlines() if line.endswith(".ts")]
        assert names
        assert all(media(str(watched.sink.folder / name)).sizes == {size} for name in names)


def test_what_has_ended_goes_after_a_while(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls, "KEPT_S", 0.05)
    watched.play(2)
    watched.outlet.close()
    assert watched.outlet.join(10)
    for _ in range(200):
        if not watched.sink.folder.exists():
            return
        time.sleep(0.02)
    raise AssertionError("the segments are still there")


def test_a_folder_that_vanishes_ends_it_with_a_reason(watched: Watched) -> None:
    watched.play(2)
    watched.sink.remove()
    watched.play(5)
    assert watched.outlet.join(10)
    assert isinstance(watched.outlet.error, NoStorage)
