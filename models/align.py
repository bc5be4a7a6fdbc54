"""When each phone of known words sounds: forced alignment by our own phoneme network.

The words become a graph of phones, with a pause allowed between any two words and every
pronunciation of a word side by side; the Viterbi algorithm finds the likeliest way through it
(Rabiner 1989, section III.B). ``python -m models.align`` aligns the recordings again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.face import Floats
from engine.phones import PHONES
from engine.runtime.weights import WEIGHTS, Description
from engine.speech.features import LogMel
from engine.speech.phonemes import PhonemeModel, PhonemeStream
from models import lexicon, speech_data
from models.augment import LEVEL
from models.corpus import PHONE_INDEX, Segment

HEAD_MS = 80
"""Look-ahead of the posteriors that are aligned; longer ones place boundaries no better."""

FRAME_S = 0.01
PHONE_FRAMES = 3
"""Shortest phone."""

PAUSE_FRAMES = 6
"""Shortest pause between words: anything shorter is the closure of a stop."""

PRIOR_SHARE = 0.3
"""Power of the prior that posteriors are divided by, on the way to likelihoods."""

FLOOR = 1e-4
"""Least posterior, so that one sound said otherwise does not bend the whole path."""

QUIET = 1.6e-4
"""RMS of the room after the last sample, while the heads that look ahead catch up."""

PRIOR_UTTERANCES = 100
"""How many recordings the prior is estimated from."""

ALIGNED = "aligned.jsonl"

Pronunciation = Sequence[str]
Say = Callable[[str], None]
Word = Sequence[Pronunciation]
"""A word's pronunciations, each a sequence of phones."""

SIL = PHONE_INDEX["SIL"]


class Unalignable(Exception):
    """There are more phones than the sound has room for."""


def posteriors_of(model: PhonemeModel, samples: Floats, head_ms: int = HEAD_MS) -> Floats:
    """(n // 160, 40) phone posteriors of ``samples`` float32; row t is centred on t * 10 + 5 ms.

    The sound is brought to the level that the network was trained around.
    """
    frames = len(samples) // 160
    level = LEVEL / (float(np.sqrt(np.mean(np.square(samples)))) + 1e-6)
    ahead = head_ms // 10
    room = np.random.default_rng(0).standard_normal(160 * (ahead + 2)).astype(np.float32) * QUIET
    sound = np.concatenate([samples[: frames * 160] * np.float32(level), room])
    features = LogMel().push(sound[: len(sound) // 320 * 320])
    head = model.heads_ms.index(head_ms)
    stream = PhonemeStream(model)
    heard = [stream.step(features[at : at + 2])[head] for at in range(0, len(features), 2)]
    return np.concatenate(heard)[ahead : ahead + frames]


def prior_of(model: PhonemeModel, sounds: Iterable[Floats]) -> Floats:
    """(40,) mean posterior over ``sounds``."""
    return np.asarray(np.concatenate([posteriors_of(model, s) for s in sounds]).mean(axis=0))


def align(
    posteriors: Floats, words: Sequence[Word], prior: Floats | None = None
) -> tuple[list[Segment], float]:
    """The phones of ``words`` where they sound, pauses as SIL, without gaps from 0 to T * 10 ms.

    ``posteriors`` (T, 40), a row each 10 ms; ``prior`` (40,) their mean over plenty of speech, even
    if not given. The score is the mean natural logarithm of the aligned phones' posteriors, over
    the frames that the path or the network itself calls speech. Unalignable if it cannot be done.
    """
    graph = _Graph(words)
    floored = np.log(np.maximum(posteriors, FLOOR))
    likelihood = floored if prior is None else floored - PRIOR_SHARE * np.log(prior)
    path = _viterbi(likelihood[:, graph.phones], graph)
    phones = graph.phones[path]
    speech = (phones != SIL) | (posteriors[:, SIL] < 0.5)
    chosen = floored[np.arange(len(path)), phones]
    tokens = graph.tokens[path]
    edges = [0, *(np.flatnonzero(np.diff(tokens)) + 1).tolist(), len(path)]
    segments = [
        Segment(first * FRAME_S, stop * FRAME_S, PHONES[phones[first]])
        for first, stop in itertools.pairwise(edges)
    ]
    return segments, float(chosen[speech].mean()) if speech.any() else float("-inf")


class _Graph:
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


def _viterbi(likelihood: Floats, graph: _Graph) -> NDArray[np.int64]:
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


def realign(model: PhonemeModel, network: str, folder: Path, cache: Path, say: Say) -> Path:
    """Align the recordings in ``folder`` into ``cache/aligned.jsonl``, going on where it stopped.

    ``network`` names the model, for instance by the hash of its weights: what another one aligned
    is done again. FileNotFoundError without recordings or dictionary.
    """
    path = cache / ALIGNED
    rows = speech_data.index(folder)
    cache.mkdir(parents=True, exist_ok=True)
    done = _aligned_by(network, path)
    todo = [row for row in rows if row["id"] not in done]
    say(f"aligning {len(todo)} of {len(rows)} utterances")
    sample = speech_data.recordings(folder, rows[:: max(1, len(rows) // PRIOR_UTTERANCES)])
    prior = prior_of(model, (spoken.floats for _, spoken in sample))
    began = time.monotonic()
    with path.open("a" if done else "w", encoding="utf-8") as lines:
        for count, (row, spoken) in enumerate(speech_data.recordings(folder, todo), start=1):
            posteriors = posteriors_of(model, spoken.floats)
            aligned = _aligned(row["text"], posteriors, prior)
            lines.write(json.dumps({"id": row["id"], "network": network, **aligned}) + "\n")
            if count % 200 == 0:
                lines.flush()
                say(f"aligned {count} of {len(todo)}, {time.monotonic() - began:.0f} s")
    return path


def _aligned_by(network: str, path: Path) -> set[str]:
    if not path.exists():
        return set()
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["id"] for row in rows if row["network"] == network}


def _aligned(text: str, posteriors: Floats, prior: Floats) -> dict[str, Any]:
    words = [
        list(dict.fromkeys(form for said in known for form in lexicon.learners(said)))
        for known in map(lexicon.pronunciations, lexicon.words_of(text))
    ]
    try:
        segments, score = align(posteriors, words, prior)
    except Unalignable:
        return {"score": None, "phones": []}
    phones = [[round(s.start, 2), round(s.end, 2), s.phone] for s in segments]
    return {"score": round(score, 3), "phones": phones}


def main() -> None:
    """Align the recordings again with the shipped network."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--cache", type=Path, default=Path("build/train"))
    parser.add_argument("--speech", type=Path, default=speech_data.SPEECH)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    network = str(Description.read(chosen.weights, "phonemes").values["sha256"])
    realign(PhonemeModel.load(chosen.weights), network, chosen.speech, chosen.cache, print)


if __name__ == "__main__":
    main()
