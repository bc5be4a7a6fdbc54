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


@dataclass(frozen=True, slots=True)
class Prosody:
    """One hop. ``f0_hz`` is 0 when unvoiced; ``voicing`` in [0, 1]; ``level_db`` re full scale.

    ``effort`` is the loudness within this speaker's range in [0, 1], 0.7 at the mean, less in a
    whisper and up to 1.5 in a shout; ``pitch`` the distance from this speaker's mean in semitones
    (0 when unvoiced).
    """

    f0_hz: float
    voicing: float
    level_db: float
    effort: float
    pitch: float


@dataclass(frozen=True, slots=True)
class Heard:
    """All of one hop: verdict, prosody, and phone posteriors (heads, 2, 40)."""

    voice: Voice
    prosody: Prosody
    posteriors: Floats
