"""Whatever the network does to a microphone, its sound stays one continuous timeline."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ingest import BLOCK, STARVED_AFTER
from server.rtc.reorder import MAX_HOLD
from tests.network.calls import PACKET_S, TICK_S, MicrophoneCall
from tests.network.link import Impairment

CLEAN = Impairment()
LONGEST_SILENCE = STARVED_AFTER + PACKET_S + TICK_S
"""Seconds between two blocks at most, whatever happens."""

networks = st.builds(
    Impairment,
    loss=st.sampled_from([0, 0.02, 0.1, 0.5]),
    burst=st.sampled_from([1, 4, 20]),
    delay=st.floats(0, 0.2),
    jitter=st.sampled_from([0, 0.03, 0.1]),
    reorder=st.sampled_from([0, 0.05, 0.3]),
    detour=st.sampled_from([0.015, 0.06, 0.3]),
    rate=st.sampled_from([None, 300_000, 40_000]),
    outages=st.sampled_from([(), ((1, 2),), ((0.5, 0.7), (1.5, 3.0))]),
)


@given(
    networks,
    networks,
    st.integers(0, 1000),
    st.sampled_from([(), ((1.0, 1.4), (1.42, 1.82)), ((0.7, 2.2),)]),
    st.sampled_from([float("inf"), 1.3]),
)
@settings(max_examples=100, deadline=None)
def test_time_goes_on_without_holes_and_nothing_waits_too_long(up, down, seed, silent, restart):
    call = MicrophoneCall(up, down, seed, silent, restart).run(3.0)
    assert {length for _, length in call.blocks} == {BLOCK}
    assert max(call.held, default=0) <= MAX_HOLD + TICK_S + 1e-9
    times = [0.0, *(now for now, _ in call.blocks), 3.0]
    assert max(after - before for before, after in itertools.pairwise(times)) <= LONGEST_SILENCE
    # Never ahead of real time by more than what was filled before it came after all.
    late = up.delay + up.jitter + up.detour + (up.rate is not None) * (up.queue + PACKET_S)
    for index, (now, _) in enumerate(call.blocks):
        assert (index + 1) * PACKET_S <= now + late + STARVED_AFTER + 2 * PACKET_S


def concealed(call):
    return call.microphone.ingest.concealed_ms / 1000 / call.media_s


def test_a_clean_network_costs_nothing():
    call = MicrophoneCall(CLEAN, CLEAN).run(10.0)
    assert concealed(call) == 0 and max(call.held) == 0


@pytest.mark.parametrize(("loss", "most"), [(0.02, 0.001), (0.05, 0.005), (0.1, 0.02)])
def test_losses_are_made_good_within_a_short_round_trip(loss, most):
    way = Impairment(loss=loss, delay=0.01)
    assert concealed(MicrophoneCall(way, way).run(60.0)) <= most


def test_losses_are_made_good_within_50_ms():
    way = Impairment(loss=0.02, delay=0.025)
    assert concealed(MicrophoneCall(way, way).run(60.0)) <= 0.002


def test_where_a_retransmission_cannot_come_in_time_nothing_waits_for_it():
    way = Impairment(loss=0.02, delay=0.1)
    call = MicrophoneCall(way, way).run(30.0)
    assert max(call.held) <= 0.031 and 0.01 < concealed(call) < 0.04


def test_the_delay_of_an_outage_does_not_stay():
    call = MicrophoneCall(Impairment(outages=((2.0, 3.0),)), CLEAN).run(6.0)
    assert call.media_s == pytest.approx(6.0, abs=2 * PACKET_S)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_clock_that_is_off_neither_cuts_nor_adds(ppm):
    call = MicrophoneCall(CLEAN, CLEAN, ppm=ppm).run(600.0)
    assert concealed(call) == 0
    assert abs(len(call.blocks) - call.sent) <= 1
