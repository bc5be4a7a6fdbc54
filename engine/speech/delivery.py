"""How something is said: melody, syllables, tone and laughter put together, hop by hop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.face import Floats
from engine.speech.laughter import LaughterDetector
from engine.speech.melody import Melody
from engine.speech.pitch import PitchTracker
from engine.speech.rhythm import HEAD_MS, Rhythm
from engine.speech.tone import Tone
from engine.voice import Prosody


@dataclass(frozen=True, slots=True)
class Hop:
    """What was heard of a hop: ``power`` (1025,) spectrum, ``tilt_db`` as in `prosody`, ``mel``
    (2, 40) log-mel frames, ``posteriors`` (heads, 2, 40)."""

    prosody: Prosody
    power: Floats
    tilt_db: float
    mel: Floats
    posteriors: Floats
    speaking: bool


class Delivery:
    """Push hops, get their prosody with the fields that layers want.

    ``heads_ms`` as in :class:`engine.speech.prosody.ProsodyTracker`.
    """

    def __init__(self, heads_ms: Sequence[int]) -> None:
        self._head = heads_ms.index(HEAD_MS) if HEAD_MS in heads_ms else 0
        self._pitch = PitchTracker()
        self._melody = Melody()
        self._rhythm = Rhythm()
        self._tone = Tone()
        self._laughter = LaughterDetector()

    def push(self, hop: Hop) -> Prosody:
        """``hop.prosody`` with everything filled in."""
        level_db, speaking = hop.prosody.level_db, hop.speaking
        now, revised = self._pitch.push(hop.power)
        self._melody.push(now, revised, speaking)
        sounds = hop.posteriors[self._head]
        contour = self._melody.contour
        nuclei = self._rhythm.push(hop.mel, sounds, contour, speaking)
        voiced = speaking and now.f0_hz > 0
        semitones = self._melody.semitones(now) if voiced else None
        self._tone.push(level_db, semitones, hop.tilt_db, self._rhythm.rate, hop.mel)
        laughing = self._laughter.push(hop.mel, sounds)
        stressed = [nucleus.time for nucleus in nuclei if nucleus.stressed]
        heard = hop.prosody
        return Prosody(
            heard.f0_hz,
            heard.voicing,
            heard.level_db,
            heard.effort,
            heard.pitch,
            contour=contour,
            accent=self._rhythm.accent,
            rate=self._rhythm.rate,
            arousal=self._tone.arousal,
            valence=self._tone.valence,
            laughing=laughing,
            stressed_at=stressed[-1] if stressed else None,
            question=self._melody.question,
            final=_finality(self._melody.fall, self._rhythm.lengthening),
        )


def _finality(fall: float, lengthening: float) -> float:
    """A fall says most; a vowel that is drawn out on a level pitch is a hesitation instead."""
    return fall * (0.65 + 0.35 * lengthening)
