"""The playout in virtual time: no clock, no sleeping."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest

from engine.timeline import SAMPLE_RATE
from engine.units import AudioUnit, EventUnit, VideoUnit
from server.playout import (
    FIRST_PATIENCE,
    FIRST_PICTURES,
    HEADROOM,
    LATE_PICTURES,
    MARGIN,
    MAX_SLEW,
    MAX_SOUND_LEAD,
    MAX_WAITING,
    NOTICED,
    RISE,
    SCREEN,
    SOUND_LEAD,
    SOUND_SLACK,
    SOUND_SLEW,
    SOUND_WINDOW,
    Playout,
    PlayoutDriver,
)

START = 1000.0
TOGETHER = 0.001 + MAX_SLEW * (SOUND_LEAD + SOUND_SLACK)
"""Seconds: how far the epoch may move between the release of a sound and of its picture."""


def sound(time, duration=320):
    return AudioUnit(time, duration, b"")


def picture(time, duration=640):
    return VideoUnit(time, duration, b"", False)


def play(arrivals, playout=None):
    """Feed (clock time, unit) pairs; returns [(unit, release time)] and the playout.

    Sound is noted at the time at which its picture is due: what leaves together is noted alike.
    """
    playout = playout or Playout()
    released = []

    def note(unit, at):
        released.append((unit, at + (playout.lead if isinstance(unit, AudioUnit) else 0)))

    def run_until(now):
        while (due := playout.next_release()) is not None and due <= now:
            for unit in playout.due(due):
                note(unit, due)

    for now, unit in sorted(arrivals, key=lambda pair: pair[0]):
        run_until(now)
        assert playout.offer(unit, now) == []
        for unit in playout.due(now):
            note(unit, now)
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


def begun(*first):
    """A playout that has begun: its first sound and picture came at ``START``."""
    playout = Playout()
    for unit in first or (sound(0), *[picture(0)] * FIRST_PICTURES):
        playout.offer(unit, START)
    return playout


def pairs(released):
    """(media time, release of the sound, release of the picture) where there are both."""
    heard = {unit.time: at for unit, at in released if isinstance(unit, AudioUnit)}
    seen = {unit.time: at for unit, at in released if isinstance(unit, VideoUnit)}
    return [(time, heard[time], seen[time]) for time in sorted(heard.keys() & seen.keys())]


def rest(unit):
    """What a unit has beside its time and duration."""
    return (b"",) if isinstance(unit, AudioUnit) else (b"", False)


def waits(released):
    """Seconds from each unit's media time to its release, by media time of sound."""
    return [at - unit.time / SAMPLE_RATE for unit, at in released if isinstance(unit, AudioUnit)]


def test_sound_and_picture_of_a_moment_leave_together_under_jitter():
    rng = random.Random(1)
    arrivals = stream(60, lambda time, kind: rng.uniform(0.03, 0.06))
    released, playout = play(arrivals)
    apart = [abs(a - v) for time, a, v in pairs(released) if time > 2 * SAMPLE_RATE]
    punctual = sorted(apart)[: int(len(apart) * (1 - 1.5 * LATE_PICTURES))]
    assert max(punctual) < TOGETHER
    assert max(apart) < NOTICED and playout.late == 0
    assert len(arrivals) - len(released) <= 4  # sound from before it began


def test_the_delay_is_that_of_the_slowest_unit_and_a_margin():
    released, _ = play(stream(30, lambda time, kind: 0.05 if kind == "picture" else 0.01))
    # A picture is complete 40 ms after its first sample, then takes 50 ms.
    expected = START + 0.04 + 0.05 + MARGIN
    assert waits(released)[-1] == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(("spare", "lead"), [(0.1, SOUND_LEAD), (0.012, 0.012), (-0.05, 0.0)])
