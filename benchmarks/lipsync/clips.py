"""The sounds that systems are judged on, with the labels or the capture that judge them.

None of them is part of the repository: where one is missing, :class:`Missing` says which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from benchmarks.lipsync.measures import RATE
from benchmarks.lipsync.statistics import Series
from benchmarks.report import ROOT
from engine.errors import VisavisError
from engine.face import Floats
from engine.speech.audio import INPUT_RATE, PCM
from engine.timeline import SAMPLE_RATE
from models import prompts as recorded
from models import speech_data
from models.corpus import Segment
from models.sound import read_16k

PROMPT_CACHE = ROOT / "build" / "prompts"
CAPTURE = speech_data.SPEECH.parent / "mocap"
CAPTURE_CLIP = "1114_3_15"
"""The clip of the performance capture that no training sees: Mandarin, one woman."""

LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "ru": "Russian"}
"""Those of which there are recorded prompts."""

Item = TypeVar("Item")

_PROMPTS = 40
_PROMPT_S = (1.0, 12.0)
_ROUNDED = ("mouth_pucker_l", "mouth_funnel_dl", "mouth_funnel_ul", "mouth_oo_c")


class Missing(VisavisError):
    """Something that a row of the table is measured on and that is not on this machine."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"bench lipsync needs {what}")


@dataclass(frozen=True)
class Clip:
    """One sound to speak: ``samples`` int16 at 16 kHz, the phones in it, and its words if known."""

    name: str
    samples: NDArray[np.int16]
    segments: Sequence[Segment] = ()
    words: str = ""

    @property
    def floats(self) -> Floats:
        """The samples as float32 in [-1, 1]."""
        return np.asarray(self.samples / 32768, np.float32)

    @property
    def pcm(self) -> PCM:
        """The sound as a session takes it, int16 at 48 kHz."""
        return _int16(resample_poly(self.floats, INPUT_RATE // SAMPLE_RATE, 1))

    @property
    def length(self) -> int:
        """How many motion samples belong to the sound."""
        return -(-len(self.samples) * RATE // SAMPLE_RATE)

    def altered(self, alter: Callable[[Clip], Floats]) -> Clip:
        """The same clip with the sound that ``alter`` makes of it, of the same length."""
        return replace(self, samples=_int16(alter(self)))


@dataclass(frozen=True)
class Capture:
    """A captured performance: its sound, and ``jaw`` and ``rounding`` at 100 Hz."""

    clip: Clip
    series: dict[str, Series]


def held_out(per_speaker: int, labels: Path | None = None) -> list[Clip]:
    """So many utterances of each speaker that no training has heard, spread over the recording.

    Phones are those kept for judging (models.speech_data.HELD_OUT_PHONES), or of the file
    ``labels`` that models.align wrote. Missing if there are no recordings.
    """
    try:
        rows = [row for row in speech_data.index() if row["speaker"] in speech_data.HELD_OUT]
    except FileNotFoundError as error:
        raise Missing(f"the recordings in {speech_data.SPEECH}") from error
    kept = speech_data.held_out_phones() if labels is None else speech_data.trusted_phones(labels)
    rows = speech_data.labelled(rows, kept)
    by_speaker: dict[str, list[speech_data.Row]] = defaultdict(list)
    for row in rows:
        by_speaker[row["speaker"]].append(row)
    chosen = [row for rows in by_speaker.values() for row in _spread(rows, per_speaker)]
    spoken = speech_data.recordings(speech_data.SPEECH, chosen)
    return [Clip(row["id"], one.samples, one.segments, row["text"]) for row, one in spoken]


def prompts(language: str) -> list[Clip]:
    """Telephone prompts in a language, read by one professional; Missing without their package."""
    try:
        found = recorded.prompts(language, PROMPT_CACHE)
    except OSError as error:
        raise Missing(str(error)) from error
    fitting = [u for u in found if _PROMPT_S[0] <= len(u.samples) / SAMPLE_RATE <= _PROMPT_S[1]]
    return [
        Clip(f"{language}-{number:03}", one.samples, one.segments)
        for number, one in enumerate(_spread(fitting, _PROMPTS))
    ]


def capture() -> Capture:
    """The capture clip; Missing if it is not there."""
    sound, curves = (CAPTURE / f"{CAPTURE_CLIP}{suffix}" for suffix in (".flac", ".npz"))
    if not (sound.exists() and curves.exists()):
        raise Missing(f"the capture {sound.with_suffix('')}")
    with np.load(curves) as data:
        weights, fps = data["weights"].astype(np.float64), float(data["fps"])
        columns = {str(name): weights[:, index] for index, name in enumerate(data["names"])}
    still = np.zeros(len(weights))
    rounded = np.max([columns.get(name, still) for name in _ROUNDED], axis=0)
    frames = np.arange(len(weights)) / fps
    times = np.arange(0, frames[-1], 1 / RATE)
    series = {"jaw": columns["mouth_stretch_c"], "rounding": rounded}
    return Capture(
        Clip(CAPTURE_CLIP, read_16k(sound)),
        {name: np.interp(times, frames, values) for name, values in series.items()},
    )


def _spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most ``count`` items at equal distances."""
    if count >= len(items):
        return list(items)
    return [items[index * len(items) // count] for index in range(count)]


def _int16(sound: NDArray[np.floating]) -> NDArray[np.int16]:
    return np.asarray(np.clip(np.rint(sound * 32768), -32768, 32767), np.int16)
