from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.encode.h264 import H264Encoder
from engine.timeline import FrameGrid
from engine.units import VideoUnit
from server.outputs.mp4 import MARK, Mp4Writer, without_parameter_sets
from tests.conftest import vowels
from tests.engine.moving_pictures import picture, psnr

SIZE = (96, 64)


def write(path: Path, pcm: NDArray[np.int16], frames: int, fps: int, chunk: int) -> list[VideoUnit]:
    encoder, grid = H264Encoder(*SIZE, fps, 300_000), FrameGrid(fps)
    units = []
    with Mp4Writer(path, fps) as writer:
        for start in range(0, len(pcm), chunk):
            writer.sound(pcm[start : start + chunk])
        for k in range(frames):
            payload, key = encoder.encode(picture(k, *SIZE), k, keyframe=k == 20)
            units.append(VideoUnit(grid.start(k), grid.duration(k), payload, key))
            writer.picture(units[-1])
    return units


@pytest.mark.parametrize("fps", [25, 30])
def test_picture_k_is_at_k_over_fps(tmp_path: Path, fps: int) -> None:
    path = tmp_path / "out.mp4"
    write(path, vowels(1.5), 40, fps, 960)
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        packets = [p for p in file.demux(video) if p.pts is not None]
        times = [p.pts * p.time_base for p in packets]
        assert [i for i, p in enumerate(packets) if p.is_keyframe] == [0, 20]
    assert times == [Fraction(k, fps) for k in range(40)]


def test_pictures_are_the_packets_that_were_given(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write(path, vowels(1.0), 24, 25, 960)
    with av.open(str(path)) as file:
        received = [frame.to_ndarray() for frame in file.decode(video=0)]
    assert len(received) == 24
    assert all(psnr(picture(k, *SIZE), got) > 30 for k, got in enumerate(received))


@pytest.mark.parametrize("chunk", [333, 960, 48_000])
def test_sound_starts_with_the_picture_to_the_sample(tmp_path: Path, chunk: int) -> None:
    path = tmp_path / "out.mp4"
    pcm = vowels(1.23)
    write(path, pcm, 31, 25, chunk)
    with av.open(str(path)) as file:
        audio = file.streams.audio[0]
        assert audio.start_time == 0
        assert audio.duration * audio.time_base == pytest.approx(1.23, abs=1e-4)
        first, *rest = file.decode(audio)
        heard = np.concatenate([f.to_ndarray()[0] for f in (first, *rest)])
    assert first.pts == 0
    assert len(heard) >= len(pcm)
    match = {
        lag: np.corrcoef(pcm[4800:40_000], heard[4800 + lag : 40_000 + lag])[0, 1]
        for lag in range(-1100, 1100)
    }
    assert max(match, key=match.__getitem__) == 0
    assert match[0] > 0.99


def test_parameter_sets_are_in_the_header_and_only_there(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    (unit, *_) = write(path, vowels(0.5), 3, 25, 960)
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        assert video.codec_context.extradata is not None
        assert video.codec_context.extradata[:2] == b"\x01\x42", "avcC, baseline"
        packet = next(file.demux(video))
    kept = without_parameter_sets(unit.payload)
    assert b"\0\0\0\1\x67" not in kept and b"\0\0\0\1\x68" not in kept
    assert len(bytes(packet)) == len(kept), "start codes became lengths, nothing else changed"


def test_file_says_that_it_is_synthetic(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", vowels(0.2), 5, 25, 960)
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert file.metadata["comment"] == MARK


def test_index_comes_first(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", vowels(0.2), 5, 25, 960)
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
