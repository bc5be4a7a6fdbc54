"""An avatar for LiveKit agents: a participant of the room that says what the agent streams to it.

The agent's side is LiveKit's own, ``DataStreamAudioOutput(room, destination_identity=...)``: it
streams its voice (``lk.audio_stream``), cuts it off (``lk.clear_buffer``) and is told what has been
heard (``lk.playback_started``, ``lk.playback_finished``). Needs the extra ``[livekit]``.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine

from av import AudioFrame, VideoFrame
from livekit import rtc
from livekit.agents.voice.avatar import AudioReceiver, DataStreamAudioReceiver

from engine.errors import VisavisError
from server.adapters.face import RATE, Face, Finished, Started

CHANNELS = 2
_QUEUE_MS = 100


class LiveKitAvatar:
    """Passes sound from ``receiver`` to ``face``, and what it shows to ``audio`` and ``video``.

    Each segment of the receiver's is answered with one word that it has been played, or cut off
    and after how much.
    """

    def __init__(
        self,
        face: Face,
        receiver: AudioReceiver,
        audio: rtc.AudioSource,
        video: rtc.VideoSource,
    ) -> None:
        self._face = face
        self._receiver = receiver
        self._audio = audio
        self._video = video
        self._growing = False
        self._owed = 0
        self._clears: asyncio.Queue[None] = asyncio.Queue()

    async def run(self) -> None:
        """Until the face's session, or what the agent sends, has ended."""
        self._receiver.on("clear_buffer", self._clear)
        await self._receiver.start()
        tasks = [
            asyncio.create_task(work) for work in (self._hear(), self._show(), self._interrupt())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._receiver.off("clear_buffer", self._clear)
            await self._receiver.aclose()

    def _clear(self) -> None:
        self._clears.put_nowait(None)

    async def _hear(self) -> None:
        async for frame in self._receiver:
            if isinstance(frame, rtc.AudioFrame):
                self._owed += not self._growing
                self._growing = True
                await self._face.append(bytes(frame.data), frame.sample_rate, frame.num_channels)
            elif self._growing:  # one that was cut off ends as well
                self._growing = False
                await self._face.end()

    async def _interrupt(self) -> None:
        while True:
            await self._clears.get()
            self._growing = False
            owed, self._owed = self._owed, 0
            cut = await self._face.interrupt()
            positions = [0.0 if cut is None else cut.seconds] + [0.0] * (owed - 1)
            for position in positions[:owed]:
                await _done(self._receiver.notify_playback_finished(position, interrupted=True))

    async def _show(self) -> None:
        async for shown in self._face:
            if isinstance(shown, VideoFrame):
                self._video.capture_frame(_picture(shown))
            elif isinstance(shown, AudioFrame):
                await self._audio.capture_frame(_sound(shown))
            elif isinstance(shown, Started):
                await _done(self._receiver.notify_playback_started())
            elif isinstance(shown, Finished) and not shown.interrupted:
                self._owed = max(0, self._owed - 1)
                await _done(
                    self._receiver.notify_playback_finished(shown.seconds, interrupted=False)
                )


async def join(
    room: rtc.Room,
    server: str,
    *,
    agent: str | None = None,
    token: str | None = None,
    **options: str | int,
) -> None:
    """Be the avatar of a connected room, until the agent or the face has gone.

    ``agent`` is the identity whose voice it says, the room's first agent without one; ``server``,
    ``token`` and ``options`` as for `Face`.
    """
    async with Face(server, token=token, **options) as face:
        size = face.session["video"]
        audio = rtc.AudioSource(RATE, CHANNELS, queue_size_ms=_QUEUE_MS)
        video = rtc.VideoSource(size["width"], size["height"])
        here = room.local_participant
        await here.publish_track(
            rtc.LocalAudioTrack.create_audio_track("avatar_audio", audio),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE),
        )
        await here.publish_track(
            rtc.LocalVideoTrack.create_video_track("avatar_video", video),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA),
        )
        receiver = DataStreamAudioReceiver(room, sender_identity=agent)
        try:
            await LiveKitAvatar(face, receiver, audio, video).run()
        finally:
            await audio.aclose()
            await video.aclose()


def _picture(frame: VideoFrame) -> rtc.VideoFrame:
    planes = frame.reformat(format="yuv420p").to_ndarray()
    return rtc.VideoFrame(frame.width, frame.height, rtc.VideoBufferType.I420, planes.tobytes())


def _sound(frame: AudioFrame) -> rtc.AudioFrame:
    """Interleaved 16 bit stereo, which is what WebRTC's Opus decodes to."""
    if frame.format.name != "s16" or len(frame.layout.channels) != CHANNELS:
        raise VisavisError(f"sound came as {frame.format.name} {frame.layout.name}")
    return rtc.AudioFrame(frame.to_ndarray().tobytes(), frame.sample_rate, CHANNELS, frame.samples)


async def _done(notified: Coroutine[None, None, None] | None) -> None:
    """Receivers may answer at once or later."""
    if inspect.isawaitable(notified):
        await notified
