"""Who watches: keyframes asked for together, slow networks left alone, with clocks by hand."""

from __future__ import annotations

import asyncio

import pytest

from engine.timeline import HOP
from engine.units import AudioUnit, VideoUnit
from server import audience as module
from server.audience import Audience, Viewer
from server.rtc import tracks, viewer_rules
from server.rtc.network import Network


def picture(number, keyframe=False, size=1000):
    return VideoUnit(number * 640, 640, bytes(size), keyframe)


def sound(number):
    return AudioUnit(number * HOP, HOP, bytes(100))


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def forced():
    return []


@pytest.fixture
async def audience(forced):
    clock = Clock()
    made = Audience(lambda: forced.append(clock.now), lambda track: None, lambda: 800_000, clock)
    made.clock = clock
    yield made


@pytest.fixture
async def join(audience):
    """Makes viewers whose senders have opened their tracks, as if connected."""
    viewers = []

    async def joined():
        viewer = Viewer(f"viewer{len(viewers)}", audience, Network())
        viewer._loop = type("Loop", (), {"time": lambda _: audience.clock.now})()
        audience.add(viewer)
        viewers.append(viewer)
        for track in (viewer.connection.audio, viewer.connection.video):
            waiting = asyncio.ensure_future(track.recv())
            await asyncio.sleep(0)
            waiting.cancel()
        return viewer

    yield joined
    for viewer in viewers:
        await viewer.close()


def queued(viewer):
    return [unit.time // 640 for unit in viewer.connection.video._queue]


async def test_a_new_viewer_gets_a_keyframe_at_once_and_nothing_before(audience, join, forced):
    viewer = await join()
    assert forced == [100.0]
    audience.put(picture(1))
    assert queued(viewer) == []
    audience.put(picture(2, keyframe=True))
    audience.put(picture(3))
    assert queued(viewer) == [2, 3]


async def test_one_viewer_cannot_have_keyframe_after_keyframe(audience, join, forced):
    viewer = await join()
    for step in range(100):
        audience.clock.now = 101.0 + step / 10
        viewer._keyframe_wanted()
    assert len(forced) <= 2 + 10 / module.REPEAT_INTERVAL


# --- queues ---


async def test_units_are_shared_and_one_that_is_stuck_skips_to_a_keyframe(audience, join, forced):
    stuck, well = await join(), await join()
    audience.put(picture(0, keyframe=True))
    number = 0
    for number in range(1, tracks.MAX_QUEUED + 10):
        audience.clock.now += 0.04
        audience.put(picture(number))
        well.connection.video._queue.clear()
    assert queued(stuck) == [] and stuck.connection.video.dropped >= tracks.MAX_QUEUED
    assert len(forced) == 2
    audience.put(picture(number + 1, keyframe=True))
    assert queued(stuck) == queued(well) == [number + 1]
    assert stuck.connection.video._queue[0] is well.connection.video._queue[0]


async def test_a_picture_lost_on_its_way_is_lost_for_all(audience, join):
    viewers = [await join(), await join()]
    audience.put(picture(0, keyframe=True))
    audience.lost()
    audience.put(picture(2))
    audience.put(picture(3, keyframe=True))
    assert [queued(viewer) for viewer in viewers] == [[0, 3], [0, 3]]


async def test_sending_again_has_its_budget_and_keyframes_are_spread_out(audience, join):
    viewer = await join()
    sent = 0
    while viewer._may_resend(1200):
        sent += 1200
    assert 0 < sent < 10_000
    audience.clock.now += 1.0
    assert viewer._may_resend(1200)
    assert viewer._pause(1200) == 0.0
    assert 0.05 < viewer._pause(20_000) < 0.1


async def test_a_slow_viewer_hears_on_and_nobody_else_notices(audience, join, forced):
    slow, well = await join(), await join()
    audience.put(picture(0, keyframe=True))
    audience.clock.now += viewer_rules.TRIAL + 1
    for number in range(1, 41):
        audience.clock.now += 0.04
        audience.put(picture(number, size=5000))
        if number in (12, 38):
            slow._bitrate_estimated(50_000)
        audience.put(sound(2 * number))
    assert queued(slow) == list(range(39)) and len(queued(well)) == 41
    assert len(slow.connection.audio._queue) == 40
    asked = len(forced)
    audience.clock.now += viewer_rules.HOLD
    audience.put(picture(41))
    assert len(forced) == asked + 1
    audience.put(picture(42, keyframe=True))
    assert queued(slow)[-1] == 42 and queued(well)[-1] == 42


# --- leaving ---


async def test_whoever_comes_after_the_end_leaves_at_once(audience):
    audience.end()
    viewer = Viewer("late", audience, Network())
    async with asyncio.timeout(5):
        await viewer.run()
    assert len(audience) == 0


async def test_a_viewer_that_is_cancelled_leaves_no_trace(audience):
    viewer = Viewer("cancelled", audience, Network())
    task = asyncio.create_task(viewer.run())
    while not len(audience):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(audience) == 0
    assert viewer.connection._connection.connectionState == "closed"
