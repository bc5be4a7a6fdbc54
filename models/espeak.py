"""espeak-ng through its library, whose phoneme events say when each phoneme starts.

(The command's ``--pho`` output is empty for formant voices.) Structures and constants are those
of espeak-ng's ``speak_lib.h``.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import itertools
import random
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.corpus import Segment, Utterance
from models.phone_maps import from_espeak
from models.sound import to_16k

RATE = 22_050
LEAD_S, TAIL_S = (0.1, 0.35), 0.2
ACCENTS: dict[str, tuple[str, ...]] = {
    "en": ("en-us",) * 7 + ("en-us-nyc", "en-gb", "en-gb-scotland"),
    "es": ("es", "es-419"),
    "fr": ("fr", "fr-be", "fr-ch"),
    "it": ("it",),
    "ru": ("ru",),
    "de": ("de",),
    "cmn": ("cmn-latn-pinyin",),
}
"""Voices of each language; Mandarin is written in pinyin with the tone after each syllable."""

FIRST_SHARE, GLIDE_SHARE = 0.6, 0.35
"""The part of a phoneme that is two of our phones which the first one takes: a glide's is short."""

STOPS = frozenset(["P", "B", "T", "D", "K", "G", "CH", "JH"])
VOICELESS = frozenset(["P", "T", "K", "CH"])
LONGEST_CLOSURE_S, VOICELESS_CLOSURE_S = 0.07, 0.035
CLOSED_LEVEL = 0.03
"""Peak of a closure, relative to the loudest speech."""

VARIANTS: tuple[str, ...] = (
    *(f"m{number}" for number in range(1, 9)),
    *(f"f{number}" for number in range(1, 6)),
    *("Alex", "Andy", "Annie", "Alicia", "benjamin", "belinda", "boris", "caleb", "david", "ed"),
    *("edward", "gustave", "iven", "john", "kaukovalta", "klatt", "klatt2", "klatt3", "klatt4"),
    *("linda", "marcelo", "max", "Michael", "michel", "miguel", "Mike", "norbert", "pablo", "paul"),
    *("pedro", "quincy", "rob", "robert", "sandro", "shelby", "steph", "travis"),
)

_RETRIEVE, _PHONEME_EVENTS = 1, 1
_RATE_PARAMETER, _PITCH_PARAMETER = 1, 3
_UTF8 = 1
_SEPARATOR = "\x02"
_NAMES_APART = ord(_SEPARATOR) << 8
"""Phoneme mode: espeak's own names, with a separator between them."""

_END_OF_LIST, _PHONEME = 0, 7
_MARKS = "_:|!',%="
"""Pauses and stress, written before a phoneme's name."""


