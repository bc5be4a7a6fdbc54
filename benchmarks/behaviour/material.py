"""Minutes of somebody who talks: recorded utterances with pauses and turns, or a made-up voice.

Read utterances are cut out of their silence and set one after the other with pauses as between
people's phrases (means of 0.43 and 1.6 s for breaths and turns: Campione & Véronis 2002), in a
room that is quiet but not dead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from benchmarks.syllables import syllables
from engine.face import Floats
from engine.speech.audio import INPUT_RATE, PCM
from engine.timeline import SAMPLE_RATE
from models import speech_data

SPEAKERS = ("2116", "1135", "9608", "9609", "9616", "9631")
"""Three women and three men that no training has heard."""

LEVEL_DB, _ROOM_DB = -25.0, -68.0
"""RMS of what is spoken and of the room, re full scale."""

_PAUSE_S, _GAP_S = (0.4, 1.5), (2.5, 5.5)
_PHRASES_IN_TURN = (2, 6)
_EDGE_S, _FADE_S, _LEAD_S = 0.06, 0.04, 1.5

RECORDED, MADE_UP = "recorded speech", "a voice made by formula: no recordings on this machine"

Span = tuple[float, float]
Signal = NDArray[np.float64]


@dataclass(frozen=True)
class Talk:
    """One voice: ``samples`` float32 at 16 kHz; ``phrases`` and ``turns`` as (start, end) in
    seconds."""

    name: str
    samples: Floats
    phrases: tuple[Span, ...]
    turns: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def pcm(self) -> PCM:
        """As a session takes it, int16 at 48 kHz."""
        wide = resample_poly(self.samples, INPUT_RATE // SAMPLE_RATE, 1)
        return np.asarray(np.clip(wide * 32768, -32768, 32767), np.int16)


def talks(seconds: float, seed: int, speakers: Sequence[str] = SPEAKERS) -> tuple[list[Talk], str]:
    """So many seconds of talk in all, shared among the speakers, and what kind of voice it is."""
    try:
        spoken = _utterances(speakers)
    except FileNotFoundError:
        half = seconds / 2
        made = list(_made_up(half))
        return [laid_out(f"made up {n}", made, half, seed + n) for n in range(2)], MADE_UP
    each = seconds / len(speakers)
    return [
        laid_out(name, spoken[name], each, seed + number) for number, name in enumerate(speakers)
    ], RECORDED


def silence(seconds: float, seed: int) -> Talk:
    """A quiet room."""
    return Talk("silence", _room(seconds, seed).astype(np.float32), (), ())


def laid_out(name: str, phrases: Sequence[Signal], seconds: float, seed: int) -> Talk:
    """Phrases one after the other, as long as they fit, over and over if they are few."""
    rng = np.random.default_rng(seed)
    signal = _room(seconds, seed)
    spans: list[Span] = []
    turns: list[Span] = []
    at, left, number = _LEAD_S, int(rng.integers(*_PHRASES_IN_TURN)), 0
    fresh = True
    while at + len(phrases[number % len(phrases)]) / SAMPLE_RATE + 0.5 < seconds:
        phrase = phrases[number % len(phrases)]
        first = round(at * SAMPLE_RATE)
        signal[first : first + len(phrase)] += phrase
        end = at + len(phrase) / SAMPLE_RATE
        spans.append((at + _EDGE_S, end - _EDGE_S))
        turns = [*turns, spans[-1]] if fresh else [*turns[:-1], (turns[-1][0], spans[-1][1])]
        left, number = left - 1, number + 1
        fresh = left == 0
        if fresh:
            left = int(rng.integers(*_PHRASES_IN_TURN))
        at = end + float(rng.uniform(*(_GAP_S if fresh else _PAUSE_S))) - 2 * _EDGE_S
    return Talk(name, signal.astype(np.float32), tuple(spans), tuple(turns))


def _utterances(speakers: Sequence[str]) -> dict[str, list[Signal]]:
    """Each speaker's, cut out of their silence, at one level; FileNotFoundError without any."""
    rows = [row for row in speech_data.index() if row["speaker"] in speakers]
    kept: dict[str, list[Signal]] = defaultdict(list)
    for row, one in speech_data.recordings(speech_data.SPEECH, rows):
        sounds = [phone for phone in one.segments if phone.phone != "SIL"]
        kept[row["speaker"]].append(_cut(one.samples / 32768, sounds[0].start, sounds[-1].end))
    for name, phrases in kept.items():
        together = np.concatenate(phrases)
        gain = 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(together**2))
        kept[name] = [phrase * gain for phrase in phrases]
    return kept


def _cut(samples: Signal, start: float, end: float) -> Signal:
    """From ``start`` to ``end`` and an edge on both sides, faded in and out."""
    first = max(0, round((start - _EDGE_S) * SAMPLE_RATE))
    part = samples[first : round((end + _EDGE_S) * SAMPLE_RATE)].copy()
    fade = np.sin(np.linspace(0, np.pi / 2, round(_FADE_S * SAMPLE_RATE))) ** 2
    part[: len(fade)] *= fade
    part[-len(fade) :] *= fade[::-1]
    return part


def _made_up(seconds: float) -> Iterator[Signal]:
    one = resample_poly(syllables(), 1, INPUT_RATE // SAMPLE_RATE)
    rng = np.random.default_rng(1)
    for _ in range(int(seconds / 2)):
        yield np.concatenate([one * rng.uniform(0.2, 0.6) for _ in range(rng.integers(2, 6))])


def _room(seconds: float, seed: int) -> Signal:
    rng = np.random.default_rng([seed, 9])
    return rng.normal(0, 10 ** (_ROOM_DB / 20), round(seconds * SAMPLE_RATE))