def test_sound_leaves_earlier_only_as_far_as_it_is_there(spare, lead):
    """A receiver keeps sound longer than pictures; but pictures never wait for that."""
    _, playout = play(stream(30, lambda time, kind: 0.06 if kind == "sound" else 0.04 + spare))
    assert playout.lead == pytest.approx(lead, abs=0.001)
    latest = max(0.06 + 0.02, 0.04 + 0.04 + spare)
    assert playout.epoch == pytest.approx(START + latest + MARGIN, abs=0.001)


def lines(arrivals, playout):
    """(clock time, epoch of the pictures, epoch of the sound) as each unit comes."""
    found = []
    for now, unit in sorted(arrivals, key=lambda pair: pair[0]):
        playout.offer(unit, now)
        playout.due(now)
        if playout.epoch is not None:
            found.append((now, playout.epoch, playout.epoch - playout.lead))
    return found


def test_pictures_that_get_slower_do_not_make_sound_look_late():
    """NetEq compares with the earliest of 2 s: what moves by less than 20 ms is no jitter."""

    def delay(time, kind):
        return 0.01 if kind == "sound" else 0.05 + 0.02 * (time > 30 * SAMPLE_RATE)

    found = lines(stream(60, delay), Playout())
    later = [at for at in found if at[0] > START + 29]
    assert later[-1][1] - later[0][1] == pytest.approx(0.02, abs=0.002)
    for before, after in zip(later, later[150:], strict=False):  # 75 units a second
        assert after[2] - before[2] <= SOUND_SLEW * (after[0] - before[0]) + 1e-6
    assert later[-1][1] - later[-1][2] == pytest.approx(SOUND_LEAD, abs=0.001)


def test_one_sound_that_is_a_little_late_moves_nothing():
    playout, time = settled()
    before = playout.epoch, playout.lead
    late = playout.epoch - playout.lead + time / SAMPLE_RATE + 0.9 * NOTICED
    assert playout.offer(sound(time), late) == []
    assert [unit.time for unit in playout.due(late)] == [time]
    assert (playout.epoch, playout.lead) == pytest.approx(before, abs=RISE * 0.05)


@pytest.mark.parametrize(
    ("kept", "lead"),
    [((0.050, 0.010), 0.040 - SCREEN), ((0.010, 0.020), 0.0), ((0.5, 0.0), MAX_SOUND_LEAD)],
)
def test_sound_leaves_as_much_earlier_as_the_receiver_keeps_it_longer(kept, lead):
    playout = Playout()
    playout.kept_by_receiver(*kept)
    play(stream(30, lambda time, kind: 0.01 if kind == "sound" else 0.1), playout)
    assert playout.lead == pytest.approx(lead, abs=0.001)


def test_a_receiver_that_keeps_sound_longer_is_followed_without_a_jump():
    playout, time = settled()
    playout.kept_by_receiver(0.06, 0.0)
    arrivals = [
        (now + time / SAMPLE_RATE, type(unit)(unit.time + time, unit.duration, *rest(unit)))
        for now, unit in stream(20, lambda time, kind: 0.01 if kind == "sound" else 0.1)
    ]
    found = lines(arrivals, playout)
    leads = [epoch - heard for _, epoch, heard in found]
    assert leads[-1] == pytest.approx(0.06 - SCREEN, abs=0.001)
    assert max(abs(b - a) for a, b in itertools.pairwise(leads)) < 0.002


def test_sound_keeps_its_order_and_nothing_is_lost_in_a_stall():
    def delay(time, kind):
        begin = 10 * SAMPLE_RATE
        stalled = begin <= time < begin + 8000
        return 0.02 + ((begin + 8000 - time) / SAMPLE_RATE if stalled else 0)

    released, playout = play(stream(60, delay))
    times = [unit.time for unit, _ in released if isinstance(unit, AudioUnit)]
    assert times == list(range(times[0], 60 * SAMPLE_RATE, 320)) and times[0] <= 4 * 320
    assert playout.dropped == 0
    together = [abs(a - v) for time, a, v in pairs(released) if time > 11 * SAMPLE_RATE]
    assert max(together) < TOGETHER


