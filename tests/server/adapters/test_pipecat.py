"""The Pipecat processor in a real pipeline of Pipecat's own, with frames that the test puts in."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

pytest.importorskip("pipecat", reason="the extra [pipecat] is not installed")

from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    InterruptionFrame,
    OutputImageRawFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.workers.runner import WorkerRunner

from server.adapters.pipecat import VisavisFace
from tests.server.agents import tone

RATE = 24_000


class End(FrameProcessor):
    """Where the transport would be, before the face or behind it."""

    def __init__(self):
        super().__init__()
        self.frames = []

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        self.frames.append(frame)
        await self.push_frame(frame, direction)

    def of(self, kind):
        return [frame for frame in self.frames if isinstance(frame, kind)]

    @property
    def sound(self):
        parts = [np.frombuffer(frame.audio, np.int16) for frame in self.of(TTSAudioRawFrame)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    async def until(self, condition, seconds=10):
        async with asyncio.timeout(seconds):
            while not condition(self):
                await asyncio.sleep(0.01)


class Running:
    """A pipeline of the face and an output."""

    def __init__(self, url):
        self.input, self.output = End(), End()
        pipeline = Pipeline([self.input, VisavisFace(url, width=96, height=64), self.output])
        params = PipelineParams(audio_out_sample_rate=RATE)
        self.task = PipelineWorker(pipeline, params=params, idle_timeout_secs=None)
        self.running = asyncio.create_task(self._run())

    async def _run(self):
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.task)
        await runner.run()

    async def say(self, seconds):
        frames = [TTSStartedFrame()]
        for pcm in tone(seconds, RATE).reshape(-1, RATE // 10):
            frames.append(TTSAudioRawFrame(pcm.tobytes(), RATE, 1))
        await self.task.queue_frames([*frames, TTSStoppedFrame()])

    async def end(self):
        await self.task.queue_frame(EndFrame())
        await asyncio.wait_for(self.running, 15)


async def test_sound_in_pictures_and_the_same_sound_out(server):
    pipeline = Running(server[1])
    await pipeline.output.until(lambda out: len(out.of(OutputImageRawFrame)) > 3)
    await pipeline.say(0.5)
    await pipeline.task.queue_frame(TextFrame("passes"))
    await pipeline.end()
    image = pipeline.output.of(OutputImageRawFrame)[-1]
    assert (image.size, image.format, len(image.image)) == ((96, 64), "RGB", 96 * 64 * 3)
    loud = np.flatnonzero(np.abs(pipeline.output.sound) > 1000)
    assert np.ptp(loud) == pytest.approx(RATE / 2, rel=0.05), "all of it, before the end"
    assert {frame.sample_rate for frame in pipeline.output.of(TTSAudioRawFrame)} == {RATE}
    assert pipeline.output.of(TextFrame) and pipeline.output.of(TTSStoppedFrame)


async def test_an_interruption_stops_it(server):
    pipeline = Running(server[1])
    await pipeline.say(5.0)
    await pipeline.output.until(lambda out: len(out.sound) > RATE // 4)
    await pipeline.task.queue_frame(InterruptionFrame())
    await pipeline.output.until(lambda out: out.of(InterruptionFrame))
    before = len(pipeline.output.sound)
    await asyncio.sleep(0.5)
    assert len(pipeline.output.sound) - before < RATE // 10
    await pipeline.say(0.3)
    await pipeline.end()
    assert np.abs(pipeline.output.sound[before + RATE // 10 :]).max() > 1000


async def test_without_a_face_the_voice_goes_on():
    pipeline = Running("http://127.0.0.1:9")
    await pipeline.say(0.2)
    await pipeline.output.until(lambda out: len(out.sound) == RATE // 5)
    await pipeline.end()
    assert not pipeline.output.of(OutputImageRawFrame)
    assert "there is no face" in pipeline.input.of(ErrorFrame)[0].error
