from __future__ import annotations

import asyncio
from fractions import Fraction

import pytest
from aiortc.mediastreams import MediaStreamError

from engine.units import AudioUnit, VideoUnit
from server.rtc.tracks import MAX_QUEUED, AudioUnitTrack, VideoUnitTrack


def picture(time, keyframe=False):
    return VideoUnit(time, 640, b"picture", keyframe)


@pytest.fixture
def requests():
    return []


@pytest.fixture
def video(requests):
    return VideoUnitTrack(lambda: requests.append("keyframe"), lambda: requests.append("open"))


async def opened(track):
    """A track whose sender waits for the first packet."""
    waiting = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    return waiting


async def test_nothing_is_kept_before_the_connection_is_up(video, requests):
    video.put(picture(0, keyframe=True))
    waiting = await opened(video)
    assert not waiting.done() and requests == ["open", "keyframe"]
    video.put(picture(640))
    video.put(picture(1280, keyframe=True))
    assert (await waiting).pts == 1280 * 90_000 // 16_000
    assert video.dropped == 0


async def test_packets_carry_media_time_in_the_rtp_clock():
    track = AudioUnitTrack()
    waiting = await opened(track)
    track.put(AudioUnit(320, 320, b"opus"))
    packet = await waiting
    assert (packet.pts, packet.time_base, bytes(packet)) == (960, Fraction(1, 48_000), b"opus")
    assert track.last_sent == 320


async def test_a_stuck_sender_costs_the_oldest_sound():
    track = AudioUnitTrack()
    waiting = await opened(track)
    for index in range(MAX_QUEUED + 5):
        track.put(AudioUnit(index * 320, 320, b"x"))
    assert track.dropped == 5
    assert (await waiting).pts == 5 * 960


async def test_a_stuck_sender_restarts_the_picture_at_a_keyframe(video, requests):
    waiting = await opened(video)
    video.put(picture(0, keyframe=True))
    await waiting
    for index in range(1, MAX_QUEUED + 3):
        video.put(picture(index * 640))
    assert requests == ["open", "keyframe", "keyframe"]
    video.put(picture(64_000))
    video.put(picture(64_640, keyframe=True))
    assert (await video.recv()).pts == 64_640 * 90_000 // 16_000
    assert video.dropped == MAX_QUEUED + 3


async def test_stopping_wakes_the_sender(video):
    waiting = await opened(video)
    video.stop()
    with pytest.raises(MediaStreamError):
        await waiting
