"""Motion as lines."""

from __future__ import annotations

import asyncio
import json

from engine.face import ARKIT, FaceFrame
from engine.units import AudioUnit, MotionUnit
from server.motion_out.feed import INTERVAL, WAITING, MotionFeed


def pose(k: int) -> MotionUnit:
    return MotionUnit.of(FaceFrame.neutral(k * INTERVAL), INTERVAL)


async def read(feed: MotionFeed) -> list[dict[str, object]]:
    return [json.loads(line) async for line in feed.lines()]


async def test_the_first_line_names_what_the_others_hold() -> None:
    feed = MotionFeed()
    feed.put(AudioUnit(0, 320, b"sound"))
    feed.put(pose(0))
    feed.put(pose(1))
    feed.end()
    schema, *lines = await read(feed)
    assert (schema["type"], schema["sample_rate"], schema["interval"]) == ("schema", 16_000, 320)
    assert [line["time"] for line in lines] == [0, 320]
    for part in ("blendshapes", "head", "gaze", "camera", "body"):
        assert len(schema[part]) == len(lines[0][part]), part
    assert tuple(schema["blendshapes"]) == ARKIT and lines[0]["camera"] == [0, 0, 1]


async def test_a_reader_that_is_too_slow_misses_the_oldest() -> None:
    feed = MotionFeed()
    for k in range(WAITING + 7):
        feed.put(pose(k))
    feed.end()
    assert feed.dropped == 7
    _, *lines = await read(feed)
    assert [line["time"] for line in lines] == [INTERVAL * k for k in range(7, WAITING + 7)]


async def test_a_reader_waits_for_what_comes() -> None:
    feed = MotionFeed()
    reading = asyncio.create_task(read(feed))
    await asyncio.sleep(0)
    feed.put(pose(0))
    await asyncio.sleep(0)
    assert not reading.done()
    feed.end()
    assert len(await reading) == 2
