from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
import pytest

from engine.encode import base as encode_base
from engine.encode import make_video_encoder
from engine.encode.h264 import H264Encoder
from engine.errors import BackendUnavailable, UnsupportedMedia
from tests.engine.moving_pictures import decode, picture, psnr

IDR, SPS, PPS = 5, 7, 8


def nal_types(access_unit: bytes) -> list[int]:
    """Types of the NAL units, split at Annex B start codes."""
    parts = access_unit.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part[0] & 31 for part in parts if part]


def rate(packets: list[bytes], fps: int = 25) -> float:
    """Bits per second of packets."""
    return sum(map(len, packets)) * 8 * fps / len(packets)


def test_every_picture_comes_back_at_once_and_looks_like_itself() -> None:
    encoder = H264Encoder(160, 128, 25, 400_000)
    sent = [picture(i, 160, 128) for i in range(12)]
    packets = [encoder.encode(p, i)[0] for i, p in enumerate(sent)]
    received = decode("h264", packets)
    assert len(received) == len(sent)
    for a, b in zip(sent, received, strict=True):
        assert psnr(a, b) > 33
    assert psnr(sent[0], received[6]) < psnr(sent[6], received[6]) - 3


def test_stream_starts_with_an_idr_that_carries_its_parameters() -> None:
    encoder = H264Encoder(64, 64, 25, 100_000)
    first, key = encoder.encode(picture(0, 64, 64), 0)
    types = nal_types(first)
    assert key
    assert types.index(SPS) < types.index(PPS) < types.index(IDR)
    sps = first[first.index(b"\0\0\0\1\x67") + 4 :]
    assert sps[1] == 66 and sps[2] & 0x40 and sps[3] == 31, "constrained baseline, level 3.1"


def test_keyframes_come_on_request_only() -> None:
    encoder = H264Encoder(96, 64, 25, 200_000)
    units = [encoder.encode(picture(i, 96, 64), i, keyframe=i == 7) for i in range(20)]
    assert [i for i, (_, key) in enumerate(units) if key] == [0, 7]
    assert {SPS, PPS, IDR} <= set(nal_types(units[7][0]))


def test_a_cut_is_no_reason_for_a_keyframe() -> None:
    encoder = H264Encoder(128, 128, 25, 800_000)
    keys = [
        encoder.encode(picture(i, 128, 128, grain=80 if i >= 28 else 0), i)[1] for i in range(40)
    ]
    assert [i for i, key in enumerate(keys) if key] == [0]


def test_bitrate_changes_in_place() -> None:
    encoder = H264Encoder(256, 256, 25, 800_000)
    packets = []
    for i in range(120):
        if i == 50:
            encoder.bitrate = 200_000
        packets.append(encoder.encode(picture(i, 256, 256, grain=12), i))
    sizes = [payload for payload, _ in packets]
    assert [i for i, (_, key) in enumerate(packets) if key] == [0]
    assert rate(sizes[10:50]) == pytest.approx(800_000, rel=0.25)
    assert rate(sizes[80:120]) == pytest.approx(200_000, rel=0.25)
    assert encoder.bitrate == 200_000


def test_a_rate_above_the_first_costs_one_keyframe() -> None:
    encoder = H264Encoder(128, 128, 25, 100_000)
    keys = []
    for i in range(30):
        if i == 10:
            encoder.bitrate = 300_000
        if i == 20:
            encoder.bitrate = 200_000
        keys.append(encoder.encode(picture(i, 128, 128), i)[1])
    assert [i for i, key in enumerate(keys) if key] == [0, 10]


def strided(stride: float, count: int = 150) -> list[int]:
    """Indices of the frames that come if ``stride`` stands for each, on average."""
    return [int(i * stride) for i in range(count)]


@pytest.mark.parametrize("stride", [1, 1.5, 2])
@pytest.mark.parametrize("share", [1, 0.3])
def test_frames_that_are_left_out_leave_their_bits_to_the_others(
    stride: float, share: float
) -> None:
    encoder = H264Encoder(256, 256, 25, 600_000, live=True)
    encoder.bitrate = round(600_000 * share)
    units = [encoder.encode(picture(i, 256, 256, grain=12), i) for i in strided(stride)]
    sizes = [len(payload) for payload, _ in units]
    bits_per_second = 8 * sum(sizes[70:]) * 25 / stride / 80
    assert bits_per_second == pytest.approx(600_000 * share, rel=0.15)
    assert sum(key for _, key in units) == (2 if (stride, share) == (2, 1) else 1)


