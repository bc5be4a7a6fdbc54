from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.rtc.reorder import MAX_HOLD, REORDER_HOLD, Packet, ReorderBuffer, hold_for


def packet(sequence):
    return Packet(sequence % 65536, sequence * 960, b"x")


def numbers(packets):
    return [entry.sequence for entry in packets]


def test_in_order_packets_do_not_wait_even_across_the_wrap():
    buffer = ReorderBuffer()
    for sequence in range(65500, 65600):
        assert numbers(buffer.push(packet(sequence), 0.0)) == [sequence % 65536]
    assert buffer.lost == 0


def test_an_overtaken_packet_is_put_back():
    buffer = ReorderBuffer()
    buffer.push(packet(0), 0.0)
    assert buffer.push(packet(2), 0.0) == []
    assert numbers(buffer.push(packet(1), 0.01)) == [1, 2]
    assert buffer.lost == 0


def test_a_gap_is_held_for_a_round_trip_and_no_longer():
    buffer = ReorderBuffer()
    buffer.round_trip = 0.05
    buffer.push(packet(0), 0.0)
    assert buffer.push(packet(2), 0.04) == []
    assert buffer.push(packet(3), 0.06) == []
    assert buffer.expire(0.04 + 0.064) == []
    assert numbers(buffer.expire(0.04 + 0.066)) == [2, 3]
    assert buffer.lost == 1
    assert buffer.push(packet(1), 0.2) == []


def test_the_next_arrival_ends_an_overdue_wait_too():
    buffer = ReorderBuffer()
    buffer.push(packet(0), 0.0)
    buffer.push(packet(2), 0.0)
    assert numbers(buffer.push(packet(3), 1.0)) == [2, 3]


def test_duplicates_pass_once():
    buffer = ReorderBuffer()
    assert len(buffer.push(packet(7), 0.0)) == 1
    assert buffer.push(packet(7), 0.0) == []


def test_a_new_stream_is_followed():
    buffer = ReorderBuffer()
    buffer.push(packet(100), 0.0)
    assert numbers(buffer.push(packet(30_000), 0.0)) == [30_000]
    assert numbers(buffer.push(packet(30_001), 0.0)) == [30_001]
    assert buffer.lost == 0


def test_patience_follows_the_round_trip_unless_it_cannot_pay():
    assert hold_for(0.0) == hold_for(None) == 2 * REORDER_HOLD
    assert hold_for(0.02) == pytest.approx(2 * 0.035)
    assert 0.05 < hold_for(0.05) < MAX_HOLD
    assert hold_for(0.3) == REORDER_HOLD


def lose_every_fifth(buffer, start, count, *, resent_after):
    """Returns the longest hold seen; what was lost comes again after a while, or never."""
    held = []
    for number in range(start, start + count):
        now = number * 0.02
        if number % 5:
            buffer.push(packet(number), now)
        if resent_after and number % 5 == resent_after:
            buffer.push(packet(number - resent_after), now)
        held.append(buffer.hold)
    return held


def test_nobody_waits_for_a_sender_that_never_sends_again():
    buffer = ReorderBuffer()
    buffer.round_trip = 0.05
    assert lose_every_fifth(buffer, 1, 200, resent_after=None)[-1] == REORDER_HOLD
    # Late as they are now, they tell that waiting would pay.
    assert lose_every_fifth(buffer, 201, 200, resent_after=4)[-1] == hold_for(0.05)


@given(st.permutations(range(12)), st.sets(st.integers(1, 11), max_size=4))
@settings(max_examples=100, deadline=None)
def test_whatever_arrives_leaves_in_order_and_once(order, lost):
    buffer, out = ReorderBuffer(), []
    out += buffer.push(packet(1000), 0.0)
    for index, offset in enumerate(order):
        if offset not in lost:
            out += buffer.push(packet(1001 + offset), index * 0.001)
    out += buffer.expire(10.0)
    assert numbers(out) == [1000] + [1001 + k for k in range(12) if k not in lost]


@pytest.mark.parametrize("held", [0, 1, 500])
def test_what_waits_is_bounded_by_time(held):
    buffer = ReorderBuffer()
    buffer.push(packet(0), 0.0)
    for index in range(held):
        buffer.push(packet(2 + index), index * 0.02)
        assert len(buffer._waiting) <= 6
