from __future__ import annotations

import pytest

from engine.encode import make_video_encoder
from engine.encode.vp8 import Vp8Encoder
from tests.engine.moving_pictures import decode, picture, psnr


def test_every_picture_comes_back_at_once_and_looks_like_itself() -> None:
    encoder = make_video_encoder("vp8", 160, 128, 25, 400_000)
    sent = [picture(i, 160, 128) for i in range(12)]
    packets = [encoder.encode(p, i)[0] for i, p in enumerate(sent)]
    received = decode("vp8", packets)
    assert len(received) == len(sent)
    for a, b in zip(sent, received, strict=True):
        assert psnr(a, b) > 30


def test_keyframes_come_on_request_only() -> None:
    encoder = Vp8Encoder(96, 64, 25, 200_000)
    units = [encoder.encode(picture(i, 96, 64), i, keyframe=i == 7) for i in range(20)]
    assert [i for i, (_, key) in enumerate(units) if key] == [0, 7]
    # The lowest bit of the frame tag is 0 in a keyframe (RFC 6386, section 9.1).
    assert [i for i, (payload, _) in enumerate(units) if not payload[0] & 1] == [0, 7]


def test_a_new_bitrate_starts_a_new_stream_and_small_changes_do_not() -> None:
    encoder = Vp8Encoder(256, 256, 25, 800_000)
    units = []
    for i in range(100):
        if i == 30:
            encoder.bitrate = 780_000
        if i == 50:
            encoder.bitrate = 200_000
        units.append(encoder.encode(picture(i, 256, 256, grain=12), i))
    sizes = [len(payload) for payload, _ in units]
    assert [i for i, (_, key) in enumerate(units) if key] == [0, 50]
    assert sum(sizes[70:100]) < 0.5 * sum(sizes[20:50])
    assert encoder.bitrate == 200_000


@pytest.mark.parametrize("stride", [1, 1.5, 2])
def test_frames_that_are_left_out_leave_their_bits_to_the_others(stride: float) -> None:
    encoder = Vp8Encoder(256, 256, 25, 400_000, live=True)
    units = [
        encoder.encode(picture(i, 256, 256, grain=12), i)
        for i in (int(k * stride) for k in range(120))
    ]
    sizes = [len(payload) for payload, _ in units]
    assert 8 * sum(sizes[40:]) * 25 / stride / 80 == pytest.approx(400_000, rel=0.15)
    assert sum(key for _, key in units) == 1


@pytest.mark.parametrize("size", [(16, 16), (18, 22), (1278, 718)])
def test_sizes_that_are_no_multiple_of_a_block(size: tuple[int, int]) -> None:
    encoder = Vp8Encoder(*size, 30, 2_000_000)
    sent = picture(0, *size)
    (received,) = decode("vp8", [encoder.encode(sent, 0)[0]])
    assert psnr(sent, received) > 28


def test_a_stream_may_start_again_at_frame_0() -> None:
    encoder = Vp8Encoder(64, 64, 25, 100_000)
    packets = [encoder.encode(picture(i % 3, 64, 64), i % 3, i == 3)[0] for i in range(6)]
    assert len(decode("vp8", packets)) == 6


def test_closed_encoder_refuses() -> None:
    encoder = Vp8Encoder(64, 64, 25, 100_000)
    encoder.close()
    encoder.bitrate = 1_000_000
    with pytest.raises(ValueError, match="closed"):
        encoder.encode(picture(0, 64, 64), 0)
