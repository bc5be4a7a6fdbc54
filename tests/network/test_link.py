"""The bad network itself, in virtual time."""

from __future__ import annotations

import itertools

import pytest

from tests.network.link import Impairment, Link


def arrivals(impairment, count=5000, interval=0.02, size=100, seed=3):
    link = Link(impairment, seed)
    return link, [(k * interval, link.pass_on(size, k * interval)) for k in range(count)]


def test_a_clean_link_is_no_link():
    _, packets = arrivals(Impairment())
    assert all(sent == arrived for sent, arrived in packets)


def test_the_same_seed_gives_each_packet_the_same_fate():
    wrong = Impairment(loss=0.1, burst=3, delay=0.05, jitter=0.03, reorder=0.05)
    first, second = arrivals(wrong)[1], arrivals(wrong)[1]
    assert first == second != arrivals(wrong, seed=4)[1]


def test_a_setting_does_not_change_what_another_draws():
    lost = [arrived is None for _, arrived in arrivals(Impairment(loss=0.1))[1]]
    both = [arrived is None for _, arrived in arrivals(Impairment(loss=0.1, jitter=0.03))[1]]
    assert lost == both


@pytest.mark.parametrize("burst", [1.0, 4.0])
@pytest.mark.parametrize("loss", [0.02, 0.1])
def test_loss_and_its_bursts_are_as_asked_for(loss, burst):
    link, packets = arrivals(Impairment(loss=loss, burst=burst), count=100_000)
    runs = [
        len(list(group))
        for missing, group in itertools.groupby(arrived is None for _, arrived in packets)
        if missing
    ]
    assert link.lost / link.sent == pytest.approx(loss, rel=0.1)
    mean = burst if burst > 1 else 1 / (1 - loss)
    assert sum(runs) / len(runs) == pytest.approx(mean, rel=0.1)


def test_jitter_keeps_the_order_and_stays_in_its_bounds():
    _, packets = arrivals(Impairment(delay=0.1, jitter=0.03), interval=0.005)
    times = [arrived for _, arrived in packets]
    assert times == sorted(times)
    spent = [arrived - sent for sent, arrived in packets]
    assert 0.1 <= min(spent) < 0.105 and 0.125 < max(spent) <= 0.13


def test_a_detour_lets_others_overtake():
    _, packets = arrivals(Impairment(reorder=0.1, detour=0.05))
    late = sum(arrived - sent > 0.04 for sent, arrived in packets)
    assert late == pytest.approx(500, rel=0.2)
    assert sum(a[1] > b[1] for a, b in itertools.pairwise(packets)) > 400


def test_a_bottleneck_queues_and_then_drops():
    wrong = Impairment(rate=100_000, queue=0.2, overhead=0)
    link, packets = arrivals(wrong, count=500, interval=0.004, size=100)  # twice the rate
    through = [arrived for _, arrived in packets if arrived is not None]
    assert max(arrived - sent for sent, arrived in packets if arrived) <= 0.2 + 0.008 + 1e-9
    assert 800 * len(through) / (through[-1] - through[0]) == pytest.approx(100_000, rel=0.02)
    assert link.overflowed == 500 - len(through) > 200 and link.lost == 0


def test_nothing_passes_in_an_outage():
    _, packets = arrivals(Impairment(outages=((1.0, 2.0), (3.0, 3.5))), count=250)
    missing = [sent for sent, arrived in packets if arrived is None]
    assert len(missing) == 75
    assert all(1 <= sent < 2 or 3 <= sent < 3.5 for sent in missing)
