from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import InvalidInput
from server.outputs.media_file import MediaFile
from tests.conftest import vowels, write_wav


def read(path: Path) -> np.ndarray:
    with MediaFile(path) as file:
        return np.concatenate(list(file.chunks()))


def encode(path: Path, codec: str, pcm: np.ndarray, rate: int = 48_000) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for converted in resampler.resample(frame):
            file.mux(stream.encode(converted))
        file.mux(stream.encode(None))
    return path


def test_wav_comes_back_sample_for_sample(tmp_path: Path) -> None:
    pcm = vowels(1.1)
    assert np.array_equal(read(write_wav(tmp_path / "a.wav", pcm)), pcm)


def test_it_comes_in_small_pieces(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", vowels(3.0))
    with MediaFile(path) as file:
        assert file.seconds == pytest.approx(3.0)
        assert max(len(chunk) for chunk in file.chunks()) <= 4800


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100])
def test_other_rates_keep_their_length_and_their_place(tmp_path: Path, rate: int) -> None:
    pcm = read(write_wav(tmp_path / "a.wav", vowels(1.0, rate), rate))
    assert abs(len(pcm) - 48_000) <= 6
    reference = read(write_wav(tmp_path / "b.wav", vowels(1.0)))
    match = {
        lag: np.corrcoef(reference[4800:40_000], pcm[4800 + lag : 40_000 + lag])[0, 1]
        for lag in range(-40, 41)
    }
    assert abs(max(match, key=match.__getitem__)) <= 12


@pytest.mark.parametrize(
    ("name", "codec"), [("a.ogg", "libopus"), ("a.mp3", "libmp3lame"), ("a.m4a", "aac")]
)
def test_lossy_files_start_where_the_sound_started(tmp_path: Path, name: str, codec: str) -> None:
    pcm = vowels(1.0)
    heard = read(encode(tmp_path / name, codec, pcm))
    match = {
        lag: np.corrcoef(pcm[4800:40_000], heard[4800 + lag : 40_000 + lag])[0, 1]
        for lag in range(-1200, 1200)
    }
    assert abs(max(match, key=match.__getitem__)) <= 5


def test_gaps_between_timestamps_are_no_silence(tmp_path: Path) -> None:
    pcm = vowels(1.0)
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=48_000)
        stream.layout = "mono"
        for start in range(0, 48_000, 960):
            piece = pcm[None, start : start + 960]
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.time_base = 48_000, Fraction(1, 48_000)
            frame.pts = 12_000 + start + (24_000 if start >= 24_000 else 0)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert np.array_equal(read(path), pcm)


def test_stereo_is_mixed(tmp_path: Path) -> None:
    left = vowels(0.5)
    path = tmp_path / "a.wav"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=48_000)
        stream.layout = "stereo"
        both = np.stack([left, np.zeros_like(left)], axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        frame.sample_rate = 48_000
        file.mux(stream.encode(frame))
    heard = read(path)
    assert np.abs(heard - left / 2).max() <= 1


def test_damaged_packets_are_skipped_and_counted(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.ogg", "libopus", vowels(2.0))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 600] = bytes(600)
    path.write_bytes(data)
    assert len(read(path)) > 24_000


def make_picture_file(path: Path) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        frame = av.VideoFrame(64, 64, "yuv420p")
        file.mux([*stream.encode(frame), *stream.encode(None)])


def test_unusable_files_are_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("this is no sound " * 50)
    (tmp_path / "header.wav").write_bytes(
        write_wav(tmp_path / "x.wav", vowels(0.1)).read_bytes()[:44]
    )
    make_picture_file(tmp_path / "silent.mp4")
    reasons = {
        "missing.wav": "no such file",
        "empty.wav": "is empty",
        "text.wav": "no media file",
        "header.wav": "no sound could be decoded",
        "silent.mp4": "no audio track",
        ".": "a folder",
    }
    for name, reason in reasons.items():
        with pytest.raises(InvalidInput, match=reason) as caught:
            read(tmp_path / name)
        assert caught.value.field == "IN"
        assert caught.value.remedy