@pytest.mark.parametrize("come", [lambda i: i % 5 != 0, lambda i: i % 40 > 8])
def test_frames_left_out_now_and_then_cost_no_keyframe(come: Callable[[int], bool]) -> None:
    encoder = H264Encoder(96, 64, 25, 200_000)
    keys = [encoder.encode(picture(i, 96, 64), i)[1] for i in range(100) if come(i)]
    assert sum(keys) == 1


def test_a_narrow_networks_keyframe_is_small() -> None:
    encoder = H264Encoder(256, 256, 25, 900_000, live=True)
    sizes = {}
    for i in range(90):
        if i == 30:
            encoder.bitrate = 200_000
        payload, key = encoder.encode(picture(i, 256, 256, grain=12), i, keyframe=i in (20, 60))
        if key:
            sizes[i] = len(payload)
    assert list(sizes) == [0, 20, 60]
    assert sizes[60] * 8 <= 0.25 * 200_000 < sizes[20] * 8


@pytest.mark.parametrize(("live", "keys"), [(True, 1), (False, 2)])
def test_keyframes_nobody_asks_for_are_for_files(live: bool, keys: int) -> None:
    encoder = H264Encoder(32, 32, 5, 100_000, live)
    still = picture(0, 32, 32)
    assert sum(encoder.encode(still, i)[1] for i in range(60)) == keys


@pytest.mark.parametrize("size", [(16, 16), (18, 22), (34, 18), (1278, 718), (1280, 720)])
def test_sizes_that_are_no_multiple_of_a_block(size: tuple[int, int]) -> None:
    encoder = H264Encoder(*size, 30, 2_000_000)
    sent = picture(0, *size)
    (received,) = decode("h264", [encoder.encode(sent, 0)[0]])
    assert psnr(sent, received) > 30


@pytest.mark.parametrize("value", [0, 255])
def test_extreme_pictures(value: int) -> None:
    encoder = H264Encoder(64, 64, 25, 100_000)
    flat = np.full((96, 64), value, np.uint8)
    (received,) = decode("h264", [encoder.encode(flat, 0)[0]])
    assert np.abs(received.astype(int) - value).max() <= 3


def test_picture_may_be_overwritten_afterwards() -> None:
    encoder = H264Encoder(64, 64, 25, 400_000)
    buffer = picture(0, 64, 64)
    packets = []
    for i in range(4):
        buffer[:] = picture(i, 64, 64)
        packets.append(encoder.encode(buffer, i)[0])
        buffer[:] = 0
    for i, received in enumerate(decode("h264", packets)):
        assert psnr(picture(i, 64, 64), received) > 30


def test_a_stream_may_start_again_at_frame_0() -> None:
    encoder = H264Encoder(64, 64, 25, 100_000)
    packets = [encoder.encode(picture(i % 3, 64, 64), i % 3, i == 3)[0] for i in range(6)]
    assert len(decode("h264", packets)) == 6


def test_colours_are_declared() -> None:
    encoder = H264Encoder(64, 64, 25, 100_000)
    context = av.CodecContext.create("h264", "r")
    payload, _ = encoder.encode(picture(0, 64, 64), 0)
    (frame,) = context.decode(av.Packet(payload)) + context.decode(None)
    assert frame.color_range == 1
    assert (frame.color_primaries, frame.color_trc, frame.colorspace) == (1, 13, 6)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((64, 64), np.uint8),
        np.zeros((96, 64), np.int16),
        np.zeros((192, 64), np.uint8)[::2],
    ],
)
def test_wrong_pictures_are_refused(wrong: np.ndarray) -> None:
    encoder = H264Encoder(64, 64, 25, 100_000)
    with pytest.raises(ValueError, match="want contiguous uint8"):
        encoder.encode(wrong, 0)


def test_closed_encoder_refuses() -> None:
    encoder = H264Encoder(64, 64, 25, 100_000)
    encoder.close()
    encoder.close()
    encoder.bitrate = 1_000_000
    with pytest.raises(ValueError, match="closed"):
        encoder.encode(picture(0, 64, 64), 0)


def test_codec_is_chosen_by_name() -> None:
    assert isinstance(make_video_encoder("h264", 64, 64, 25, 100_000), H264Encoder)
    with pytest.raises(UnsupportedMedia, match=r"video_codec.*'av1'.*h264 or vp8"):
        make_video_encoder("av1", 64, 64, 25, 100_000)


def test_missing_codec_is_named() -> None:
    with pytest.raises(BackendUnavailable, match="libnothing is not available"):
        encode_base.new_context("libnothing", 64, 64, 25)
