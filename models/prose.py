"""Sentences for the synthesisers: English prose that a Debian machine has, and our own patterns.

The patterns are heavy in the sounds that lips show (closures, lip to teeth, rounding) and in the
dental fricatives, which running prose has only in small words. Other languages have a list of our
own sentences each, and words drawn from it at random, for more ways in which one follows another.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

FORTUNES = Path("/usr/share/games/fortunes")
DOCUMENTS = Path("/usr/share/doc")
DICTIONARY = Path("/usr/share/festival/dicts/cmu/cmudict-0.4.out")

SENTENCES = Path(__file__).parent / "sentences"
"""A file of sentences for each language but English."""

WORDS = (5, 18)
"""Shortest and longest sentence taken from prose, in words."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z' ,]*")
_PATTERNS = (
    "{who} {did} the {what} {where}",
    "{who} never {did} a {what}, but {who2} {did2} the {what2}",
    "why would {who} want {count} {what2}s {where}",
    "{count} {what}s {where} and a {what2}",
    "please move the {what} {where} before {who} comes back",
    "I think {who} {did} both the {what} and the {what2}",
    "{when}, {who} {did} that {what} {where}",
    "the {rare} {what} of {rare2}",
    "{rare}, {rare2} and {what}",
    "is it {rare} or {rare2}, {who}",
)
_SLOTS: dict[str, str] = {
    "who": "my mother|father|Phoebe|Bob|the bishop|everybody|Vivian|Matthew|my brother|Wayne|"
    "the farmer|a woman|Pam|the chef|Judith|somebody|our boss|the thief|Victor|Ruth|George",
    "did": "bought|found|moved|pushed|brushed|fixed|wove|wrapped|bathed|measured|threw|"
    "chewed|shaved|buried|viewed|heated|mopped|followed|pinched|zipped|pulled|breathed on",
    "what": "blue boat|full cup|paper map|big pump|leather boot|wooden spoon|vivid vase|"
    "thick cloth|purple plum|fine knife|warm bath|rough path|brave wolf|yellow leaf|"
    "proper pipe|moth|cheap watch|beige garage|young fox|huge shoe|rubber bumper|movie|tooth",
    "where": "above the bay|behind the house|with three friends|for five months|in the village|"
    "under the bridge|on the south beach|beneath both beams|from Maple Avenue|by the window|"
    "up north|at the swimming pool|off the roof|among the poppies|through the woods",
    "count": "four|five|seven|eleven|twelve|thirty three|a thousand|both|many|half a million",
    "when": "by now|before lunch|on Thursday|every evening|if you move|at half past five|"
    "without a reason|above all|this month|perhaps|for me|after the opera",
}


class SentenceSource:
    """An endless, seeded supply of sentences; says what prose it found."""

    def __init__(self, seed: int, rare_share: float = 0.35) -> None:
        self._random = random.Random(seed)
        self._rare_share = rare_share
        self._prose = sorted(set(_prose()))
        self._rare = _dictionary_words() or ["peculiar", "thistle", "voyage", "azure", "oblique"]

    @property
    def summary(self) -> str:
        """What the sentences come from, for the log."""
        return f"{len(self._prose)} sentences of prose, {len(self._rare)} dictionary words"

    def sentence(self) -> str:
        """A sentence of plain letters, commas and apostrophes."""
        if not self._prose or self._random.random() < self._rare_share:
            return self._from_pattern()
        return self._random.choice(self._prose)

    def _from_pattern(self) -> str:
        choose = self._random.choice
        words = {slot: choose(options.split("|")) for slot, options in _SLOTS.items()}
        again = {f"{slot}2": choose(options.split("|")) for slot, options in _SLOTS.items()}
        rare = {"rare": choose(self._rare), "rare2": choose(self._rare)}
        return choose(_PATTERNS).format(**words, **again, **rare)


class ListedSentences:
    """An endless supply of sentences in a language of :data:`SENTENCES`, drawn by ``choice``."""

    DRAWN_WORDS = (4, 8)

    def __init__(self, language: str, choice: random.Random) -> None:
        self._random = choice
        text = (SENTENCES / f"{language}.txt").read_text(encoding="utf-8")
        self._sentences = text.splitlines()
        self._words = re.sub(r"[^\w\s'’-]", "", text).split()

    def sentence(self) -> str:
        """A whole sentence or some words, as often the one as the other."""
        if self._random.random() < 0.5:
            return self._random.choice(self._sentences)
        count = self._random.randint(*self.DRAWN_WORDS)
        return " ".join(self._random.choice(self._words) for _ in range(count))


def _prose() -> Iterator[str]:
    for file in sorted(FORTUNES.glob("*")):
        if file.suffix == "" and file.name not in ("ascii-art", "translate-me"):
            yield from _sentences(file)
    for file in sorted(DOCUMENTS.glob("*/README*")):
        if file.suffix in ("", ".Debian", ".md", ".txt"):
            yield from _sentences(file)


def _sentences(file: Path) -> Iterator[str]:
    try:
        text = file.read_text(encoding="utf-8", errors="ignore")
    except OSError:
        return
    for paragraph in re.split(r"\n%|\n\s*\n|\n\s*--", text):
        for raw in re.split(r"[.?!;:]", " ".join(paragraph.split())):
            sentence = raw.strip()
            shortest, longest = WORDS
            if _PLAIN.fullmatch(sentence) and shortest <= len(sentence.split()) <= longest:
                yield sentence


def _dictionary_words() -> list[str]:
    if not DICTIONARY.exists():
        return []
    found = re.findall(r'^\("([a-z]{4,12})"', DICTIONARY.read_text(errors="ignore"), re.MULTILINE)
    return sorted(set(found))
