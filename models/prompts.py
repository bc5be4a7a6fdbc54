"""Recorded speech of five languages to evaluate on: the prompts of Debian's asterisk-core-sounds.

One professional speaker each reads what a telephone exchange says. The packages bring transcripts;
phone times are ours, by forced alignment. English, Spanish, French and Italian are under CC BY-SA,
Russian under CC BY: share-alike, so nothing may be trained on them.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

from engine.runtime.weights import WEIGHTS, Description
from engine.speech.phonemes import PhonemeModel
from engine.timeline import SAMPLE_RATE
from models import corpus, lexicon
from models.align import Sounds, align, longest_rush, posteriors_of
from models.corpus import Utterance
from models.espeak import phonemes
from models.phone_graph import Unalignable, Word
from models.sound import read_16k
from models.speech_data import least_score

SOUNDS = Path("/usr/share/asterisk/sounds")
TRANSCRIPTS = Path("/usr/share/doc")

SPEAKERS = {
    "en": "en_US_f_Allison",
    "es": "es_MX_f_Allison",
    "fr": "fr_CA_f_June",
    "it": "it_IT_m_Carlo",
    "ru": "ru_RU_f_IvrvoiceRU",
}
"""The folder of each language's sounds; its name says country, sex and first name."""

LANGUAGES = tuple(SPEAKERS)

ACCENTS = {"es": "es-419"}
"""espeak-ng's voice where it is not the first of the language."""

MINUTES = 10.0
"""How much is taken of each language, longest prompts first."""

LEAST_WORDS = 3
LONGEST_S = 20.0
WORST_SCORE, LONGEST_RUSH = 2.0, 4
"""A prompt is left out from so many scaled median absolute deviations below the median score, or
with more phones on end of the shortest length.
"""

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_NOT_SENTENCES = ("digits/", "letters/", "phonetic/", "silence/")
_UNCLEAR = re.compile(r"[\[\](){}<>#*]|\?\s\w|:\S|\d-\d|\w-\w+:")
"""Remarks on the sound, signs read one way or another, and damaged letters."""


def prompts(language: str, cache: Path, weights: Path = WEIGHTS) -> list[Utterance]:
    """About ten minutes of prompts in one of :data:`LANGUAGES`, with phones by the network.

    They are kept in ``cache``, by language and weights. FileNotFoundError, which names the Debian
    package, without the recordings or their transcripts; OSError without espeak-ng.
    """
    network = str(Description.read(weights, "phonemes").values["sha256"])
    path = cache / f"prompts-{language}-{network[:12]}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        corpus.save(path, _aligned(language, PhonemeModel.load(weights)))
    return corpus.load(path)


def transcripts(language: str) -> dict[str, str]:
    """What is said in each sound that has whole sentences, by name without suffix."""
    package = f"asterisk-core-sounds-{language}"
    path = TRANSCRIPTS / package / f"core-sounds-{language}.txt.gz"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: install Debian's {package}")
    found = {}
    with gzip.open(path, "rt", encoding="utf-8-sig") as lines:
        for line in lines:
            name, colon, text = line.partition(":")
            if not colon or line.startswith(";") or name.startswith(_NOT_SENTENCES):
                continue
            if not _UNCLEAR.search(text) and len(text.split()) >= LEAST_WORDS:
                found[name.strip()] = " ".join(text.split())
    return found


def _aligned(language: str, model: PhonemeModel) -> list[Utterance]:
    """The prompts whose alignment is to be trusted, longest first, up to the time wanted."""
    spoken = _longest_first(language)
    heard = [posteriors_of(model, utterance.floats) for utterance, _ in spoken]
    words = [_words(text, language) for _, text in spoken]
    sounds = Sounds.of(heard, words)
    found, scores = [], []
    for (utterance, _), posteriors, said in zip(spoken, heard, words, strict=True):
        try:
            segments, score = align(posteriors, said, sounds)
        except Unalignable:
            continue
        found.append(Utterance(utterance.samples, segments, utterance.speaker))
        scores.append(score)
    return _trusted(found, scores)


def _longest_first(language: str) -> list[tuple[Utterance, str]]:
    """Half as much again as is wanted, since some will be left out."""
    folder = SOUNDS / SPEAKERS[language]
    if not folder.exists():
        package = f"asterisk-core-sounds-{language}-g722"
        raise FileNotFoundError(f"{folder} is missing: install Debian's {package}")
    texts = transcripts(language)
    files = [(folder / f"{name}.g722", text) for name, text in texts.items()]
    there = [(file, text) for file, text in files if file.exists()]
    found = []
    seconds = 0.0
    for file, text in sorted(there, key=lambda pair: -pair[0].stat().st_size):
        samples = read_16k(file)
        length = len(samples) / SAMPLE_RATE
        if length <= LONGEST_S and seconds < 1.5 * MINUTES * 60:
            found.append((Utterance(samples, (), SPEAKERS[language]), text))
            seconds += length
    return found


def _words(text: str, language: str) -> list[Word]:
    if language == "en":
        text = re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text)
        return [lexicon.pronunciations(word) for word in lexicon.words_of(text)]
    return [[said] for said in phonemes(text, language, ACCENTS.get(language))]


def _trusted(utterances: Sequence[Utterance], scores: Sequence[float]) -> list[Utterance]:
    worst = least_score(scores, WORST_SCORE)
    seconds = 0.0
    taken = []
    for utterance, score in zip(utterances, scores, strict=True):
        sure = score >= worst and longest_rush(utterance.segments) <= LONGEST_RUSH
        if sure and seconds < MINUTES * 60:
            taken.append(utterance)
            seconds += len(utterance.samples) / SAMPLE_RATE
    return taken
