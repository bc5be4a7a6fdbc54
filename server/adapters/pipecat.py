"""A face in a Pipecat pipeline: put it behind the text-to-speech and before the transport's output.

It takes the sound of the text-to-speech out of the pipeline and puts the same sound back, with
pictures, when it is seen to be said. Needs the extra ``[pipecat]``.
"""

from __future__ import annotations

import asyncio
from typing import Any

from av import AudioFrame, AudioResampler, VideoFrame
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    OutputImageRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup

from engine.errors import VisavisError
from server.adapters.face import RATE, Face, Finished, Started

_DRAIN_S = 60.0
"""An ``EndFrame`` waits for what is being said, for as long as the server may hold."""

_TAIL = RATE * 3 // 10
"""Samples passed on after word that all has been played: sound takes longer than words to come."""


class VisavisFace(FrameProcessor):
    """``server``, ``token`` and ``options`` as for `server.adapters.face.Face`.

    Sound leaves at the pipeline's output rate, in mono, and only while something is said. If there
    is no face, the pipeline is told by an error frame and goes on without it, with its sound.
    """

    def __init__(self, server: str, *, token: str | None = None, **options: str | int) -> None:
        super().__init__()
        self._asked = server, token, options
        self._face: Face | None = None
        self._showing: asyncio.Task[Any] | None = None
        self._resampler = AudioResampler("s16", "mono", RATE)
        self._rate = RATE
        self._growing = self._speaking = False
        self._owed = 0  # segments that have not been played
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Learn the rate of the pipeline's sound."""
        await super().setup(setup)
        self._rate = setup.audio_out_sample_rate
        self._resampler = AudioResampler("s16", "mono", self._rate)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Say what is said, stop where it is interrupted, pass on all else."""
        await super().process_frame(frame, direction)
        if isinstance(frame, StartFrame):
            await self._start()
        elif isinstance(frame, TTSAudioRawFrame) and self._face is not None:
            self._owed += not self._growing
            self._growing = True
            self._quiet.clear()
            await self._face.append(frame.audio, frame.sample_rate, frame.num_channels)
            return
        elif isinstance(frame, TTSStoppedFrame):
            await self._end()
        elif isinstance(frame, InterruptionFrame):
            await self._interrupt()
        elif isinstance(frame, EndFrame):
            await self._end()
            await self._drain()
            await self._close()
        elif isinstance(frame, CancelFrame):
            await self._close()
        await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """Let go of the face."""
        await self._close()
        await super().cleanup()

    async def _start(self) -> None:
        server, token, options = self._asked
        face = Face(server, token=token, **options)
        try:
            await face.__aenter__()
        except VisavisError as error:
            await self.push_error(error_msg=f"there is no face: {error}")
            return
        self._face = face
        self._showing = self.create_task(self._show(face))

    async def _end(self) -> None:
        if self._face is not None and self._growing:
            self._growing = False
            await self._face.end()

    async def _interrupt(self) -> None:
        self._growing = self._speaking = False
        self._owed = 0
        if self._face is not None:
            await self._face.interrupt()
        self._quiet.set()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_S):
                await self._quiet.wait()
        except TimeoutError:
            pass

    async def _close(self) -> None:
        face, self._face = self._face, None
        if self._showing is not None:
            await self.cancel_task(self._showing)
            self._showing = None
        if face is not None:
            await face.__aexit__(None, None, None)

    async def _show(self, face: Face) -> None:
        left: int | None = None  # samples that still belong to what was said last
        async for shown in face:
            if isinstance(shown, VideoFrame):
                size = shown.width, shown.height
                rgb = shown.to_ndarray(format="rgb24").tobytes()
                await self.push_frame(OutputImageRawFrame(image=rgb, size=size, format="RGB"))
            elif isinstance(shown, AudioFrame):
                if self._speaking or left is not None:
                    await self._sound(shown)
                if left is not None:
                    left = left - shown.samples if left > shown.samples else None
                    if left is None and not self._owed:
                        self._quiet.set()
            elif isinstance(shown, Started):
                self._speaking = True
            elif isinstance(shown, Finished):
                self._speaking, left = False, None if shown.interrupted else _TAIL
                self._owed = max(0, self._owed - 1)

    async def _sound(self, frame: AudioFrame) -> None:
        for resampled in self._resampler.resample(frame):
            pcm = resampled.to_ndarray().tobytes()
            await self.push_frame(
                TTSAudioRawFrame(audio=pcm, sample_rate=self._rate, num_channels=1)
            )
