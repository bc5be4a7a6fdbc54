"""Do head and brows go with the voice: with this voice, and not with another moment of it?

Within phrases, about each phrase's mean, so that speech against silence counts for nothing. The
control shifts the voice against the face by seconds, in a circle, many times: what is left is
chance, whose mean must be zero and whose spread is that of the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import RATE, Array, Performed, VoiceTrack

SHIFTS = 60
_LEAST_SHIFT_S = 3.0
_LEAST_PHRASE_S = 1.2
_DRIFT_S = 2.0
"""The face's drift, slower than this, is no answer to a syllable: it is taken out."""

_RAISE, _RAISE_S = 0.06, 0.2
"""Weight by which brows go up within so many seconds in a raise."""

_RISE_ST, _NEAR_S = 0.7, 0.25
"""Semitones by which pitch goes up in as long; and how near to a raise it is with it."""


@dataclass(frozen=True)
class Together:
    """A correlation, with what is left of it when the voice is shifted: mean and 95 % interval."""

    r: float
    chance: float
    low: float
    high: float


def correlation(faces: Sequence[Array], voices: Sequence[Array], seed: int) -> Together:
    """Of face and voice, (N,) each, phrases of one talk on end; talks are shifted by themselves."""
    rng = np.random.default_rng(seed)
    chance = np.array([_pearson(faces, _shifted(voices, rng)) for _ in range(SHIFTS)])
    low, high = np.quantile(chance, [0.025, 0.975])
    return Together(_pearson(faces, voices), float(chance.mean()), float(low), float(high))


def _pearson(faces: Sequence[Array], voices: Sequence[Array]) -> float:
    face = np.concatenate([_standard(one) for one in faces])
    voice = np.concatenate([_standard(one) for one in voices])
    return float(np.mean(face * voice))


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / (values.std() + 1e-9))


def _shifted(voices: Sequence[Array], rng: np.random.Generator) -> list[Array]:
    least = round(_LEAST_SHIFT_S * RATE)
    return [
        np.roll(one, int(rng.integers(least, max(least + 1, len(one) - least)))) for one in voices
    ]


def findings(
    talking: Sequence[Performed], voices: Sequence[VoiceTrack], seed: int
) -> list[Finding]:
    """All that is told of head and brows with the voice."""
    spans = [_phrases(one) for one in talking]
    pitch = [_gathered(v.pitch, some) for v, some in zip(voices, spans, strict=True)]
    level = [_gathered(v.level, some) for v, some in zip(voices, spans, strict=True)]
    up = [_gathered(-_swift(one.head[:, 0]), s) for one, s in zip(talking, spans, strict=True)]
    brow = [_gathered(_swift(brows(one)), s) for one, s in zip(talking, spans, strict=True)]
    found = []
    pairs = (
        ("head lift with pitch of voice", up, pitch),
        ("head lift with loudness", up, level),
        ("brows with pitch of voice", brow, pitch),
        ("brows with loudness", brow, level),
    )
    for what, face, voice in pairs:
        together = correlation(face, voice, seed)
        found += [
            Finding("with the voice", f"{what}, r", together.r, of=len(talking)),
            Finding("with the voice", "  shifted voice, mean r", together.chance, of=SHIFTS),
            Finding("with the voice", "  shifted voice, 95 % up to", together.high),
        ]
    return [*found, *_multiple(talking, voices, spans, seed), *_batons(talking, voices, seed)]


def brows(one: Performed) -> Array:
    """How high the brows are."""
    return np.asarray(one.shape("browInnerUp") + one.shape("browOuterUp") - one.shape("browDown"))


def _swift(values: Array) -> Array:
    return np.asarray(values - uniform_filter1d(values, round(_DRIFT_S * RATE)))


def _phrases(one: Performed) -> list[slice]:
    return [
        slice(round(start * RATE), round(end * RATE))
        for start, end in one.talk.phrases
        if end - start >= _LEAST_PHRASE_S
    ]


def _gathered(values: Array, phrases: Sequence[slice]) -> Array:
    """All phrases on end, each about its mean."""
    return np.concatenate([values[span] - values[span].mean() for span in phrases])


def _multiple(
    talking: Sequence[Performed],
    voices: Sequence[VoiceTrack],
    spans: Sequence[Sequence[slice]],
    seed: int,
) -> list[Finding]:
    """The pitch of each phrase out of the head's six numbers, as Yehia et al. did it."""
    rng = np.random.default_rng(seed)
    true, other = [], []
    for one, voice, phrases in zip(talking, voices, spans, strict=True):
        for span in phrases:
            length = span.stop - span.start
            true.append(_explained(one.head[span], voice.pitch[span]))
            for wrong in rng.permutation(len(phrases))[:4]:
                start = phrases[wrong].start
                if phrases[wrong] is not span and start + length <= len(voice.pitch):
                    other.append(_explained(one.head[span], voice.pitch[start : start + length]))
    many = len(true)
    return [
        Finding(
            "with the voice", "pitch out of six head numbers, R", float(np.mean(true)), of=many
        ),
        Finding(
            "with the voice", "  another phrase's voice, R", float(np.mean(other)), of=len(other)
        ),
    ]


def _explained(head: Array, pitch: Array) -> float:
    """Multiple correlation by least squares."""
    inputs = np.column_stack([head - head.mean(axis=0), np.ones(len(head))])
    wanted = pitch - pitch.mean()
    fit = inputs @ np.linalg.lstsq(inputs, wanted, rcond=None)[0]
    return float(np.sqrt(max(0.0, 1 - ((wanted - fit) ** 2).sum() / ((wanted**2).sum() + 1e-9))))


def _batons(talking: Sequence[Performed], voices: Sequence[VoiceTrack], seed: int) -> list[Finding]:
    """The share of brow raises that go with a rise of pitch, and the same by chance."""
    rng = np.random.default_rng(seed)
    hits, chance, many, minutes = 0.0, 0.0, 0, 0.0
    for one, voice in zip(talking, voices, strict=True):
        spoken = one.within(one.talk.phrases)
        raises = [at for at in _rises(brows(one), _RAISE) if spoken[at]]
        near = np.zeros(len(one), bool)
        for at in _rises(voice.pitch, _RISE_ST):
            near[max(0, at - round(_NEAR_S * RATE)) : at + round(_NEAR_S * RATE)] = True
        many, minutes = many + len(raises), minutes + spoken.sum() / RATE / 60
        hits += near[raises].sum()
        inside = np.flatnonzero(spoken)
        chance += len(raises) * near[rng.choice(inside, 4000)].mean()
    if not many:
        return []
    return [
        Finding("with the voice", "brow raises a minute of speech", many / minutes, of=many),
        Finding(
            "with the voice", "brow raises with a rise of pitch", 100 * hits / many, "%", of=many
        ),
        Finding("with the voice", "  by chance", 100 * chance / many, "%", of=many),
    ]


def _rises(values: Array, least: float) -> list[int]:
    """Where something goes up by ``least`` within ``_RAISE_S``: the steepest sample of each."""
    span = round(_RAISE_S * RATE)
    climbed = np.zeros(len(values))
    climbed[span // 2 : len(values) - span + span // 2] = values[span:] - values[:-span]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (climbed > least).astype(int), [0]])))
    return [int(first + np.argmax(climbed[first:last])) for first, last in edges.reshape(-1, 2)]
