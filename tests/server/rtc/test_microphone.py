"""Packets of a real encoder, lost, late and damaged, through the microphone's way in."""

from __future__ import annotations

import numpy as np
import pytest
from aiortc.rtp import RtpPacket

from engine.encode.opus import OpusEncoder
from server.rtc.microphone import Microphone


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def payloads():
    encoder = OpusEncoder(32_000)
    phase = 2 * np.pi * 300 * np.arange(960 * 150) / 48_000
    pcm = (np.sin(phase) * 8000).astype(np.int16)
    return [encoder.encode(pcm[k * 960 : (k + 1) * 960]) for k in range(150)]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def blocks():
    return []


@pytest.fixture
def microphone(clock, blocks):
    return Microphone(blocks.append, clock)


def rtp(index, payload, ssrc=1):
    packet = RtpPacket(
        payload_type=111,
        sequence_number=(65_500 + index) % 65_536,
        timestamp=(2**32 - 5000 + index * 960) % 2**32,
        payload=payload,
    )
    packet.ssrc = ssrc
    return packet


def hear(microphone, clock, packets):
    """Packets given as (index, payload), each at its own time."""
    for index, payload in packets:
        clock.now = 100.0 + index * 0.02
        microphone.tick()
        microphone.receive(rtp(index, payload))


def test_every_packet_is_a_block_the_moment_it_arrives(microphone, clock, blocks, payloads):
    hear(microphone, clock, enumerate(payloads[:50]))
    first = len(blocks) - 50
    assert first <= 1  # the silence before the first packet
    assert all(block.shape == (960,) and block.dtype == np.int16 for block in blocks)
    assert np.abs(blocks[-1]).max() == pytest.approx(8000, rel=0.2)


def test_losses_keep_the_length(microphone, clock, blocks, payloads):
    rng = np.random.default_rng(3)
    kept = [(k, p) for k, p in enumerate(payloads) if k in (0, 149) or rng.random() > 0.1]
    hear(microphone, clock, kept)
    clock.now += 0.2
    silent = len(blocks)
    microphone._decode(microphone._reorder.expire(clock.now), clock.now)
    total = len(blocks)
    assert silent <= total and abs(total - 150) <= 1
    assert microphone.lost == 150 - len(kept)
    assert microphone.ingest.concealed == microphone.lost * 960


def test_out_of_order_packets_are_heard_in_order(microphone, clock, blocks, payloads):
    order = [0, 1, 3, 2, 4, 6, 5, 7]
    for position, index in enumerate(order):
        clock.now = 100.0 + position * 0.02
        microphone.receive(rtp(index, payloads[index]))
    assert len(blocks) == 8 and microphone.lost == 0
    assert microphone.ingest.concealed == 0


def test_damaged_and_empty_packets_are_counted_and_replaced(microphone, clock, blocks, payloads):
    packets = list(enumerate(payloads[:20]))
    packets[5], packets[9] = (5, b""), (9, b"\xff" * 40)
    hear(microphone, clock, packets)
    assert microphone.damaged == 2
    assert 20 <= len(blocks) <= 21


def test_another_source_is_joined_on(microphone, clock, blocks, payloads):
    hear(microphone, clock, enumerate(payloads[:10]))
    count = len(blocks)
    for index in range(10):
        clock.now += 0.02
        packet = rtp(index, payloads[index], ssrc=2)
        packet.sequence_number, packet.timestamp = 65_490 + index, 77 + index * 960
        microphone.receive(packet)
    assert len(blocks) >= count + 9


def test_stragglers_of_a_source_that_was_left_are_not_heard(microphone, clock, blocks, payloads):
    hear(microphone, clock, enumerate(payloads[:10]))
    for index in range(10, 20):
        clock.now = 100.0 + index * 0.02
        microphone.receive(rtp(index, payloads[index], ssrc=2))
        count = len(blocks)
        microphone.receive(rtp(index, payloads[index], ssrc=1))
        assert len(blocks) == count
    clock.now += 2
    microphone.receive(rtp(120, payloads[20], ssrc=1))
    assert len(blocks) > count
