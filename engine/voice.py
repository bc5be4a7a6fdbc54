"""What is heard, hop by hop: the words in which hearing speaks to motion."""

from __future__ import annotations

from dataclasses import dataclass

from engine.face import Floats
from engine.timeline import Samples


@dataclass(frozen=True, slots=True)
class Voice:
    """One hop's verdict. ``time`` is the hop's first sample.

    ``started`` is the back-dated start when speech begins with this hop, ``ended`` the end of the
    last voted hop when it ends with this one.
    """

    time: Samples
    vote: bool
    active: bool
    level_db: float
    started: Samples | None = None
    ended: Samples | None = None


HESITATION_S, TURN_END_S = 0.35, 1.2
"""Silence in seconds: shorter than the first is a hesitation or a stop within a phrase, longer than
the second ends a turn whatever the melody said; between them one takes a breath. Pauses come in
three kinds, with means of some 80, 430 and 1600 ms (Campione & Véronis 2002, "A large-scale
multilingual study of silent pause duration"); below 250 ms they belong to articulation
(Goldman-Eisler 1968), and gaps between speakers are mostly shorter than half a second (Heldner &
Edlund 2010, "Pauses, gaps and overlaps in conversations")."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """One hop. ``f0_hz`` is 0 when unvoiced; ``voicing`` in [0, 1]; ``level_db`` re full scale.

    ``effort`` is the loudness within this speaker's range in [0, 1], 0.7 at the mean, less in a
    whisper and up to 1.5 in a shout; ``pitch`` the distance from this speaker's mean in semitones
    (0 when unvoiced). These first five are what the motion network has learnt from.

    contour     semitones from this speaker's mean, tracked and bridged over unvoiced sounds: smooth
    accent      0..1, how much this moment stands out; its peaks lie on prominent syllables
    rate        syllables per second of speech over the last two seconds or so, 0 while unknown
    arousal     -1..1 against this speaker's own baseline
    valence     -1..1 likewise, but 0 unless several weak cues agree
    laughing    0..1, laughter is heard
    stressed_at the peak of a stressed syllable that has become certain with this hop, back-dated
    question    0..1, how much the pitch rose over the last 300 ms of voice
    final       0..1, how much melody and lengthening say that what was just said is complete
    """

    f0_hz: float
    voicing: float
    level_db: float
    effort: float
    pitch: float
    contour: float = 0.0
    accent: float = 0.0
    rate: float = 0.0
    arousal: float = 0.0
    valence: float = 0.0
    laughing: float = 0.0
    stressed_at: Samples | None = None
    question: float = 0.0
    final: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """All of one hop: verdict, prosody, and phone posteriors (heads, 2, 40)."""

    voice: Voice
    prosody: Prosody
    posteriors: Floats
