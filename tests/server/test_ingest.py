"""Continuity of media time, in virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ingest import BLOCK, STARVED_AFTER, TIMESTAMP_SPACE, Ingest


def tone(index, length=BLOCK):
    """A packet whose samples all say which packet they are of."""
    return np.full(length, index + 1, np.int16)


def joined(blocks):
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


def test_packets_in_order_pass_at_once_and_unchanged():
    ingest = Ingest(0.0)
    for index in range(100):
        blocks = ingest.audio(index * BLOCK, tone(index), index * 0.02)
        assert len(blocks) == 1 and (blocks[0] == index + 1).all()
    assert ingest.concealed == 0


@pytest.mark.parametrize("missing", [1, 2, 7])
def test_a_gap_becomes_silence_of_its_length(missing):
    ingest = Ingest(0.0)
    ingest.audio(0, tone(0), 0.0)
    after = 1 + missing
    out = joined(ingest.audio(after * BLOCK, tone(after), after * 0.02))
    assert len(out) == after * BLOCK
    assert not out[: missing * BLOCK].any() and (out[missing * BLOCK :] == after + 1).all()
    assert ingest.concealed_ms == missing * 20


def test_timestamps_wrap():
    ingest = Ingest(0.0)
    start = TIMESTAMP_SPACE - BLOCK
    ingest.audio(start, tone(0), 0.0)
    assert len(ingest.audio(0, tone(1), 0.02)) == 1
    assert ingest.concealed == 0 and ingest.restarts == 0


@pytest.mark.parametrize("jump", [10_000_000, -10_000_000, 48_000])
def test_a_restarted_stream_is_joined_on_without_a_jump(jump):
    ingest = Ingest(0.0)
    ingest.audio(20_000_000, tone(0), 0.0)
    assert len(ingest.audio(20_000_000 + jump, tone(1), 0.02)) == 1
    assert len(ingest.audio(20_000_000 + jump + BLOCK, tone(2), 0.04)) == 1
    assert ingest.concealed == 0 and ingest.restarts == 1


def test_before_the_first_packet_silence_flows_in_real_time():
    ingest = Ingest(5.0)
    count = sum(len(ingest.tick(5.0 + k * 0.01)) for k in range(101))
    assert count == 51
    assert ingest.concealed == 0


def test_a_silent_sender_is_replaced_after_a_while_and_taken_back_at_once():
    ingest = Ingest(0.0)
    ingest.audio(0, tone(0), 0.0)
    assert ingest.tick(STARVED_AFTER - 0.01) == []
    fed = sum(len(ingest.tick(0.16 + k * 0.01)) for k in range(50))
    assert fed == 25
    # It lost 660 ms; 500 ms of them are filled already.
    blocks = ingest.audio(33 * BLOCK, tone(33), 0.66)
    assert len(blocks) == 8 and (blocks[-1] == 34).all()


def test_what_a_stall_held_up_is_dropped_where_its_time_was_filled():
    ingest = Ingest(0.0)
    ingest.audio(0, tone(0), 0.0)
    filled = sum(len(ingest.tick(0.15 + k * 0.01)) for k in range(36))
    burst = [ingest.audio(k * BLOCK, tone(k), 0.5 + k * 0.0005) for k in range(1, 26)]
    total = 1 + filled + sum(map(len, burst))
    assert total == 26
    assert ingest.late == filled * BLOCK


def test_a_sender_that_paused_loses_one_packet_at_most():
    ingest = Ingest(0.0)
    ingest.audio(0, tone(0), 0.0)
    for k in range(200):
        ingest.tick(0.15 + k * 0.01)
    heard = [len(ingest.audio(k * BLOCK, tone(k), 2.2 + k * 0.02)) for k in range(1, 20)]
    assert heard[0] == 0 and all(count == 1 for count in heard[1:])


def test_after_being_held_up_itself_it_does_not_flood():
    ingest = Ingest(0.0)
    ingest.tick(0.0)
    assert len(ingest.tick(60.0)) <= 11


@given(
    st.lists(st.sampled_from([120, 240, 480, 960, 1920, 2880]), min_size=1, max_size=30),
    st.integers(0, TIMESTAMP_SPACE - 1),
)
@settings(max_examples=50, deadline=None)
def test_packets_of_any_length_give_the_same_samples(lengths, start):
    ingest, now, timestamp, sent, got = Ingest(0.0), 0.0, start, [], []
    for index, length in enumerate(lengths):
        sent.append(tone(index, length))
        got += ingest.audio(timestamp % TIMESTAMP_SPACE, sent[-1], now)
        timestamp, now = timestamp + length, now + length / 48_000
    assert all(len(block) == BLOCK for block in got)
    whole = joined(got)
    assert (whole == joined(sent)[: len(whole)]).all()
    assert sum(lengths) - len(whole) < BLOCK
