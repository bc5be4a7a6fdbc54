"""What motion is told, made by hand: hops of a voice whose sounds and times are known."""

from __future__ import annotations

import numpy as np

from engine.face import INDEX, FaceFrame, Floats
from engine.motion.performance import Performance
from engine.motion.poses import pose_matrix
from engine.phones import PHONES
from engine.timeline import HOP
from engine.voice import Heard, Prosody, Voice

HEADS_MS = (0, 20, 40, 60, 80)

SPEECH_SHAPES = [
    index
    for name, index in INDEX.items()
    if pose_matrix()[:, index].any() and not name.startswith(("mouthSmile", "cheek"))
]
"""Weights that sounds alone decide: no layer of the upper face adds to them."""


def phone(name: str) -> Floats:
    """(40,) a sure posterior."""
    posterior = np.zeros(len(PHONES), np.float32)
    posterior[PHONES.index(name)] = 1
    return posterior


def said(hop: int, sound: str, effort: float = 0.7, pitch: float = 0.0) -> Heard:
    """A hop of ``sound`` as every head would have it; active and voiced unless it is SIL."""
    speaking = sound != "SIL"
    level = -25.0 if speaking else -75.0
    return Heard(
        Voice(hop * HOP, speaking, speaking, level),
        Prosody(120.0 * speaking, 0.9 * speaking, level, effort * speaking, pitch * speaking),
        np.tile(phone(sound), (len(HEADS_MS), 2, 1)),
    )


def performed(
    sounds: list[str], look_ahead: int = 960, seed: int = 1, effort: float = 0.7
) -> list[FaceFrame]:
    """The poses of one sound per hop."""
    performance = Performance(look_ahead, HEADS_MS, seed)
    hops = [said(number, sound, effort) for number, sound in enumerate(sounds)]
    return [pose for hop in hops for pose in performance.push(hop)]


def shape(faces: list[FaceFrame], name: str) -> Floats:
    """(poses,) one weight over time."""
    return np.array([face.blendshapes[INDEX[name]] for face in faces])


def mouth(faces: list[FaceFrame]) -> Floats:
    """(poses, n) the weights that sounds alone decide."""
    return np.array([face.blendshapes[SPEECH_SHAPES] for face in faces])
