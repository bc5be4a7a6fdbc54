"""Hearing: 48 kHz hops in, everything the motion needs to know of them out."""

from __future__ import annotations

from engine.face import Floats
from engine.phones import PHONES
from engine.runtime.streams import Asking, alone
from engine.speech.audio import PCM, RESAMPLE_DELAY, Decimator
from engine.speech.features import LogMel
from engine.speech.phonemes import PhonemeModel, PhonemeStream
from engine.speech.prosody import ProsodyTracker
from engine.speech.vad import VoiceActivity
from engine.stopwatch import Stopwatch
from engine.timeline import Samples
from engine.voice import Heard

_SILENCE = PHONES.index("SIL")


class Hearing:
    """One voice's analysis; looks at nothing beyond the hop it is given."""

    delay: Samples = RESAMPLE_DELAY

    def __init__(self, phonemes: PhonemeModel, stopwatch: Stopwatch) -> None:
        self._decimator = Decimator()
        self._prosody = ProsodyTracker(phonemes.heads_ms)
        self._log_mel = LogMel()
        self._phonemes = PhonemeStream(phonemes)
        self._vad = VoiceActivity(phonemes.heads_ms)
        self._stopwatch = stopwatch

    def push(self, hop: PCM) -> Heard:
        """``hop`` (960,) int16 at 48 kHz."""
        return alone(self.listen(hop))

    def analyse(self, samples: Floats) -> Heard:
        """``samples`` (320,) float32 at 16 kHz: for sound that is at the engine's own rate."""
        return alone(self._analysis(samples))

    def listen(self, hop: PCM) -> Asking[Heard]:
        """As `push`, leaving it to whoever hosts the voice to answer for the network."""
        with self._stopwatch.stage("resample"):
            samples = self._decimator.push(hop)
        return (yield from self._analysis(samples))

    def _analysis(self, samples: Floats) -> Asking[Heard]:
        with self._stopwatch.stage("features"):
            frames = self._log_mel.push(samples)
        posteriors = yield self._phonemes.ask(frames)
        with self._stopwatch.stage("vad"):
            speech = 1 - posteriors[:, :, _SILENCE].mean(axis=1)
            voice = self._vad.push(samples, speech)
        with self._stopwatch.stage("prosody"):
            prosody = self._prosody.push(samples, voice.level_db, voice.active, frames, posteriors)
        return Heard(voice, prosody, posteriors)
