"""Each synthesiser's phone names in terms of ours.

Where a language has a sound that English lacks, it gets the phone whose lips and jaw look most
like it, even if others sound more like it: the posteriors drive a face.
"""

from __future__ import annotations

import re

from engine.phones import PHONES

Table = dict[str, list[str]]

_RADIO = {
    **dict.fromkeys(("pau", "ssil", "sil", "#", "h#", "brth"), "SIL"),
    **{"ax": "AH", "axr": "ER", "dx": "D", "el": "L", "em": "M", "en": "N", "nx": "N", "hv": "HH"},
}


def _table(names_by_phones: dict[str, str]) -> Table:
    """Tables are written the other way round, from our phones to the names of theirs."""
    return {name: ours.split() for ours, names in names_by_phones.items() for name in names.split()}


_ENGLISH = _table(
    {
        "AA": "A: A A~ 0 0# 02",
        "AE": "a aa a2 & &:",
        "AH": "@ @2 @5 @- a# V V2 V#",
        "AO": "O O: O2 o",
        "AW": "aU",
        "AY": "aI aI2",
        "CH": "tS",
        "D": "t# d2 d#",
        "DH": "D",
        "EH": "E E2 e",
        "ER": "3 3:",
        "EY": "eI e:",
        "HH": "h C",
        "IH": "I I# I2 i3",
        "IY": "i i: i2",
        "JH": "dZ",
        "K": "x k2",
        "L": "l# l/2 L",
        "M": "m-",
        "N": "n- n2",
        "NG": "N",
        "OW": "oU oU# o:",
        "OY": "OI",
        "R": "r- R R2",
        "S": "s#",
        "SH": "S",
        "SIL": "?",
        "T": "t2",
        "TH": "T",
        "UH": "U 8",
        "UW": "u u:",
        "V": "v#",
        "W": "w# W",
        "Y": "j ;",
        "Z": "z# z/2",
        "ZH": "Z",
        "AH L": "@L",
        "AW AH": "aU@",
        "AY AH": "aI@",
        "AY ER": "aI3",
        "AA R": "A@",
        "AO R": "O@ o@",
        "EH R": "e@",
        "IH R": "i@3 IR",
        "UH R": "U@",
        "AH R": "VR",
        "IH AH": "i@",
    }
)

# What the languages below have in common: a plain open vowel with the jaw low, a close-mid rounded
# one, palatals as their plain kin, and a back fricative, for which the lips do nothing.
_ELSEWHERE = _table(
    {"AA": "a a-", "OW": "o", "HH": "x X", "N": "n^ n_", "T S": "ts ts2", "D Z": "dz", "OY": "oI"}
)

# The tongue tip taps behind the teeth and the lips do not round: English says such a sound in
# 'water', which its synthesisers call D. The English R rounds the lips.
# The flash of a vowel that leads into a tap is left out.
_TAPPED = _table({"D": "r R R2 * **", "": "@-"})

# Made at the uvula, where nobody sees it.
_UVULAR = _table({"HH": "r R"})

_LANGUAGES: dict[str, Table] = {
    # B between vowels: the lips all but close and the teeth stay away from them, as in B, not V.
    "es": {**_TAPPED, **_table({"B": "B", "G": "Q", "Y": "l^ J^"})},
    # Nasal vowels as their oral kin; the rounded front vowels by their lips, close as UW and mid
    # as UH. The schwa is rounded in French.
    "fr": {
        **_UVULAR,
        **_table(
            {"UW": "y y- y:", "UH": "Y W W~ @ @-", "AA": "A~", "OW": "O~", "EH": "E~"}
            | {"EY": "e e-", "Z": "z2", "P": "p2"}
        ),
    },
    "it": {**_TAPPED, **_table({"IY": "I", "UW": "U", "S": "ss", "L": "l^", "W": "w2", "D": "d["})},
    # Palatalised consonants as the plain ones; y is the unrounded close central vowel.
    "ru": {
        **_table(
            {
                "D": "r R * d;",
                "": "@-",
                "IH": "y E# I3 I^ i^",
                "OW": "8",
                "UW": 'u" u#',
                "Y UW": "ju",
            }
            | {"Y AA": "ja", "T": "t;", "M": "m;", "S": "s;", "Z": "z;", "CH": "tS;", "SH": "S;"}
            | {"JH": "dZ;", "N": "n;", "L": "l;", "P": "p;", "B": "b;", "F": "f;", "V": "v;"}
            | {"AH": "V a# @", "K": "k;", "G": "g;", "HH": "x x;"}
        ),
    },
    "de": {
        **_UVULAR,
        **_table({"UW": "y:", "UH": "y Y Y: W W:", "AH": "3", "EH": "E:", "P F": "pF"})
        | _table({"OY": "OY", "UH AH": "UR", "AA AH": "AR", "IY AH": "i@", "CH": "tS"}),
    },
    # Stops differ by breath, not voice: without it as B, D, G. Tones are dropped. The sounds
    # written j, q, x are told from zh, ch, sh by the tongue, which is not seen.
    "cmn": _table(
        {"B": "p", "P": "ph", "D": "t", "T": "th", "G": "k", "K": "kh", "SH": "s. S;", "R": "z."}
        | {"JH": "ts. tS;", "CH": "ts.h tS;h", "T S": "ts tsh", "AH": "o- @", "AO": "o"}
        | {"IH": "i. i[", "UW": "y yu", "ER": "@r", "AY": "ai", "EY": "ei", "AW": "Au"}
        | {"OW": "ou", "AA": "A a", "Y EH": "iE", "Y AA": "iA", "Y OW": "iou", "Y AW": "iAu"}
        | {"W AA": "ua uA", "W AO": "uo", "W EY": "uei", "W AY": "uai", "W AH": "u@", "W": "w"}
        | {"UH NG": "ong", "UW EH": "yE", "UW AE": "y& y@", "UW IH": "yi", "Y AH": "i@"}
    ),
}
LANGUAGES: tuple[str, ...] = ("en", *_LANGUAGES)
"""Languages that espeak-ng's phonemes are known in, by ISO 639 code."""

_TABLES: dict[str, Table] = {
    "en": _ENGLISH,
    **{code: _ENGLISH | _ELSEWHERE | own for code, own in _LANGUAGES.items()},
}


def from_radio(name: str) -> str | None:
    """Our phone for a name in the 'radio' set of flite and festival; None if there is none."""
    ours = _RADIO.get(name, name.upper())
    return ours if ours in PHONES else None


def from_espeak(name: str, language: str = "en") -> list[str] | None:
    """Our phones, none to two, for an espeak-ng phoneme in ``language``; None if it is unknown.

    Names of pauses, which begin with an underscore, are SIL. A name may end in digits, a tone, or
    in a colon, a length, that change nothing.
    """
    if not name or name.startswith("_"):
        return ["SIL"]
    table = _TABLES[language]
    plain = re.sub(r"(?<=.)\d+$", "", name)
    for known in (name, name.removesuffix(":"), plain):
        if known in table:
            return table[known]
        if len(known) == 1 and known.upper() in PHONES:
            return [known.upper()]
    return None
