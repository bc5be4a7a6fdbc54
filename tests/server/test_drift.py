"""Eight hours with a microphone whose clock is off, in virtual time.

Media time is the microphone's count of samples, so a slow or fast clock shows in when its samples
arrive, and nowhere else. What must follow is the release; what must not change is the delay, and
the distance of sound and picture.
"""

from __future__ import annotations

import random

import pytest

from engine.timeline import SAMPLE_RATE
from engine.units import AudioUnit, VideoUnit
from server.playout import Playout

HOUR = 3600.0
STEP = 6400
"""Samples of a unit here (0.4 s): eight hours of 20 ms would take minutes to play through."""


def released(ppm, seconds, *, seed=1, jitter=0.004):
    """(time since the samples were spoken, sound minus picture without the lead that sound has,
    reference minus release), s."""
    playout, rng = Playout(), random.Random(seed)
    period = STEP / SAMPLE_RATE * (1 + ppm * 1e-6)
    found, due, lead = [], {}, {}
    for number in range(int(seconds / period)):
        spoken = number * period
        time = number * STEP
        moments = sorted(
            [
                (spoken + period + rng.random() * jitter, AudioUnit(time, STEP, b"")),
                (spoken + period + 0.03 + rng.random() * jitter, VideoUnit(time, STEP, b"", False)),
            ],
            key=lambda moment: moment[0],
        )
        for now, unit in moments:
            while (at := playout.next_release()) is not None and at <= now:
                for out in playout.due(at):
                    due.setdefault(out.time, {})[type(out)] = at
                    if len(due[out.time]) == 2:
                        both = due.pop(out.time)
                        heard, seen = both[AudioUnit], both[VideoUnit]
                        said = out.time / STEP * period
                        told = playout.reference(out.time)
                        found.append((at - said, heard + lead.pop(out.time) - seen, told - at))
            playout.offer(unit, now)
            if isinstance(unit, AudioUnit):
                lead[time] = playout.lead
    return playout, found


@pytest.mark.parametrize("ppm", [-200, 0, 200])
def test_in_eight_hours_neither_delay_nor_sync_drifts(ppm):
    playout, found = released(ppm, 8 * HOUR)
    tenth = len(found) // 10
    settled = found[tenth:]
    begin = sum(delay for delay, _, _ in settled[:tenth]) / tenth
    end = sum(delay for delay, _, _ in settled[-tenth:]) / tenth
    hours = 8 * 0.8
    assert abs(end - begin) / hours < 0.001
    assert max(abs(sync) for _, sync, _ in settled) < 0.001
    # Sender reports place both streams on one clock; it may lag, but never by a lip's worth.
    assert max(abs(told) for _, _, told in settled) < 0.005
    assert playout.dropped == 0


def test_delays_of_drifting_clocks_are_those_of_a_true_one():
    mean = []
    for ppm in (-200, 0, 200):
        _, found = released(ppm, HOUR)
        mean.append(sum(delay for delay, _, _ in found[500:]) / len(found[500:]))
    assert max(mean) - min(mean) < 0.005
