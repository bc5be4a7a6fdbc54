"""The figures of a bad network, out of a made-up recording."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.browser import Recording
from benchmarks.network import FIGURES, TABLES, cases, judge

COUNTED = (
    *("jitterBufferDelay", "jitterBufferEmittedCount", "concealedSamples", "framesDecoded"),
    *("totalDecodeTime", "totalFreezesDuration", "keyFramesDecoded", "bytesReceived"),
)


def counts(**values):
    return dict.fromkeys(COUNTED, 0) | values


def recording(frames):
    silence = np.column_stack([np.arange(0, 30, 0.005), np.zeros(6000)])
    before = {"at": 0, "audio": counts(), "video": counts()}
    after = {
        "at": 30_000,
        "audio": counts(concealedSamples=48_000 * 3 // 10, bytesReceived=180_000),
        "video": counts(totalFreezesDuration=1.5, keyFramesDecoded=2, bytesReceived=1_500_000),
    }
    pictures = np.column_stack([frames, np.zeros(len(frames)), frames, frames])
    return Recording(silence, silence, pictures, (before, after), {}, 0.5)


def test_every_network_has_a_name_of_its_own_and_time_to_come_back():
    found = list(cases(20))
    assert len({case.name for case in found}) == len(found) >= 19
    for case in found:
        assert all(end + 5 < case.seconds for _, end in case.down.outages)
    assert {case.seconds for case in found if case.down.rate} == {60}


def test_an_outage_is_no_fault_of_the_recovery():
    case = next(case for case in cases() if "outage 1 s" in case.name)
    times = np.concatenate([np.arange(0, 14, 0.04), np.arange(15.3, 30, 0.04)])
    figures = judge(recording(times), case, 0.0)
    assert figures["concealed_%"] == pytest.approx(1.0)
    assert figures["frozen_s"] == 1.5 and figures["keyframes"] == 2
    assert figures["longest_gap_s"] == pytest.approx(1.34)
    assert figures["recovery_s"] == pytest.approx(0.34)
    assert figures["kbit_s"] == pytest.approx(448)
    assert figures["syllables"] == 0 and figures["sync_p50_ms"] is None


def test_without_an_outage_there_is_no_recovery():
    figures = judge(recording(np.arange(0, 30, 0.04)), next(cases()), 0.0)
    assert figures["recovery_s"] is None
    assert tuple(figures) == FIGURES


def test_a_call_that_the_page_made_anew_has_its_gap_and_no_other_figures():
    visit = recording(np.arange(0, 30, 0.04))
    visit.stats[0]["video"]["framesDecoded"] = 50
    figures = judge(visit, next(cases()), 0.0)
    assert tuple(figures) == FIGURES
    assert {name for name, value in figures.items() if value is not None} == {"longest_gap_s"}


def test_every_figure_is_in_one_of_the_tables_once():
    told = [key for columns in TABLES.values() for key in columns]
    assert sorted(told) == sorted([*FIGURES, *2 * ("network", "server")])


def test_the_baseline_of_all_fits_into_a_coffee_break():
    """With what a visit needs around it: relay, browser, connecting."""
    around = 4 + 4
    ours = sum(case.seconds + around for case in cases(20))
    chief = sum(case.seconds + around for case in cases(20) if case.chief)
    assert ours + chief < 16 * 60 and chief < 4.5 * 60
