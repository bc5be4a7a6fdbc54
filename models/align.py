"""When each phone of known words sounds: forced alignment by our own phoneme network.

The words become a graph of phones, with a pause allowed between any two words and every
pronunciation of a word side by side; the Viterbi algorithm finds the likeliest way through it
(Rabiner 1989, section III.B). What the network says when a phone sounds differs with the language,
the accent and the room, so it is learnt from the recordings themselves, in a few rounds of
alignment: each phone has a mean posterior, and a frame fits it by their Kullback-Leibler
divergence (Aradilla, Vepa and Bourlard 2007). ``python -m models.align`` aligns the recordings.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
from models.corpus import PHONE_INDEX, Segment, frame_labels
from models.phone_graph import PHONE_FRAMES, PhoneGraph, Unalignable, Word, likeliest_path

HEAD_MS = 80
"""Look-ahead of the posteriors that are aligned; longer ones place boundaries no better."""

FRAME_S = 0.01
ROUNDS = 4
"""Alignments of the sample that the mean posteriors are learnt from."""

SAMPLE = 400
"""Recordings that they are learnt from, at most."""

LEAST_POSTERIOR = 1e-4
OWN_SHARE = 0.5
"""Of a phone's mean posterior before anything is known of it; the rest is all phones' mean."""

PRIOR_FRAMES = 30
"""Frames of speech that this first guess weighs as much as."""

QUIET = 1.6e-4
"""RMS of the room after the last sample, while the heads that look ahead catch up."""

ALIGNED = "aligned.jsonl"

Say = Callable[[str], None]

SIL = PHONE_INDEX["SIL"]


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


@dataclass(frozen=True)
class Sounds:
    """``means`` (40, 40): the network's mean posterior, along rows, when each phone is said."""

    means: Floats

    @staticmethod
    def guessed(overall: Floats) -> Sounds:
        """Each phone itself, and ``overall`` (40,), the mean posterior of all speech."""
        own = np.eye(len(PHONES), dtype=np.float32)
        return Sounds(OWN_SHARE * own + (1 - OWN_SHARE) * overall)

    @staticmethod
    def of(posteriors: Sequence[Floats], words: Sequence[Sequence[Word]]) -> Sounds:
        """Learnt from recordings by aligning them :data:`ROUNDS` times; see :func:`align`."""
        every = np.concatenate(posteriors)
        guess = Sounds.guessed(every.mean(axis=0))
        sounds = guess
        for _ in range(ROUNDS):
            labels = [_labels(*one, sounds) for one in zip(posteriors, words, strict=True)]
            sounds = guess._learnt(every, np.concatenate(labels))
        return sounds

    def divergence(self, posteriors: Floats) -> Floats:
        """(T, 40) of each frame of (T, 40) ``posteriors`` from each phone, in nats."""
        heard = np.maximum(posteriors, LEAST_POSTERIOR)
        entropy = (posteriors * np.log(heard)).sum(axis=1, keepdims=True)
        divergence: Floats = (
            entropy - posteriors @ np.log(np.maximum(self.means, LEAST_POSTERIOR)).T
        )
        return divergence

    def _learnt(self, posteriors: Floats, labels: NDArray[np.int8]) -> Sounds:
        """The means of the frames with each label, and of PRIOR_FRAMES frames of this guess."""
        means = np.empty_like(self.means)
        for phone, guessed in enumerate(self.means):
            said = posteriors[labels == phone]
            means[phone] = (said.sum(axis=0) + PRIOR_FRAMES * guessed) / (len(said) + PRIOR_FRAMES)
        return Sounds(means)


def align(posteriors: Floats, words: Sequence[Word], sounds: Sounds) -> tuple[list[Segment], float]:
    """The phones of ``words`` where they sound, pauses as SIL, without gaps from 0 to T * 10 ms.

    ``posteriors`` (T, 40), a row each 10 ms. The score is minus the mean divergence, in nats, of
    the frames that the path or the network itself calls speech: 0 at best, some -0.8 in clear
    speech. Unalignable if there are more phones than frames for them.
    """
    graph = PhoneGraph(words)
    fit = -sounds.divergence(posteriors)
    path = likeliest_path(fit[:, graph.phones], graph)
    phones = graph.phones[path]
    speech = (phones != SIL) | (posteriors[:, SIL] < 0.5)
    chosen = fit[np.arange(len(path)), phones]
    tokens = graph.tokens[path]
    edges = [0, *(np.flatnonzero(np.diff(tokens)) + 1).tolist(), len(path)]
    segments = [
        Segment(first * FRAME_S, stop * FRAME_S, PHONES[phones[first]])
        for first, stop in itertools.pairwise(edges)
    ]
    return segments, float(chosen[speech].mean()) if speech.any() else float("-inf")


def longest_rush(segments: Iterable[Segment]) -> int:
    """Most phones on end, pauses aside, that last no longer than they must.

    Where there are many, something else was said than the words.
    """
    shortest = (PHONE_FRAMES + 0.5) * FRAME_S
    runs = itertools.groupby(segments, lambda s: s.phone != "SIL" and s.end - s.start < shortest)
    return max((len(list(run)) for rushed, run in runs if rushed), default=0)


def _labels(posteriors: Floats, words: Sequence[Word], sounds: Sounds) -> NDArray[np.int8]:
    try:
        segments, _ = align(posteriors, words, sounds)
    except Unalignable:
        segments = []
    return frame_labels(segments, len(posteriors))


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
    sounds = _sounds(model, folder, rows)
    began = time.monotonic()
    with path.open("a" if done else "w", encoding="utf-8") as lines:
        for count, (row, spoken) in enumerate(speech_data.recordings(folder, todo), start=1):
            posteriors = posteriors_of(model, spoken.floats)
            aligned = _aligned(row["text"], posteriors, sounds)
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


def _sounds(model: PhonemeModel, folder: Path, rows: Sequence[speech_data.Row]) -> Sounds:
    """What the network says of these speakers' phones, learnt from some of the utterances."""
    sample = rows[:: -(-len(rows) // SAMPLE)]
    recordings = list(speech_data.recordings(folder, sample))
    posteriors = [posteriors_of(model, spoken.floats) for _, spoken in recordings]
    return Sounds.of(posteriors, [_words(row["text"]) for row, _ in recordings])


def _words(text: str) -> list[Word]:
    return [
        list(dict.fromkeys(form for said in known for form in lexicon.learners(said)))
        for known in map(lexicon.pronunciations, lexicon.words_of(text))
    ]


def _aligned(text: str, posteriors: Floats, sounds: Sounds) -> dict[str, Any]:
    try:
        segments, score = align(posteriors, _words(text), sounds)
    except Unalignable:
        return {"score": None, "rush": 0, "phones": []}
    phones = [[round(s.start, 2), round(s.end, 2), s.phone] for s in segments]
    return {"score": round(score, 3), "rush": longest_rush(segments), "phones": phones}


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
