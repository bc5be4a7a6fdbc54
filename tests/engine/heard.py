"""What motion is told, made by hand: hops of a voice whose sounds and times are known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from engine.face import INDEX, FaceFrame, Floats
from engine.motion.articulation import MotionModel
from engine.motion.channels import WEIGHTS, arkit_matrix
from engine.motion.performance import Performance
from engine.phones import PHONES
from engine.runtime import weights
from engine.timeline import HOP
from engine.voice import Heard, Prosody, Voice

HEADS_MS = (0, 20, 40, 60, 80, 120)

VOICELESS = frozenset(("P", "T", "K", "F", "S", "SH", "TH", "CH", "HH"))
STOPS = frozenset(("P", "T", "K", "B", "D", "G", "CH", "JH"))

SPEECH_SHAPES = [
    index
    for name, index in INDEX.items()
    if arkit_matrix(WEIGHTS)[:, index].any() and not name.startswith(("mouthSmile", "cheek"))
]
"""Weights that sounds alone decide: no layer of the upper face adds to them."""


@lru_cache(maxsize=1)
def model() -> MotionModel:
    """The shipped motion model."""
    return MotionModel.load(weights.WEIGHTS, HEADS_MS)


def phone(name: str) -> Floats:
    """(40,) a sure posterior."""
    posterior = np.zeros(len(PHONES), np.float32)
    posterior[PHONES.index(name)] = 1
    return posterior


def spoken(frames: Sequence[str], effort: float = 0.7, pitch: float = 0.0) -> list[Heard]:
    """The hops of a voice that makes these sounds, one in each 10 ms: every head is sure of what
    lies its look-ahead back. Active and voiced where it is not SIL; silence before."""
    hops = []
    for hop in range(len(frames) // 2):
        at = [[2 * hop + row - ms // 10 for row in range(2)] for ms in HEADS_MS]
        sounds = [[phone(frames[t] if t >= 0 else "SIL") for t in row] for row in at]
        present = said(hop, frames[2 * hop], effort, pitch)
        hops.append(Heard(present.voice, present.prosody, np.array(sounds)))
    return hops


def said(hop: int, sound: str, effort: float = 0.7, pitch: float = 0.0) -> Heard:
    """A hop of ``sound``, and of nothing else before; active and voiced unless it is SIL."""
    speaking = sound != "SIL"
    whispering = effort < 0.2
    voicing = speaking * (0.1 if sound in VOICELESS or whispering else 0.9)
    softer = 0.5 if sound in STOPS else 0.2 if sound in VOICELESS else 0.0
    loudness = max(0.0, effort - softer) * speaking
    level = -25.0 - 24 * (0.7 - loudness) if speaking else -75.0
    return Heard(
        Voice(hop * HOP, speaking, speaking, level),
        Prosody(
            *(120.0 * (voicing > 0.5), voicing, level, loudness, pitch * (voicing > 0.5)),
            contour=pitch,
        ),
        np.tile(phone(sound), (len(HEADS_MS), 2, 1)),
    )


def performed(
    sounds: list[str], look_ahead: int = 960, seed: int = 1, effort: float = 0.7
) -> list[FaceFrame]:
    """The poses of one sound per hop."""
    performance = Performance(model(), look_ahead, seed)
    frames = [sound for sound in sounds for _ in range(2)]
    return [pose for hop in spoken(frames, effort) for pose in performance.push(hop)]


def shape(faces: list[FaceFrame], name: str) -> Floats:
    """(poses,) one weight over time."""
    return np.array([face.blendshapes[INDEX[name]] for face in faces])


def mouth(faces: list[FaceFrame]) -> Floats:
    """(poses, n) the weights that sounds alone decide."""
    return np.array([face.blendshapes[SPEECH_SHAPES] for face in faces])