class _Id(ctypes.Union):
    _fields_ = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """The synthesiser; OSError if the library is not installed. One per process."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng")
        if name is None:
            raise OSError("libespeak-ng1 is not installed")
        self._library = ctypes.CDLL(name)
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._library.espeak_Initialize(_RETRIEVE, 500, None, _PHONEME_EVENTS)
        self._chunks: list[NDArray[np.int16]] = []
        self._events: list[tuple[float, str]] = []
        self._callback = _Callback(self._collect)  # kept: the library holds a bare pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def utterance(
        self, sentence: str, choice: random.Random, language: str = "en"
    ) -> Utterance | None:
        """``sentence`` in a random voice of ``language``; None if too little came back."""
        accent = choice.choice(ACCENTS[language])
        voice = f"{accent}+{choice.choice(VARIANTS)}"
        self._chunks.clear()
        self._events.clear()
        text = sentence.encode()
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(_RATE_PARAMETER, choice.randint(130, 210), 0)
        self._library.espeak_SetParameter(_PITCH_PARAMETER, choice.randint(20, 85), 0)
        self._library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if len(self._events) < 4 or not self._chunks:
            return None
        lead = choice.uniform(*LEAD_S)
        sound = np.concatenate(
            [
                np.zeros(int(lead * RATE), np.int16),
                *self._chunks,
                np.zeros(int(TAIL_S * RATE), np.int16),
            ]
        )
        starts = [
            (lead + time, self._phones(name, accent, language)) for time, name in self._events
        ]
        segments = _segments(_with_closures(starts, sound), len(sound) / RATE)
        return Utterance(to_16k(sound, RATE), segments, f"espeak-{voice}")

    def phonemes(self, text: str, voice: str) -> list[list[str]]:
        """The names of the phonemes in each word of ``text``, by the rules of a voice.

        Without stress, pauses and changes of language, such as "(en)". Short words are at times
        joined, as they are in speech.
        """
        self._library.espeak_SetVoiceByName(voice.encode())
        rest = ctypes.c_char_p(text.encode())
        words: list[str] = []
        while rest:
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _NAMES_APART)
            words += (clause or b"").decode("utf-8", "replace").split()
        named = [[name.lstrip(_MARKS) for name in word.split(_SEPARATOR)] for word in words]
        return [[name for name in word if name and name[0] != "("] for word in named]

    def _collect(self, samples: object, count: int, events: object) -> int:
        """Called by the library with a chunk of sound and the events that lie in it."""
        index = 0
        while events[index].type != _END_OF_LIST:  # type: ignore[index]
            event = events[index]  # type: ignore[index]
            if event.type == _PHONEME:
                name = event.id.string.decode("utf-8", "replace")
                self._events.append((event.sample / RATE, name))
            index += 1
        if count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    @staticmethod
    def _phones(name: str, accent: str, language: str) -> list[str]:
        phones = our_phones(name, language)
        if len(phones) == 2 and phones[1] == "R" and not accent.startswith("en-us"):
            return phones[:1]
        return phones


def our_phones(name: str, language: str) -> list[str]:
    """:func:`from_espeak`, with the neutral vowel for a name that is not known."""
    phones = from_espeak(name, language)
    return ["AH"] if phones is None else phones


def _with_closures(
    starts: list[tuple[float, list[str]]], sound: NDArray[np.int16]
) -> list[tuple[float, list[str]]]:
    """Events whose stops begin with their closure: espeak tells of them when it opens.

    The closure is the quiet before. Some voices echo into it; then that of a voiceless stop is
    taken to be as long as it is in the others.
    """
    loud = np.abs(sound.astype(np.int32)) > CLOSED_LEVEL * np.percentile(np.abs(sound), 99)
    moved = starts[:1]
    for (before, _), (start, phones) in itertools.pairwise(starts):
        if phones and phones[0] in STOPS:
            opening = round(start * RATE)
            heard = np.flatnonzero(loud[opening - round(LONGEST_CLOSURE_S * RATE) : opening])
            quiet = LONGEST_CLOSURE_S if not len(heard) else LONGEST_CLOSURE_S - heard[-1] / RATE
            least = VOICELESS_CLOSURE_S if phones[0] in VOICELESS else 0.0
            start = max(start - max(quiet, least), moved[-1][0], before)
        moved.append((start, phones))
    return moved


def _segments(starts: list[tuple[float, list[str]]], duration: float) -> list[Segment]:
    """Segments from the start and the one or two phones of each event; what lasts no time goes."""
    starts = [(start, phones) for start, phones in starts if phones]
    segments = [Segment(0.0, starts[0][0], "SIL")]
    ends = [*(start for start, _ in starts[1:]), duration]
    for (start, phones), end in zip(starts, ends, strict=True):
        first_share = GLIDE_SHARE if phones[0] in ("Y", "W", "UW") else FIRST_SHARE
        middle = start + first_share * (end - start) if len(phones) == 2 else end
        segments.append(Segment(start, middle, phones[0]))
        if len(phones) == 2:
            segments.append(Segment(middle, end, phones[1]))
    return [segment for segment in segments if segment.end > segment.start]


@cache
def engine() -> Espeak:
    """The process's one synthesiser; OSError if the library is not installed."""
    return Espeak()


def phonemes(text: str, language: str, accent: str | None = None) -> list[list[str]]:
    """Our phones in each spoken word of ``text``, in one of the language's :data:`ACCENTS`, else
    its first; OSError if the library is not installed.
    """
    words = engine().phonemes(text, accent or ACCENTS[language][0])
    mapped = [[phone for name in word for phone in our_phones(name, language)] for word in words]
    return [spoken for word in mapped if (spoken := [phone for phone in word if phone != "SIL"])]
