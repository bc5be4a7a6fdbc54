"""The playout in virtual time: no clock, no sleeping."""

from __future__ import annotations

import asyncio
import random

import pytest

from engine.timeline import SAMPLE_RATE
from engine.units import AudioUnit, EventUnit, VideoUnit
from server.playout import MARGIN, MAX_SLEW, MAX_WAITING, WINDOW, Playout, PlayoutDriver

START = 1000.0


def sound(time, duration=320):
    return AudioUnit(time, duration, b"")


def picture(time, duration=640):
    return VideoUnit(time, duration, b"", False)


def play(arrivals, playout=None):
    """Feed (clock time, unit) pairs; returns [(unit, release time)] and the playout."""
    playout = playout or Playout()
    released = []

    def run_until(now):
        while (due := playout.next_release()) is not None and due <= now:
            released.extend((unit, due) for unit in playout.due(due))

    for now, unit in sorted(arrivals, key=lambda pair: pair[0]):
        run_until(now)
        assert playout.offer(unit, now) == []
        released.extend((unit, now) for unit in playout.due(now))
    run_until(float("inf"))
    return released, playout


def stream(seconds, delay, *, step=320, drift=0.0):
    """Units of a session: sound every ``step`` samples, picture every second one.

    ``delay(time, kind)`` is the way through the engine; ``drift`` the microphone clock's error.
    """
    arrivals = []
    for index in range(int(seconds * SAMPLE_RATE / step)):
        time = index * step
        complete = START + (time + step) / SAMPLE_RATE * (1 + drift)
        arrivals.append((complete + delay(time, "sound"), sound(time, step)))
        if index % 2 == 0:
            end = complete + step / SAMPLE_RATE
            arrivals.append((end + delay(time, "picture"), picture(time, 2 * step)))
    return arrivals


def pairs(released):
    """(media time, release of the sound, release of the picture) where there are both."""
    heard = {unit.time: at for unit, at in released if isinstance(unit, AudioUnit)}
    seen = {unit.time: at for unit, at in released if isinstance(unit, VideoUnit)}
    return [(time, heard[time], seen[time]) for time in sorted(heard.keys() & seen.keys())]


def waits(arrivals, released):
    """Seconds from each unit's media time to its release, by media time of sound."""
    return [at - unit.time / SAMPLE_RATE for unit, at in released if isinstance(unit, AudioUnit)]


def test_sound_and_picture_of_a_moment_leave_together_under_jitter():
    rng = random.Random(1)
    arrivals = stream(60, lambda time, kind: rng.uniform(0.03, 0.06))
    released, playout = play(arrivals)
    apart = [abs(a - v) for time, a, v in pairs(released) if time > 2 * SAMPLE_RATE]
    assert max(apart) < 0.001
    assert playout.late <= 5
    assert len(released) == len(arrivals)


def test_the_delay_is_that_of_the_slowest_unit_and_a_margin():
    released, _ = play(stream(30, lambda time, kind: 0.05 if kind == "picture" else 0.01))
    # A picture is complete 40 ms after its first sample, then takes 50 ms.
    expected = START + 0.04 + 0.05 + MARGIN
    assert waits(None, released)[-1] == pytest.approx(expected, abs=0.001)


def test_sound_keeps_its_order_and_nothing_is_lost_in_a_stall():
    def delay(time, kind):
        begin = 10 * SAMPLE_RATE
        stalled = begin <= time < begin + 8000
        return 0.02 + ((begin + 8000 - time) / SAMPLE_RATE if stalled else 0)

    released, playout = play(stream(60, delay))
    times = [unit.time for unit, _ in released if isinstance(unit, AudioUnit)]
    assert times == list(range(0, 60 * SAMPLE_RATE, 320))
    assert playout.dropped == 0
    together = [abs(a - v) for time, a, v in pairs(released) if time > 11 * SAMPLE_RATE]
    assert max(together) < 0.001


def test_delay_rises_at_once_and_falls_slowly():
    playout = Playout()
    playout.offer(sound(0), START)
    before = playout.epoch
    playout.offer(sound(320), START + 0.02 + 0.3)
    assert playout.epoch - before == pytest.approx(0.3 - MARGIN, abs=0.004)
    raised, now = playout.epoch, START + 0.32
    for index in range(2, 500):
        now = max(now, START + index * 0.02)
        playout.offer(sound(index * 320), now)
        fallen = raised - playout.epoch
        assert fallen <= MAX_SLEW * max(0.0, now - START - 0.32 - WINDOW + 0.1) + 0.001
    assert fallen > 0.2


def test_a_late_picture_goes_out_at_once_and_is_counted():
    playout = Playout()
    playout.offer(sound(0), START)
    playout.offer(picture(0), START + 0.1)
    assert playout.late == 1
    assert [type(unit) for unit in playout.due(START + 0.1)] == [AudioUnit, VideoUnit]


@pytest.mark.parametrize("drift", [200e-6, -200e-6])
def test_a_drifting_microphone_is_followed_for_hours(drift):
    rng = random.Random(2)
    hours = 2
    arrivals = stream(
        hours * 3600, lambda time, kind: rng.uniform(0.03, 0.033), step=1600, drift=drift
    )
    released, playout = play(arrivals)
    steady = [(t, a, v) for t, a, v in pairs(released) if t > 5 * SAMPLE_RATE]
    assert max(abs(a - v) for _, a, v in steady) < 0.001

    def buffered(part):
        lags = [a - START - t / SAMPLE_RATE * (1 + drift) for t, a, _ in part]
        return sum(lags) / len(lags)

    tenth = len(steady) // 10
    assert abs(buffered(steady[-tenth:]) - buffered(steady[:tenth])) < 0.001
    assert playout.late < len(steady) * 0.001


def test_sender_reports_agree_even_while_the_epoch_moves():
    playout = Playout()
    playout.offer(sound(0), START)
    playout.offer(sound(320), START + 0.5)
    first = playout.reference(320)
    playout.due(START + 1.5)
    assert playout.reference(320) - first == pytest.approx(0.001, abs=0.0005)


def test_settling_forgets_what_start_up_cost():
    playout = Playout()
    playout.offer(sound(0), START + 3)
    for index in range(1, 200):
        playout.offer(sound(index * 320), START + max(3, index * 0.02))
    assert playout.epoch > START + 2
    playout.settle(START + 4)
    assert playout.epoch == pytest.approx(START + MARGIN, abs=0.001)
    assert playout.late == 0


def test_overflow_drops_the_oldest_and_says_which():
    playout = Playout()
    dropped = []
    for index in range(MAX_WAITING + 3):
        dropped += playout.offer(sound(index * 320), START)
    assert [unit.time for unit in dropped] == [0, 320, 640]
    assert playout.dropped == 3


def test_an_event_of_the_past_moves_nothing():
    playout = Playout()
    playout.offer(sound(16_000), START)
    epoch = playout.epoch
    playout.offer(EventUnit(0, "speech_start"), START)
    assert playout.epoch == epoch
    assert [unit.time for unit in playout.due(START)] == [0]


async def test_the_driver_releases_and_stops():
    released = []
    driver = PlayoutDriver(Playout(), released.append)
    driver.offer(sound(0))
    driver.offer(sound(320))
    driver.offer(picture(0))
    while len(released) < 3:
        await asyncio.sleep(0)
    assert [unit.time for unit in released] == [0, 0, 320]
    driver.offer(sound(16_000))
    driver.close()
    driver.offer(sound(640))
    assert len(released) == 3
