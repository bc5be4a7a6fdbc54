"""How English words are said: the CMU dictionary of Debian's festvox package festlex-cmu.

Function words get their weak forms too; words that it lacks are left to espeak-ng's rules.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from models.espeak import phonemes
from models.metrics import VOWELS
from models.phone_maps import from_radio
from models.prose import DICTIONARY

Pronunciation = tuple[str, ...]

_ENTRY = re.compile(r'^\("([^"]+)" \S+ \((.*)\)\)$')

_FORMS = {
    "a": "AH|EY",
    "am": "AE M|AH M|M",
    "an": "AE N|AH N",
    "and": "AE N D|AH N D|AH N|AE N|EH N D",
    "are": "AA R|ER|AA",
    "as": "AE Z|AH Z",
    "at": "AE T|AH T",
    "because": "B IH K AO Z|B IH K AH Z|B IY K AO Z",
    "but": "B AH T",
    "can": "K AE N|K AH N",
    "could": "K UH D",
    "for": "F AO R|F ER|F AO",
    "from": "F R AH M|F R AA M",
    "had": "HH AE D|AH D|D",
    "has": "HH AE Z|AH Z|Z",
    "have": "HH AE V|AH V|HH AE F",
    "he": "HH IY|IY",
    "her": "HH ER|ER",
    "him": "HH IH M|IH M",
    "his": "HH IH Z|IH Z",
    "i": "AY|AH",
    "in": "IH N|AH N",
    "is": "IH Z|Z|S",
    "it": "IH T|AH T|IH",
    "just": "JH AH S T|JH IH S T|JH AH S",
    "of": "AH V|AA V|AO V|AH|AH F",
    "on": "AA N|AO N",
    "or": "AO R|ER|AO",
    "our": "AW ER|AA R|AW AH",
    "o'clock": "AH K L AA K",
    "read": "R IY D|R EH D",
    "so": "S OW",
    "than": "DH AE N|DH AH N",
    "that": "DH AE T|DH AH T",
    "the": "DH AH|DH IY",
    "them": "DH EH M|DH AH M|AH M",
    "there": "DH EH R|DH EH",
    "this": "DH IH S",
    "to": "T UW|T AH|T UH",
    "was": "W AA Z|W AH Z|W AO Z",
    "we": "W IY",
    "were": "W ER",
    "will": "W IH L|AH L",
    "with": "W IH DH|W IH TH",
    "would": "W UH D",
    "you": "Y UW|Y AH",
    "your": "Y AO R|Y ER|Y UH R",
}


@cache
def dictionary(path: Path = DICTIONARY) -> dict[str, list[Pronunciation]]:
    """Pronunciations by lower-case word; FileNotFoundError without Debian's festlex-cmu."""
    found: dict[str, list[Pronunciation]] = {}
    for line in path.read_text(encoding="utf-8", errors="ignore").splitlines():
        entry = _ENTRY.match(line)
        if entry is None:
            continue
        phones = [from_radio(name) for name in re.findall(r"[a-z]+", entry.group(2))]
        known = tuple(phone for phone in phones if phone is not None)
        if known and len(known) == len(phones):
            variants = found.setdefault(entry.group(1).lower(), [])
            if known not in variants:
                variants.append(known)
    for word, forms in _FORMS.items():
        variants = found.setdefault(word, [])
        variants += [tuple(form.split()) for form in forms.split("|")]
        found[word] = list(dict.fromkeys(variants))
    return found


def words_of(text: str) -> list[str]:
    """Lower-case words of a transcript, apostrophes kept."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def pronunciations(word: str) -> list[Pronunciation]:
    """Ways to say a lower-case English word, at least one.

    OSError where the dictionary lacks the word and espeak-ng is not installed.
    """
    known = dictionary().get(word)
    if known is not None:
        return known
    stem, apostrophe, ending = word.rpartition("'")
    if apostrophe and stem in dictionary() and ending in _ENDINGS:
        return [form for said in dictionary()[stem] for form in _ended(said, ending)]
    return [tuple(phone for said in phonemes(word, "en") for phone in said)]


_ENDINGS = {"s": "", "m": "M", "d": "D", "ll": "L|AH L", "re": "R|ER", "ve": "V|AH V"}
_SIBILANTS = frozenset(["S", "Z", "SH", "ZH", "CH", "JH"])
_VOICELESS = frozenset(["P", "T", "K", "F", "TH"])


def _ended(said: Pronunciation, ending: str) -> list[Pronunciation]:
    if ending != "s":
        return [(*said, *form.split()) for form in _ENDINGS[ending].split("|")]
    if said[-1] in _SIBILANTS:
        return [(*said, "AH", "Z")]
    return [(*said, "S" if said[-1] in _VOICELESS else "Z")]


_SUBSTITUTES = {"V": "W", "TH": "S", "DH": "D", "ER": "AH"}
_STOPS = frozenset(["P", "B", "T", "D", "K", "G"])


def learners(said: Pronunciation) -> list[Pronunciation]:
    """What speakers whose mother tongue is Mandarin may make of a pronunciation, itself first.

    A vowel after a final stop, /w/ for /v/, /s/ for 'th', /d/ for its voiced kin, no /r/ but before
    vowels. Each is chosen in 17 to 42 % of the recordings' chances, and in 0 to 1 % (/r/ 10 %) of
    a native synthesiser's. Dropped final stops are not among them: those are nearly as common in
    the synthesiser's speech, and the lips close for a stop that is not released.
    """
    found = [said]
    if len(said) > 1 and said[-1] in _STOPS:
        found.append((*said, "AH"))
    for native, learnt in _SUBSTITUTES.items():
        found.append(tuple(learnt if phone == native else phone for phone in said))
    followed = zip(said, (*said[1:], ""), strict=True)
    found.append(tuple(p for p, after in followed if p != "R" or after in VOWELS))
    return [form for form in dict.fromkeys(found) if form]
