"""The LiveKit avatar against LiveKit's own SDK, as far as there is no room: its media sources and
frames are real, the agent's side is one of its receivers that the test feeds.
"""

from __future__ import annotations

import asyncio

import pytest

rtc = pytest.importorskip("livekit.rtc", reason="the extra [livekit] is not installed")
avatar = pytest.importorskip("livekit.agents.voice.avatar", reason="nor is livekit-agents")

from server.adapters.face import RATE, Face  # noqa: E402
from server.adapters.livekit import CHANNELS, LiveKitAvatar  # noqa: E402
from tests.server.agents import tone  # noqa: E402


class Receiver(avatar.AudioReceiver):
    """What an agent would send, and what it would be told."""

    def __init__(self):
        super().__init__()
        self.sent, self.told = asyncio.Queue(), []

    def notify_playback_started(self):
        self.told.append("started")

    async def notify_playback_finished(self, playback_position, interrupted):
        self.told.append((round(playback_position, 3), interrupted))

    async def _frames(self):
        while (frame := await self.sent.get()) is not None:
            yield frame

    def __aiter__(self):
        return self._frames()

    def say(self, seconds, rate=24_000):
        for pcm in tone(seconds, rate).reshape(-1, rate // 10):
            self.sent.put_nowait(rtc.AudioFrame(pcm.tobytes(), rate, 1, len(pcm)))
        self.sent.put_nowait(avatar.AudioSegmentEnd())

    async def until(self, told, seconds=10):
        async with asyncio.timeout(seconds):
            while self.told[-1:] != [told]:
                await asyncio.sleep(0.01)


class Camera(rtc.VideoSource):
    """The SDK's source, which also counts."""

    def __init__(self):
        super().__init__(96, 64)
        self.frames = []

    def capture_frame(self, frame, **more):
        self.frames.append(frame)
        super().capture_frame(frame, **more)


class Microphone(rtc.AudioSource):
    def __init__(self):
        super().__init__(RATE, CHANNELS, queue_size_ms=100)
        self.loudest = 0

    async def capture_frame(self, frame):
        self.loudest = max(self.loudest, *frame.data)
        await super().capture_frame(frame)


@pytest.fixture
async def joined(server):
    """(receiver, microphone, camera) of an avatar that runs."""
    receiver, microphone, camera = Receiver(), Microphone(), Camera()
    async with Face(server[1], width=96, height=64) as face:
        running = asyncio.create_task(LiveKitAvatar(face, receiver, microphone, camera).run())
        yield receiver, microphone, camera
        receiver.sent.put_nowait(None)
        await asyncio.wait_for(running, 5)
    await microphone.aclose()
    await camera.aclose()


async def test_what_an_agent_streams_is_said(joined):
    receiver, microphone, camera = joined
    receiver.say(0.4)
    await receiver.until((0.4, False))
    assert receiver.told == ["started", (0.4, False)]
    await asyncio.sleep(0.2)
    assert microphone.loudest > 4000
    assert camera.frames[-1].type == rtc.VideoBufferType.I420
    assert (camera.frames[-1].width, camera.frames[-1].height) == (96, 64)
    receiver.say(0.2)
    await receiver.until((0.2, False))


async def test_every_segment_that_is_cut_off_is_answered(joined):
    receiver, _, _ = joined
    receiver.say(3.0)
    receiver.say(1.0)
    await receiver.until("started")
    await asyncio.sleep(0.3)
    receiver.emit("clear_buffer")
    receiver.sent.put_nowait(avatar.AudioSegmentEnd())  # as LiveKit's own does
    await receiver.until((0.0, True))
    started, (position, interrupted), last = receiver.told
    assert (started, interrupted, last) == ("started", True, (0.0, True))
    assert 0.1 < position < 2
    receiver.say(0.2)
    await receiver.until((0.2, False))


async def test_what_has_not_begun_is_answered_as_well(joined):
    receiver, _, _ = joined
    receiver.say(1.0)
    await asyncio.sleep(0.02)
    receiver.emit("clear_buffer")
    async with asyncio.timeout(5):
        while not receiver.told or receiver.told[-1][1] is not True:
            await asyncio.sleep(0.01)
    assert len([told for told in receiver.told if told != "started"]) == 1