@pytest.mark.parametrize("first", [150, 175, 188])
def test_sound_keeps_its_order_when_its_whole_lead_begins_at_once(first):
    start = START - first * 0.02
    arrivals = [(start + 0.02 * k + 0.03, sound(320 * k)) for k in range(first, first + 40)]
    arrivals += [(start + 0.02 * k + 0.20, picture(320 * k)) for k in range(first, first + 40, 2)]
    released, playout = play(arrivals)
    times = [unit.time for unit, _ in released if isinstance(unit, AudioUnit)]
    assert playout.lead == pytest.approx(SOUND_LEAD)
    assert times == sorted(times)


def test_sound_that_is_late_moves_everything_at_once():
    playout = begun()
    playout.offer(sound(320), START + 0.02 + 0.3)
    assert playout.epoch == pytest.approx(START + 0.3, abs=0.004)


def test_nothing_leaves_before_pictures_flow():
    """The first picture takes 400 ms to make and holds everything up; then all is quick."""
    playout, released = Playout(), []
    for index in range(50):
        time = index * 320
        now = max(START + 0.4, START + time / SAMPLE_RATE + 0.03)
        playout.offer(sound(time), now)
        if index % 2 == 0:
            playout.offer(picture(time), now + 0.02 if index else START + 0.4)
        released += playout.due(now)
    # What was held up has been left out as far as it was sound, and costs no delay.
    assert playout.epoch == pytest.approx(START + 0.4 - 4 * 0.02 + 0.02, abs=0.1)
    kinds = [unit.time for unit in released if isinstance(unit, VideoUnit)]
    assert kinds[:3] == [0, 640, 1280]
    heard = [unit.time for unit in released if isinstance(unit, AudioUnit)]
    assert heard == list(range(heard[0], heard[-1] + 320, 320))


def test_sound_alone_does_not_wait_for_ever():
    playout = Playout()
    playout.offer(sound(0), START)
    assert playout.due(START + 0.5) == [] and playout.next_release() is None
    playout.offer(sound(320), START + FIRST_PATIENCE)
    assert playout.next_release() is not None


def test_delay_is_given_back_no_faster_than_a_tenth():
    playout, time = settled()
    first = time // 320
    normal, now = playout.epoch, 0.0
    stall_end = START + time / SAMPLE_RATE + 0.5
    for index in range(first, first + 1000):
        before = (playout.epoch, now)
        now = max(stall_end, START + index * 0.02 + 0.04)
        playout.offer(sound(index * 320), now)
        assert before[0] - playout.epoch <= MAX_SLEW * (now - before[1]) + 1e-9
        if now < stall_end + SOUND_WINDOW * 0.9:
            assert playout.epoch >= normal + 0.35
    assert playout.epoch == pytest.approx(START + 0.04 + MARGIN, abs=0.001)


def test_what_the_first_moments_cost_is_soon_forgotten():
    def delay(time, kind):
        return 0.25 if time < SAMPLE_RATE else 0.05

    released, _ = play(stream(5, delay))
    first, last = waits(released)[0], waits(released)[-1]
    assert first - last == pytest.approx(0.2 + HEADROOM, abs=0.02)


def settled(seconds=10.0):
    """A playout whose pictures come 40 ms after their sound, and the time it is."""
    arrivals = stream(seconds, lambda time, kind: 0.02)
    return play(arrivals)[1], int(seconds * SAMPLE_RATE)


def test_one_late_picture_goes_out_at_once_alone_and_is_counted():
    playout, time = settled()
    epoch, late = playout.epoch, playout.late
    now = epoch + time / SAMPLE_RATE + 0.1
    assert playout.offer(picture(time), now) == []
    assert [unit.time for unit in playout.due(now)] == [time]
    assert playout.late == late + 1
    assert playout.epoch == pytest.approx(epoch, abs=0.001)


