"""The phones of known words as a graph, and the likeliest way through it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.face import Floats
from models.corpus import PHONE_INDEX

PHONE_FRAMES = 3
"""Shortest phone, in frames of 10 ms."""

PAUSE_FRAMES = 6
"""Shortest pause between words: anything shorter is the closure of a stop."""

Pronunciation = Sequence[str]
Word = Sequence[Pronunciation]
"""A word's pronunciations, each a sequence of phones."""


class Unalignable(Exception):
    """There are more phones than the sound has room for."""


class PhoneGraph:
    """States of one frame each: a phone is a chain of as many as it must last.

    A state follows itself and the one before it; the first of a phone that follows a word boundary
    follows any state in ``before`` it instead.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self._rows: list[tuple[int, int]] = []
        self.before: dict[int, list[int]] = {}
        self.starts = [0]
        ends = [self._chain("SIL", PHONE_FRAMES, [])]
        for word in words:
            if ends == [PHONE_FRAMES - 1]:
                self.starts += self._first_states(word)
            word_ends = [self._said(pronunciation, ends) for pronunciation in word]
            ends = [*word_ends, self._chain("SIL", PAUSE_FRAMES, word_ends)]
        self.exits = ends
        self.phones, self.tokens = np.array(self._rows).T
        # Maxima over the states before each word boundary, by np.maximum.reduceat.
        lists = {id(states): states for states in self.before.values() if states}
        place = {key: index for index, key in enumerate(lists)}
        self.feeders = np.concatenate([np.array(states) for states in lists.values()])
        lengths = [len(states) for states in lists.values()]
        self.offsets = np.cumsum([0, *lengths[:-1]])
        self.entries = np.array([state for state, states in self.before.items() if states])
        self.boundary = np.array([place[id(self.before[state])] for state in self.entries])

    def states_before(self, state: int) -> list[int]:
        """The states that a path may come from, the state itself first."""
        return [state, *self.before.get(state, [state - 1])]

    def _said(self, pronunciation: Pronunciation, before: list[int]) -> int:
        """Append a pronunciation after any of the states ``before``; its last state."""
        last = self._chain(pronunciation[0], PHONE_FRAMES, before)
        for phone in pronunciation[1:]:
            last = self._chain(phone, PHONE_FRAMES, None)
        return last

    def _chain(self, phone: str, frames: int, before: list[int] | None) -> int:
        """Append a phone after any of the states ``before``, or after the last; its last state."""
        token = self._rows[-1][1] + 1 if self._rows else 0
        if before is not None:
            self.before[len(self._rows)] = before
        self._rows += [(PHONE_INDEX[phone], token)] * frames
        return len(self._rows) - 1

    def _first_states(self, word: Word) -> list[int]:
        lengths = [len(pronunciation) * PHONE_FRAMES for pronunciation in word]
        return (len(self._rows) + np.cumsum([0, *lengths[:-1]])).tolist()


def likeliest_path(likelihood: Floats, graph: PhoneGraph) -> NDArray[np.int64]:
    """(T,) states of the likeliest path; ``likelihood`` (T, N) logarithms."""
    frames, count = likelihood.shape
    best = np.full((frames, count), -np.inf, np.float32)
    best[0, graph.starts] = likelihood[0, graph.starts]
    arriving = np.full(count, -np.inf, np.float32)
    for frame in range(1, frames):
        before = best[frame - 1]
        arriving[1:] = before[:-1]
        arriving[graph.entries] = np.maximum.reduceat(before[graph.feeders], graph.offsets)[
            graph.boundary
        ]
        np.maximum(before, arriving, out=best[frame])
        best[frame] += likelihood[frame]
    state = max(graph.exits, key=lambda end: best[-1, end])
    if not np.isfinite(best[-1, state]):
        raise Unalignable(f"{count} states do not fit into {frames} frames")
    path = np.full(frames, state)
    for frame in range(frames - 1, 0, -1):
        state = max(graph.states_before(state), key=lambda other: best[frame - 1, other])
        path[frame - 1] = state
    return path
