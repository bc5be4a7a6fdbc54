"""The look-ahead, spent once: part on hearing a sound out, part on moving towards the next one."""

from __future__ import annotations

from dataclasses import dataclass

from engine.timeline import MOTION_HOP, Samples

_SHARE_FOR_MOTION = 2
"""Frames (10 ms) kept for smoothing across the moment itself, where there are that many."""


@dataclass(frozen=True, slots=True)
class Split:
    """How a look-ahead of L is used, in frames of 10 ms.

    ``head`` index of the network's head, ``heard`` frames that head looks ahead, ``ahead`` frames
    of posteriors beyond the moment itself that the motion may use; heard + ahead <= L.
    """

    head: int
    heard: int
    ahead: int


def split(look_ahead: Samples, heads_ms: tuple[int, ...]) -> Split:
    """The best split of ``look_ahead`` samples among heads with ``heads_ms`` of look-ahead.

    A posterior of a later head is surer; a motion that knows the next posteriors need not lag.
    """
    frames = look_ahead // MOTION_HOP
    budget = max(0, frames - _SHARE_FOR_MOTION)
    fitting = [i for i, delay in enumerate(heads_ms) if delay // 10 <= budget]
    head = fitting[-1] if fitting else 0
    heard = heads_ms[head] // 10
    return Split(head, heard, max(0, frames - heard))