def test_pictures_that_stay_late_get_their_time_smoothly():
    playout, time = settled()
    before = playout.epoch
    slower = [
        (now + 0.1, picture(unit.time + time)) if isinstance(unit, VideoUnit) else (now, unit)
        for now, unit in stream(4, lambda time, kind: 0.02)
    ]
    slower = [(now + 10.0, unit) for now, unit in slower if isinstance(unit, VideoUnit)]
    epochs = []
    for now, unit in slower:
        playout.offer(unit, now)
        playout.due(now)
        epochs.append(playout.epoch)
    assert epochs[0] == pytest.approx(before, abs=0.005)
    assert epochs[-1] - before == pytest.approx(0.1, abs=0.005)
    assert max(b - a for a, b in itertools.pairwise(epochs)) <= MAX_SLEW * 0.041


@pytest.mark.parametrize("drift", [200e-6, -200e-6])
def test_a_drifting_microphone_is_followed_for_hours(drift):
    rng = random.Random(2)
    hours = 2
    arrivals = stream(
        hours * 3600, lambda time, kind: rng.uniform(0.03, 0.033), step=1600, drift=drift
    )
    released, playout = play(arrivals)
    steady = [(t, a, v) for t, a, v in pairs(released) if t > 5 * SAMPLE_RATE]
    assert max(abs(a - v) for _, a, v in steady) < TOGETHER

    def buffered(part):
        lags = [a - START - t / SAMPLE_RATE * (1 + drift) for t, a, _ in part]
        return sum(lags) / len(lags)

    tenth = len(steady) // 10
    assert abs(buffered(steady[-tenth:]) - buffered(steady[:tenth])) < 0.001
    assert playout.late < len(steady) * 0.001


def test_sender_reports_agree_even_while_the_epoch_moves():
    playout = begun()
    playout.offer(sound(320), START + 0.5)
    first = playout.reference(320)
    playout.due(START + 1.5)
    assert playout.reference(320) - first == pytest.approx(0.001, abs=0.0005)


def test_settling_forgets_what_start_up_cost():
    playout = Playout()
    for _ in range(FIRST_PICTURES):
        playout.offer(picture(0), START + 3)
    for index in range(1, 200):
        playout.offer(sound(index * 320), START + max(3, index * 0.02))
        playout.offer(picture(index * 320), START + max(3, index * 0.02))
    assert playout.epoch > START + 2
    playout.settle(START + 4)
    assert playout.epoch == pytest.approx(START + MARGIN + HEADROOM, abs=0.001)
    assert playout.late == 0


def test_overflow_drops_the_oldest_and_says_which():
    playout = Playout()
    dropped = []
    for index in range(MAX_WAITING + 3):
        dropped += playout.offer(sound(index * 320), START)
    assert [unit.time for unit in dropped] == [0, 320, 640]
    assert playout.dropped == 3


def test_an_event_of_the_past_moves_nothing():
    playout = begun(sound(16_000), *[picture(16_000)] * FIRST_PICTURES)
    epoch = playout.epoch
    playout.offer(EventUnit(0, "speech_start"), START)
    assert playout.epoch == epoch
    assert [unit.time for unit in playout.due(START)] == [0]


async def test_the_driver_releases_and_stops():
    released = []
    driver = PlayoutDriver(Playout(), released.append)
    driver.offer(sound(0))
    driver.offer(sound(320))
    for _ in range(FIRST_PICTURES):
        driver.offer(picture(0))
    async with asyncio.timeout(5):
        while len(released) < 2 + FIRST_PICTURES:
            await asyncio.sleep(0)
    assert [unit.time for unit in released] == [0, 320, *[0] * FIRST_PICTURES]
    driver.offer(sound(16_000))
    driver.close()
    driver.offer(sound(640))
    assert len(released) == 2 + FIRST_PICTURES
