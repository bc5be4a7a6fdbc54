"""Conversations made by hand, moment by moment, and what one layer does in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.face import INDEX
from engine.motion.layers import Draft, Layer, Moment
from engine.motion.turns import Turns
from engine.timeline import MOTION_HOP

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Script = Callable[[float], bool]
"""Whether a voice sounds at a time in seconds."""


def silence(second: float) -> bool:
    """Nobody speaks."""
    return False


def utterances(second: float) -> bool:
    """Three phrases of 2.1 to 3.3 s, half a second between them, then 2 s for somebody else."""
    into = second % 11.5
    return into < 2.6 or 3.1 <= into < 5.2 or 5.7 <= into < 9.0


def monologue(second: float) -> bool:
    """Phrases of 2.7 s with breaths of half a second."""
    return second % 3.2 < 2.7


def spoken(seconds: float, script: Script, **more: object) -> Iterator[Moment]:
    """The moments of one's own voice; ``more`` is true of each."""
    turns = Turns()
    for index in range(round(seconds * 100)):
        time, speaking = index * MOTION_HOP, script(index / 100)
        turn = turns.step(time, speaking, 0.0, time)
        moment = Moment(
            time,
            speaking,
            turn.ended,
            0.6 * speaking,
            0.0,
            0.0,
            started=turn.started,
            pause=turn.pause,
            since_s=turn.since_s,
        )
        yield replace(moment, **more)  # type: ignore[arg-type]


def heard(seconds: float, script: Script, **more: object) -> Iterator[Moment]:
    """The moments of one who listens."""
    was = False
    for moment in spoken(seconds, silence, **more):
        others = script(moment.time / 16_000)
        yield replace(moment, others=others, others_ended=was and not others)
        was = others


def drafts(layer: Layer, moments: Iterator[Moment], gaze: Array | None = None) -> list[Draft]:
    """What one layer adds to neutral drafts; ``gaze`` (moments, 2) in degrees is drafted before."""
    done = []
    for index, moment in enumerate(moments):
        draft = Draft.neutral()
        if gaze is not None:
            draft.gaze[:] = np.radians(gaze[index])
        layer.move(moment, draft)
        done.append(draft)
    return done


def looks(layer: Layer, moments: Iterator[Moment]) -> Array:
    """(moments, 2) yaw and pitch of the gaze in degrees."""
    path = np.array([draft.gaze for draft in drafts(layer, moments)], np.float64)
    return path * (180 / np.pi)


def lids(layer: Layer, moments: Iterator[Moment], gaze: Array | None = None) -> Array:
    """(moments, 2) closure of the left and right lid."""
    both = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
    return np.array([d.blendshapes[both] for d in drafts(layer, moments, gaze)], np.float64)
