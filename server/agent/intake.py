"""What an agent sends as sound, made into the 48 kHz mono that a session takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from av import AudioFrame, AudioResampler

from engine.errors import InvalidInput
from server.ingest import INPUT_RATE, Pcm
from server.rtc.opus import open_decoder

PCM16, OPUS = "pcm16", "opus"
FORMATS = (PCM16, OPUS)
RATES = (16_000, 24_000, 48_000)

MAX_PIECE_S = 30
"""Seconds that one piece of PCM may hold."""


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """``name`` is "pcm16" (little-endian, one channel) or "opus" (a packet a piece, RFC 6716);
    ``rate`` in Hz is one of `RATES`, with Opus always 48000. InvalidInput names what is wrong.
    """

    name: str = PCM16
    rate: int = 24_000

    def __post_init__(self) -> None:
        if self.name not in FORMATS:
            raise InvalidInput("input_audio_format", self.name, f"use {' or '.join(FORMATS)}")
        if type(self.rate) is not int or self.rate not in RATES:
            rates = ", ".join(map(str, RATES))
            raise InvalidInput("sample_rate", self.rate, f"use one of {rates}, in Hz")
        if self.name == OPUS and self.rate != INPUT_RATE:
            raise InvalidInput("sample_rate", self.rate, f"use {INPUT_RATE} with opus, or leave it")

    @staticmethod
    def of(name: str | None, rate: int | None, before: SoundFormat | None = None) -> SoundFormat:
        """The format asked for; what is not named is as before, or as is usual."""
        now = before or SoundFormat()
        name = now.name if name is None else name
        if rate is None:
            rate = INPUT_RATE if name == OPUS else now.rate
        return SoundFormat(name, rate)

    @property
    def ratio(self) -> int:
        """Samples at 48 kHz for each of this rate."""
        return INPUT_RATE // self.rate


class Intake(Protocol):
    """One stretch of sound without a gap: pieces in, samples at 48 kHz out."""

    def take(self, piece: bytes) -> Pcm:
        """Samples (n,) that a piece completes; InvalidInput if it is damaged, and nothing
        has changed then.
        """

    def rest(self) -> Pcm:
        """What is still held back, at the end."""


def open_intake(sound: SoundFormat) -> Intake:
    """For sound of this format, from silence."""
    return OpusIntake() if sound.name == OPUS else PcmIntake(sound)


class PcmIntake:
    """PCM16 of any of `RATES`; n samples become exactly n * ``ratio``."""

    def __init__(self, sound: SoundFormat) -> None:
        self._sound = sound
        self._came = self._gave = 0
        same = sound.rate == INPUT_RATE
        self._resampler = None if same else AudioResampler("s16", "mono", INPUT_RATE)

    def take(self, piece: bytes) -> Pcm:
        """As `Intake` has it."""
        if len(piece) % 2:
            remedy = "send whole samples of two bytes: an even number of bytes"
            raise InvalidInput("audio", f"{len(piece)} bytes", remedy)
        if len(piece) > 2 * self._sound.rate * MAX_PIECE_S:
            remedy = f"send at most {MAX_PIECE_S} s at a time"
            raise InvalidInput("audio", f"{len(piece)} bytes", remedy)
        if not piece:
            raise InvalidInput("audio", "0 bytes", "send at least one sample")
        pcm = np.frombuffer(piece, "<i2").astype(np.int16)
        if self._resampler is None:
            return pcm
        self._came += len(pcm)
        frame = AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = self._sound.rate
        return self._count(self._resampler.resample(frame))

    def rest(self) -> Pcm:
        """As `Intake` has it. The filter's end falls into silence."""
        if self._resampler is None or not self._came:
            return np.zeros(0, np.int16)
        last = self._count(self._resampler.resample(None))
        missing = self._came * self._sound.ratio - self._gave
        return np.pad(last, (0, max(0, missing)))[: len(last) + missing]

    def _count(self, frames: list[AudioFrame]) -> Pcm:
        parts = [frame.to_ndarray().reshape(-1).astype(np.int16, copy=False) for frame in frames]
        pcm = np.concatenate(parts) if parts else np.zeros(0, np.int16)
        self._gave += len(pcm)
        return pcm


class OpusIntake:
    """One Opus packet a piece; stereo is mixed down."""

    def __init__(self) -> None:
        self._decoder = open_decoder()

    def take(self, piece: bytes) -> Pcm:
        """As `Intake` has it."""
        pcm = self._decoder.decode(piece)
        if not len(pcm):
            remedy = "send one whole Opus packet a piece, without Ogg round it"
            raise InvalidInput("audio", f"{len(piece)} bytes", remedy)
        return pcm

    def rest(self) -> Pcm:
        """Nothing is held back."""
        return np.zeros(0, np.int16)
