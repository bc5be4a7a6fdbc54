"""Each synthesiser's phone names in terms of ours."""

from __future__ import annotations

from engine.phones import PHONES

_RADIO = {
    **dict.fromkeys(("pau", "ssil", "sil", "#", "h#", "brth"), "SIL"),
    **{"ax": "AH", "axr": "ER", "dx": "D", "el": "L", "em": "M", "en": "N", "nx": "N", "hv": "HH"},
}

_ESPEAK = {
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
_ESPEAK_TO_OURS = {name: ours.split() for ours, names in _ESPEAK.items() for name in names.split()}


def from_radio(name: str) -> str | None:
    """Our phone for a name in the 'radio' set of flite and festival; None if there is none."""
    ours = _RADIO.get(name, name.upper())
    return ours if ours in PHONES else None


def from_espeak(name: str) -> list[str] | None:
    """Our phones, one or two, for an espeak-ng phoneme; None if there are none."""
    if not name or name.startswith("_"):
        return ["SIL"]
    if name in _ESPEAK_TO_OURS:
        return _ESPEAK_TO_OURS[name]
    single = name.upper()
    return [single] if len(name) == 1 and single in PHONES else None
