from __future__ import annotations

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.encode.opus import PACKET, PRE_SKIP, SILENT_PACKET, OpusEncoder
from tests.conftest import vowels


def encode(pcm: NDArray[np.int16], bitrate: int = 48_000) -> list[bytes]:
    encoder = OpusEncoder(bitrate)
    return [encoder.encode(pcm[i : i + PACKET]) for i in range(0, len(pcm), PACKET)]


def decode(packets: list[bytes]) -> NDArray[np.float64]:
    context = av.CodecContext.create("libopus", "r")
    context.sample_rate = 48_000
    context.layout = "mono"
    frames = [frame for packet in packets for frame in context.decode(av.Packet(packet))]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(float)


def test_voice_comes_back_and_late_by_the_declared_delay() -> None:
    pcm = vowels(2.0)
    heard = decode(encode(pcm))
    sent = pcm[4800:48_000].astype(float)
    match = [np.corrcoef(sent, heard[4800 + lag : 48_000 + lag])[0, 1] for lag in range(600)]
    assert abs(int(np.argmax(match)) - PRE_SKIP) <= 5
    assert max(match) > 0.95


def test_a_packet_is_20_ms_of_hybrid_mono() -> None:
    for packet in encode(vowels(1.0)):
        # RFC 6716, section 3.1: 13 and 15 are the 20 ms hybrid configurations.
        assert packet[0] >> 3 in (13, 15)
        assert packet[0] & 0b111 == 0, "mono, one frame"


def test_packets_of_speech_carry_a_copy_of_the_one_before() -> None:
    # RFC 6716, section 4.2.3: the LBRR flag follows the VAD flag at the start of the frame.
    packets = encode(vowels(2.0))
    assert sum(bool(packet[1] & 0x40) for packet in packets) > len(packets) / 3


def test_bitrate_is_obeyed() -> None:
    pcm = vowels(2.0)
    small, large = (sum(map(len, encode(pcm, rate))) for rate in (16_000, 64_000))
    assert small < 0.5 * large


@pytest.mark.parametrize("wrong", [np.zeros(480, np.int16), np.zeros(PACKET, np.float32)])
def test_anything_but_960_int16_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="want int16"):
        OpusEncoder(48_000).encode(wrong)


def test_a_stream_may_fall_silent_and_go_on() -> None:
    """The codec's overlap fades what was loud; then there is nothing until the voice is back."""
    packets = encode(vowels(1.0))
    heard = decode(packets[:25] + [SILENT_PACKET] * 10 + packets[35:])
    assert np.abs(heard[20 * PACKET : 25 * PACKET]).max() > 1000
    assert not heard[26 * PACKET : 35 * PACKET].any()
    assert np.abs(heard[40 * PACKET :]).max() > 1000
