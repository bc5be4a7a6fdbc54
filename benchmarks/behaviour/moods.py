"""Whether the face knows how something is said: the same words in four manners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.behaviour.acting import MANNERS, NEUTRAL, acted
from benchmarks.behaviour.following import brows
from benchmarks.behaviour.material import Talk
from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import RATE, hear, perform, voice_track
from engine.pipeline import Engine

LEARNS_S = 18.0
"""Of the speaker's own manner, before another one begins."""

_SETTLES_S = 3.0

Told = dict[str, dict[str, float]]
"""By manner, then by what is told of it."""


def measured(engine: Engine, talks: Sequence[Talk], seed: int) -> list[Told]:
    """What the engine takes each manner for, and what the face does, speaker by speaker."""
    return [_speaker(engine, talk, seed) for talk in talks]


def _speaker(engine: Engine, talk: Talk, seed: int) -> Told:
    heard = hear(engine, talk)
    # Both halves go through the same resynthesis: its sound is no feeling.
    plain = acted(talk, heard, NEUTRAL, 0.0)
    told: Told = {}
    for name, manner in MANNERS.items():
        said = acted(plain, heard, manner, LEARNS_S)
        hops = hear(engine, said)
        one = perform(engine, said, hops, seed)
        track = voice_track(hops, len(one))
        spoken = one.within(said.phrases)
        spoken[: round((LEARNS_S + _SETTLES_S) * RATE)] = False
        speed = np.linalg.norm(np.gradient(np.degrees(one.head[:, :3]), axis=0), axis=1) * RATE
        told[name] = {
            "arousal": float(track.arousal[spoken].mean()),
            "valence": float(track.valence[spoken].mean()),
            "smile": float(one.shape("mouthSmile")[spoken].mean()),
            "furrow": float(one.shape("browDown")[spoken].mean()),
            "brows": float(brows(one)[spoken].mean()),
            "head": float(speed[spoken].mean()),
        }
    return told


def findings(told: Sequence[Told]) -> list[Finding]:
    """Means by manner, and in how many pairs of manners the order is people's."""
    found = [
        Finding("feeling", f"{what}, {name}", float(np.mean([one[name][what] for one in told])))
        for what in ("arousal", "furrow", "smile", "head")
        for name in MANNERS
    ]
    orders = {
        "arousal": [("angry", "neutral"), ("joyful", "neutral"), ("neutral", "sad")],
        "furrow": [("angry", "neutral"), ("angry", "joyful")],
        "smile": [("joyful", "neutral"), ("joyful", "angry"), ("joyful", "sad")],
        "head": [("angry", "sad"), ("joyful", "sad"), ("neutral", "sad")],
    }
    for what, pairs in orders.items():
        right = [one[more][what] > one[less][what] for one in told for more, less in pairs]
        label = "; ".join(f"{more} > {less}" for more, less in pairs)
        found.append(
            Finding("feeling", f"{what}: {label}", 100 * float(np.mean(right)), "%", of=len(right))
        )
    return found
