"""The wiring: PCM in, encoded face and voice out. The only file that knows every room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.behaviour import Attention, Behaviour, Direction, Emotion, check_role
from engine.encode import OpusEncoder
from engine.face import FaceFrame
from engine.look import Look
from engine.motion.lookahead import split
from engine.motion.performance import Performance
from engine.options import SessionOptions, check_articulation, check_look, check_quality, check_size
from engine.shutter import Shutter
from engine.speech.audio import DECIMATION, INPUT_HOP, PCM, Hops
from engine.speech.events import PhoneEvents
from engine.speech.hearing import Hearing
from engine.steps import Due, Steps, units_of
from engine.stopwatch import Stopwatch
from engine.studio import Clock, PictureState, Studio
from engine.timeline import HOP, MOTION_HOP, Delay, FrameGrid, Samples
from engine.units import AudioUnit, EventUnit, MotionUnit, Unit
from engine.voice import Voice

if TYPE_CHECKING:
    from engine.pipeline import Engine

Sink = Literal["encoded", "motion"]
_MOTION_UNIT: Samples = 2 * MOTION_HOP


class Session:
    """One voice and its face: ``push`` PCM of any length, get the units that it completes.

    The same samples give the same units however they are cut. ``motion_units`` and ``phone_units``
    begin as the options say and may be changed at any time. What is told to the face (behaviour,
    role, others, attention) outlives a reset; cues do not. Not thread-safe.
    """

    def __init__(
        self,
        engine: Engine,
        options: SessionOptions,
        sink: Sink,
        stopwatch: Stopwatch,
        clock: Clock | None = None,
    ) -> None:
        self.options = options
        self.motion_units = options.motion_units
        self.phone_units = options.phone_units
        self._direction = Direction(options.articulation, options.behaviour, options.role)
        self._last: FaceFrame | None = None
        self._engine = engine
        self._motion = engine.motion(options.motion_model)
        self._stopwatch = stopwatch
        self._grid = FrameGrid(options.fps)
        self._encoded = sink == "encoded"
        self._studio = Studio(engine.cast, options, stopwatch, clock) if self._encoded else None
        self._shutter = Shutter(self._studio, self._grid) if self._studio else None
        self._curves: list[FaceFrame] | None = [] if sink == "motion" else None
        self._under_way: Steps | None = None
        self.reset()

    def reset(self, smoothly: bool = False) -> None:
        """Forget the voice and start again at media time 0; the next picture is a keyframe.

        The face begins as that of a new session, or ``smoothly``: goes on from where it is, its
        mouth shut within a quarter of a second. ``steps`` that are under way end.
        """
        self._leave_off()
        shown = self._last if smoothly else None
        self._hops = Hops()
        self._opus = OpusEncoder(self.options.audio_bitrate) if self._encoded else None
        self._hearing = Hearing(self._engine.phonemes, self._stopwatch)
        self._performance = Performance(
            self._motion, self.options.look_ahead, self.options.seed, self._direction, shown
        )
        share = split(self.options.look_ahead, self._engine.phonemes.heads_ms)
        self._phone_events = PhoneEvents(share.head, share.heard)
        self._time: Samples = 0
        self._last = None
        if self._shutter:
            self._shutter.reset()
        self.curves()  # what nobody has taken is forgotten too
        self.request_keyframe()

    @property
    def delays(self) -> tuple[Delay, ...]:
        """Declared algorithmic delays: from a sample's time to when its picture can be made."""
        waits = (self._made_at(k) - self._grid.start(k) for k in range(self.options.fps))
        known = self.options.look_ahead + self._grid.half
        return (
            Delay("resampling", self._hearing.delay),
            Delay("look-ahead", self.options.look_ahead),
            Delay("frame centre", self._grid.half),
            Delay("hop", max(0, max(waits) - known)),
        )

    def _made_at(self, frame: int) -> Samples:
        """How much audio must have come before a frame can be drawn."""
        pose = -(-self._grid.centre(frame) // MOTION_HOP) * MOTION_HOP
        return -(-(pose + self.options.look_ahead) // HOP) * HOP

    def push(self, pcm: PCM, behind: bool = False) -> list[Unit]:
        """Units completed by mono int16 PCM at 48 kHz, in the order in which they are made.

        ``behind`` says that more audio waits already: pictures that fall due are left out and
        counted in ``skipped_frames``, so that the face catches up with the voice. InvalidInput
        if the PCM is of another kind.
        """
        return list(self.stream(pcm, behind))

    def stream(self, pcm: PCM, behind: bool = False) -> Iterator[Unit]:
        """The same, each unit as soon as it is made: sound need not wait for a picture.

        Exhaust it before the session is used again.
        """
        return units_of(self.steps(pcm, behind), self._stopwatch)

    def steps(self, pcm: PCM, behind: bool = False) -> Steps:
        """The same, leaving it to whoever hosts the session to answer for the networks.

        Settings may change between two steps; reset and close end them.
        """
        self._under_way = self._through(pcm, behind)
        return self._under_way

    def _through(self, pcm: PCM, behind: bool) -> Steps:
        for hop in self._hops.push(pcm):
            yield from self._advance(hop, behind)

    def _leave_off(self) -> None:
        if self._under_way:
            self._under_way.close()
            self._under_way = None

    @property
    def skipped_frames(self) -> int:
        """Pictures left out so far because the face was behind."""
        return self._shutter.skipped if self._shutter else 0

    def flush(self) -> list[Unit]:
        """The units up to the last sample pushed, as if silence followed it."""
        end = self._time + self._hops.held // DECIMATION
        units = self.push(np.zeros((-self._hops.held) % INPUT_HOP, np.int16))
        silence = np.zeros(INPUT_HOP, np.int16)
        while self._due() < end:
            units += self.push(silence)
        if self._curves is not None:
            self._curves = [face for face in self._curves if face.time < end]
        return [unit for unit in units if unit.time < end]

    def _due(self) -> Samples:
        """Media time up to which everything has been given out."""
        shown = self._last.time + MOTION_HOP if self._last else 0
        return min(shown, self._shutter.reached) if self._shutter else shown

    def curves(self) -> list[FaceFrame]:
        """Sink "motion": the 100 Hz poses made since the last call."""
        taken = self._curves or []
        if self._curves is not None:
            self._curves = []
        return taken

    def request_keyframe(self) -> None:
        """Make the next picture decodable on its own."""
        if self._studio:
            self._studio.keyframe_wanted = True

    def set_bitrate(self, bits_per_second: int) -> None:
        """Change the video bit rate from the next picture on, without a keyframe."""
        if self._studio:
            self._studio.bitrate = bits_per_second

    def set_stride(self, frames: int) -> None:
        """Draw every ``frames``-th picture at most, from the next one on: 1 for all of them."""
        if self._studio:
            self._studio.set_stride(frames)

    def set_look(self, look: Look) -> None:
        """Show another character, place, light or framing from the next picture on.

        InvalidInput if something of it is not there, AssetError if it is damaged; all then
        stays as it was. Sink "motion" has no look.
        """
        check_look(look)
        if self._studio:
            self._studio.set_look(look)

    def set_quality(self, name: str) -> None:
        """Turn the quality dial, see `engine.quality`; InvalidInput for an unknown name."""
        check_quality(name)
        if self._studio:
            self._studio.set_quality(name)

    def set_size(self, width: int, height: int) -> None:
        """Make pictures of another size, from the next one on, which is a keyframe.

        InvalidInput for a size that `SessionOptions` does not take.
        """
        check_size(width, height)
        if self._studio:
            self._studio.set_size(width, height)

    @property
    def picture(self) -> PictureState | None:
        """What pictures are like now; None with sink "motion"."""
        return self._studio.picture if self._studio else None

    def set_articulation(self, amount: float) -> None:
        """Mumble (0), speak naturally (1) or with emphasis (2): from the next pose on, smoothly.

        InvalidInput if ``amount`` is not a number from 0 to 2.
        """
        check_articulation(amount)
        self._direct(replace(self._direction, articulation=amount))

    def set_behaviour(self, behaviour: Behaviour) -> None:
        """Another liveliness of each layer, from the next pose on, smoothly."""
        self._direct(replace(self._direction, behaviour=behaviour))

    def cue_emotion(self, emotion: Emotion) -> None:
        """Show an emotion from the next pose on; several may be shown at once."""
        self._performance.cue(emotion)

    def hush(self) -> None:
        """Say nothing more of what was pushed: the mouth shuts, from the next pose on."""
        self._performance.hush()

    def attend(self, attention: Attention | None) -> None:
        """Have the face look there from the next pose on; None leaves it to itself again."""
        self._direct(replace(self._direction, attention=attention))

    def set_others(self, speaking: bool) -> None:
        """Tell the face that somebody else speaks, or does no longer: it listens."""
        self._direct(replace(self._direction, others=speaking))

    def set_role(self, role: str) -> None:
        """Whose the voice is: of the avatar ("speaker"), or of one to whom it listens.

        A "listener" keeps its mouth shut. InvalidInput for another role.
        """
        check_role(role)
        self._direct(replace(self._direction, role=role))

    def _direct(self, direction: Direction) -> None:
        self._direction = direction
        self._performance.direct(direction)

    def close(self) -> None:
        """Free what the session holds; it cannot be used afterwards."""
        self._leave_off()
        if self._studio:
            self._studio.close()
            self._studio = self._shutter = None

    def _advance(self, hop: PCM, behind: bool) -> Steps:
        time, self._time = self._time, self._time + HOP
        if self._opus:
            with self._stopwatch.stage("opus"):
                sound = self._opus.encode(hop)
            yield AudioUnit(time, HOP, sound)
        heard = yield from self._hearing.listen(hop)
        yield from _events(heard.voice)
        answer = yield self._performance.ask(heard)
        with self._stopwatch.stage("motion"):
            poses = self._performance.perform(heard, answer)
        if self.phone_units:
            yield from self._phone_events.push(heard)
        else:
            self._phone_events.pass_over(heard)
        for pose in poses:
            yield from self._take(pose, behind)

    def _take(self, pose: FaceFrame, behind: bool) -> Steps:
        """What a new pose completes: a motion unit, a point of the curves, a picture."""
        if self.motion_units and pose.time % _MOTION_UNIT == 0:
            yield MotionUnit.of(pose, _MOTION_UNIT)
        if self._curves is not None:
            self._curves.append(pose)
        shutter = self._shutter
        if shutter and shutter.is_due(pose) and not shutter.skips(behind):
            yield Due.PICTURE
            yield shutter.release(self._last, pose)
        self._last = pose


def _events(voice: Voice) -> list[Unit]:
    if voice.started is not None:
        return [EventUnit(voice.started, "speech_start")]
    if voice.ended is not None:
        return [EventUnit(voice.ended, "speech_end")]
    return []
