"""Recordings as pictures with transparency, by a real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.face import FaceFrame
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.render.badge import Badge
from server import frames, offline
from server.frames import FrameFaces
from server.outputs.mp4 import MARK
from tests.conftest import vowels, write_wav

CLEAR = SessionOptions(width=96, height=64, set="transparent", quality="medium")
SECONDS = 0.5
PICTURES = 13


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(badge=None)  # the figure alone


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "in.wav", vowels(SECONDS))


def with_alpha(path: Path) -> list[NDArray[np.uint8]]:
    """RGBA of a WebM file, as libvpx decodes it: FFmpeg's own decoder knows no alpha."""
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    assert isinstance(decoder, VideoCodecContext)
    with av.open(str(path)) as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
        return [f.to_ndarray(format="rgba") for packet in packets for f in decoder.decode(packet)]


def read_png(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        assert frame.format.name in ("rgba", "rgb24")
        return frame.to_ndarray()


def test_a_webm_is_transparent_where_nothing_is(
    engine: Engine, spoken: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.webm"
    done = frames.render(engine, spoken, target, CLEAR)
    assert (done.seconds, done.count) == (SECONDS, PICTURES)
    with av.open(str(target)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("vp9", "opus")
        assert {k.lower(): v for k, v in video.metadata.items()}["alpha_mode"] == "1"
        times = [packet.pts * packet.time_base for packet in file.demux(video) if packet.size]
    assert [float(time) for time in times] == pytest.approx([k / 25 for k in range(13)], abs=1e-3)
    pictures = with_alpha(target)
    assert len(pictures) == PICTURES
    for picture in pictures:
        assert picture[:8, :8, 3].max() < 8, "the corner is clear"
        assert picture[30:40, 44:52, 3].min() > 247, "the face is not"
    assert not list(tmp_path.glob(".*"))


def test_with_a_place_nothing_is_transparent(engine: Engine, spoken: Path, tmp_path: Path) -> None:
    options = replace(CLEAR, set="#ff0000", video_bitrate=200_000)
    frames.render(engine, spoken, tmp_path / "out.webm", options)
    with av.open(str(tmp_path / "out.webm")) as file:
        assert "alpha_mode" not in {key.lower() for key in file.streams.video[0].metadata}
        red, green, blue = next(file.decode(video=0)).to_ndarray(format="rgb24")[4, 4]
    assert red > 200 > 60 > max(green, blue)


def test_the_badge_is_in_transparent_pictures_too(
    engine: Engine, spoken: Path, tmp_path: Path
) -> None:
    marked = replace(engine, cast=replace(engine.cast, badge=Badge(corner="top-left")))
    for name, one in (("marked", marked), ("plain", engine)):
        frames.render(one, spoken, tmp_path / name, CLEAR)
    alphas = [read_png(tmp_path / name / "00000.png")[..., 3] for name in ("marked", "plain")]
    assert alphas[1][:16, :32].max() == 0 and alphas[0][:16, :32].max() > 200


@pytest.mark.parametrize("name", ["out", "out/face_%03d.png"])
def test_pictures_are_numbered_and_beside_their_alpha(
    engine: Engine, spoken: Path, tmp_path: Path, name: str
) -> None:
    done = frames.render(engine, spoken, tmp_path / name, CLEAR)
    files = sorted((tmp_path / "out").iterdir())
    first = "00000.png" if name == "out" else "face_000.png"
    assert len(files) == done.count == PICTURES and files[0].name == first
    picture = read_png(files[0])
    assert f"Comment\0{MARK}".encode() in files[0].read_bytes()
    assert picture.shape == (64, 96, 4)
    edge = (picture[..., 3] > 60) & (picture[..., 3] < 200)
    inside = picture[..., 3] == 255
    assert edge.any()
    assert picture[edge][:, :3].mean() > 0.5 * picture[inside][:, :3].mean(), "not multiplied"
    with pytest.raises(InvalidInput, match="--force"):
        frames.render(engine, spoken, tmp_path / name, CLEAR)


def test_h264_is_green_where_nothing_is(engine: Engine, spoken: Path, tmp_path: Path) -> None:
    offline.render(engine, spoken, tmp_path / "out.mp4", CLEAR)
    with av.open(str(tmp_path / "out.mp4")) as file:
        colour = next(file.decode(video=0)).to_ndarray(format="rgb24")[4, 4].astype(int)
    assert np.abs(colour - (0, 177, 64)).max() <= 6


@pytest.mark.parametrize("fps", [25, 30])
def test_faces_are_those_of_the_frames_centres(fps: int) -> None:
    faces = FrameFaces(fps)
    poses = [
        FaceFrame(
            160 * k,
            np.full(52, k, np.float32),
            *(np.zeros(n, np.float32) for n in (6, 2, 3)),
        )
        for k in range(100)
    ]
    shown = [face for start in range(0, 100, 7) for face in faces.push(poses[start : start + 7])]
    shown += faces.flush(16_000)
    centres = [(k + 0.5) * 100 / fps for k in range(fps)]
    assert [float(face.blendshapes[0]) for face in shown] == pytest.approx(
        [min(centre, 99) for centre in centres], abs=0.01
    )


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("out.png", "out/%05d.png"),
        ("out_%d_%d.png", "out/%05d.png"),
        ("out_%s.png", "out/%05d.png"),
        ("no/such/%d.png", "create it first"),
        ("no/out.webm", "create it first"),
        ("out.avi", "ends in .mp4 or .webm"),
    ],
)
def test_an_out_that_cannot_be_is_refused_before_any_work(
    spoken: Path, tmp_path: Path, name: str, remedy: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        frames.check(tmp_path / name, False, spoken)
    assert raised.value.field == "OUT" and remedy in raised.value.remedy
